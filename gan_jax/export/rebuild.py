"""A bundle of weights alone, opened: its networks are built as its config says."""

from pathlib import Path

from gan_jax.bundle.files import read_card
from gan_jax.bundle.opening import Bundle, weights_of
from gan_jax.data import Facts
from gan_jax.data.paths import expand
from gan_jax.errors import BadInput
from gan_jax.export.portable import portable
from gan_jax.games.stages import game_at
from gan_jax.run.assemble import bind
from gan_jax.run.opening import template


def rebuilt(path: str | Path, trust: bool = False) -> Bundle:
    """The bundle of a folder with `--format=safetensors`.

    Args:
        path: the folder.
        trust: whether its config may name modules of other packages; see `gan_jax.load`.

    Raises:
        BadInput: none there, damaged, or its config is not of this version.
    """
    import jax

    folder, card = expand(path), read_card(path)
    facts = Facts.from_json(card["data"])
    game = bind(card["config"], foreign=trust).game(facts)
    game = game_at(game, int(card.get("stage", 0)))
    weights = weights_of(folder, card)
    try:
        made = portable(game, template(game), facts, leaves=weights)
    except KeyError as error:
        raise BadInput(
            f"{folder} lacks the weights {error}", "export it again"
        ) from error
    programs = {name: jax.jit(fn) for name, fn in made.functions.items()}
    return Bundle(
        folder, card, game.asks, facts, made.weights, programs, made.signatures
    )
