"""Conditional networks with attention, and BigGAN, beside their rivals, step by step.

    python experiments/speed/wide.py [--repeats 7] [--threads 2] [--batch 64]
        [--only NAME ...]

SAGAN at 32 x 32 against torch-mimicry's, and BigGAN at 32 x 32 against the plain PyTorch
one of `wide_theirs.py`: a critic step and a generator step of each. Measured as
`comparison.py` says. Writes wide.json, with every repeat, unless rows are chosen.
"""

import os
from typing import Any

import comparison

CLASSES = 4
BATCH = "WIDE_BATCH"
"""The environment's name for the batch, which both sides' processes inherit."""


def config(family: str, batch: int) -> dict[str, Any]:
    """Our side: hinge, Adam (0, .9), four classes of drawn pictures."""
    adam = dict(name="adam", learning_rate=2e-4, b1=0.0, b2=0.9)
    latents = 80 if family == "biggan" else 128
    return dict(
        data=dict(name="shapes", shape=(32, 32, 3), count=256, classes=CLASSES),
        models=dict(
            gen=dict(name=f"{family}.Generator"),
            disc=dict(name=f"{family}.Discriminator"),
        ),
        game=dict(
            name="adversarial",
            loss=dict(name="hinge"),
            latents=dict(name="normal", shape=(latents,)),
            conditional=dict(name="class_labels"),
        ),
        optim=dict(gen=adam, disc=adam),
        train=comparison.train(batch_size=batch),
    )


def rows() -> dict[str, comparison.Row]:
    """Two networks, two phases."""
    batch, table = int(os.environ.get(BATCH, "64")), {}
    for family in ("sagan", "biggan"):
        for phase, word in (("disc", "critic"), ("gen", "generator")):
            table[f"{family}32_{phase}"] = comparison.Row(
                f"{family} 32 x 32, one {word} step, batch {batch}",
                ("phase_of", dict(config=config(family, batch), name=phase)),
                (family, dict(phase=phase, batch=batch, classes=CLASSES)),
                images=batch,
                targets=dict(cpu=1.0, gpu=2.0),
            )
    return table


def main() -> None:
    parser = comparison.flags(__doc__)
    parser.add_argument("--batch", type=int)
    flags = parser.parse_args()
    if flags.batch:
        os.environ[BATCH] = str(flags.batch)
    comparison.compare(rows(), "wide_theirs", "wide", flags)


if __name__ == "__main__":
    main()
