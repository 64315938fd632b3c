"""StyleGAN2 and R3GAN beside their authors' code, phase by phase.

    STYLEGAN3=DIR R3GAN=DIR python experiments/speed/styles.py [--repeats 7]
        [--threads 2] [--only NAME ...]

DIR are clones of NVlabs/stylegan3 and brownvc/R3GAN, whose licences let nobody carry them
along; without them we are timed alone. On a CPU both use the reference operations. Small
networks of the same numbers of parameters, on batches that are there. Measured as
`comparison.py` says; writes styles.json, with every repeat, unless rows are chosen.
"""

import os
from typing import Any

import comparison

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
        train=comparison.train(batch_size=BATCH),
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
        train=comparison.train(batch_size=R3_BATCH),
    )


def theirs(clone: str, maker: str, **given: Any) -> tuple[str, dict] | None:
    """The other side of a row, where its clone is at hand."""
    return (maker, given) if clone in os.environ else None


def phases(
    title: str, config: dict[str, Any], maker: str, clone: str, wanted: float
) -> dict[str, comparison.Row]:
    """A row for each phase of a config's game; a lazy one where it has such penalties."""
    game, batch = config["game"], config["train"]["batch_size"]
    lazy = {"gen_lazy", "disc_lazy"} if "gen_regularizers" in game else set()
    return {
        f"{maker}_{phase}": comparison.Row(
            f"{title}, {words}, batch {batch}",
            ("phase_of", dict(config=config, name=phase)),
            theirs(clone, maker, phase=phase),
            images=batch,
            targets=dict(cpu=wanted, gpu=1.0),
        )
        for phase, words in TURNS.items()
        if phase in {"gen", "disc"} | lazy
    }


def rows() -> dict[str, comparison.Row]:
    """Each phase of both, and sampling."""
    small = f"StyleGAN2 {SIZE} x {SIZE}, width {max(WIDTHS)}"
    other = f"R3GAN 32 x 32, width {max(R3_WIDTHS)}"
    table = phases(small, stylegan2(), "stylegan2", "STYLEGAN3", 1.5)
    table |= phases(other, r3gan(), "r3gan", "R3GAN", 1.2)
    for batch in (1, 64):
        table[f"stylegan2_sample{batch}"] = comparison.Row(
            f"{small}, sampling, batch {batch}",
            ("sampling_of", dict(config=stylegan2(), batch=batch)),
            theirs("STYLEGAN3", "stylegan2_sample", batch=batch),
            images=batch,
        )
    return table


if __name__ == "__main__":
    comparison.compare(
        rows(), "styles_theirs", "styles", comparison.flags(__doc__).parse_args()
    )
