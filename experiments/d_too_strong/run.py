"""What a generator learns from a discriminator that is too good for it.

    python -m experiments.d_too_strong.run

Arjovsky & Bottou 2017 (arXiv:1701.04862), figures 2 and 3: a generator is trained, its
samples are moved away from the data, and it is held still; a fresh discriminator is
trained against it, further and further; on the way, the norm of the gradient that it
would give the generator. Writes results.json, gradients.png and the table in README.md.
"""

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from experiments.laboratory.origin import origin
from experiments.laboratory.readme import fill
from gan_jax import data, games, losses, models, optim, regularizers, rng, sampling
from gan_jax.games import base
from gan_jax.games.base import Game, GameState, PlayerState
from gan_jax.losses import Adversarial
from gan_jax.run.workdir import write
from gan_jax.training.program import fed_round, many

HERE = Path(__file__).parent

SEEDS, BATCH, PROBE = 5, 256, 2048
CALL = 25
TRAINED = 2500
DISTANCES = (0.0, 0.5, 2.0, 4.0)
DISC_STEPS = (0, 25, 50, 100, 250, 500, 1000, 2000)
WIDTHS = (64, 64)
RING = data.ring(radius=1.0, std=0.05)

KINDS: dict[str, tuple[Adversarial, str]] = {
    "saturating": (losses.minimax, "classifier"),
    "non_saturating": (losses.non_saturating, "classifier"),
    "wasserstein": (losses.wasserstein, "critic"),
}
"""What the generator would minimise, and which discriminator it is asked of."""


def game_of(loss: Adversarial, lipschitz: bool) -> Game:
    penalty = {"gp": regularizers.gradient_penalty(weight=1.0)} if lipschitz else {}
    adam = optim.adam(1e-3, b1=0.5)
    return games.adversarial(
        {
            "gen": models.mlp.Generator((2,), WIDTHS),
            "disc": models.mlp.Discriminator(WIDTHS),
        },
        {"gen": adam, "disc": adam},
        RING.facts,
        loss=loss,
        latents=sampling.normal((2,)),
        regularizers=penalty,
    )


GAMES = {
    "classifier": game_of(losses.non_saturating, lipschitz=False),
    "critic": game_of(losses.wasserstein, lipschitz=True),
}


def playing(game: Game) -> Callable[[GameState], GameState]:
    """CALL rounds of a game, compiled."""
    feed = data.make_feed(RING)
    rounds = many(fed_round(game, feed, BATCH, lambda batch: batch), CALL)
    return jax.jit(lambda state: rounds(state, feed.arrays, None)[0])


def generators(seed: int) -> dict[float, Any]:
    """A trained generator, and the same with its samples moved along the first axis."""
    state = base.init(GAMES["classifier"], jax.random.key(seed))
    for _ in range(0, TRAINED, CALL):
        state = PLAY["both"](state)
    gen = state.players["gen"]
    return {distance: moved(gen, distance) for distance in DISTANCES}


def moved(gen: PlayerState, distance: float) -> PlayerState:
    output = gen.params["output"]
    bias = output["bias"].at[0].add(distance)
    return dataclasses.replace(
        gen, params={**gen.params, "output": {**output, "bias": bias}}
    )


def disc_alone(game: Game) -> Game:
    """The game in which only the discriminator moves."""
    return dataclasses.replace(game, phases=game.phases[:1])


PLAY = {"both": playing(GAMES["classifier"])} | {
    name: playing(disc_alone(game)) for name, game in GAMES.items()
}


def probing(name: str) -> Callable[[GameState], dict[str, jax.Array]]:
    """Accuracy of a discriminator, and gradient norms of the losses asked of it."""
    asked = {kind: loss for kind, (loss, who) in KINDS.items() if who == name}
    feed, game = data.make_feed(RING), GAMES[name]
    places = jnp.arange(PROBE)

    def probe(state: GameState) -> dict[str, jax.Array]:
        key = rng.stream(state.key, "probe")
        batch = feed.batch(feed.arrays, None, key, places)
        keys = rng.deal(key, PROBE)
        metrics = game.phases[0].loss(state, batch, keys, 0)[1].metrics
        real, fake = metrics["real_logit"], metrics["fake_logit"]
        found = {"accuracy": 0.5 * ((real > 0).mean() + (fake < 0).mean())}
        found["pairs"] = (real > fake).mean()
        for kind, loss in asked.items():
            phase = game_of(loss, lipschitz=False).phases[1]

            def value(params: Any, phase: Any = phase) -> jax.Array:
                own = dataclasses.replace(state.players["gen"], params=params)
                players = {**state.players, "gen": own}
                return phase.loss(
                    dataclasses.replace(state, players=players), batch, keys, 0
                )[0]

            gradient = jax.grad(value)(state.players["gen"].params)
            found[kind] = optax.global_norm(gradient)
        return found

    return jax.jit(probe)


PROBES = {name: probing(name) for name in GAMES}


def path(name: str, gen: Any, seed: int) -> list[dict[str, float]]:
    """A fresh discriminator trained against a generator that is held still."""
    state = base.init(GAMES[name], jax.random.key(1000 + seed))
    state = dataclasses.replace(state, players={**state.players, "gen": gen})
    found = []
    for done in range(0, DISC_STEPS[-1] + 1, CALL):
        if done in DISC_STEPS:
            found.append({k: float(v) for k, v in PROBES[name](state).items()})
        state = PLAY[name](state)
    return found


def measure() -> dict[str, dict[str, list[list[float]]]]:
    """By distance and quantity: a list over seeds of lists over DISC_STEPS."""
    found: dict[str, dict[str, list[list[float]]]] = {}
    for seed in range(SEEDS):
        for distance, gen in generators(seed).items():
            own = found.setdefault(f"{distance:g}", {})
            for name in GAMES:
                steps = path(name, gen, seed)
                for quantity in steps[0]:
                    shown = quantity if quantity in KINDS else f"{name} {quantity}"
                    own.setdefault(shown, []).append([s[quantity] for s in steps])
    return found


def middle(values: list[list[float]]) -> list[float]:
    return np.median(values, axis=0).tolist()


def table(found: dict[str, dict[str, list[list[float]]]]) -> str:
    lines = [
        "| moved by | D trained for | accuracy | saturating | non-saturating "
        "| critic: pairs told apart | Wasserstein |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for distance, own in found.items():
        columns = [
            middle(own[name])
            for name in (
                "classifier accuracy",
                "saturating",
                "non_saturating",
                "critic pairs",
                "wasserstein",
            )
        ]
        for steps, values in zip(DISC_STEPS, zip(*columns, strict=True), strict=True):
            accuracy, *norms = values
            cells = [f"{100 * accuracy:.1f} %", *(f"{norm:.2g}" for norm in norms)]
            cells[3] = f"{100 * norms[2]:.1f} %"
            lines.append(f"| {distance} | {steps:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def figure(found: dict[str, dict[str, list[list[float]]]]) -> bytes:
    """Gradient norms over D's steps and over its error, a panel a generator."""
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(3 * len(found), 5), dpi=80, layout="constrained")
    axes = drawing.subplots(2, len(found), sharey=True, squeeze=False)
    for column, (distance, own) in zip(axes.T, found.items(), strict=True):
        column[0].set_title(f"moved by {distance}", fontsize=8)
        error = 1 - np.asarray(own["classifier accuracy"])
        for kind, (_, who) in KINDS.items():
            values = np.asarray(own[kind])
            steps = np.asarray(DISC_STEPS)
            mid = np.median(values, axis=0)
            (line,) = column[0].plot(steps + 10, mid, label=kind, linewidth=1)
            low, high = values.min(axis=0), values.max(axis=0)
            colour = line.get_color()
            column[0].fill_between(steps + 10, low, high, color=colour, alpha=0.2)
            if who == "classifier":
                column[1].plot(
                    np.maximum(error, 1e-4).ravel(), values.ravel(), ".", color=colour
                )
        column[0].set(xscale="log", yscale="log", ylim=(1e-3, 1e3))
        column[1].set(xscale="log", xlim=(5e-5, 1))
        column[0].set_xlabel("steps of D, plus 10", fontsize=7)
        column[1].set_xlabel("error of D (0 drawn at 1e-4)", fontsize=7)
        for ax in column:
            ax.tick_params(labelsize=6)
    for ax in axes[:, 0]:
        ax.set_ylabel("gradient norm at G", fontsize=7)
    axes[0, 0].legend(fontsize=6)
    out = io.BytesIO()
    drawing.savefig(out, format="png")
    return out.getvalue()


def main() -> None:
    found = measure()
    record = {
        "disc_steps": DISC_STEPS,
        "seeds": SEEDS,
        "distances": found,
        "provenance": origin("python -m experiments.d_too_strong.run"),
    }
    write(HERE / "results.json", json.dumps(record, indent=1) + "\n")
    write(HERE / "gradients.png", figure(found))
    fill(HERE, table(found) + "\n")
    print(table(found))


if __name__ == "__main__":
    main()
