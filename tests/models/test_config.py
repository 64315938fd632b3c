"""Networks are built from config nodes, values and all."""

import pytest

from gan_jax import models, nn, resolve
from gan_jax.errors import BadInput
from gan_jax.models import dcgan, resnet


def build(node, **given):
    return resolve.bind(node, [models, nn], "models.x", given=list(given))(**given)


def test_values_are_nodes():
    gen = build(
        dict(
            name="dcgan.Generator",
            width=8,
            up=dict(name="nearest", kernel=5),
            norm=dict(name="batch_norm", sync=True),
            activation=dict(name="leaky_relu", slope=0.1),
        ),
        shape=(16, 16, 3),
    )
    assert isinstance(gen, dcgan.Generator)
    assert gen.shape == (16, 16, 3)
    assert gen.norm().sync
    assert gen.up(4).kernel == 5
    assert gen.activation(-1.0) == pytest.approx(-0.1)


def test_lists_of_a_saved_config_are_tuples_and_none_is_none():
    disc = build(
        dict(
            name="resnet.Discriminator",
            widths=[8, 16],
            down=1,
            norm=None,
            wrap=dict(name="spectral_norm"),
        )
    )
    assert isinstance(disc, resnet.Discriminator)
    assert disc.widths == (8, 16)


@pytest.mark.parametrize(
    "wrong",
    [dict(widht=8), dict(width="8"), dict(norm="batch_norm"), dict(pool="max")],
    ids=str,
)
def test_mistakes_are_answered(wrong):
    family = "resnet" if "pool" in wrong else "dcgan"
    with pytest.raises(BadInput, match=r"models\.x\."):
        build(dict(name=f"{family}.Discriminator", **wrong))
