"""Autoencoders with few codes: VQ-VAE and FSQ, and with a critic VQ-GAN.

VQ-VAE (van den Oord et al. 2017, arXiv:1711.00937): a game of one phase, reconstruction and
the quantiser's cost. VQ-GAN (Esser et al. 2021, arXiv:2012.09841, section 3.1): after some
images a critic of patches joins, whose loss weighs as much on the last layer as the
reconstruction does (its equation 7):

    weight * |grad L_rec| / (|grad L_G| + 1e-4), both by the last kernel, at most 1e4

Nothing draws codes here; a sample is the reconstruction of a picture that is asked for. A
Transformer over the codes draws them: `games.codes`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import axis, names, ranges, rng, schedules
from gan_jax.asks import Ask, Asked
from gan_jax.data import Facts
from gan_jax.games.base import Aux, Batch, Game, GameState, Phase, Player, apply
from gan_jax.games.pair import check_cast
from gan_jax.games.perceptual import Perceptual
from gan_jax.losses import Adversarial, hinge
from gan_jax.optim import Optimiser
from gan_jax.schedules import Number
from gan_jax.typing import Keys, Metrics, Samples, Seen, Tree, Variables

Distance = Literal["absolute", "squared"]
LARGEST = 1e4
"""Of the adaptive weight."""


def vq_vae(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    facts: Facts,
    *,
    distance: Distance = "squared",
    ema: Number | None = None,
    microbatches: int = 1,
) -> Game:
    """An autoencoder whose vectors are few.

    Args:
        models: the module `gen`, a `vqgan.Autoencoder`, with any quantiser.
        optim: its optimiser.
        facts: of the data.
        distance: of pictures from their reconstructions, the mean over their numbers.
        ema: decay per round of the average of weights.
        microbatches: parts a batch is cut into to save memory.

    Raises:
        ValueError: other players, or data that are no pictures.
    """
    check_cast(models, optim, ("gen",))
    gen = _player(models, optim, facts, ema)

    def turn(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        del keys, step
        x = batch["sample"]
        again, _, cost, metrics, moved = _rebuilt(gen, state, x)
        missed = _distance(distance, x, again)
        metrics |= {names.RECONSTRUCTION: missed}
        return missed.mean() + cost.mean(), Aux(metrics, {"gen": moved})

    phase = Phase("gen", ("gen",), turn, microbatches=microbatches)
    return Game({"gen": gen}, (phase,), **_uses(gen, facts))


def vq_gan(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    facts: Facts,
    *,
    loss: Adversarial = hinge,
    distance: Distance = "absolute",
    perceptual: Perceptual | None = None,
    weight: Number = 0.8,
    adaptive: bool = True,
    begin: int = 0,
    ema: Number | None = None,
) -> Game:
    """An autoencoder whose vectors are few, and a critic of its reconstructions.

    Args:
        models: modules `gen`, a `vqgan.Autoencoder`, and `disc`, e.g. a
            `vqgan.Discriminator`; where a critic has `patches`, each is judged.
        optim: their optimisers.
        facts: of the data.
        loss: of the critic (half of it, as in the paper's code) and of the generator.
        distance: as in `vq_vae`.
        perceptual: added to that, e.g. `lpips(FILE)`, as in the paper.
        weight: of the adversarial loss.
        adaptive: whether that is relative to the reconstruction's gradient.
        begin: images shown before the critic joins; until then neither side knows it.
        ema: decay per round of the average of the autoencoder's weights.

    Raises:
        ValueError: other players, numbers out of range, or data that are no pictures.
    """
    check_cast(models, optim, ("gen", "disc"))
    ranges.at_least(0, weight=weight)
    ranges.whole(0, begin=begin)
    gen = _player(models, optim, facts, ema)
    disc = Player(
        models["disc"],
        lambda keys: (rng.normal(keys, facts.shape), None),
        optim["disc"],
    )
    sides = _Sides(gen, disc, loss, distance, perceptual, weight, adaptive, begin)
    return Game(
        {"gen": gen, "disc": disc},
        (Phase("gen", ("gen",), sides.fool), Phase("disc", ("disc",), sides.tell)),
        **_uses(gen, facts),
    )


class _Sides(NamedTuple):
    """An autoencoder and its critic; fields as the arguments of `vq_gan`."""

    gen: Player
    disc: Player
    loss: Adversarial
    distance: Distance
    perceptual: Perceptual | None
    weight: Number
    adaptive: bool
    begin: int

    def fool(
        self, state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        """The autoencoder's turn."""
        del keys, step
        x = batch["sample"]
        again, features, cost, metrics, moved = _rebuilt(self.gen, state, x)
        missed, seen = _distance(self.distance, x, again), self.perceived(x, again)
        (logits, patches), _ = self.judged(state, again)
        each = self.loss.gen(patches, patches).reshape(len(x), -1).mean(1)
        share = self.share(state, x, features)
        metrics |= {
            names.RECONSTRUCTION: missed,
            names.ADVERSARIAL: each,
            names.FAKE_LOGIT: logits,
            "weight": jnp.asarray(share, float),
            **({"perceptual": seen} if self.perceptual else {}),
        }
        value = (missed + seen).mean() + cost.mean() + share * each.mean()
        return value, Aux(metrics, {"gen": moved})

    def tell(
        self, state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        """The critic's turn."""
        del keys, step
        x, own = batch["sample"], tuple(state.players["disc"].variables)
        again, _ = apply(self.gen, state.players["gen"], x, None, train=True)
        (real, on_real), moved = self.judged(state, x, own)
        (fake, on_fake), _ = self.judged(state, again)
        each = 0.5 * self.loss.disc(on_real, on_fake).reshape(len(x), -1).mean(1)
        metrics = {
            names.ADVERSARIAL: each,
            names.REAL_LOGIT: real,
            names.FAKE_LOGIT: fake,
            names.WASSERSTEIN: real - fake,
        }
        return self.joined(state.seen) * each.mean(), Aux(metrics, {"disc": moved})

    def judged(
        self, state: GameState, x: Samples, moving: tuple[str, ...] = ()
    ) -> tuple[tuple[jax.Array, jax.Array], Variables]:
        """Mean logits, and those that count, [b * patches]; and what moved."""
        own = state.players["disc"]
        (logits, out), moved = apply(self.disc, own, x, None, train=True, moving=moving)
        return (logits, out.get("patches", logits).reshape(-1)), moved

    def perceived(self, x: Samples, again: Samples) -> Float[Array, "b"]:
        """What the perceptual distance adds, for each."""
        return self.perceptual.apart(x, again) if self.perceptual else jnp.zeros(len(x))

    def joined(self, seen: Seen) -> jax.Array:
        """1 once the critic takes part, before that 0."""
        return jnp.asarray(seen >= self.begin, float)

    def share(self, state: GameState, x: Samples, features: jax.Array) -> jax.Array:
        """What the adversarial loss weighs, equation 7."""
        share = schedules.value(self.weight, state.seen) * self.joined(state.seen)
        if not self.adaptive:
            return share

        def last(kernel: Tree) -> Samples:
            return _painted(self.gen, state, features, kernel)

        def rebuilt(y: Samples) -> jax.Array:
            return (_distance(self.distance, x, y) + self.perceived(x, y)).mean()

        def adversarial(y: Samples) -> jax.Array:
            shown = self.judged(state, y)[0][1]
            return self.loss.gen(shown, shown).mean()

        params = state.players["gen"].params["output"]
        return share * balance(last, params, rebuilt, adversarial)


def balance(
    last: Callable[[Tree], Any],
    params: Tree,
    rebuilt: Callable[[Any], jax.Array],
    adversarial: Callable[[Any], jax.Array],
) -> Float[Array, ""]:
    """|grad of one loss| / |grad of the other|, by the kernel of the last layer alone.

    Args:
        last: the last layer, of its parameters, on features that are given.
        params: of that layer; the gradients are by its `kernel`.
        rebuilt: the loss in the numerator, of what the layer gives.
        adversarial: that in the denominator.
    """
    params = jax.lax.stop_gradient(params)
    made, back = jax.vjp(lambda k: last({**params, "kernel": k}), params["kernel"])
    slopes = [back(jax.grad(loss)(made))[0] for loss in (rebuilt, adversarial)]
    above, below = (optax.global_norm(axis.mean(slope)) for slope in slopes)
    return jax.lax.stop_gradient(jnp.clip(above / (below + 1e-4), 0.0, LARGEST))


def _player(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    facts: Facts,
    ema: Number | None,
) -> Player:
    if len(facts.shape) != 3:
        raise ValueError("codes are of pictures; these data have none")
    return Player(
        models["gen"],
        lambda keys: (rng.normal(keys, facts.shape), None),
        optim["gen"],
        ema,
    )


def _rebuilt(
    gen: Player, state: GameState, x: Samples
) -> tuple[Samples, jax.Array, jax.Array, Metrics, Variables]:
    """Reconstructions, what the last layer read, the quantiser's cost, and what moved."""
    own = state.players["gen"]
    moving = tuple(own.variables)
    (features, found), moved = apply(
        gen, own, x, train=True, moving=moving, method="painted"
    )
    again, _ = apply(gen, own, features, train=True, method="paint")
    metrics = {"code": found.cost, "perplexity": found.perplexity}
    return again, features, found.cost, metrics, moved


def _painted(
    gen: Player, state: GameState, features: jax.Array, output: Tree
) -> Samples:
    """The last layer with other parameters."""
    own = state.players["gen"]
    held = jax.lax.stop_gradient((own.params, own.variables, features))
    params, variables, still = held
    weights = {"params": {**params, "output": output}, **variables}
    made = gen.module.apply(weights, still, train=True, method="paint")
    assert isinstance(made, jax.Array)
    return made


def _distance(kind: Distance, x: Samples, again: Samples) -> Float[Array, "b"]:
    apart = jnp.abs(x - again) if kind == "absolute" else jnp.square(x - again)
    return apart.reshape(len(x), -1).mean(1)


def _uses(gen: Player, facts: Facts) -> dict[str, Any]:
    """How the trained autoencoder is used."""

    def encode(state: GameState, x: Samples) -> Any:
        own = state.players["gen"].averaged()
        return apply(gen, own, x, train=False, method="encode")[0]

    def decode(state: GameState, codes: Any) -> Samples:
        own = state.players["gen"].averaged()
        return apply(gen, own, codes, train=False, method="decode")[0]

    def reconstruct(
        state: GameState, x: Samples, asked: Asked | None = None
    ) -> Samples:
        del asked
        return decode(state, encode(state, x))

    def sample(state: GameState, keys: Keys, asked: Asked) -> Samples:
        del keys
        return reconstruct(state, jnp.asarray(asked["image"]))

    return dict(
        sample=sample,
        asks={"image": Ask(facts.shape, data="sample")},
        functions={"encode": encode, "decode": decode, "reconstruct": reconstruct},
    )


__all__ = ["balance", "vq_gan", "vq_vae"]
