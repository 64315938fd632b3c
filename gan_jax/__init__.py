"""gan_jax: every GAN family as a game, in JAX and Flax.

>>> import gan_jax
>>> gan = gan_jax.load("runs/wgan_gp")  # doctest: +SKIP
>>> images = gan.sample(16, seed=0)  # doctest: +SKIP

Rooms (imports point downward): `training`, `serving`, `latents`, `export`, `evaluation`,
`doctor`, `run`, `games`, `sampling`, `bundle`, `terms`, `asks`, `models`, `metrics`, `nn`,
`losses`, `regularizers`, `augment`, `data`, `optim`, `schedules`.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from gan_jax.bundle import Bundle
    from gan_jax.run import Run

__version__ = "0.2.0"


def load(
    workdir: "str | Path", checkpoint: str | int = "last", trust: bool = False
) -> "Run | Bundle":
    """A trained model, ready to sample: `load("runs/NAME").sample(16, seed=0)`.

    Args:
        workdir: of the run; its data set is not needed. Or a bundle, as `--mode=export`
            writes it: one with programs (`stablehlo`) needs no training code.
        checkpoint: `last` (the newest sound one), `best`, or a step; of a bundle, which
            holds one, `last`.
        trust: whether its config may name modules of other packages, whose code then
            runs. Only for runs whose origin you know.

    Raises:
        gan_jax.errors.BadInput: no run or no sound checkpoint there; a bundle without
            programs for JAX, or damaged.
    """
    from gan_jax import bundle

    if bundle.is_bundle(workdir):
        if str(checkpoint) != "last":
            from gan_jax.errors import BadInput

            raise BadInput(f"{workdir} is a bundle and holds one checkpoint")
        if bundle.read_card(workdir)["format"] != "safetensors":
            return bundle.open_bundle(workdir)
        from gan_jax.export import rebuilt

        return rebuilt(workdir, trust)
    from gan_jax.run import open_checkpoint

    return open_checkpoint(workdir, str(checkpoint), trust)[0]


def __getattr__(name: str) -> Any:
    """Rooms are imported when first named, so that `import gan_jax` is quick."""
    rooms = (
        "asks augment bundle data doctor evaluation export games losses metrics models nn "
        "optim regularizers run sampling schedules terms training"
    )
    if name in rooms.split():
        return importlib.import_module(f"gan_jax.{name}")
    raise AttributeError(f"module 'gan_jax' has no attribute {name!r}")
