"""Trainings that go well and trainings that do not: eight Gaussians on a ring.

Each is a change of the vanilla GAN below. What a setting is meant to show is written
beside it, for the reader; what it *does* show is measured.
"""

from typing import Any

STEPS, BATCH, LOG_EVERY = 4000, 128, 40


def vanilla(**changes: Any) -> dict[str, Any]:
    """Two hidden layers of 64, Adam 1e-3 with b1 .5 for both, no penalty."""
    widths = {"gen": (64, 64), "disc": (64, 64), **changes.pop("widths", {})}
    rates = {"gen": 1e-3, "disc": 1e-3, **changes.pop("rates", {})}
    b1 = changes.pop("b1", 0.5)
    return dict(
        data=dict(name="ring", modes=8, radius=2.0, std=0.02, divisor=1.414),
        models=dict(
            gen=dict(name="mlp.Generator", widths=widths["gen"]),
            disc=dict(name="mlp.Discriminator", widths=widths["disc"]),
        ),
        game=dict(
            name="adversarial",
            latents=dict(name="normal", shape=(4,)),
            **{"loss": dict(name="non_saturating"), **changes},
        ),
        optim={
            name: dict(name="adam", learning_rate=rate, b1=b1, b2=0.99)
            for name, rate in rates.items()
        },
        train=dict(
            steps=STEPS,
            batch_size=BATCH,
            log_every=LOG_EVERY,
            steps_per_call=LOG_EVERY,
            checkpoint_every=STEPS,
        ),
    )


def r1(gamma: float) -> dict[str, Any]:
    return dict(r1=dict(name="r1", gamma=gamma))


def penalty(weight: float) -> dict[str, Any]:
    return dict(gradient_penalty=dict(name="gradient_penalty", weight=weight))


WASSERSTEIN = dict(name="wasserstein")
SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "wgan_gp": (
        "healthy",
        vanilla(loss=WASSERSTEIN, regularizers=penalty(0.1), n_critic=5, b1=0.0),
    ),
    "relativistic_r1_r2": (
        "healthy",
        vanilla(
            loss=dict(name="relativistic_paired"),
            regularizers=dict(**r1(0.1), r2=dict(name="r2", gamma=0.1)),
            b1=0.0,
        ),
    ),
    "non_saturating_r1": ("healthy", vanilla(regularizers=r1(0.1), b1=0.0)),
    "overtrained_critic_saturating": (
        "vanishing gradient",
        vanilla(loss=dict(name="minimax"), n_critic=5)
        # Adam would make up for a gradient of any size: the generator descends plainly.
        | dict(
            optim=dict(
                gen=dict(name="sgd", learning_rate=1e-2),
                disc=dict(name="adam", learning_rate=1e-3, b1=0.5, b2=0.99),
            )
        ),
    ),
    "overtrained_critic": (
        "critic too strong",
        vanilla(n_critic=5, rates=dict(gen=1e-5)),
    ),
    "tiny_critic": (
        "generator too strong",
        vanilla(widths=dict(disc=(2,)), rates=dict(disc=1e-4)),
    ),
    "high_rates": ("mode collapse", vanilla(rates=dict(gen=5e-3, disc=5e-3))),
    "saturating_high_rates": (
        "mode collapse",
        vanilla(loss=dict(name="minimax"), rates=dict(gen=5e-3, disc=5e-3)),
    ),
    "fast_momentum": (
        "mode collapse",
        vanilla(b1=0.9, rates=dict(gen=5e-3, disc=5e-3)),
    ),
    "linear_critic": ("oscillation", vanilla(widths=dict(disc=()))),
    "small_critic_momentum": (
        "oscillation",
        vanilla(widths=dict(disc=(16,)), b1=0.9),
    ),
    "wgan_unconstrained": (
        "divergence",
        vanilla(loss=WASSERSTEIN, rates=dict(gen=1e-2, disc=1e-2)),
    ),
}
