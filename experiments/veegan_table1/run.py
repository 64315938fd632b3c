"""VEEGAN (Srivastava et al. 2017, arXiv:1705.07761), table 1: the ring and the grid.

    python -m experiments.veegan_table1.run [--scale 0.25]

The protocol of the counts is the paper's: 2,500 samples, three standard deviations, five
runs, the unrolled GAN with K = 5. Networks, rates and length are those of the authors'
notebooks of VEEGAN; nothing is known of the others' beside it, so they get the same.
"""

import sys
from typing import Any

from experiments.laboratory.command import main
from experiments.laboratory.rows import Experiment, Row, Table, misses, missing

STEPS, BATCH, LATENTS = 100_000, 500, (254,)


def adam(**more: float) -> dict[str, Any]:
    return dict(name="adam", learning_rate=1e-3, b1=0.5, b2=0.999) | more


GEN, DISC = dict(widths=(128, 128)), dict(widths=(128,))
PRIOR = dict(name="normal", shape=LATENTS)
BASE: dict[str, Any] = dict(
    models=dict(
        gen=dict(name="mlp.Generator", **GEN),
        disc=dict(name="mlp.Discriminator", **DISC),
    ),
    game=dict(name="adversarial", loss=dict(name="non_saturating"), latents=PRIOR),
    optim=dict(gen=adam(), disc=adam()),
    train=dict(
        steps=STEPS,
        batch_size=BATCH,
        steps_per_call=50,
        log_every=STEPS // 20,
        checkpoint_every=STEPS,
    ),
)

UNROLLED = dict(game=dict(unroll=5), optim=dict(disc=adam(eps_root=1e-16)))
VEEGAN = dict(
    models=dict(
        enc=dict(name="mlp.Encoder", latents=LATENTS, **GEN),
        disc=dict(name="mlp.JointDiscriminator", **DISC),
    ),
    game=dict(name="veegan", latents=PRIOR),
    optim=dict(enc=adam()),
)
SOURCE = "Srivastava et al. 2017, table 1"


def figures(modes: str, high_quality: str) -> dict[str, str]:
    return dict(modes=modes, high_quality=high_quality)


RING = dict(
    gan=figures("1", "99.3"),
    ali=figures("2.8", "0.13"),
    unrolled5=figures("7.6", "35.6"),
    veegan=figures("8", "52.9"),
)
GRID = dict(
    gan=figures("3.3", "0.5"),
    ali=figures("15.8", "1.6"),
    unrolled5=figures("23.6", "16"),
    veegan=figures("24.6", "40"),
)


def table(
    name: str, title: str, data: dict[str, Any], modes: int, paper: dict[str, Any]
) -> Table:
    return Table(
        name=name,
        title=title,
        base=BASE | dict(data=data),
        rows=(
            Row("gan", "GAN", {}, SOURCE, paper["gan"]),
            Row("ali", "ALI", {}, SOURCE, paper["ali"], absent="not built here"),
            Row("unrolled5", "unrolled, K = 5", UNROLLED, SOURCE, paper["unrolled5"]),
            Row("veegan", "VEEGAN", VEEGAN, SOURCE, paper["veegan"]),
        ),
        evaluate_every=STEPS // 20,
        seeds=5,
        failed=misses(modes),
        failure=missing(modes),
    )


EXPERIMENT = Experiment(
    "veegan_table1",
    (
        table(
            "ring",
            "2D ring: 8 modes, radius 1, std .01",
            dict(name="ring", radius=1.0, std=0.01),
            8,
            RING,
        ),
        table(
            "grid",
            "2D grid: 25 modes, spacing 2, std .05",
            dict(name="grid", side=5, spacing=2.0, std=0.05, count=None),
            25,
            GRID,
        ),
    ),
)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
