"""The Dirac-GAN (Mescheder et al. 2018, section 2): which games settle, and how fast.

    python -m experiments.dirac_gan.run

The data are a point at 0, the generator a point at theta, the discriminator psi x. All
of it is played by gan_jax's own engine, losses, penalties and optimisers; the Jacobian
of one round is that of the round itself, differentiated. Writes results.json,
trajectories.png and the table in README.md.
"""

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

from experiments.laboratory.origin import origin
from experiments.laboratory.readme import fill
from gan_jax import augment, data, games, losses, optim, regularizers, sampling
from gan_jax.games import base
from gan_jax.games.base import Game, GameState
from gan_jax.games.round import make_round
from gan_jax.games.update import update
from gan_jax.run.workdir import write

HERE = Path(__file__).parent
RATE, ROUNDS, LONG, START = 0.2, 500, 10_000, (1.0, 1.0)
NOISE = 0.7

Point = jax.Array
"""(theta, psi)."""


class Place(nn.Module):
    """The generator: every sample is theta, whatever the latent."""

    @nn.compact
    def __call__(self, z, cond=None, *, train):
        del cond, train
        theta = self.param("theta", nn.initializers.ones, (1,))
        return jnp.broadcast_to(theta, (len(z), 1))


class Slope(nn.Module):
    """The discriminator: psi x."""

    @nn.compact
    def __call__(self, x, cond=None, *, train):
        del cond, train
        psi = self.param("psi", nn.initializers.ones, (1,))
        return x[:, 0] * psi, {}


class Method(NamedTuple):
    """A game, and what theory says of it.

    Attributes:
        title: as printed.
        play: arguments of `games.adversarial`.
        field: Jacobian of the gradient field at (0, 0), rows and columns theta, psi;
            None where the field has no derivative there.
        settles: whether the paper finds that it converges near (0, 0), at a linear rate.
        disc: the discriminator's optimiser.
        batch: examples; two will do where there is no noise to average.
    """

    title: str
    play: dict[str, Any]
    field: np.ndarray | None
    settles: bool
    disc: Any = optim.sgd(RATE)
    batch: int = 2


def swirl(slope: float, drag: float = 0.0, pull: float = 0.0) -> np.ndarray:
    """-pull, slope / -slope, -drag: every Jacobian of the paper has this form.

    The paper's discriminator is high on what is generated, ours on data: its psi is minus
    ours, which turns the signs of the slopes and no eigenvalue.
    """
    return np.array([[-pull, slope], [-slope, -drag]])


# f(t) = -log(1 + exp(-t)): f'(0) = 1/2 and f''(0) = -1/4; Wasserstein: f'(0) = 1.
LOG, LINEAR = 0.5, 1.0


def methods() -> dict[str, Method]:
    """Those of the paper's figure 3, with R2 and the minimax generator."""
    ns, wasserstein = losses.non_saturating, losses.wasserstein
    clipped = optim.clip_weights(optim.sgd(RATE), 1.0)

    def penalised(penalty: Any, loss: Any = ns) -> dict[str, Any]:
        return dict(loss=loss, regularizers={"penalty": penalty})

    return {
        "minimax": Method("minimax", dict(loss=losses.minimax), swirl(LOG), False),
        "non_saturating": Method("non-saturating", dict(loss=ns), swirl(LOG), False),
        "five_critic": Method(
            "non-saturating, 5 critic steps",
            dict(loss=ns, n_critic=5),
            swirl(LOG),
            False,
        ),
        "wgan": Method(
            "WGAN, clip 1", dict(loss=wasserstein), swirl(LINEAR), False, clipped
        ),
        "wgan_gp": Method(
            "WGAN-GP, weight 0.7",
            penalised(regularizers.gradient_penalty(0.7), wasserstein),
            None,
            False,
        ),
        "instance_noise": Method(
            f"instance noise, std {NOISE}",
            dict(loss=ns, augment=augment.instance_noise(NOISE)),
            swirl(LOG, drag=2 * 0.25 * NOISE**2),
            True,
            batch=2**14,
        ),
        "r1": Method(
            "R1, gamma 0.3", penalised(regularizers.r1(0.3)), swirl(LOG, 0.3), True
        ),
        "r1_critical": Method(
            "R1, gamma 1 (critical)",
            penalised(regularizers.r1(1.0)),
            swirl(LOG, 1.0),
            True,
        ),
        "r2": Method(
            "R2, gamma 0.3", penalised(regularizers.r2(0.3)), swirl(LOG, 0.3), True
        ),
        "consensus": Method(
            "consensus, weight 1",
            dict(loss=ns, consensus=1.0),
            swirl(LOG, drag=LOG**2, pull=LOG**2),
            True,
        ),
    }


def game_of(method: Method) -> Game:
    return games.adversarial(
        {"gen": Place(), "disc": Slope()},
        {"gen": optim.sgd(RATE), "disc": method.disc},
        data.Facts((1,)),
        latents=sampling.normal((1,)),
        **method.play,
    )


def round_of(method: Method, in_turn: bool) -> Callable[[Point, Any], Point]:
    """(point, number of the round) -> the point after it."""
    game = game_of(method)
    repeats = game.slots()["real"]
    batch = {"sample": jnp.zeros((repeats, method.batch, 1))}
    play = make_round(game)

    def call(point: Point, number: Any) -> Point:
        state = at(game, point, number)
        if in_turn:
            return point_of(play(state, {"real": batch})[0])
        # Simultaneous: every player's update is made from the same state.
        own = jax.tree.map(lambda x: x[0], batch)
        key = jax.random.fold_in(state.key, number)
        moved = {
            phase.name: update(game, phase, state, own, key, number)[0]
            for phase in game.phases
        }
        players = {name: moved[name].players[name] for name in ("gen", "disc")}
        return point_of(dataclasses.replace(state, players=players))

    return call


def at(game: Game, point: Point, number: Any) -> GameState:
    """The game's state at (theta, psi)."""
    state = base.init(game, jax.random.key(0))
    weights = {"gen": {"theta": point[:1]}, "disc": {"psi": point[1:]}}
    players = {
        name: dataclasses.replace(state.players[name], params=weights[name])
        for name in weights
    }
    return dataclasses.replace(state, players=players, step=jnp.asarray(number))


def point_of(state: GameState) -> Point:
    own = state.players["gen"].params["theta"], state.players["disc"].params["psi"]
    return jnp.concatenate(own)


def theory(method: Method, in_turn: bool) -> np.ndarray | None:
    """The Jacobian of a round: I + h A at once, or D's steps and then G's."""
    if method.field is None:
        return None
    step = RATE * method.field
    if not in_turn:
        return np.eye(2) + step
    disc, gen = np.eye(2), np.eye(2)
    disc[1], gen[0] = disc[1] + step[1], gen[0] + step[0]
    return gen @ np.linalg.matrix_power(disc, method.play.get("n_critic", 1))


def eigenvalues(jacobian: np.ndarray) -> np.ndarray:
    return np.sort_complex(np.linalg.eigvals(jacobian))


def measure(method: Method, in_turn: bool) -> tuple[dict[str, Any], np.ndarray]:
    """Eigenvalues of a round, by theory and by differentiating it; where it leads."""
    call = round_of(method, in_turn)

    @jax.jit
    def path() -> jax.Array:
        def body(point: Point, number: jax.Array) -> tuple[Point, Point]:
            after = call(point, number)
            return after, after

        start = jnp.asarray(START)
        tail = jax.lax.scan(body, start, jnp.arange(LONG))[1]
        return jnp.concatenate([start[None], tail])

    points = np.asarray(path())
    distance = np.linalg.norm(points, axis=1)
    found: dict[str, Any] = dict(
        title=method.title,
        in_turn=in_turn,
        settles=method.settles,
        distance=float(distance[ROUNDS]),
        distance_long=float(distance[LONG]),
    )
    expected = theory(method, in_turn)
    if expected is not None:
        jacobian = jax.jit(jax.jacrev(call))(jnp.zeros(2), 0)
        for name, matrix in (("theory", expected), ("measured", np.asarray(jacobian))):
            values = eigenvalues(matrix.astype(np.float64))
            found[name] = [[float(v.real), float(v.imag)] for v in values]
        gap = np.abs(
            eigenvalues(expected) - eigenvalues(np.asarray(jacobian, np.float64))
        )
        found["gap"] = float(gap.max())
        found["radius"] = float(np.abs(eigenvalues(expected)).max())
    return found, points[: ROUNDS + 1]


def table(found: list[dict[str, Any]]) -> str:
    lines = [
        "| game | moves | eigenvalues of a round, theory | measured | modulus "
        f"| distance after {ROUNDS:,} | after {LONG:,} | paper: linear rate |",
        "|---|---|---|---|--:|--:|--:|---|",
    ]
    for own in found:
        values = [_complex(own.get(name)) for name in ("theory", "measured")]
        radius = f"{own['radius']:.4f}" if "radius" in own else ""
        lines.append(
            f"| {own['title']} | {'in turn' if own['in_turn'] else 'at once'} | "
            f"{values[0]} | {values[1]} | {radius} | {own['distance']:.2g} | "
            f"{own['distance_long']:.2g} | {'yes' if own['settles'] else 'no'} |"
        )
    return "\n".join(lines)


def _complex(values: list[list[float]] | None) -> str:
    if values is None:
        return "no derivative at 0"
    if values[0][1] or values[1][1]:
        return f"{values[0][0]:.4f} ± {abs(values[0][1]):.4f}i"
    return ", ".join(f"{real:.4f}" for real, _ in values)


def figure(paths: dict[str, list[np.ndarray]], titles: dict[str, str]) -> bytes:
    """theta against psi, a panel for each game; at once above, in turn below."""
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(1.9 * len(paths), 4.2), dpi=80, layout="constrained")
    axes = drawing.subplots(2, len(paths), sharex=True, sharey=True)
    for column, (name, both) in zip(axes.T, paths.items(), strict=True):
        column[0].set_title(titles[name], fontsize=7)
        for ax, points in zip(column, both, strict=True):
            ax.plot(*points.T, linewidth=0.6)
            ax.plot(*points[0], "o", markersize=3, color="tab:green")
            ax.plot(*points[-1], "s", markersize=3, color="tab:red")
            ax.plot(0, 0, "+", color="k", markersize=6)
            ax.set(xlim=(-2.2, 2.2), ylim=(-2.2, 2.2), aspect="equal")
            ax.tick_params(labelsize=6)
    axes[0, 0].set_ylabel("at once\npsi", fontsize=7)
    axes[1, 0].set_ylabel("in turn\npsi", fontsize=7)
    for ax in axes[1]:
        ax.set_xlabel("theta", fontsize=7)
    out = io.BytesIO()
    drawing.savefig(out, format="png")
    return out.getvalue()


def main() -> None:
    found, paths, titles = [], {}, {}
    for name, method in methods().items():
        titles[name], paths[name] = method.title, []
        for in_turn in (False, True):
            own, points = measure(method, in_turn)
            found.append({"name": name, **own})
            paths[name].append(points)
    record = {
        "rate": RATE,
        "rounds": [ROUNDS, LONG],
        "start": START,
        "games": found,
        "provenance": origin("python -m experiments.dirac_gan.run"),
    }
    write(HERE / "results.json", json.dumps(record, indent=1) + "\n")
    write(HERE / "trajectories.png", figure(paths, titles))
    fill(HERE, table(found) + "\n")
    print(table(found))


if __name__ == "__main__":
    main()
