"""What a player's network must be: how it is called, and what that gives.

Read off the signature of the module's `__call__`, so that a network of a user's own
needs no mark. What it does not annotate is not held against it.
"""

import inspect
import typing
from typing import Annotated, Any

from flax import linen as nn

from gan_jax.typing import Kind, Latents


def role(player: str) -> Any:
    """The kind of network that a player of this name must be; see `gan_jax.resolve`.

    `gen...` makes samples and `enc...` latents; `disc...` gives logits and a dict beside
    them. Of other players nothing is known but that they are networks.
    """
    for beginning, kind in ROLES.items():
        if player.startswith(beginning):
            return kind
    return Network


def check_call(module: nn.Module, inputs: int) -> None:
    """Whether a network is called with as many things as its player is shown.

    Networks end their positional arguments with `cond`, so that one shown too few would
    take the condition for what is missing.

    Args:
        module: of the player.
        inputs: how many positional arguments it is to be called with.

    Raises:
        ValueError: it wants more or fewer.
    """
    names = list(inspect.signature(_call(type(module))).parameters)[1:]
    if "cond" in names and names.index("cond") + 1 != inputs:
        wants = ", ".join(names[: names.index("cond") + 1])
        raise ValueError(
            f"{type(module).__name__} is called ({wants}), and this game shows it "
            f"{inputs} things, not {names.index('cond') + 1}"
        )


def _is_network(module: type) -> bool:
    """Called with `train=`, as every network is and a plain layer is not."""
    parameters = inspect.signature(_call(module)).parameters.values()
    return any(p.name == "train" or p.kind is p.VAR_KEYWORD for p in parameters)


def _makes(module: type) -> bool:
    return _is_network(module) and typing.get_origin(_gives(module)) is not tuple


def _generates(module: type) -> bool:
    return _makes(module) and _gives(module) is not Latents


def _judges(module: type) -> bool:
    gives = _gives(module)
    return _is_network(module) and (gives is Any or typing.get_origin(gives) is tuple)


def _call(module: type) -> Any:
    return module.__call__  # noqa: B004 (the class's, not the metaclass's)


def _gives(module: type) -> Any:
    try:
        return typing.get_type_hints(_call(module)).get("return", Any)
    except (NameError, TypeError):  # annotations that name things not importable here
        return Any


Network = Annotated[nn.Module, Kind("a network", _is_network)]
ROLES = {
    "gen": Annotated[nn.Module, Kind("a generator", _generates)],
    "enc": Annotated[nn.Module, Kind("an encoder", _makes)],
    "disc": Annotated[nn.Module, Kind("a discriminator", _judges)],
}
