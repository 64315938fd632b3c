"""The style-based game: who moves when, what is carried, and what it can be asked for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, games, models, nn, optim, rng, sampling, schedules
from gan_jax.asks import filled
from gan_jax.games import base
from gan_jax.games.round import make_round
from gan_jax.games.style_manner import manner
from gan_jax.run import assemble, config_file
from tests.games.styles import moved, styled
from tests.games.tables import batches

pytestmark = pytest.mark.slow

KEY = jax.random.key(3)


@pytest.fixture(scope="module")
def played():
    """A game, its play, and its states: before the first round and after each."""
    game = styled(ema=schedules.half_life(40.0, 8))
    play = jax.jit(make_round(game))
    states, logged = [base.init(game, KEY)], []
    for i in range(6):
        state, metrics = play(states[-1], batches(game, i))
        states.append(state)
        logged.append(metrics)
    return game, states, logged


def test_the_order_is_generator_its_penalty_critic_its_penalty():
    names = [phase.name for phase in styled().phases]
    assert names == ["gen", "gen_lazy", "disc", "disc_lazy"]
    without = styled(regularizers=None, gen_regularizers=None)
    assert [phase.name for phase in without.phases] == ["gen", "disc"]


def test_penalties_have_updates_of_their_own_in_their_own_rounds(played):
    """Rounds 0, 2, 4 for the generator's and 0, 3 for the critic's: Adam counts them."""
    _, states, logged = played
    for name, every in (("gen", 2), ("disc", 3)):
        counts = [counted(state.players[name].opt_state) for state in states]
        extra = [int(i % every == 0) for i in range(6)]
        assert np.diff(counts).tolist() == [1 + more for more in extra]
    lengths = [float(m["gen_lazy/path_length"][1]) for m in logged]
    r1s = [float(m["disc_lazy/r1"][1]) for m in logged]
    assert lengths == [1, 0, 1, 0, 1, 0]
    assert r1s == [1, 0, 0, 1, 0, 0]


def counted(opt_state):
    """The count of updates of Adam, wherever it stands."""
    leaves = jax.tree_util.tree_leaves_with_path(opt_state)
    return next(int(x) for path, x in leaves if "count" in jax.tree_util.keystr(path))


def test_the_mean_length_is_remembered_and_moves_in_its_rounds_only(played):
    _, states, _ = played
    means = [float(state.memory["gen_lazy"]["path_length"]) for state in states]
    moved = [a != b for a, b in zip(means, means[1:], strict=False)]
    assert moved == [True, False, True, False, True, False]
    assert means[0] == 0 < means[1]


def test_the_mean_style_moves_once_a_round_and_its_average_is_a_copy(played):
    _, states, _ = played
    for before, after in zip(states, states[1:], strict=False):
        old, new = (s.players["gen"].variables["styles"] for s in (before, after))
        assert not np.array_equal(*map(leaf, (old, new)))
        copied = after.players["gen"].averaged().variables["styles"]
        np.testing.assert_array_equal(leaf(copied), leaf(new))


def leaf(tree):
    (found,) = jax.tree.leaves(tree)
    return found


def test_noise_and_mixing_are_drawn_of_each_example_s_key():
    game = styled()
    gen = game.players["gen"].module
    told = manner(gen, sampling.normal((3,)), 0.9)
    keys = rng.deal(KEY, 400)
    all_of_them, one = told.training(keys), told.training(keys[7:8])
    for whole, alone in zip(*map(jax.tree.leaves, (all_of_them, one)), strict=True):
        np.testing.assert_array_equal(whole[7:8], alone)
    border = np.asarray(all_of_them["mix"].layer)
    assert set(border) == {1, 2, 3, 4}
    # Nine in ten are mixed, from layer 1, 2 or 3 on, alike.
    counts = np.bincount(border, minlength=5)[1:] / 400
    np.testing.assert_allclose(counts, [0.3, 0.3, 0.3, 0.1], atol=0.07)
    assert "mix" not in manner(gen, sampling.normal((3,)), 0.0).training(keys)


def test_who_can_be_moved_says_so():
    waves = models.stylegan2.Generator((4, 4, 1), (3,), input=nn.fourier_features())
    told = manner(waves, sampling.normal((3,)), 0.0)
    assert {"translate", "rotate", "noise"} < set(told.asks)
    place = told.sampling(None, {"translate": np.float32([[0.5, 0.0]])})["place"]
    np.testing.assert_array_equal(place.shift, [[0.5, 0.0]])
    np.testing.assert_array_equal(place.angle, [0.0])


def loud(state):
    """The same with noise that is heard."""
    own = state.players["gen"]
    heard = jax.tree_util.tree_map_with_path(
        lambda path, x: x + 1.0 if path[-1].key == "strength" else x, own.ema["params"]
    )
    ema = {**own.ema, "params": heard}
    return base._with(state, "gen", ema=ema)


def test_what_it_can_be_asked_for(played):
    game, states, _ = played
    state, keys = loud(states[-1]), rng.deal(KEY, 4)
    assert set(game.asks) == {"truncation", "cutoff", "noise"}

    @jax.jit
    def sample(asked):
        return game.sample(state, keys, filled(game.asks, keys, asked))

    def asked(**numbers):
        kinds = {name: jnp.dtype(ask.dtype) for name, ask in game.asks.items()}
        full = {"truncation": 1.0, "cutoff": 4, "noise": 1.0} | numbers
        return sample({n: jnp.full(4, x, kinds[n]) for n, x in full.items()})

    plain = sample({})
    np.testing.assert_allclose(plain, asked(), atol=1e-6)
    # At the mean style and without noise there is one picture.
    mean = asked(truncation=0.0, noise=0.0)
    np.testing.assert_allclose(mean, mean[:1].repeat(4, 0), atol=1e-6)
    assert np.ptp(asked(truncation=0.0), axis=0).max() > 1e-3
    assert np.ptp(asked(noise=0.0), axis=0).max() > 1e-3
    # Truncation of no layer is none; of all, it is the mean picture's neighbourhood.
    np.testing.assert_allclose(asked(truncation=0.0, cutoff=0), plain, atol=1e-6)
    assert np.abs(asked(truncation=0.0, cutoff=2) - asked(truncation=0.0)).max() > 1e-4


def test_maps_and_paints_by_themselves(played):
    game, states, _ = played
    state, z = states[-1], jax.random.normal(KEY, (2, 3))
    ws = game.functions["map"](state, z, {})
    assert ws.shape == (2, 4, 4)
    np.testing.assert_allclose(
        game.functions["paint"](state, ws),
        game.functions["synthesize"](state, z, {}),
        rtol=1e-5,
        atol=1e-6,
    )


def test_paints_the_samples_of_keys(played):
    """Noise, its loudness and truncation are those of `synthesize`."""
    game, states, _ = played
    state, z, keys = states[-1], jax.random.normal(KEY, (2, 3)), rng.deal(KEY, 2)
    asked = {
        "truncation": jnp.array([0.5, 1.0]),
        "cutoff": jnp.array([4, 4]),
        "noise": jnp.array([1.0, 2.0]),
    }
    ws = game.functions["map"](state, z, asked)
    painted = game.functions["paint"](state, ws, None, asked, keys)
    made = game.functions["synthesize"](state, z, asked, keys)
    np.testing.assert_allclose(painted, made, rtol=1e-5, atol=1e-6)
    quiet = game.functions["paint"](state, ws)
    assert np.abs(quiet - painted).max() > 1e-3


def test_lazy_adam_is_adam_with_the_paper_s_numbers():
    """Of G, every 4: .0016, .99199; of D, every 16: .00188, .9906."""
    for every, rate, b2 in ((4, 0.0016, 0.99199), (16, 0.0018824, 0.99059)):
        lazy = optim.lazy_adam(0.002, 0.0, 0.99, every=every)(0)
        plain = optim.adam(rate, 0.0, b2)(0)
        x, states = jnp.ones(()), [lazy.init(jnp.ones(())), plain.init(jnp.ones(()))]
        for gradient in (1.0, -3.0, 0.5):
            steps = []
            for i, tx in enumerate((lazy, plain)):
                step, states[i] = tx.update(jnp.float32(gradient), states[i], x)
                steps.append(step)
            np.testing.assert_allclose(*steps, rtol=1e-3)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"mixing": 1.5}, "mixing"),
        ({"regularize_every": 0}, "regularize_every"),
        ({"gen_regularize_every": 0}, "gen_regularize_every"),
        ({"gen_regularize_share": 0}, "gen_regularize_share"),
    ],
)
def test_numbers_out_of_range_are_refused(given, told):
    with pytest.raises(ValueError, match=told):
        styled(**given)


def test_a_generator_without_styles_is_refused():
    modules = {
        "gen": models.mlp.Generator((2,), (3,)),
        "disc": models.mlp.Discriminator((3,)),
    }
    steppers = dict.fromkeys(modules, optim.adam())
    with pytest.raises(ValueError, match="Generator has no styles"):
        games.style_based(
            modules, steppers, data.Facts((2,)), latents=sampling.normal((3,))
        )


def test_config_d_pays_its_lazy_penalties_while_a_size_fades_in():
    """Table 1's D, small, from 8 x 8 to 16 x 16; traced, not run."""
    config = config_file.load("stylegan2:config_d")
    models = config["models"]
    models["gen"] |= dict(widths=(4, 4, 4), style=6, depth=1)
    models["disc"] |= dict(widths=(4, 4, 4))
    growing = assemble.bind(config).game(data.Facts((16, 16, 3)))
    game = growing.stages.at(1)
    state = jax.eval_shape(lambda: base.init(game, KEY))
    names = jax.tree_util.tree_leaves_with_path(state.players["gen"].params)
    found = {
        jax.tree_util.keystr(path, simple=True, separator="/") for path, _ in names
    }
    layers = sum(name.endswith("modulated/kernel") for name in found)
    assert layers == 5
    batch = {
        slot: {"sample": jnp.zeros((repeats, 4, 16, 16, 3))}
        for slot, repeats in game.slots().items()
    }
    _, logged = jax.eval_shape(make_round(game), state, batch)
    assert {"disc_lazy/r1", "gen_lazy/path_length"} <= set(logged)


def test_an_alias_free_one_has_no_noise_and_can_be_moved():
    game = moved()
    assert set(game.asks) == {"truncation", "cutoff", "translate", "rotate"}
    told = manner(game.players["gen"].module, sampling.normal((3,)), 0.0)
    assert told.training(rng.deal(KEY, 2)) == {}
    state, keys = base.init(game, KEY), rng.deal(KEY, 2)
    # Louder than at the start, so that there is something to be seen.
    own = state.players["gen"].ema["params"]
    state = base._with(
        state, "gen", ema={**state.players["gen"].ema, "params": scaled(own, 3.0)}
    )

    @jax.jit
    def sample(asked):
        return game.sample(state, keys, filled(game.asks, keys, asked))

    def asked(translate=(0.0, 0.0), rotate=0.0):
        shift = jnp.tile(jnp.array([translate]), (2, 1))
        return sample({"translate": shift, "rotate": jnp.full(2, rotate)})

    still = asked()
    np.testing.assert_allclose(sample({}), still, atol=1e-6)
    assert still.std() > 0.01
    right = asked((0.25, 0.0))
    np.testing.assert_allclose(right[:, :, 4:], still[:, :, :-4], atol=5e-3)
    down = asked((0.0, 0.125))
    np.testing.assert_allclose(down[:, 2:], still[:, :-2], atol=5e-3)
    for other in (right, down, asked(rotate=45.0)):
        assert np.abs(other - still).max() > 0.03
    # One for each sample.
    both = sample({"translate": jnp.array([[0.25, 0.0], [0.0, 0.0]])})
    np.testing.assert_allclose(both, jnp.stack([right[0], still[1]]), atol=1e-5)
    z = game.functions["latents"](state, keys, {})
    answers = {"translate": jnp.tile(jnp.array([[0.25, 0.0]]), (2, 1))}
    ws = game.functions["map"](state, z, answers)
    painted = game.functions["paint"](state, ws, asked=answers, keys=keys)
    np.testing.assert_allclose(painted, right, atol=1e-5)


def test_magnitudes_move_once_a_round_waves_never_and_the_average_copies_both():
    game = moved()
    start = jax.jit(lambda: base.init(game, KEY))()
    after, _ = jax.jit(make_round(game))(start, batches(game, 0))
    before, own = start.players["gen"], after.players["gen"]
    for name, still in (("magnitudes", False), ("constants", True)):
        old, new = (jax.tree.leaves(x.variables[name]) for x in (before, own))
        same = [np.array_equal(a, b) for a, b in zip(old, new, strict=True)]
        assert set(same) == {still}
        jax.tree.map(
            np.testing.assert_array_equal,
            own.averaged().variables[name],
            own.variables[name],
        )


def scaled(params, factor):
    """The kernels of the convolutions to colours and of the waves' mixture enlarged."""
    return jax.tree_util.tree_map_with_path(
        lambda path, x: x * factor if path[-2].key in ("colours", "mixed") else x,
        params,
    )
