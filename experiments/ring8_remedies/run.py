"""Remedies against mode collapse on eight Gaussians, four recipes of the ring.

python -m experiments.ring8_remedies.run [--rows a,b] [--tables c,d] [--budget S]
"""

import dataclasses
import sys
from typing import Any

from experiments.laboratory.command import main
from experiments.laboratory.rows import Experiment, Row, Table, misses, missing
from experiments.pacgan_table1 import run as pacgan_table1
from experiments.veegan_table1 import run as veegan_table1

STEPS, BATCH = 5000, 128
RATE = 1e-3
WIDTHS = (64, 64)
LATENTS = (2,)


def adam(learning_rate: float = RATE, **more: float) -> dict[str, Any]:
    return dict(name="adam", learning_rate=learning_rate, b1=0.5, b2=0.999) | more


def of_latents(**game: Any) -> dict[str, Any]:
    return dict(latents=dict(name="normal", shape=LATENTS)) | game


BASE = dict(
    models=dict(
        gen=dict(name="mlp.Generator", widths=WIDTHS),
        disc=dict(name="mlp.Discriminator", widths=WIDTHS),
    ),
    game=of_latents(name="adversarial", loss=dict(name="non_saturating")),
    optim=dict(gen=adam(), disc=adam()),
    train=dict(
        steps=STEPS,
        batch_size=BATCH,
        steps_per_call=50,
        log_every=50,
        checkpoint_every=STEPS,
    ),
)

RINGS = dict(
    std05=("Radius 1, std .05", dict(name="ring", radius=1.0, std=0.05)),
    square=(
        "Centres (±1, ±1), (±2, 0), (0, ±2), std .1",
        dict(
            name="points",
            centers=[
                [1, 1],
                [1, -1],
                [-1, 1],
                [-1, -1],
                [2, 0],
                [-2, 0],
                [0, 2],
                [0, -2],
            ],
            std=0.1,
        ),
    ),
    pacgan=(
        "PacGAN's ring: radius 1, std .01",
        dict(name="ring", radius=1.0, std=0.01),
    ),
    wgan_gp=(
        "WGAN-GP's ring: radius 2, std .02, divided by 1.414",
        dict(name="ring", radius=2.0, std=0.02, divisor=1.414),
    ),
)


def penalised(**penalties: dict[str, Any]) -> dict[str, Any]:
    return dict(game=dict(regularizers=penalties))


def unrolled(steps: int) -> Row:
    return Row(
        f"unrolled{steps}",
        f"unrolled, K = {steps}",
        # At a zero gradient Adam's derivative is finite only with eps_root.
        dict(game=dict(unroll=steps), optim=dict(disc=adam(eps_root=1e-16))),
        "Metz et al. 2017, eq. 9",
    )


def with_encoder(game: str, disc: str, *more: str, **arguments: Any) -> dict[str, Any]:
    """A game with an encoder beside generator and discriminator, and more critics."""
    encoder = dict(name="mlp.Encoder", latents=LATENTS, widths=WIDTHS)
    critics = {
        name: dict(name=f"mlp.{disc}", widths=WIDTHS) for name in ("disc", *more)
    }
    return dict(
        models=dict(enc=encoder, **critics),
        optim={name: adam() for name in ("enc", *critics)},
        game=of_latents(name=game, **arguments),
    )


WASSERSTEIN = dict(name="wasserstein")
NON_SATURATING = dict(name="non_saturating")
CONSTANT = dict(name="gradient_penalty", weight=0.1)  # the paper's, for its toys

ROWS = (
    Row("vanilla", "vanilla (non-saturating)", {}, "Goodfellow et al. 2014, section 3"),
    *(unrolled(steps) for steps in (1, 5, 10)),
    Row(
        "minibatch",
        "minibatch discrimination",
        dict(
            models=dict(
                disc=dict(
                    minibatch=dict(name="minibatch_discrimination", kernels=8, dims=2)
                )
            )
        ),
        "Salimans et al. 2016, section 3.2",
    ),
    Row(
        "wgan_clip",
        "WGAN, weights clipped to ±0.1",
        dict(
            game=dict(loss=WASSERSTEIN, n_critic=5),
            optim=dict(
                gen=dict(name="rmsprop", learning_rate=5e-4),
                disc=dict(
                    name="clip_weights",
                    bound=0.1,
                    of=dict(name="rmsprop", learning_rate=5e-4),
                ),
            ),
        ),
        "Arjovsky et al. 2017, algorithm 1",
    ),
    Row(
        "wgan_gp",
        "WGAN-GP",
        dict(
            game=dict(
                loss=WASSERSTEIN,
                n_critic=5,
                regularizers=dict(gradient_penalty=CONSTANT),
            )
        ),
        "Gulrajani et al. 2017, eq. 3",
    ),
    Row(
        "sn",
        "spectral norm, hinge",
        dict(
            models=dict(disc=dict(wrap=dict(name="spectral_norm"))),
            game=dict(loss=dict(name="hinge")),
        ),
        "Miyato et al. 2018, section 2.1",
    ),
    Row(
        "r1",
        "R1, gamma 0.1",
        penalised(r1=dict(name="r1", gamma=0.1)),
        "Mescheder et al. 2018, eq. 9",
    ),
    Row(
        "relativistic_r1_r2",
        "relativistic, R1 + R2, gamma 0.1",
        dict(
            game=dict(
                loss=dict(name="relativistic_paired"),
                regularizers=dict(
                    r1=dict(name="r1", gamma=0.1), r2=dict(name="r2", gamma=0.1)
                ),
            )
        ),
        "Huang et al. 2024, eqs. 2 to 4",
    ),
    Row(
        "pacgan2",
        "PacGAN, packs of 2",
        dict(game=dict(pack=2)),
        "Lin et al. 2018, section 2",
    ),
    Row(
        "smoothing",
        "one-sided label smoothing 0.9",
        dict(game=dict(loss=dict(name="non_saturating", real_label=0.9))),
        "Salimans et al. 2016, section 3.4",
    ),
    Row(
        "ttur",
        "two time scales, D 4 times faster",
        dict(optim=dict(gen=adam(RATE / 4))),
        "Heusel et al. 2017; ratio as in SAGAN",
    ),
    Row(
        "mdgan",
        "MDGAN",
        with_encoder(
            "manifold_diffusion", "Discriminator", "manifold", loss=NON_SATURATING
        ),
        "Che et al. 2017, algorithm 1",
    ),
    Row(
        "veegan",
        "VEEGAN",
        with_encoder("veegan", "JointDiscriminator"),
        "Srivastava et al. 2017, algorithm 1",
    ),
    Row(
        "instance_noise",
        "instance noise, std 0.2 to 0",
        dict(
            game=dict(
                augment=dict(
                    name="instance_noise",
                    std=dict(name="linear", start=0.2, end=0.0, over=STEPS * BATCH),
                )
            )
        ),
        "Sønderby et al. 2017, section 3.1",
    ),
    Row(
        "feature_matching",
        "feature matching",
        dict(
            game=dict(
                gen_weight=0.0, matching=dict(features=dict(name="feature_matching"))
            )
        ),
        "Salimans et al. 2016, section 3.1",
    ),
    Row(
        "consensus",
        "consensus, weight 0.1",
        dict(game=dict(consensus=0.1)),
        "Mescheder et al. 2017, eq. 11",
    ),
)

# Of other networks, trained for longer, on the same ring: the papers' tables 1.
PAPERS = dict(
    pacgan=dict(
        vanilla=pacgan_table1.RING["gan"],
        unrolled5=veegan_table1.RING["unrolled5"],
        pacgan2=pacgan_table1.RING["pacgan2"],
        veegan=veegan_table1.RING["veegan"],
    )
)


def rows(ring: str) -> tuple[Row, ...]:
    """Every remedy, with what papers print for it on this ring."""
    printed = PAPERS.get(ring, {})
    return tuple(
        dataclasses.replace(row, paper=printed.get(row.name, {})) for row in ROWS
    )


EXPERIMENT = Experiment(
    "ring8_remedies",
    tuple(
        Table(
            name=name,
            title=title,
            base=BASE | dict(data=data),
            rows=rows(name),
            evaluate_every=STEPS // 20,
            failed=misses(8),
            failure=missing(8),
        )
        for name, (title, data) in RINGS.items()
    ),
)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
