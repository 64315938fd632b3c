"""How networks read a condition: where it is joined, and what stays as it was."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn, traces, tree
from gan_jax.models import dcgan, mlp

KEY = jax.random.key(0)
CLASSES = jax.nn.one_hot(jnp.asarray([0, 2]), 3)
IMAGES, POINTS, Z = jnp.ones((2, 16, 16, 1)), jnp.ones((2, 2)), jnp.ones((2, 5))


def shapes(module, x, cond):
    variables = jax.eval_shape(lambda: module.init(KEY, x, cond, train=True))
    return {k: v.shape for k, v in tree.named_leaves(variables["params"]).items()}


def hears(module, x):
    """Whether the first output is computed from the condition."""
    variables = jax.eval_shape(lambda: module.init(KEY, x, CLASSES, train=True))

    def run(cond):
        given = jax.tree.map(lambda v: jnp.zeros(v.shape, v.dtype), variables)
        found = module.apply(given, x, cond, train=False)
        return found[0] if isinstance(found, tuple) else found

    return traces.depends(run, CLASSES)


@pytest.mark.parametrize(
    ("make", "x"),
    [
        (lambda **more: mlp.Generator((2,), (4, 4), **more), Z),
        (lambda **more: mlp.Discriminator((4, 4), **more), POINTS),
    ],
)
def test_a_dense_network_reads_a_condition_beside_its_input_by_default(make, x):
    plain, joined = make(), make(join=nn.concatenated())
    variables = plain.init(KEY, x, CLASSES, train=True)
    again = joined.init(KEY, x, CLASSES, train=True)
    jax.tree.map(np.testing.assert_array_equal, variables, again)
    jax.tree.map(
        np.testing.assert_array_equal,
        plain.apply(variables, x, CLASSES, train=True),
        joined.apply(again, x, CLASSES, train=True),
    )


CASES = {
    "mlp generator": (mlp.Generator((2,), (4, 6)), Z, "dense0", "dense1"),
    "mlp critic": (mlp.Discriminator((4, 6)), POINTS, "dense0", "dense1"),
    "dcgan generator": (dcgan.Generator((16, 16, 1), 4), Z, "start", "up0"),
    "dcgan critic": (dcgan.Discriminator(4), IMAGES, "down0", "down1"),
}


@pytest.mark.parametrize("name", CASES)
def test_early_and_late(name):
    """One layer reads three channels more, and all others are as they were."""
    module, x, first, second = CASES[name]
    plain = shapes(module.clone(), x, None)
    for at, layer in (("input", first), ("features", second)):
        joined = module.clone(join=nn.concatenated(at))
        found = shapes(joined, x, CLASSES)
        kernel = f"{layer}/kernel"
        assert found[kernel][-2] == plain[kernel][-2] + 3
        rest = {k: v for k, v in found.items() if k != kernel}
        assert rest == {k: v for k, v in plain.items() if k != kernel}
        assert hears(joined, x)
        embedded = module.clone(join=nn.concatenated(at, embedding=5))
        found = shapes(embedded, x, CLASSES)
        assert found["join/embedding/kernel"] == (3, 5)
        assert found[kernel][-2] == plain[kernel][-2] + 5


def test_spatial_latents_get_planes():
    module = dcgan.Generator((16, 16, 1), 4, join=nn.concatenated())
    assert shapes(module, jnp.ones((2, 4, 4, 1)), CLASSES)["start/kernel"][-2] == 4


def test_convolutions_ignore_a_condition_by_default():
    assert not hears(dcgan.Generator((16, 16, 1), 4), Z)
    assert not hears(dcgan.Discriminator(4), IMAGES)


@pytest.mark.parametrize(
    ("critic", "x"),
    [(mlp.Discriminator((4,)), POINTS), (dcgan.Discriminator(4), IMAGES)],
)
def test_a_head_alone_reads_the_condition(critic, x):
    """Else an auxiliary classifier could read the class off its input."""
    classify = critic.clone(head=nn.auxiliary_classifier())
    assert not hears(classify, x)
    assert hears(critic.clone(head=nn.projection()), x)
    plain = shapes(critic, x, None)
    found = shapes(classify, x, CLASSES)
    hidden = {k: v for k, v in plain.items() if not k.startswith("output")}
    assert hidden.items() <= found.items()
    heads = {k for k in found if k not in hidden}
    assert heads == {
        f"head/{n}/{p}" for n in ("output", "classes") for p in ("kernel", "bias")
    }


@pytest.mark.parametrize("make", [mlp.Discriminator, dcgan.Discriminator])
def test_a_head_gives_one_logit(make):
    with pytest.raises(ValueError, match="exclude each other"):
        make(outputs=3, head=nn.projection())
