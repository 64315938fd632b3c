"""PacGAN (Lin et al. 2018, arXiv:1712.04086), table 1: the ring and the grid.

    python -m experiments.pacgan_table1.run [--scale 0.005]

The paper's protocol is 400,000 rounds of ten seeds a row: hours on a GPU. `--scale`
plays a share of them, which is no reproduction and is printed apart.
"""

import sys
from typing import Any

from experiments.laboratory.command import main
from experiments.laboratory.rows import Experiment, Row, Table, misses, missing

EPOCHS, POINTS, BATCH = 400, 100_000, 100
STEPS = EPOCHS * POINTS // BATCH
ADAM = dict(name="adam", learning_rate=1e-4, b1=0.8, b2=0.999)
INIT = dict(kernel_init=dict(name="normal", stddev=0.02))

BASE: dict[str, Any] = dict(
    models=dict(
        gen=dict(
            name="mlp.Generator",
            widths=(400,) * 4,
            bias=False,
            norm=dict(name="batch_norm", momentum=0.95),
            **INIT,
        ),
        disc=dict(
            name="mlp.Discriminator",
            widths=(1000,) * 3,
            activation=dict(name="maxout", pieces=5),
            **INIT,
        ),
    ),
    game=dict(
        name="adversarial",
        loss=dict(name="non_saturating"),
        latents=dict(name="normal", shape=(2,)),
    ),
    optim=dict(gen=ADAM, disc=ADAM),
    train=dict(
        steps=STEPS,
        batch_size=BATCH,
        steps_per_call=50,
        log_every=STEPS // 20,
        checkpoint_every=STEPS,
    ),
)

SOURCE = "Lin et al. 2018, table 1"


def figures(modes: str, high_quality: str, reverse_kl: str) -> dict[str, str]:
    return dict(modes=modes, high_quality=high_quality, reverse_kl=reverse_kl)


def packed(m: int, paper: dict[str, str]) -> Row:
    """m samples a pack, and as many packs as the GAN sees samples."""
    changes = dict(game=dict(pack=m), train=dict(batch_size=m * BATCH))
    return Row(f"pacgan{m}", f"PacGAN{m}", changes, SOURCE, paper)


RING = dict(
    gan=figures("6.3 ± 0.5", "98.2 ± 0.2", "0.45 ± 0.09"),
    ali=figures("6.6 ± 0.3", "97.6 ± 0.4", "0.36 ± 0.04"),
    pacgan2=figures("7.9 ± 0.1", "95.6 ± 2.0", "0.07 ± 0.03"),
    pacgan3=figures("7.8 ± 0.1", "97.7 ± 0.3", "0.10 ± 0.02"),
    pacgan4=figures("7.8 ± 0.1", "95.9 ± 1.4", "0.07 ± 0.02"),
)
GRID = dict(
    gan=figures("17.3 ± 0.8", "94.8 ± 0.7", "0.70 ± 0.07"),
    ali=figures("24.1 ± 0.4", "95.7 ± 0.6", "0.14 ± 0.03"),
    pacgan2=figures("23.8 ± 0.7", "91.3 ± 0.8", "0.13 ± 0.04"),
    pacgan3=figures("24.6 ± 0.4", "94.2 ± 0.4", "0.06 ± 0.02"),
    pacgan4=figures("24.8 ± 0.2", "93.6 ± 0.6", "0.04 ± 0.01"),
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
            *(packed(m, paper[f"pacgan{m}"]) for m in (2, 3, 4)),
        ),
        evaluate_every=STEPS // 20,
        failed=misses(modes),
        failure=missing(modes),
    )


EXPERIMENT = Experiment(
    "pacgan_table1",
    (
        table(
            "ring",
            "2D ring: 8 modes, radius 1, std .01",
            dict(name="ring", radius=1.0, std=0.01, count=POINTS),
            8,
            RING,
        ),
        table(
            "grid",
            "2D grid: 25 modes, spacing 2, std .05",
            dict(name="grid", side=5, spacing=2.0, std=0.05, count=POINTS),
            25,
            GRID,
        ),
    ),
)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
