"""The autoregressive game: its likelihood, and how tokens are drawn."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import asks, data, games, models, optim, rng
from gan_jax.asks import checked, filled
from gan_jax.errors import BadInput
from gan_jax.games import base
from gan_jax.games.density import LOG_WEIGHTS
from gan_jax.games.drawing import chosen, narrowed

KEY = jax.random.key(2)
SHAPE = (3, 2, 1)
STATE = base.GameState(0, 0, None, {}, {})
FACTS = data.Facts(SHAPE, ("a", "b"), (1, 1))


def game(bits=1, **kwargs):
    modules = {"gen": models.transformer.Transformer(SHAPE, 2, 8, 1, 2)}
    tx = {"gen": optim.adam(1e-2)}
    tokens = games.pixels(bits)
    return games.autoregressive(modules, tx, FACTS, tokens=tokens, **kwargs)


def at_random(made):
    """A state whose weights are normal numbers, without compiling the initialisers."""
    state = jax.eval_shape(partial(base.init, made), KEY)
    numbers = np.random.default_rng(0)
    params = jax.tree.map(
        lambda x: jnp.float32(0.5 * numbers.normal(size=x.shape)),
        state.players["gen"].params,
    )
    bare = base.PlayerState(params, {}, (), None)
    return base.GameState(0, 0, None, {"gen": bare}, {})


@pytest.fixture(scope="module")
def told():
    """A game of black and white 3 x 2 pictures of two classes, weights at random."""
    made = game(conditional=asks.class_labels())
    return made, at_random(made)


@pytest.fixture(scope="module")
def draw(told):
    return jax.jit(told[0].sample)


def every():
    """All 64 black and white pictures."""
    bits = (np.arange(64)[:, None] >> np.arange(6)) & 1
    return jnp.float32(2 * bits - 1).reshape(64, *SHAPE)


def likely(made, state, label):
    batch = {"sample": every(), "label": jnp.full(64, label)}
    keys = rng.deal(KEY, 64)
    weigh = jax.jit(made.functions[LOG_WEIGHTS])
    return weigh(state, batch, keys, jnp.arange(2))


def test_all_pictures_together_have_probability_one(told):
    made, state = told
    first, second = (likely(made, state, label) for label in (0, 1))
    for found in (first, second):
        np.testing.assert_array_equal(found[0], found[1])  # exact, whatever the draw
        np.testing.assert_allclose(np.exp(found[0]).sum(), 1.0, rtol=1e-5)
    assert np.abs(first - second).max() > 0.1


def test_samples_are_drawn_as_often_as_they_are_likely(told, draw):
    made, state = told
    count = 4096
    keys = rng.deal(jax.random.key(5), count)
    asked = filled(made.asks, keys, {"label": jnp.ones(count, jnp.int32)})
    samples = draw(state, keys, asked)
    np.testing.assert_allclose(
        np.unique(samples), [63.5 / 127.5 - 1, 191.5 / 127.5 - 1], rtol=1e-6
    )
    white = np.asarray(samples).reshape(count, 6) > 0
    places = white @ (1 << np.arange(6))
    share = np.exp(likely(made, state, 1)[0])
    off = np.bincount(places, minlength=64) - count * share
    assert (np.abs(off) < 4.5 * np.sqrt(count * share * (1 - share)) + 1e-3).all()


def test_a_uniform_model_has_as_many_bits_as_the_pixels():
    made = game(bits=8)
    state = at_random(made)
    params = dict(state.players["gen"].params)
    params["output"] = jax.tree.map(jnp.zeros_like, params["output"])
    put = partial(base.with_params, state, "gen")
    batch = {"sample": jax.random.uniform(KEY, (4, *SHAPE), minval=-1.0)}
    keys = rng.deal(KEY, 4)
    play = jax.jit(lambda params: made.phases[0].loss(put(params), batch, keys, 0))
    value, aux = play(params)
    np.testing.assert_allclose(aux.metrics["bits_per_dim"], 8.0, rtol=1e-6)
    np.testing.assert_allclose(value, np.log(256), rtol=1e-6)
    np.testing.assert_allclose(aux.metrics["nll"], 6 * np.log(256), rtol=1e-6)


@pytest.mark.parametrize("bits", range(1, 9))
def test_pixels_there_and_back_lose_the_lower_bits_alone(bits):
    code = games.pixels(bits)({}, data.Facts((16, 16, 1)))
    whole = jnp.arange(256).reshape(1, 16, 16, 1)
    tokens = code.encode(STATE, whole / 127.5 - 1)
    np.testing.assert_array_equal(tokens[0], np.arange(256) >> (8 - bits))
    back = (code.decode(STATE, tokens) + 1) * 127.5
    assert np.abs(back - whole).max() <= 2 ** (8 - bits) / 2
    np.testing.assert_array_equal(
        code.encode(STATE, code.decode(STATE, tokens)), tokens
    )


def test_a_picture_is_completed_below_the_rows_that_are_given(told, draw):
    made, state = told
    image = every()[jnp.array([63, 21, 0, 42, 5, 7])]
    keys = rng.deal(KEY, 6)
    for rows in (0, 1, 2, 3):
        asked = {"image": image, "rows": jnp.full(6, rows)}
        found = draw(state, keys, filled(made.asks, keys, asked))
        np.testing.assert_array_equal(found[:, :rows] > 0, image[:, :rows] > 0)
        if rows == 0:  # an empty prompt is none
            free = draw(state, keys, filled(made.asks, keys, {}))
            np.testing.assert_array_equal(found, free)
    half = draw(state, keys, filled(made.asks, keys, {"image": image}))
    one = filled(made.asks, keys, {"image": image, "rows": jnp.ones(6, jnp.int32)})
    np.testing.assert_array_equal(half, draw(state, keys, one))


def test_the_coldest_is_the_likeliest_whatever_the_key(told, draw):
    made, state = told
    keys = rng.deal(KEY, 6)
    label = {"label": jnp.zeros(6, jnp.int32)}
    for cold in (
        {"temperature": jnp.zeros(6)},
        {"top_k": jnp.ones(6, jnp.int32)},
        {"top_p": jnp.zeros(6)},
    ):
        found = draw(state, keys, filled(made.asks, keys, label | cold))
        assert (found == found[:1]).all()


def by_hand(logits, temperature, k, p):
    share = np.exp(logits / temperature)
    share /= share.sum()
    order = np.argsort(-share, kind="stable")[: k or None]
    own = share[order] / share[order].sum()
    kept, total = [], 0.0
    for place, mass in zip(order, own, strict=True):
        if kept and total >= p:
            break
        kept.append(place)
        total += mass
    out = np.zeros_like(share)
    out[kept] = share[kept] / share[kept].sum()
    return out


def test_narrowing_by_hand():
    logits = np.random.default_rng(0).normal(size=(6, 9)) * 2
    temperature = np.array([1.0, 0.5, 2.0, 1.0, 1.0, 0.7])
    k, p = np.array([0, 3, 0, 4, 1, 9]), np.array([1.0, 1.0, 0.6, 0.7, 0.2, 0.95])
    found = narrowed(
        *(jnp.float32(logits), jnp.float32(temperature), jnp.int32(k), jnp.float32(p))
    )
    wanted = [by_hand(*row) for row in zip(logits, temperature, k, p, strict=True)]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_a_token_without_a_share_is_never_chosen():
    share = jnp.array([[0.0, 0.3, 0.0, 0.7, 0.0]]).repeat(4, 0)
    at = jnp.array([0.0, 0.2999, 0.3001, np.float32(1) - 2**-23])
    np.testing.assert_array_equal(chosen(share, at), [1, 1, 3, 3])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (dict(label=2), "label=2 is out of range; 0 to 1"),
        (dict(rows=4), "rows=4 is out of range; 0 to 3"),
        (dict(temperature=-1.0), "temperature=-1.0 is out of range; 0 to 100"),
        (dict(top_k=3), "top_k=3 is out of range; 0 to 2"),
        (dict(top_p=1.5), "top_p=1.5 is out of range; 0 to 1"),
        (dict(image=np.zeros((2, 2, 1))), "image has the shape"),
    ],
)
def test_a_wrong_ask_is_a_clear_line(told, asked, message):
    with pytest.raises(BadInput) as caught:
        checked(told[0].asks, asked, 3)
    assert message in str(caught.value)


def test_what_does_not_go_together_is_refused():
    with pytest.raises(ValueError, match="bits=9"):
        games.pixels(9)
    with pytest.raises(ValueError, match="pixels are of pictures"):
        games.pixels()({}, data.Facts((2,)))
    modules = {
        "gen": models.transformer.Transformer(SHAPE),
        "disc": models.mlp.Encoder((2,)),
    }
    with pytest.raises(ValueError, match="models must be gen, and optim gen alone"):
        games.autoregressive(
            modules, {"gen": optim.adam()}, FACTS, tokens=games.pixels()
        )
