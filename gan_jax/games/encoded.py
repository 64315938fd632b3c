"""What games with an encoder beside the generator have in common.

Whichever discriminators they have, the one called `disc` judges what is drawn from the
prior. Batch statistics: the generator's move on samples from the prior in its own phase,
since that is how it will be used, and never on reconstructions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
from flax import linen as nn

from gan_jax import rng
from gan_jax.games.adversarial import spread, with_variables
from gan_jax.games.base import Aux, Batch, GameState, Phase, Player, apply
from gan_jax.losses import Adversarial
from gan_jax.optim import Optimiser
from gan_jax.schedules import Number
from gan_jax.typing import Cond, Keys, Latents, Samples, Seen, Variables

Judged = Callable[[GameState, Batch, Keys], tuple[tuple[Any, ...], tuple[Any, ...]]]
"""(state, batch, keys) -> what a discriminator is to call real, and what fake: the
positional arguments of its module in both cases, but for the condition."""


@dataclass(frozen=True)
class Cast:
    """The players, and how they are used.

    Attributes:
        players: gen, enc and the discriminators.
        latents: the prior.
    """

    players: Mapping[str, Player]
    latents: Callable[[Keys], Latents]

    def run(
        self, state: GameState, name: str, *args: Any, moving: bool = False
    ) -> tuple[Any, Variables]:
        """A player's output in train mode, and its collections, moved if so wished."""
        own = state.players[name]
        which = tuple(own.variables) if moving else ()
        return apply(self.players[name], own, *args, None, train=True, moving=which)

    def prior(self, keys: Keys) -> Latents:
        """Latents, one a key."""
        return self.latents(rng.stream(keys, "latents"))

    def generate(self, state: GameState, z: Latents) -> Samples:
        """G(z); nothing moves."""
        return self.run(state, "gen", z)[0]

    def encode(self, state: GameState, x: Samples) -> Latents:
        """E(x); nothing moves."""
        return self.run(state, "enc", x)[0]

    def sample(self, state: GameState, keys: Keys, cond: Cond) -> Samples:
        """How the trained generator is used."""
        own = state.players["gen"].averaged()
        return apply(self.players["gen"], own, self.prior(keys), cond, train=False)[0]


def cast(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    latents: Callable[[Keys], Latents],
    judged: Mapping[str, Callable[[Keys], tuple[Any, ...]]],
    shape: tuple[int, ...],
    ema: Number | None,
) -> Cast:
    """The players of a game with an encoder.

    Args:
        models: modules gen, enc and one for each discriminator.
        optim: their optimisers, under the same names.
        latents: the prior.
        judged: by discriminator, examples of what it is shown, to initialise it with.
        shape: of one example.
        ema: decay per round of the generator's average of weights.

    Raises:
        ValueError: other players than these, or codes of another shape than latents.
    """
    names = ("gen", "enc", *judged)
    for group, given in (("models", models), ("optim", optim)):
        if set(given) != set(names):
            wanted = f"{', '.join(names[:-1])} and {names[-1]}"
            raise ValueError(f"{group} must be {wanted}, not {', '.join(given)}")
    inputs = {
        "gen": lambda keys: (latents(keys), None),
        "enc": lambda keys: (rng.normal(keys, shape), None),
    }
    for name, examples in judged.items():
        inputs[name] = lambda keys, examples=examples: (*examples(keys), None)
    players = {
        name: Player(
            models[name], inputs[name], optim[name], ema if name == "gen" else None
        )
        for name in names
    }

    def shapes() -> tuple[jax.Array, jax.Array]:
        keys = rng.deal(jax.random.key(0), 2)
        args = inputs["enc"](keys)
        code, _ = models["enc"].init_with_output(keys[0], *args, train=True)
        return code, latents(keys)

    code, z = jax.eval_shape(shapes)
    if code.shape != z.shape:
        raise ValueError(
            f"enc gives codes of shape {code.shape[1:]}, the prior latents of shape "
            f"{z.shape[1:]}; they must agree"
        )
    return Cast(players, latents)


def judging(
    players: Cast, name: str, loss: Adversarial, judged: Judged, **phase: Any
) -> Phase:
    """The phase in which a discriminator learns to tell two kinds of thing apart.

    Both go through it in batches of their own; its power iterations advance on the real
    pass alone, as in `adversarial`.

    Args:
        players: the cast.
        name: the discriminator.
        loss: its `disc` half is minimised.
        judged: what is real, and what fake.
        **phase: further fields of the phase.
    """

    def disc_loss(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        del step
        real, fake = judged(state, batch, keys)
        disc, own = players.players[name], state.players[name]
        (real_logits, _), moved = apply(
            disc, own, *real, None, train=True, moving=tuple(own.variables)
        )
        own = with_variables(state, name, moved).players[name]
        rest = tuple(kind for kind in own.variables if kind != "spectral")
        (fake_logits, _), moved = apply(disc, own, *fake, None, train=True, moving=rest)
        each = loss.disc(real_logits, fake_logits)
        metrics = {
            "adversarial": each,
            "real_logit": real_logits,
            "fake_logit": fake_logits,
            "wasserstein": real_logits - fake_logits,
            "accuracy": (real_logits > fake_logits).astype(float),
            "real_spread": spread(real[0]),
            "fake_spread": spread(fake[0]),
        }
        return each.mean(), Aux(metrics, {name: moved})

    return Phase(name, (name,), disc_loss, **phase)
