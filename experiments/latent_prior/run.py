"""The prior: how wide, and normal or uniform, on a grid of 25 modes.

python -m experiments.latent_prior.run
"""

import sys

from experiments.laboratory.command import main
from experiments.laboratory.rows import Experiment, Row, Table, misses, missing
from experiments.ring8_remedies.run import BASE, STEPS

DIMS = (2, 4, 8, 16, 32, 64, 128)


def row(prior: str, dim: int) -> Row:
    changes = dict(game=dict(latents=dict(name=prior, shape=(dim,))))
    sources = dict(
        normal="Goodfellow et al. 2014 and since", uniform="Radford et al. 2016"
    )
    return Row(f"{prior}{dim}", f"{prior}, z of {dim}", changes, sources[prior])


EXPERIMENT = Experiment(
    "latent_prior",
    (
        Table(
            name="grid",
            title="Grid of 25: spacing 1, std .05; non-saturating",
            base=BASE | dict(data=dict(name="grid", spacing=1.0, std=0.05, count=None)),
            rows=tuple(row(p, dim) for p in ("normal", "uniform") for dim in DIMS),
            evaluate_every=STEPS // 20,
            failed=misses(25),
            failure=missing(25),
        ),
    ),
)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
