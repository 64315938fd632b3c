"""Growing: the schedule is the authors', borders are seen by nobody, weights are kept."""

import dataclasses
import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, games, losses, models, optim, rng, sampling, tree
from gan_jax.asks import filled
from gan_jax.games import base
from gan_jax.games.progressive import Growth
from gan_jax.games.stages import every_stage, game_at, grow, stage_of
from tests.games.facts import GP
from tests.games.styles import growing
from tests.games.tables import batches

KEY = jax.random.key(5)


# --- the schedule ---------------------------------------------------------------------


def level(kimg, size, stable=600, fade=600):
    """The authors' level of detail: whole phases, then what of one has passed."""
    phase, rest = divmod(kimg, stable + fade)
    come = phase + max(rest - stable, 0) / fade
    return max(math.log2(size) - 2 - come, 0.0)


def test_the_level_of_detail_is_the_authors():
    growth = Growth(4, 600_000, 600_000)
    assert growth.lod(900_000) == 2.5
    for kimg in (0, 599, 600, 750, 1199, 1200, 1800, 2400, 3000, 3300, 3600, 25_000):
        assert growth.lod(1000 * kimg) == pytest.approx(level(kimg, 32), abs=1e-6)
    paper = Growth(9, 800_000, 800_000)
    assert paper.lod(8_000_000) == pytest.approx(level(8000, 1024, 800, 800)) == 3.0


def test_a_stage_begins_where_the_whole_part_of_the_level_changes():
    """There the authors begin Adam anew: at floor(lod) and at ceil(lod)."""
    growth, seen = Growth(4, 300, 500), range(0, 3000, 50)
    for before, after in zip(seen, seen[1:], strict=False):
        parts = [
            (math.floor(x), math.ceil(x)) for x in map(growth.lod, (before, after))
        ]
        # At the very beginning of a fade the level is a whole number still.
        changed = growth.stage(before) != growth.stage(after)
        begins = [growth.begins(stage) for stage in range(growth.last + 1)]
        assert changed == (after in begins)
        if parts[0] != parts[1]:
            assert changed or before in begins
    assert [growth.begins(i) for i in range(7)] == [0, 300, 800, 1100, 1600, 1900, 2400]
    assert [growth.stage(x) for x in (0, 299, 300, 799, 800, 2399, 2400, 10**9)] == [
        *(0, 0, 1, 1, 2, 5, 6, 6)
    ]


def test_a_later_start_leaves_out_the_smallest():
    """StyleGAN begins with 8 x 8."""
    growth = Growth(4, 600_000, 600_000, start=1)
    assert (growth.last, growth.size(0), growth.size(growth.last)) == (4, 1, 3)
    assert growth.lod(0) == 2.0
    assert growth.lod(900_000) == 1.5


def test_a_fade_is_exact_late_in_a_long_run():
    """Images are counted whole: float32 cannot tell 16,777,216 from the next."""
    growth = Growth(9, 1_200_000, 10)
    stage = 2 * 8 - 1
    since = [
        growth.alpha(stage, jnp.int32(growth.begins(stage) + i)) for i in range(11)
    ]
    np.testing.assert_allclose(since, np.arange(11) / 10, atol=1e-7)


# --- borders --------------------------------------------------------------------------


def played(game, state):
    """Samples of a state, and what each phase of its game pays."""

    @jax.jit
    def run(state):
        keys = rng.deal(KEY, 8)
        real = jax.tree.map(lambda x: x[0], batches(game, 0)["real"])
        paid = {
            phase.name: phase.loss(state, real, keys, 0)[0] for phase in game.phases
        }
        return game.sample(state, keys, filled(game.asks, keys, {})), paid

    return jax.device_get(run(state))


def at(state, seen):
    return dataclasses.replace(state, seen=jnp.int32(seen))


def moved(state):
    """Weights as after some training, moments and averages apart from them."""
    rng = np.random.default_rng(0)
    return jax.tree.map(
        lambda x: (
            x + jnp.float32(0.2 * rng.normal(size=x.shape)) if tree.is_float(x) else x
        ),
        state,
    )


@pytest.fixture(scope="module")
def fade():
    """Before a fade, at its begin, in its midst, at its end, and after it."""
    small, fading, whole = (growing(i, regularizers=GP, ema=0.9) for i in range(3))
    states = [moved(base.init(small, KEY))]
    states.append(grow(fading, at(states[0], 16)))
    midst = moved(states[1])
    states += [at(midst, 24), at(midst, 32), grow(whole, at(midst, 32))]
    made = [small, fading, fading, fading, whole]
    return made, states


def test_nobody_sees_a_border(fade):
    """Images and losses are the same on both sides.

    But for the penalty where a fade begins: that measures slopes per pixel, of which
    there are four times as many of a quarter of the effect each, and so half the norm.
    """
    made, states = fade
    (before, less), (begin, more), (midst, _), (end, of_end), (after, of_after) = (
        played(game, state) for game, state in zip(made, states, strict=True)
    )
    assert before.shape == (8, 4, 8, 1)  # as large as the data, at every stage
    np.testing.assert_allclose(begin, before, atol=1e-6)
    np.testing.assert_allclose(more["gen"], less["gen"], rtol=1e-5)
    assert more["disc"] != pytest.approx(float(less["disc"]), rel=1e-3)
    np.testing.assert_allclose(end, after, atol=1e-6)
    for name in ("gen", "disc"):
        np.testing.assert_allclose(of_end[name], of_after[name], rtol=1e-5)
    assert np.abs(midst - end).max() > 0.01
    # Repeated pixels at first; not so any more.
    blocks = begin.reshape(8, 2, 2, 4, 2, 1)
    np.testing.assert_allclose(
        blocks, blocks[:, :, :1, :, :1].repeat(2, 2).repeat(2, 4)
    )
    assert np.ptp(end.reshape(8, 2, 2, 4, 2, 1), axis=(2, 4)).max() > 0.01


def test_the_critic_s_adversarial_loss_does_not_jump_either(fade):
    _, states = fade
    paid = []
    for stage in (0, 1):
        game = growing(stage, ema=0.9)
        state = base.init(game, KEY)
        players = {
            name: dataclasses.replace(
                own, params=states[stage].players[name].params, ema=None
            )
            for name, own in state.players.items()
        }
        state = dataclasses.replace(at(state, 16), players=players)
        real = jax.tree.map(lambda x: x[0], batches(game, 0)["real"])
        loss = jax.jit(lambda s, g=game, r=real: told(g, s, r))
        paid.append(loss(state))
    np.testing.assert_allclose(*paid, rtol=1e-5)


def told(game, state, real):
    return game.phases[0].loss(state, real, rng.deal(KEY, 8), 0)[0]


def test_weights_are_carried_over_and_optimisers_begin_anew(fade):
    _, states = fade
    old, new = states[0], states[1]
    for name in ("gen", "disc"):
        before = tree.named_leaves(old.players[name].params)
        after = tree.named_leaves(new.players[name].params)
        assert set(before) < set(after)
        for leaf in before:
            np.testing.assert_array_equal(before[leaf], after[leaf])
        moments = jax.tree.leaves(new.players[name].opt_state)
        assert not any(np.asarray(x).any() for x in moments)
    averaged = tree.named_leaves(new.players["gen"].ema["params"])
    for leaf, value in tree.named_leaves(old.players["gen"].ema["params"]).items():
        np.testing.assert_array_equal(averaged[leaf], value)
    # What is left behind is the smaller size's way to and from colours, and it alone.
    last, whole = states[3], states[4]
    for name in ("gen", "disc"):
        gone = set(last.players[name].params) - set(whole.players[name].params)
        assert gone == {"image0"}
        for layer, leaves in whole.players[name].params.items():
            jax.tree.map(
                np.testing.assert_array_equal, leaves, last.players[name].params[layer]
            )


def test_reals_are_pooled_and_blended_by_the_same_share():
    game = growing(1)
    inner = jax.random.normal(KEY, (8, 4, 8, 1))
    shown = []

    def loss(state, batch, keys, step):
        shown.append(batch["sample"])
        return jnp.zeros(()), base.Aux({})

    def form(models, optim, facts):
        made = games.adversarial(
            models,
            optim,
            facts,
            loss=losses.hinge,
            latents=sampling.normal((3,)),
        )
        return dataclasses.replace(
            made, phases=(dataclasses.replace(made.phases[0], loss=loss),)
        )

    modules = {"gen": game.players["gen"].module, "disc": game.players["disc"].module}
    whole = games.progressive(
        {name: module.at(1, fading=False) for name, module in modules.items()},
        dict.fromkeys(modules, optim.adam()),
        data.Facts((4, 8, 1)),
        of=form,
        stable=16,
        fade=16,
    )
    for stage, seen in ((0, 0), (1, 20), (2, 40)):
        made = game_at(whole, stage)
        state = at(base.init(made, KEY), seen)
        made.phases[0].loss(state, {"sample": inner}, rng.deal(KEY, 8), 0)
    x = np.asarray(inner)
    pooled = (x[:, ::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, ::2] + x[:, 1::2, 1::2]) / 4
    again = pooled.repeat(2, 1).repeat(2, 2)
    wanted = [pooled, 0.75 * again + 0.25 * x, x]
    for found, value in zip(shown, wanted, strict=True):
        np.testing.assert_allclose(found, value, atol=1e-6)


def test_it_has_a_stage_for_each_size_and_one_for_each_fade():
    game = growing()
    assert len(every_stage(game, 10**6)) == 3
    assert [stage_of(game, seen) for seen in (0, 15, 16, 31, 32)] == [0, 0, 1, 1, 2]
    assert game_at(game, 1) is game_at(game, 1)


def test_what_does_not_grow_is_refused():
    nets = {
        "gen": models.progan.Generator((8, 8, 1), (3, 3)),
        "disc": models.progan.Discriminator((3, 3)),
    }
    form = partial(games.adversarial, loss=losses.hinge, latents=sampling.normal((3,)))

    def make(shape=(8, 8, 1), of=form, changes=None, **kwargs):
        modules = nets | (changes or {})
        steppers = dict.fromkeys(modules, optim.adam())
        return games.progressive(modules, steppers, data.Facts(shape), of=of, **kwargs)

    for kwargs, words in (
        ({"changes": {"gen": models.mlp.Generator((8, 8, 1), (3,))}}, "does not grow"),
        (
            {"changes": {"disc": models.progan.Discriminator((3, 3, 3))}},
            "gen 2, disc 3",
        ),
        ({"shape": (7, 8, 1)}, "do not grow 2-fold"),
        ({"shape": (2,)}, "do not grow"),
        ({"stable": 0}, "stable=0"),
        ({"fade": 0}, "fade=0"),
        ({"start": 2}, "start=2"),
        ({"microbatches": (0,)}, "microbatches"),
        ({"of": partial(games.progressive, of=form)}, "grows already"),
        (
            {"microbatches": (2,), "of": lambda microbatches, **kw: form(**kw)},
            "given twice",
        ),
    ):
        with pytest.raises(ValueError, match=words):
            make(**kwargs)
    parts = make(microbatches=(1, 4))
    assert [game_at(parts, i).phases[0].microbatches for i in range(3)] == [1, 4, 4]
