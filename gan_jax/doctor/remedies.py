"""Remedies that exist in this code base, with the flags that turn them on.

Each symptom has several, the most fitting first; passed over is what a config already
has, and what its game does not take. A changed config is another run: remedies want a
`--workdir` of their own.
"""

import ast
import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gan_jax.errors import BadInput
from gan_jax.names import GENERATOR
from gan_jax.run import bind

Config = Mapping[str, Any]
Flags = Callable[[Config, str], tuple[str, ...]]
"""Of a config and the name of its critic, the flags that do something; () where it cannot
be done, or is done."""
CRITIC = "CRITIC"
"""In a path: the name of the critic that shows the symptom."""


@dataclass(frozen=True)
class Remedy:
    """Something to do.

    Attributes:
        what: as an imperative, with its source.
        how: the flags that do it.
    """

    what: str
    how: Flags

    def flags(self, config: Config, critic: str = "disc") -> tuple[str, ...]:
        """The flags that do it; () where it is done, or the game does not take it."""
        flags = self.how(config, critic)
        return flags if _takes(config, flags) else ()

    def sentence(self, config: Config, critic: str = "disc") -> str:
        """What to do and how, as one sentence."""
        return f"{self.what}: {' '.join(self.flags(config, critic))}"


def _takes(config: Config, flags: Sequence[str]) -> bool:
    """Whether the config can be bound with the flags; true where it cannot without."""
    treated = copy.deepcopy(dict(config))
    try:
        bind(treated)
    except BadInput:
        return True  # no whole config: a reader's sketch of one
    for flag in flags:
        path, _, text = flag.removeprefix("--config.").partition("=")
        *parents, name = path.split(".")
        node: Any = treated
        for parent in parents:
            node = node.setdefault(parent, {})
            if not isinstance(node, dict):
                return False
        try:
            node[name] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            node[name] = text
    try:
        bind(treated)
    except BadInput:
        return False
    return True


def put(**fields: Any) -> Flags:
    """Flags that set fields, `game__loss__name="hinge"`; () if the first one stands."""
    paths = {name.replace("__", "."): value for name, value in fields.items()}

    def flags(config: Config, critic: str) -> tuple[str, ...]:
        del critic
        placed = {innermost(config, path): value for path, value in paths.items()}
        first, wanted = next(iter(placed.items()))
        if _at(config, first) == wanted:
            return ()
        return tuple(f"--config.{path}={value}" for path, value in placed.items())

    return flags


def raised(path: str, to: int) -> Flags:
    """A flag that lifts a number to at least this."""

    def flags(config: Config, critic: str) -> tuple[str, ...]:
        del critic
        own = innermost(config, path)
        now = _at(config, own)
        if isinstance(now, int | float) and now >= to:
            return ()
        return (f"--config.{own}={to}",)

    return flags


def times(factor: float, *paths: str) -> Flags:
    """Flags that multiply numbers of the config; () unless all of them are numbers."""

    def flags(config: Config, critic: str) -> tuple[str, ...]:
        own = [path.replace(CRITIC, critic) for path in paths]
        now = [_at(config, path) for path in own]
        if not all(isinstance(x, int | float) for x in now):
            return ()
        scaled = [f"{factor * x:g}" for x in now]
        return tuple(
            f"--config.{path}={x}" for path, x in zip(own, scaled, strict=True)
        )

    return flags


def innermost(config: Config, path: str) -> str:
    """A path of the game, in the game that is played: `of` those that others make of it.

    A game that grows or lives among latents is a game `of` one with a critic, and that
    one has the loss and the penalties.
    """
    root, _, rest = path.partition(".")
    if root != "game":
        return path
    while isinstance(_at(config, f"{root}.of"), Mapping):
        root += ".of"
    return f"{root}.{rest}"


def _at(config: Config, path: str) -> Any:
    node: Any = config
    for part in path.split("."):
        node = node.get(part) if isinstance(node, Mapping) else None
    return node


R1 = Remedy(
    "penalise the critic's gradient at the reals (Mescheder et al. 2018)",
    put(game__regularizers__r1__name="r1", game__regularizers__r1__gamma=0.1),
)
GRADIENT_PENALTY = Remedy(
    "hold the critic's gradient near 1 (WGAN-GP, Gulrajani et al. 2017)",
    put(
        game__regularizers__gradient_penalty__name="gradient_penalty",
        game__regularizers__gradient_penalty__weight=10.0,
    ),
)
RATES = (f"optim.{GENERATOR}.learning_rate", f"optim.{CRITIC}.learning_rate")
HALF_RATES = Remedy("halve both learning rates", times(0.5, *RATES))
SLOWER_CRITIC = Remedy(
    "let the critic learn at a quarter of its rate (two time scales, Heusel et al. "
    "2017)",
    times(0.25, RATES[1]),
)
NON_SATURATING = Remedy(
    "train the generator on a loss that does not saturate (Goodfellow et al. 2014)",
    put(game__loss__name="non_saturating"),
)
WASSERSTEIN = Remedy(
    "take a loss without a sigmoid, with a critic held Lipschitz (WGAN-GP)",
    put(
        game__loss__name="wasserstein",
        game__regularizers__gradient_penalty__name="gradient_penalty",
    ),
)
MORE_CRITIC = Remedy(
    "let the critic learn more often (WGAN's five updates a round)",
    raised("game.n_critic", 5),
)
FASTER_CRITIC = Remedy(
    "let the critic learn at twice its rate (two time scales, Heusel et al. 2017)",
    times(2.0, RATES[1]),
)
PACK = Remedy(
    "let the critic judge samples two at a time, so that it sees how alike they are "
    "(PacGAN, Lin et al. 2018)",
    raised("game.pack", 2),
)
AVERAGE = Remedy(
    "sample from averaged weights, which stand still where the weights circle "
    "(Yazici et al. 2019)",
    put(game__ema=0.999),
)
FREE_BITS = Remedy(
    "let each number of the latents tell a little for nothing (Kingma et al. 2016)",
    put(game__free_bits=0.1),
)
ANNEAL = Remedy(
    "begin each cycle without the KL's weight (Fu et al. 2019)",
    put(
        game__beta__name="cyclical",
        game__beta__start=0.0,
        game__beta__end=1.0,
        game__beta__period=100_000,
    ),
)

REMEDIES: dict[str, tuple[Remedy, ...]] = {
    "not_finite": (GRADIENT_PENALTY, HALF_RATES),
    "divergence": (GRADIENT_PENALTY, HALF_RATES),
    "vanishing_gradient": (NON_SATURATING, R1, WASSERSTEIN),
    "mode_collapse": (R1, GRADIENT_PENALTY, PACK, HALF_RATES),
    "posterior_collapse": (FREE_BITS, ANNEAL),
    "discriminator_too_strong": (R1, SLOWER_CRITIC),
    "generator_too_strong": (MORE_CRITIC, FASTER_CRITIC),
    "oscillation": (R1, AVERAGE, HALF_RATES),
}
"""By symptom."""


def remedy(symptom: str, config: Config | None = None, critic: str = "disc") -> str:
    """The first remedy of a symptom that a config can have and has not, as a sentence.

    Args:
        symptom: its name.
        config: of the run.
        critic: the player that shows it.
    """
    config = config or {}
    for candidate in REMEDIES[symptom]:
        if candidate.flags(config, critic):
            return candidate.sentence(config, critic)
    return (
        "no other remedy known here fits this config, or all are in use; compare it with "
        "a published recipe"
    )
