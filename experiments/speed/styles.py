"""StyleGAN2 and R3GAN beside their authors' code, phase by phase.

    STYLEGAN3=DIR R3GAN=DIR python experiments/speed/styles.py [--repeats 7]
        [--threads 2] [--only NAME ...]

DIR are clones of NVlabs/stylegan3 and brownvc/R3GAN, whose licences let nobody carry them
along; without them we are timed alone. On a CPU both use the reference operations. Small
networks of the same numbers of parameters, on batches that are there. Measured as in
`training.py`; writes styles.json, with every repeat, unless rows are chosen.
"""

import os
from typing import Any

import training

SIZE, WIDTHS, STYLE = 64, (64, 64, 64, 64, 32), 64
R3_WIDTHS, R3_GROUP, LATENTS = (128, 128, 128, 128), 16, 64
BATCH, R3_BATCH = 16, 32
TURNS = dict(
    gen="a generator's step",
    gen_lazy="a path length step",
    disc="a critic's step",
    disc_lazy="an R1 step",
)


def stylegan2() -> dict[str, Any]:
    """Config F in small: R1 in one of 16 rounds, path length in one of 4."""
    adam = dict(name="lazy_adam", learning_rate=2e-3, b1=0.0, b2=0.99)
    return dict(
        data=dict(name="shapes", shape=(SIZE, SIZE, 3), count=256),
        models=dict(
            gen=dict(name="stylegan2.Generator", widths=WIDTHS, style=STYLE),
            disc=dict(name="stylegan2.Discriminator", widths=WIDTHS[::-1]),
        ),
        game=dict(
            name="style_based",
            latents=dict(name="normal", shape=(STYLE,)),
            regularizers=dict(r1=dict(name="r1", gamma=1.0)),
            gen_regularizers=dict(path_length=dict(name="path_length")),
        ),
        optim=dict(gen=adam | dict(every=4), disc=adam | dict(every=16)),
        train=training.train(batch_size=BATCH),
    )


def r3gan() -> dict[str, Any]:
    """Its loss and both penalties, without augmentation."""
    adam = dict(name="adam", learning_rate=2e-4, b1=0.0, b2=0.99)
    both = dict(group=R3_GROUP)
    return dict(
        data=dict(name="shapes", shape=(32, 32, 3), count=256),
        models=dict(
            gen=dict(name="r3gan.Generator", widths=R3_WIDTHS, **both),
            disc=dict(name="r3gan.Discriminator", widths=R3_WIDTHS, **both),
        ),
        game=dict(
            name="adversarial",
            loss=dict(name="relativistic_paired"),
            latents=dict(name="normal", shape=(LATENTS,)),
            regularizers={n: dict(name=n, gamma=1.0) for n in ("r1", "r2")},
        ),
        optim=dict(gen=adam, disc=adam),
        train=training.train(batch_size=R3_BATCH),
    )


def rows() -> dict[str, training.Row]:
    """Each phase of both, and sampling."""
    table = {}

    def theirs(clone: str, maker: str, **given: Any) -> tuple[str, dict] | None:
        return (maker, given) if clone in os.environ else None

    for phase, words in TURNS.items():
        table[f"stylegan2_{phase}"] = training.Row(
            f"StyleGAN2 {SIZE} x {SIZE}, width 64, {words}, batch {BATCH}",
            ("phase_of", dict(config=stylegan2(), name=phase)),
            theirs("STYLEGAN3", "stylegan2", phase=phase),
            images=BATCH,
            targets=dict(cpu=1.5, gpu=1.0),
        )
    for phase in ("gen", "disc"):
        table[f"r3gan_{phase}"] = training.Row(
            f"R3GAN 32 x 32, width 128, {TURNS[phase]}, batch {R3_BATCH}",
            ("phase_of", dict(config=r3gan(), name=phase)),
            theirs("R3GAN", "r3gan", phase=phase),
            images=R3_BATCH,
            targets=dict(cpu=1.2, gpu=1.2),
        )
    for batch in (1, 64):
        table[f"stylegan2_sample{batch}"] = training.Row(
            f"StyleGAN2 {SIZE} x {SIZE}, width 64, sampling, batch {batch}",
            ("sampling_of", dict(config=stylegan2(), batch=batch)),
            theirs("STYLEGAN3", "stylegan2_sample", batch=batch),
            images=batch,
        )
    return table


if __name__ == "__main__":
    training.compare(
        rows(), "styles_theirs", "styles", training.flags(__doc__).parse_args()
    )
