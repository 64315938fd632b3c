"""StyleGAN3 beside its authors' code: a generator's step, and sampling, of T and R.

    STYLEGAN3=DIR python experiments/speed/alias_free.py [--repeats 7] [--threads 1]
        [--only NAME ...]

DIR is a clone of NVlabs/stylegan3, whose licence lets nobody carry it along; without it we
are timed alone. On a CPU it uses its reference operations. Measured as `comparison.py`
says; writes alias_free.json, with every repeat, unless rows are chosen.
"""

from typing import Any

import comparison
from styles import theirs

SIZE, WIDTH, STYLE, BATCH = 32, 64, 64, 8
DESIGNS: dict[str, dict[str, Any]] = {
    "t": {},
    "r": dict(kernel=1, filter=dict(name="radial")),
}


def config(design: str) -> dict[str, Any]:
    """All layers of one width, a critic of the same."""
    adam = dict(learning_rate=2e-3, b1=0.0, b2=0.99)
    gen = dict(style=STYLE, channel_base=SIZE * WIDTH, channel_max=WIDTH)
    return dict(
        data=dict(name="shapes", shape=(SIZE, SIZE, 3), count=256),
        models=dict(
            gen=dict(name="stylegan3.Generator", **gen, **DESIGNS[design]),
            disc=dict(name="stylegan3.Discriminator", widths=(WIDTH,) * 4),
        ),
        game=dict(
            name="style_based",
            latents=dict(name="normal", shape=(STYLE,)),
            regularizers=dict(r1=dict(name="r1", gamma=1.0)),
            mixing=0.0,
        ),
        optim=dict(
            gen=dict(name="adam", **adam),
            disc=dict(name="lazy_adam", every=16, **adam),
        ),
        train=comparison.train(batch_size=BATCH),
    )


def rows() -> dict[str, comparison.Row]:
    """Two designs, a step and samples of each."""
    table = {}
    for design in DESIGNS:
        title = f"StyleGAN3-{design.upper()} {SIZE} x {SIZE}, width {WIDTH}"
        table[f"{design}_gen"] = comparison.Row(
            f"{title}, a generator's step, batch {BATCH}",
            ("phase_of", dict(config=config(design), name="gen")),
            theirs("STYLEGAN3", "step", design=design),
            images=BATCH,
            targets=dict(cpu=1.5, gpu=1.0),
        )
        table[f"{design}_sample"] = comparison.Row(
            f"{title}, sampling, batch {BATCH}",
            ("sampling_of", dict(config=config(design), batch=BATCH)),
            theirs("STYLEGAN3", "samples", design=design),
            images=BATCH,
        )
    return table


if __name__ == "__main__":
    comparison.compare(
        rows(),
        "alias_free_theirs",
        "alias_free",
        comparison.flags(__doc__).parse_args(),
    )
