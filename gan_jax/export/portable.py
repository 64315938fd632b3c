"""A trained game as plain functions of named arrays: what every format is made of.

A game's functions are told by the names of their parameters what to take: `keys` (made
of a seed and an index), `asked`, `x` (samples), and what others give: `z` (`latents`), `ws`
(`map`), `codes` (`encode`), `tokens` (`tokens`). Of the state, only the weights that an
output depends on leave the house.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import rng, traces, tree
from gan_jax.asks import Ask, filled
from gan_jax.bundle.opening import SAMPLE, Arrays, Program
from gan_jax.bundle.signature import GIVEN, INDEX, SEED, Signature
from gan_jax.data import Facts, Spec
from gan_jax.errors import BadInput, brief, told
from gan_jax.games.base import Game, GameState
from gan_jax.run.sampler import in_graph
from gan_jax.typing import Keys

KEYS, ASKED = "keys", "asked"
MADE_BY = {"z": "latents", "ws": "map", "codes": "encode", "tokens": "tokens"}
"""Which function gives what a parameter of this name takes."""


@dataclass(frozen=True)
class Portable:
    """A trained game outside of its house.

    Attributes:
        weights: what the functions read of the state, by stable names:
            `PLAYER.params.LAYER.kernel`, of the averaged weights where there are any.
        functions: by name, `(weights, inputs) -> array`.
        signatures: of the functions.
        left_out: by name, why a function of the game is not among them.
    """

    weights: Arrays
    functions: Mapping[str, Program]
    signatures: Mapping[str, Signature]
    left_out: Mapping[str, str]


def portable(
    game: Game,
    state: GameState,
    facts: Facts,
    keyed: bool = True,
    leaves: Arrays | None = None,
) -> Portable:
    """What of a trained game can be handed out.

    Args:
        game: whose functions they are.
        state: trained; or, where `leaves` are given, of the same form.
        facts: of its data.
        keyed: whether functions may draw from seeds. Where not, `sample` is left out, and
            others do without what is random besides latents (noise).
        leaves: the weights by their stable names; those of the state by default.

    Raises:
        BadInput: nothing at all can be.
    """
    whole = _Whole(game, state, facts, keyed)
    made, left_out = {}, {}
    for name, fn in {SAMPLE: _sample(game), **game.functions}.items():
        try:
            made[name] = whole.function(fn)
        except _LeftOut as why:
            left_out[name] = str(why)
    if not made:
        why = "; ".join(f"{name}: {said}" for name, said in left_out.items())
        raise BadInput(f"this game has no function that can leave it ({why})")
    names = stable_names(sorted(set().union(*(one.leaves for one in made.values()))))
    held = tree.named_leaves(state)
    weights = {short: held[full] for full, short in names.items()}
    return Portable(
        weights={name: leaves[name] for name in weights} if leaves else weights,
        functions={name: one.renamed(names) for name, one in made.items()},
        signatures={name: one.signature for name, one in made.items()},
        left_out=left_out,
    )


def stable_names(paths: list[str]) -> dict[str, str]:
    """Names of weights by their paths in a state; averages stand for their player."""
    short = [
        path.removeprefix("players/").replace("/ema/", "/").replace("/", ".")
        for path in paths
    ]
    if len(set(short)) < len(short):  # averaged and raw weights of one player
        short = [path.replace("/", ".") for path in paths]
    return dict(zip(paths, short, strict=True))


def usual(asks: Mapping[str, Ask]) -> dict[str, Any]:
    """What stands where nobody asks, of the asks for which it is always the same."""
    keys, found = rng.deal(jax.random.key(0), 64), {}
    for name, ask in asks.items():
        if ask.drawn is not None:
            drawn = np.asarray(ask.drawn(keys))
            if (drawn == drawn[0]).all():
                found[name] = drawn[0].tolist()
    return found


class _LeftOut(Exception):
    """Why a function stays in the house."""


@dataclass(frozen=True)
class _One:
    """A function that can be handed out.

    Attributes:
        call: `(leaves by their paths, inputs) -> array`.
        leaves: paths of those it reads.
        signature: of it.
    """

    call: Callable[[Arrays, Arrays], jax.Array]
    leaves: tuple[str, ...]
    signature: Signature

    def renamed(self, names: Mapping[str, str]) -> Program:
        own = {path: names[path] for path in self.leaves}

        def call(weights: Arrays, inputs: Arrays) -> jax.Array:
            return self.call({p: weights[n] for p, n in own.items()}, inputs)

        return call


@dataclass(frozen=True)
class _Whole:
    game: Game
    state: GameState
    facts: Facts
    keyed: bool

    def function(self, fn: Callable[..., Any] | None) -> _One:
        """A function of the game as one of named arrays.

        Raises:
            _LeftOut: it cannot be.
        """
        if fn is None:
            raise _LeftOut("this game draws no samples")
        parameters = self._parameters(fn)
        inputs: dict[str, Spec] = {}
        for name in parameters:
            inputs |= self._specs(name, KEYS in parameters)
        call = partial(self._call, fn, tuple(parameters), inputs)
        leaves = tree.named_leaves(self.state)
        two = {
            name: np.zeros((2, *spec.shape), spec.dtype)
            for name, spec in inputs.items()
        }
        try:
            out = jax.eval_shape(call, leaves, two)
        except Exception as error:
            raise _LeftOut(f"tracing it fails: {brief(told(error), 120)}") from error
        if not isinstance(out, jax.ShapeDtypeStruct) or out.shape[:1] != (2,):
            raise _LeftOut("it does not give one array with an example a row")
        # Both trees are dicts, whose leaves come in the order of their sorted names.
        reads = traces.used(lambda both: call(*both), (leaves, two))
        paths = [p for p, read in zip(sorted(leaves), reads, strict=False) if read]
        for path in paths:
            if jnp.issubdtype(leaves[path].dtype, jax.dtypes.prng_key):
                raise _LeftOut(f"it draws from the run's own {path}")
        wanted = {
            name
            for name, read in zip(sorted(two), reads[len(leaves) :], strict=True)
            if read
        }
        signature = Signature(
            {name: spec for name, spec in inputs.items() if name in wanted},
            Spec(tuple(out.shape[1:]), str(out.dtype)),
        )
        return _One(call, tuple(paths), signature)

    def _parameters(self, fn: Callable[..., Any]) -> list[str]:
        try:
            signature = inspect.signature(fn)
        except (TypeError, ValueError) as error:
            raise _LeftOut("it is no function of arrays") from error
        if signature.return_annotation is GameState:
            raise _LeftOut("it gives the model in another state; export that one")
        taken = []
        for name, parameter in list(signature.parameters.items())[1:]:
            known = name in (KEYS, ASKED, "x", *MADE_BY)
            optional = parameter.default is not inspect.Parameter.empty
            if name == KEYS and not self.keyed:
                if not optional:
                    raise _LeftOut("its latents are drawn from keys, which stay here")
            elif known:
                taken.append(name)
            elif not optional:
                raise _LeftOut(f"nobody knows the form of its {name}")
        return taken

    def _specs(self, name: str, keyed: bool) -> dict[str, Spec]:
        """The inputs that stand for a parameter."""
        if name == KEYS:
            return {SEED: Spec((), "uint32"), INDEX: Spec((), "uint32")}
        if name == "x":
            return {"x": Spec(self.facts.shape, "float32")}
        if name == ASKED:
            found = {}
            for ask_name, ask in self.game.asks.items():
                found[ask_name] = Spec(ask.shape, ask.dtype)
                if keyed and ask.drawn is not None:
                    found[f"{ask_name}{GIVEN}"] = Spec((), "bool")
            return found
        source = self.game.functions.get(MADE_BY[name])
        if source is None:
            raise _LeftOut(f"the game has no function {MADE_BY[name]}")
        keyed_whole = _Whole(self.game, self.state, self.facts, True)
        return {name: keyed_whole.function(source).signature.output}

    def _call(
        self,
        fn: Callable[..., Any],
        parameters: tuple[str, ...],
        specs: Mapping[str, Spec],
        leaves: Arrays,
        inputs: Arrays,
    ) -> jax.Array:
        count = next(iter(inputs.values())).shape[0]
        inputs = {
            name: inputs.get(name, jnp.zeros((count, *spec.shape), spec.dtype))
            for name, spec in specs.items()
        }
        held = tree.named_leaves(self.state)
        filled_in = [leaves.get(path, _empty(leaf)) for path, leaf in held.items()]
        state = jax.tree.unflatten(jax.tree.structure(self.state), filled_in)
        keys = _keys(inputs) if KEYS in parameters else None
        told = {
            KEYS: lambda: keys,
            ASKED: lambda: _answers(self.game.asks, keys, inputs),
        }
        given = {p: told[p]() if p in told else inputs[p] for p in parameters}
        return fn(state, **given)


def _empty(leaf: Any) -> jax.Array:
    """A leaf that nobody reads; of a state without numbers, one that has some."""
    if not isinstance(leaf, jax.ShapeDtypeStruct):
        return leaf
    if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        return rng.root(0)
    return jnp.zeros(leaf.shape, leaf.dtype)


def _sample(game: Game) -> Callable[..., Any] | None:
    return in_graph(game) if game.sample is not None else None


def _keys(inputs: Arrays) -> Keys:
    """The keys of samples, as `gan.sample(seed=)` draws them."""
    seeds = jnp.asarray(inputs[SEED], jnp.uint32)
    words = jnp.stack([jnp.zeros_like(seeds), seeds], axis=-1)
    key = jax.random.wrap_key_data(words, impl="threefry2x32")
    return rng.at(rng.stream(key, "sample"), jnp.asarray(inputs[INDEX]))


def _answers(
    asks: Mapping[str, Ask], keys: Keys | None, inputs: Arrays
) -> dict[str, Any]:
    """Every ask answered: as given, else drawn."""
    if keys is None:
        return {name: inputs[name] for name in asks}
    needed = {name: inputs[name] for name, ask in asks.items() if ask.drawn is None}
    drawn = filled(asks, keys, needed)
    for name, ask in asks.items():
        if name not in needed:
            given = inputs[f"{name}{GIVEN}"]
            given = given.reshape(given.shape[0], *(1,) * len(ask.shape))
            drawn[name] = jnp.where(given, inputs[name], drawn[name])
    return drawn
