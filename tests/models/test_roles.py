"""What a network is for is read off how it is called."""

import pytest

from gan_jax import data, games, losses, models, nn, optim, sampling
from gan_jax.models.roles import check_call, role
from gan_jax.resolve.kinds import suits


def test_roles_are_read_off_the_call():
    gen, enc, disc = (
        models.mlp.Generator,
        models.mlp.Encoder,
        models.mlp.Discriminator,
    )
    assert suits(gen, role("gen"))
    assert suits(gen, role("gen_ab"))
    assert suits(enc, role("enc"))
    assert suits(disc, role("disc"))
    assert not suits(disc, role("gen"))
    assert not suits(enc, role("gen"))
    assert not suits(gen, role("disc"))
    assert suits(gen, role("teacher"))
    assert not suits(nn.Conv, role("teacher"))


def test_a_judge_of_pairs_is_shown_pairs():
    joint = models.mlp.JointDiscriminator(widths=(4,))
    check_call(joint, 3)
    with pytest.raises(ValueError, match=r"is called \(x, z, cond\), and .* 2 things"):
        check_call(joint, 2)
    check_call(models.mlp.Discriminator(), 2)


def test_a_game_refuses_the_judge_of_another_game():
    modules = dict(
        gen=models.mlp.Generator((2,), widths=(4,)),
        disc=models.mlp.JointDiscriminator(widths=(4,)),
    )
    with pytest.raises(ValueError, match="JointDiscriminator is called"):
        games.adversarial(
            modules,
            dict.fromkeys(modules, optim.sgd(0.1)),
            data.Facts((2,)),
            loss=losses.hinge(),
            latents=sampling.normal((2,)),
        )
