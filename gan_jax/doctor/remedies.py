"""Remedies that exist in this code base, with the flags that turn them on.

Each symptom has several, the most fitting first; what a config already has is passed
over. A changed config is another run: remedies want a `--workdir` of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Config = Mapping[str, Any]


@dataclass(frozen=True)
class Remedy:
    """Something to do.

    Attributes:
        what: as an imperative, with its source.
        flags: of a config, the flags that do it; () where it cannot be done or is done.
    """

    what: str
    flags: Callable[[Config], tuple[str, ...]]

    def sentence(self, config: Config) -> str:
        """What to do and how, as one sentence."""
        return f"{self.what}: {' '.join(self.flags(config))}"


def put(**fields: Any) -> Callable[[Config], tuple[str, ...]]:
    """Flags that set fields, `game__loss__name="hinge"`; () if the first one stands."""
    paths = {name.replace("__", "."): value for name, value in fields.items()}

    def flags(config: Config) -> tuple[str, ...]:
        first, wanted = next(iter(paths.items()))
        if _at(config, first) == wanted:
            return ()
        return tuple(f"--config.{path}={value}" for path, value in paths.items())

    return flags


def raised(path: str, to: int) -> Callable[[Config], tuple[str, ...]]:
    """A flag that lifts a number to at least this."""

    def flags(config: Config) -> tuple[str, ...]:
        now = _at(config, path)
        if isinstance(now, int | float) and now >= to:
            return ()
        return (f"--config.{path}={to}",)

    return flags


def times(factor: float, *paths: str) -> Callable[[Config], tuple[str, ...]]:
    """Flags that multiply numbers of the config; () unless all of them are numbers."""

    def flags(config: Config) -> tuple[str, ...]:
        now = [_at(config, path) for path in paths]
        if not all(isinstance(x, int | float) for x in now):
            return ()
        scaled = [f"{factor * x:g}" for x in now]
        return tuple(
            f"--config.{path}={x}" for path, x in zip(paths, scaled, strict=True)
        )

    return flags


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
RATES = ("optim.gen.learning_rate", "optim.disc.learning_rate")
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

REMEDIES: dict[str, tuple[Remedy, ...]] = {
    "not_finite": (GRADIENT_PENALTY, HALF_RATES),
    "divergence": (GRADIENT_PENALTY, HALF_RATES),
    "vanishing_gradient": (NON_SATURATING, R1, WASSERSTEIN),
    "mode_collapse": (R1, GRADIENT_PENALTY, PACK, HALF_RATES),
    "discriminator_too_strong": (R1, SLOWER_CRITIC),
    "generator_too_strong": (MORE_CRITIC, FASTER_CRITIC),
    "oscillation": (R1, AVERAGE, HALF_RATES),
}
"""By symptom."""


def remedy(symptom: str, config: Config | None = None) -> str:
    """The first remedy of a symptom that a config does not have yet, as a sentence."""
    config = config or {}
    for candidate in REMEDIES[symptom]:
        if candidate.flags(config):
            return candidate.sentence(config)
    return "all remedies known here are in use; compare with a published recipe"
