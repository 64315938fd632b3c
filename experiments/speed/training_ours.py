"""Our side of `training.py`: the path of `python -m gan_jax.main`, in timed calls.

A maker returns a `Rival`; nothing here is tuned for the benchmark.
"""

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gan_jax import rng, tree
from gan_jax.games import base
from gan_jax.games.update import update
from gan_jax.models import dcgan
from gan_jax.training import ensemble
from gan_jax.training.entry import prepare
from gan_jax.training.program import fed_round, many, rounds_per_call


class Rival(NamedTuple):
    """Something to be timed.

    Attributes:
        call: plays `per_call` steps and returns when they are done.
        per_call: steps (or forward passes) in a call.
        parameters: by player.
        compile_seconds: tracing and compilation, 0 where there is none.
    """

    call: Callable[[], Any]
    per_call: int
    parameters: dict[str, int]
    compile_seconds: float = 0.0


def round_of(config: dict[str, Any]) -> Rival:
    """Whole rounds of a config, as many to a call as the training loop fuses."""
    run = prepare(config)
    options = run.options
    state = jax.jit(partial(base.init, run.game))(jax.random.key(options.seed))
    rounds = rounds_per_call(run.game, options.steps_per_call)
    play = fed_round(run.game, run.feed, options.batch_size, run.mapping.share)
    state, arrays = run.mapping.place(state), run.mapping.place(run.feed.arrays)
    step = run.mapping.compile(many(play, rounds))
    return _rival(step, state, (arrays, None), rounds)


def ensemble_of(config: dict[str, Any], seeds: int) -> Rival:
    """Whole rounds of all seeds of a config, on a device for each core."""
    if hasattr(os, "sched_getaffinity"):
        jax.config.update("jax_num_cpu_devices", len(os.sched_getaffinity(0)))
    whole = ensemble.assemble(config, range(seeds))
    held = [whole.start()]
    state = whole.states(held[0])[0]
    parameters = {n: tree.count(p.params) for n, p in state.players.items()}

    def call() -> Any:
        held[0], metrics = jax.block_until_ready(whole.play(held[0]))
        return metrics

    return Rival(call, whole.rounds, parameters, whole.compile_seconds)


def phase_of(config: dict[str, Any], name: str) -> Rival:
    """One update of one phase of a config, on a batch that is on the device."""
    run = prepare(config)
    options, game = run.options, run.game
    phase = next(phase for phase in game.phases if phase.name == name)
    state = jax.jit(partial(base.init, game))(jax.random.key(options.seed))
    arrays = run.mapping.place(run.feed.arrays)
    where = jnp.arange(options.batch_size)
    batch = jax.jit(lambda: run.feed.batch(arrays, None, state.key, where))()

    def play(state: base.GameState, batch: base.Batch) -> Any:
        key = rng.stream(state.key, phase.name, state.step)
        state, metrics = update(game, phase, state, batch, key, state.step)
        return state.replace(step=state.step + 1), metrics

    return _rival(
        run.mapping.compile(play), run.mapping.place(state), (jax.device_put(batch),)
    )


def sampling_of(config: dict[str, Any], batch: int) -> Rival:
    """Samples of an untrained game, as `gan.sample` makes them, keys drawn besides."""
    run = prepare(config)
    state = jax.jit(partial(base.init, run.game))(jax.random.key(run.options.seed))
    parameters = {n: tree.count(p.params) for n, p in state.players.items()}

    def play(state: base.GameState, key: jax.Array) -> Any:
        return run.game.sample(state, rng.deal(key, batch), {})

    start = time.perf_counter()
    compiled = jax.jit(play).lower(state, state.key).compile()
    seconds = time.perf_counter() - start
    return Rival(
        lambda: jax.block_until_ready(compiled(state, state.key)),
        1,
        parameters,
        seconds,
    )


def synthesis_of(config: dict[str, Any], batch: int) -> Rival:
    """Samples of latents that are there, of an untrained game."""
    run = prepare(config)
    state = jax.jit(partial(base.init, run.game))(jax.random.key(run.options.seed))
    parameters = {n: tree.count(p.params) for n, p in state.players.items()}
    functions, keys = run.game.functions, rng.deal(jax.random.key(1), batch)
    z = jax.jit(lambda state: functions["latents"](state, keys, {}))(state)

    def play(state: base.GameState, z: jax.Array) -> Any:
        return functions["synthesize"](state, z, {})

    start = time.perf_counter()
    compiled = jax.jit(play).lower(state, z).compile()
    seconds = time.perf_counter() - start
    return Rival(
        lambda: jax.block_until_ready(compiled(state, z)), 1, parameters, seconds
    )


def dcgan_forward(shape: tuple[int, ...], width: int, latents: int, batch: int):
    """The generator as a user samples it: evaluation mode, its average of weights."""
    gen = dcgan.Generator(shape, width=width)
    z = jax.random.normal(jax.random.key(1), (batch, latents))
    variables = jax.jit(partial(gen.init, train=True))(jax.random.key(0), z)
    parameters = {"gen": tree.count(variables["params"])}
    start = time.perf_counter()
    run = jax.jit(partial(gen.apply, train=False)).lower(variables, z).compile()
    seconds = time.perf_counter() - start
    return Rival(
        lambda: jax.block_until_ready(run(variables, z)), 1, parameters, seconds
    )


def _rival(step: Any, state: base.GameState, args: tuple, rounds: int = 1) -> Rival:
    parameters = {n: tree.count(p.params) for n, p in state.players.items()}
    start = time.perf_counter()
    compiled = step.lower(state, *args).compile()
    seconds = time.perf_counter() - start
    held = [state]

    def call() -> Any:
        held[0], metrics = compiled(held[0], *args)
        return jax.block_until_ready((held[0], metrics))

    return Rival(call, rounds, parameters, seconds)


def device() -> str:
    return jax.devices()[0].device_kind
