"""Unrolled GAN (Metz et al. 2017, arXiv:1611.02163).

    python -m gan_jax.main --config=configs/unrolled.py[:VARIANT]
    python -m gan_jax.main --config=configs/unrolled.py --config.game.unroll=0   # a GAN

| variant  | data                       | networks                     | K  | source     |
|----------|----------------------------|------------------------------|----|------------|
| ring8    | eight Gaussians, radius 2  | G 2 x 128, D 128 on x / 4    | 10 | appendix A |
| notebook | eight Gaussians, radius 1  | 2 x 128 tanh both            | 5  | notebook   |
| digits   | 5,000 MNIST digits (ships) | dense, 256-512 and 512-256   | 5  |            |
| tiny     | eight Gaussians            | dense, 10                    | 2  | seconds    |

The generator's step differentiates through K imagined steps of the discriminator, Adam
included, on one batch; `eps_root` keeps Adam's derivative finite where a unit is dead.

Expected: `ring8` shows all eight modes where K = 0 hops from one to the next (figure 2,
by eye, 0 to 25,000 steps). VEEGAN's table 1 gives K = 5 7.6 modes of 8 with 35.6 % high
quality (2,500 samples, mean of 5 runs; within 3 std of a mode).

Departure in `notebook`: there linspace(0, 2 pi, 8) includes both ends, so that its ring
has seven modes, one of double weight; this one has eight.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "ring8") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def unrolled(steps: int, loss: str, latents: tuple[int, ...]) -> dict:
    """The game: the generator looks `steps` discriminator updates ahead."""
    return common.adversarial(loss, latents, unroll=steps)


def ring8() -> dict:
    """Appendix A: Adam 1e-4, b1 0.5, batch 512, orthogonal kernels of gain 0.8."""
    nets = common.mlp(
        128,
        128,
        disc=dict(widths=(128,), scale=0.25),
        kernel_init=dict(name="orthogonal", gain=0.8),
    )
    optim = common.adam(learning_rate=1e-4, b1=0.5, eps_root=1e-16)
    game = unrolled(10, "non_saturating", (256,))
    return common.ring(game, optim, nets, steps=25_000, batch_size=512)


def notebook() -> dict:
    """The authors' notebook: zero-sum, tanh, unequal rates."""
    nets = common.mlp(
        128,
        128,
        disc=dict(scale=0.25),
        activation=dict(name="tanh"),
        kernel_init=dict(name="orthogonal", gain=1.4),
    )
    steady = dict(b1=0.5, eps_root=1e-16)
    optim = common.adam("gen", learning_rate=1e-3, **steady)
    optim |= common.adam("disc", learning_rate=1e-4, **steady)
    game = unrolled(5, "minimax", (256,))
    return common.ring(game, optim, nets, steps=25_000, batch_size=512) | dict(
        data=dict(name="ring", modes=8, radius=1.0, std=0.01)
    )


def digits() -> dict:
    """Dense networks on the digits that ship with the package."""
    optim = common.adam(learning_rate=2e-4, b1=0.5, eps_root=1e-16)
    nets = common.mlp(256, 512, disc=dict(widths=(512, 256)))
    return common.digits(unrolled(5, "non_saturating", (64,)), optim, nets)


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8(), unroll=2)


VARIANTS = common.table(ring8, notebook, digits, tiny)
