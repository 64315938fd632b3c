"""The Transformer against a float64 loop in NumPy, and what must hold of any."""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax.models.transformer import Transformer, attended
from gan_jax.nn.rotary import angles, rotated

GPT2 = dict(
    norm="layer",
    feed="gelu",
    positions="learned",
    qk_norm=False,
    bias=True,
    tied=True,
)
STYLES = {"today": {}, "one axis": dict(positions="rotary"), "gpt2": GPT2}
SHAPE, VOCABULARY, WIDTH, HEADS = (2, 3, 2), 5, 16, 2
LENGTH = math.prod(SHAPE)
KEY = jax.random.key(0)


@pytest.fixture(scope="module", params=STYLES)
def net(request):
    """A small network, its weights at random, tokens, and the compiled call."""
    module = Transformer(
        SHAPE, VOCABULARY, WIDTH, 2, HEADS, hidden=12, **STYLES[request.param]
    )
    draw = np.random.default_rng(0)
    tokens = jnp.int32(draw.integers(0, VOCABULARY, (3, LENGTH)))
    cond = jax.nn.one_hot(jnp.arange(3), 4)
    shapes = jax.eval_shape(partial(module.init, train=True), KEY, tokens, cond)
    params = jax.tree.map(
        lambda x: jnp.float32(0.4 * draw.normal(size=x.shape)), shapes
    )
    run = jax.jit(partial(module.apply, train=False))
    return module, params, tokens, cond, run


@pytest.fixture(scope="module")
def logits(net):
    _, params, tokens, cond, run = net
    return run(params, tokens, cond)


def by_loops(module, params, tokens, cond):
    """The same in float64, place by place and head by head."""
    p = jax.tree.map(lambda x: np.asarray(x, np.float64), params)["params"]
    h, w, c = module.shape
    size = module.width // module.heads

    def norm(x, own):
        if module.norm == "rms":
            return x / np.sqrt(np.mean(x**2) + 1e-6) * own["scale"]
        off = x - x.mean()
        return off / np.sqrt(np.mean(off**2) + 1e-5) * own["scale"] + own["bias"]

    def dense(x, own):
        return x @ own["kernel"] + own.get("bias", 0.0)

    def turn(x, place):
        """Pairs (i, i + size / 2) as complex numbers, turned."""
        if module.positions == "learned":
            return x
        cell = place // c
        along = (cell // w, cell % w) if module.positions == "rotary2d" else (place,)
        each = size // 2 // len(along)
        turns = [a * 10_000 ** (-i / each) for a in along for i in range(each)]
        z = (x[: size // 2] + 1j * x[size // 2 :]) * np.exp(1j * np.array(turns))
        return np.concatenate([z.real, z.imag])

    def attention(stream, own):
        parts = [
            np.split(dense(norm(x, own["norm_attention"]), own["qkv"]), 3)
            for x in stream
        ]
        out = np.zeros((len(stream), module.width))
        for head in range(module.heads):
            part = slice(head * size, (head + 1) * size)
            q, k, v = ([each[i][part] for each in parts] for i in range(3))
            if module.qk_norm:
                q = [norm(x, own["norm_query"]) for x in q]
                k = [norm(x, own["norm_key"]) for x in k]
            q, k = ([turn(x, t) for t, x in enumerate(y)] for y in (q, k))
            for t in range(len(stream)):
                scores = np.array([q[t] @ k[s] / np.sqrt(size) for s in range(t + 1)])
                share = np.exp(scores) / np.exp(scores).sum()
                out[t, part] = sum(a * v[s] for s, a in enumerate(share))
        return [
            x + dense(y, own["attention"]) for x, y in zip(stream, out, strict=True)
        ]

    def feed(x, own):
        y = dense(norm(x, own["norm_feed"]), own["in"])
        if module.feed == "swiglu":
            gate, y = np.split(y, 2)
            y = gate / (1 + np.exp(-gate)) * y
        else:
            y = 0.5 * y * (1 + np.tanh(np.sqrt(2 / np.pi) * (y + 0.044715 * y**3)))
        return x + dense(y, own["out"])

    found = []
    for row, told in zip(np.asarray(tokens), np.asarray(cond), strict=True):
        stream = [p["start"] + told @ p["told"]["kernel"]]
        stream += [p["table"]["embedding"][token] for token in row[:-1]]
        stream = [x + p["channel"][t % c] for t, x in enumerate(stream)]
        if module.positions == "learned":
            stream = [x + p["place"][t] for t, x in enumerate(stream)]
        for i in range(module.depth):
            own = p[f"blocks_{i}"]
            stream = [feed(x, own) for x in attention(stream, own)]
        last = [norm(x, p["last"]) for x in stream]
        table = p["table"]["embedding"].T if module.tied else p["output"]["kernel"]
        found.append([x @ table for x in last])
    return np.array(found)


def test_it_is_the_float64_loop(net, logits):
    np.testing.assert_allclose(logits, by_loops(*net[:4]), rtol=2e-4, atol=2e-4)


def test_a_token_changes_no_logit_before_its_successor(net, logits):
    _, params, tokens, cond, again = net
    for t in range(LENGTH):
        other = tokens.at[:, t].set((tokens[:, t] + 1) % VOCABULARY)
        moved = np.abs(again(params, other, cond) - logits).max((0, 2))
        assert (moved[: t + 1] == 0).all()
        assert (moved[t + 1 :] > 1e-6).all()
    classes = again(params, tokens, cond[::-1])
    assert (np.abs(classes - logits).max((1, 2))[[0, 2]] > 1e-3).all()


def test_with_a_cache_it_is_the_same_at_every_place(net, logits):
    module, params, tokens, cond, _ = net
    before = jnp.pad(tokens[:, :-1], ((0, 0), (1, 0)), constant_values=3)
    step = jax.jit(partial(module.apply, method="step", train=False))
    cache, at, found = module.empty(jnp.zeros(3, jnp.int32)), 0, []
    for count in (5, *(1,) * (LENGTH - 5)):
        here = before[:, at : at + count]
        some, cache = step(params, here, cond, cache, jnp.int32(at))
        found.append(some)
        at += count
    np.testing.assert_allclose(np.concatenate(found, 1), logits, rtol=0, atol=1e-5)


def test_rotary_products_depend_on_the_difference_of_places():
    q, k = jax.random.normal(KEY, (2, 1, 1, 1, 8))
    for axes in (1, 2):
        here = jnp.array([[3, 7], [10, 1], [0, 0]])[:, :axes]
        there = jnp.array([[5, 2], [4, 6], [1, 9]])[:, :axes]
        shift = jnp.array([[11, 4]])[:, :axes]

        def product(a, b):
            turned = (
                rotated(x.repeat(3, 2), angles(p, 8)) for x, p in ((q, a), (k, b))
            )
            return jnp.einsum("bhtd,bhtd->t", *turned)

        first = product(here, there)
        np.testing.assert_allclose(
            product(here + shift, there + shift), first, atol=1e-5
        )
        assert np.abs(product(here + shift, there) - first).min() > 1e-3
    still = rotated(q, angles(jnp.zeros((1, 2), int), 8))
    np.testing.assert_array_equal(still, q)


def test_attention_of_one_place_is_its_value():
    q, k, v = jax.random.normal(KEY, (3, 2, 3, 1, 4))
    np.testing.assert_allclose(attended(q, k, v, 0), v, rtol=1e-6)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict(heads=3), "heads=3 do not share a width of 16"),
        (dict(vocabulary=1), "vocabulary"),
        (dict(shape=(4,)), "shape"),
    ],
)
def test_wrong_sizes_are_refused(wrong, message):
    given = dict(shape=SHAPE, vocabulary=5, width=16, depth=1, heads=2) | wrong
    with pytest.raises(ValueError, match=message):
        Transformer(**given)


def test_a_head_that_cannot_be_turned_along_two_axes_is_refused():
    with pytest.raises(ValueError, match="multiple of 4"):
        angles(jnp.zeros((3, 2), int), 6)
