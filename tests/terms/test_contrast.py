"""2C and D2D-CE: golden numbers, plain loops, and one batch over several devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from gan_jax import axis, rng, terms
from gan_jax.terms import Moment, View

KEYS = rng.deal(jax.random.key(0), 8)
Y = [0, 0, 1, 1, 2, 2, 3, 3]


@pytest.fixture(scope="module")
def side():
    """Eight embeddings and proxies of length one, drawn by torch with seed 0."""
    torch.manual_seed(0)
    drawn = [torch.nn.functional.normalize(torch.randn(8, 4)) for _ in range(2)]
    said = dict(
        zip(("embedding", "proxy"), (jnp.asarray(x) for x in drawn), strict=True)
    )
    cond = jax.nn.one_hot(jnp.asarray(Y), 4)
    zeros = jnp.zeros(8)
    return View(zeros, cond, zeros, said, lambda *given: (zeros, {}), KEYS)


def each(term, side):
    return term.apply((), side, side, Moment(KEYS, 0, 0))[0]


def contrastive_by_loop(h, p, t):
    """ContraGAN, eq. 8, sample by sample."""
    found = []
    for i in range(len(h)):
        own = np.exp(h[i] @ p[i] / t)
        others = [k for k in range(len(h)) if k != i]
        near = sum(np.exp(h[i] @ h[k] / t) for k in others if Y[k] == Y[i])
        every = sum(np.exp(h[i] @ h[k] / t) for k in others)
        found.append(-np.log((own + near) / (own + every)))
    return found


def data_to_data_by_loop(h, p, t, margin):
    """ReACGAN, eq. 7, sample by sample."""
    found = []
    for i in range(len(h)):
        own = np.exp(min(h[i] @ p[i] - margin, 0) / t)
        far = sum(
            np.exp(max(h[i] @ h[k] - (1 - margin), 0) / t)
            for k in range(len(h))
            if Y[k] != Y[i]
        )
        found.append(-np.log(own / (own + far)))
    return found


def test_2c_of_the_golden_tensors(side):
    found = each(terms.contrastive(), side)
    np.testing.assert_allclose(found.mean(), 1.53630, atol=1e-5)


@pytest.mark.parametrize(
    ("temperature", "studiogan", "golden"),
    [
        (0.5, False, 4.6919),
        (1.0, False, 3.2275),
        (0.5, True, 3.2801),
        (1.0, True, 2.5462),
    ],
)
def test_d2d_of_the_golden_tensors(side, temperature, studiogan, golden):
    term = terms.data_to_data(1.0, "real", temperature, 0.98, studiogan)
    np.testing.assert_allclose(each(term, side).mean(), golden, atol=5e-5)


@pytest.mark.parametrize("t", [0.3, 1.0])
def test_loops(side, t):
    h, p = (np.asarray(side.out[name], np.float64) for name in ("embedding", "proxy"))
    np.testing.assert_allclose(
        each(terms.contrastive(2.0, temperature=t), side),
        2 * np.asarray(contrastive_by_loop(h, p, t)),
        rtol=1e-5,
    )
    for margin in (0.98, 0.5):
        np.testing.assert_allclose(
            each(terms.data_to_data(2.0, temperature=t, margin=margin), side),
            2 * np.asarray(data_to_data_by_loop(h, p, t, margin)),
            rtol=1e-5,
        )


def test_what_is_easy_is_left_alone(side):
    """At the proxy, and apart from the rest by the margin: no slope any more."""
    proxy = jnp.eye(4)[jnp.asarray(Y)]

    def total(h):
        said = {"embedding": h, "proxy": proxy}
        return each(terms.data_to_data(), side._replace(out=said)).sum()

    np.testing.assert_array_equal(jax.grad(total)(proxy), 0)
    assert float(jnp.abs(jax.grad(total)(side.out["embedding"])).max()) > 0.1


@pytest.mark.parametrize("make", [terms.contrastive, terms.data_to_data])
def test_one_batch_over_several_devices(side, make):
    """Values and slopes of two halves under a mapped axis are those of the whole."""
    term, h, p = make(), side.out["embedding"], side.out["proxy"]

    def mean(h, p, cond, keys):
        out = {"embedding": h, "proxy": p}
        samples = jnp.zeros(len(h))
        own = side._replace(samples=samples, cond=cond, out=out, keys=keys)
        return term.apply((), own, own, Moment(keys, 0, 0))[0].mean()

    whole, slope = jax.value_and_grad(mean)(h, p, side.cond, side.keys)

    def halved(tree):
        return jax.tree.map(lambda x: x.reshape(2, 4, *x.shape[1:]), tree)

    over = jax.vmap(jax.value_and_grad(mean), axis_name=axis.NAME)
    found, slopes = over(*halved((h, p, side.cond, side.keys)))
    np.testing.assert_allclose(found.mean(), whole, rtol=1e-5)
    # The gradient is averaged over the devices: half of each one's.
    np.testing.assert_allclose(slopes.reshape(8, 4) / 2, slope, rtol=1e-4, atol=1e-6)
