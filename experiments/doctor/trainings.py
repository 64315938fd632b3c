"""Trains all seeds of a setting in one compiled call; measures their state besides.

The lines are those of metrics.jsonl. The measures are taken from the weights, on real
and fake samples that training never saw, and know nothing of the lines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import data, losses, metrics, resolve, rng
from gan_jax.games import base
from gan_jax.run import bind
from gan_jax.training.program import fed_round, many

HELD_OUT, POINTS = 1000, 2500
LOOKS = 10
"""Measures taken, evenly over the second half of a training."""


@dataclass(frozen=True)
class Training:
    """A training of one seed.

    Attributes:
        setting: its name.
        seed: of everything.
        lines: as metrics.jsonl holds them.
        looks: measures, over the second half.
    """

    setting: str
    seed: int
    lines: list[dict[str, float]]
    looks: list[dict[str, float]]


def train(
    setting: str, config: Mapping[str, Any], seeds: Sequence[int]
) -> list[Training]:
    """Every seed's training, side by side."""
    plan, options = bind(config), bind(config).train
    dataset = plan.open_data()
    game, feed = plan.game(dataset.facts), data.make_feed(dataset)
    rounds, per_round = options.log_every, game.slots()["real"] * options.batch_size
    play = many(fed_round(game, feed, options.batch_size, lambda x: x), rounds)

    def call(state: Any) -> Any:
        state, terms = play(state, feed.arrays, None)
        return state, jax.tree.map(lambda x: x.sum(0), terms)

    call = jax.jit(jax.vmap(call), donate_argnums=0)
    loss = resolve.bind(config["game"]["loss"], [losses], "loss")()
    look = jax.jit(jax.vmap(lambda state: _look(game, feed, loss, state)))
    keys = jnp.stack([jax.random.key(seed) for seed in seeds])
    state = jax.jit(jax.vmap(lambda key: base.init(game, key)))(keys)
    lines, looks = [[] for _ in seeds], [[] for _ in seeds]
    before = None
    for step in range(rounds, options.steps + 1, rounds):
        state, terms = call(state)
        terms = {k: np.asarray(v, np.float64) for k, v in terms.items()}
        for i, own in enumerate(lines):
            means = {k: v[i, 0] / v[i, 1] for k, v in terms.items() if v[i, 1]}
            own.append({"step": step, "seen": step * per_round, **means})
        if 2 * step > options.steps and step % (options.steps // 2 // LOOKS) == 0:
            seen = jax.tree.map(np.asarray, look(state))
            for i, own in enumerate(looks):
                last = None if before is None else before[i]
                own.append(_measures({k: v[i] for k, v in seen.items()}, dataset, last))
            before = [np.asarray(x) for x in seen["samples"]]
    return [
        Training(setting, seed, *own)
        for seed, *own in zip(seeds, lines, looks, strict=True)
    ]


def _look(game: base.Game, feed: Any, loss: losses.Adversarial, state: Any) -> Any:
    """Samples at fixed latents, and the critic's logits of held-out reals and of fakes."""
    key = rng.stream(jax.random.key(2**31 - 1), "held out")
    keys = rng.deal(key, POINTS)
    fresh = jax.random.key(2**31 - 2)
    real = feed.batch(feed.arrays, None, fresh, jnp.arange(HELD_OUT))["sample"]
    samples = game.sample(state, keys, {})

    def judge(x: Any) -> jax.Array:
        own = state.players["disc"]
        return base.apply(game.players["disc"], own, x, None, train=False)[0][0]

    reals, fakes = judge(real), judge(samples[:HELD_OUT])
    slope = jax.grad(lambda fakes: loss.gen(reals, fakes).sum())(fakes)
    return {
        "samples": samples,
        "real_logits": reals,
        "fake_logits": fakes,
        "slope": jnp.abs(slope).mean(),
    }


def _measures(
    seen: Mapping[str, np.ndarray], dataset: data.Dataset, before: np.ndarray | None
) -> dict[str, float]:
    """What a look tells.

    high_quality: share of samples within 10 standard deviations of a mode. modes: as
    evenly visited modes as have the same entropy, all samples assigned to their nearest.
    accuracy: share of all held-out (real, fake) pairs the critic ranks right. slope: of
    the generator's loss in a fake's logit. logits: their mean size. reach: root mean
    square of the samples, in shares of the data's. moved: share of the samples that
    changed their mode since the look before.
    """
    modes = dataset.modes
    assert modes is not None
    samples = np.nan_to_num(seen["samples"], nan=1e6, posinf=1e6, neginf=-1e6)
    coverage = metrics.mode_coverage(samples, modes.centers, modes.std, sigmas=10.0)
    nearest = metrics.mode_coverage(samples, modes.centers, modes.std, sigmas=1e12)
    real, fake = seen["real_logits"], seen["fake_logits"]
    size = np.abs(np.concatenate([real, fake])).mean()
    own = _nearest(samples, modes.centers)
    past = own if before is None else _nearest(np.nan_to_num(before), modes.centers)
    return {
        "high_quality": coverage.high_quality,
        "modes": len(modes.centers) * float(np.exp(-nearest.reverse_kl)),
        "accuracy": float((real[:, None] > fake[None, :]).mean()),
        "slope": float(seen["slope"]),
        "logits": float(size),
        "reach": float(
            np.sqrt(np.square(samples).sum(1).mean())
            / np.sqrt(np.square(modes.centers).sum(1).mean())
        ),
        "moved": float((own != past).mean()),
    }


def _nearest(samples: np.ndarray, centers: np.ndarray) -> np.ndarray:
    return np.square(samples[:, None] - centers[None]).sum(-1).argmin(1)
