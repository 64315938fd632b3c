"""What augmentations add to a critic's step: SN-GAN's ResNet at 32 x 32, in turns.

    python -m experiments.speed.augment

One update of the critic (width 128, batch 64, two passes, spectral norm), plain and
augmented, timed in alternation on what the process may use; p of ADA is held at one, so
that every picture is moved. And one update of the generator, through the augmentation.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

import jax

from gan_jax import augment, data, losses, models, nn, optim, rng, sampling
from gan_jax.augment.base import NOTHING
from gan_jax.games import adversarial, base
from gan_jax.games.update import update
from gan_jax.run.provenance import commit, device

BATCH, SHAPE = 64, (32, 32, 3)
KINDS = {
    "plain": NOTHING,
    "diff_augment": augment.diff_augment(),
    "ada bgc": augment.ada(p=1.0, target=None),
    "ada bgcfnc": augment.ada("bgcfnc", p=1.0, target=None),
}


def step(kind: augment.Augment, name: str) -> Any:
    """A phase's update, compiled, and what it starts from."""
    wrap = nn.spectral_norm()
    game = adversarial(
        {
            "gen": models.resnet.Generator(SHAPE),
            "disc": models.resnet.Discriminator(wrap=wrap),
        },
        dict.fromkeys(("gen", "disc"), optim.adam(2e-4, b1=0.0, b2=0.9)),
        data.Facts(SHAPE),
        loss=losses.hinge,
        latents=sampling.normal((128,)),
        augment=kind,
    )
    phase = next(phase for phase in game.phases if phase.name == name)
    state = jax.jit(lambda key: base.init(game, key))(jax.random.key(0))
    reals = jax.random.uniform(jax.random.key(1), (BATCH, *SHAPE), minval=-1.0)

    def play(state: base.GameState) -> base.GameState:
        key = rng.stream(state.key, name, state.step)
        after, _ = update(game, phase, state, {"sample": reals}, key, state.step)
        return after.replace(step=state.step + 1)

    begun = time.perf_counter()
    compiled = jax.jit(play).lower(state).compile()
    return compiled, state, time.perf_counter() - begun


def measure(name: str, kinds: list[str], repeats: int) -> dict[str, Any]:
    """Median seconds of a phase's update with each augmentation."""
    steps = {kind: step(KINDS[kind], name) for kind in kinds}
    states = {kind: state for kind, (_, state, _) in steps.items()}
    seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
    for turn in range(repeats + 1):
        for kind, (play, _, _) in steps.items():
            begun = time.perf_counter()
            states[kind] = jax.block_until_ready(play(states[kind]))
            if turn:
                seconds[kind].append(time.perf_counter() - begun)
    plain = statistics.median(seconds["plain"])
    return {
        kind: dict(
            seconds=statistics.median(found),
            added=statistics.median(
                a / b - 1 for a, b in zip(found, seconds["plain"], strict=True)
            ),
            relative=statistics.median(found) / plain,
            compile_seconds=steps[kind][2],
        )
        for kind, found in seconds.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--phases", nargs="*", default=["disc", "gen"])
    flags = parser.parse_args()
    kinds = list(dict.fromkeys(["plain", *flags.kinds]))
    found = {name: measure(name, kinds, flags.repeats) for name in flags.phases}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    record = dict(
        about=dict(
            device=device(),
            cores=cores,
            jax=jax.__version__,
            commit=commit(),
            repeats=flags.repeats,
            batch=BATCH,
            dtype="float32",
        ),
        phases=found,
    )
    print(json.dumps(record, indent=1))
    if flags.kinds == list(KINDS):
        path = Path(__file__).with_suffix(".json")
        path.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
