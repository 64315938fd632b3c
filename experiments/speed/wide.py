"""Conditional networks with attention, and BigGAN, beside their rivals, step by step.

    python experiments/speed/wide.py [--repeats 7] [--threads 2] [--batch 64]
        [--only NAME ...]

SAGAN at 32 x 32 against torch-mimicry's, and BigGAN at 32 x 32 against the plain PyTorch
one of `wide_theirs.py`: a critic step and a generator step of each. Measured as in
`training.py`: each side a process of its own, in turns, the ratio that of the medians,
theirs over ours. Writes wide.json, with every repeat, unless rows are chosen.
"""

import argparse
import json
import os
import pathlib
import sys
from typing import Any

import training

HERE = pathlib.Path(__file__).resolve().parent
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
        train=training.train(batch_size=batch),
    )


def rows() -> dict[str, training.Row]:
    """Two networks, two phases."""
    batch, table = int(os.environ.get(BATCH, "64")), {}
    for family in ("sagan", "biggan"):
        for phase, word in (("disc", "critic"), ("gen", "generator")):
            table[f"{family}32_{phase}"] = training.Row(
                f"{family} 32 x 32, one {word} step, batch {batch}",
                ("phase_of", dict(config=config(family, batch), name=phase)),
                (family, dict(phase=phase, batch=batch, classes=CLASSES)),
                images=batch,
                targets=dict(cpu=1.0, gpu=2.0),
            )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--only", nargs="*", metavar="NAME", help="rows; prints only")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.batch:
        os.environ[BATCH] = str(flags.batch)
    table = rows()
    if flags.serve:
        training.serve(*flags.serve, table=table, theirs="wide_theirs")
        return
    if unknown := [name for name in flags.only or () if name not in table]:
        print(f"no row {unknown[0]}; there is {', '.join(table)}", file=sys.stderr)
        raise SystemExit(2)
    record: dict[str, Any] = dict(
        environment=training.environment(flags.repeats, flags.threads), rows=[]
    )
    for name in flags.only or table:
        found = training.measure(name, table[name], flags.repeats, flags.threads)
        record["rows"].append(found)
        print(
            f"{name}: ours {1000 * found['ours']['seconds']:.0f} ms, theirs "
            f"{1000 * found['theirs']['seconds']:.0f} ms, ratio {found['ratio']:.2f}, of "
            f"CPU seconds {found['cpu_ratio']:.2f}",
            flush=True,
        )
    if flags.only is None:
        (HERE / "wide.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
