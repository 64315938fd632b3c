"""Quantisers against vector-quantize-pytorch with the same codes, and by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn
from gan_jax.nn.quantised import CODEBOOK

KEY = jax.random.key(0)
COUNT, DIM = 7, 3
NUMBERS = np.random.default_rng(0)
BOOK = NUMBERS.normal(size=(COUNT, DIM)).astype("f4")
Z = NUMBERS.normal(size=(2, 4, 5, DIM)).astype("f4")
COUNTS = NUMBERS.uniform(1, 9, COUNT).astype("f4")


def oracle():
    return pytest.importorskip("vector_quantize_pytorch", reason="the oracle")


def moving(**kwargs):
    """A codebook of averages, in a state it has got to."""
    module = nn.vector_quantiser(COUNT, DIM, **kwargs)()
    state = {"vectors": BOOK, "counts": COUNTS, "sums": BOOK * COUNTS[:, None]}
    return module, {CODEBOOK: jax.tree.map(jnp.asarray, state)}


def test_codes_costs_and_averages_are_those_of_vector_quantize_pytorch():
    import torch

    peer = oracle().VectorQuantize(
        DIM,
        COUNT,
        decay=0.9,
        eps=1e-5,
        commitment_weight=0.25,
        threshold_ema_dead_code=0,
        rotation_trick=False,
    )
    own = peer._codebook
    own.embed.data = torch.tensor(BOOK)[None]
    own.cluster_size.data = torch.tensor(COUNTS)[None]
    own.embed_avg.data = torch.tensor(BOOK * COUNTS[:, None])[None]
    peer.train()
    z = torch.tensor(Z.reshape(2, 20, DIM), requires_grad=True)
    values, codes, cost = peer(z)
    (values**2).sum().backward()

    module, state = moving(decay=0.9, dead=0)
    run = jax.jit(lambda v, z: module.apply(v, z, train=True, mutable=[CODEBOOK]))
    found, moved = run(state, jnp.asarray(Z))
    np.testing.assert_array_equal(found.codes.reshape(2, 20), codes)
    np.testing.assert_allclose(
        found.values.reshape(2, 20, DIM), values.detach(), atol=1e-6
    )
    np.testing.assert_allclose(found.cost.mean(), cost.item(), rtol=1e-5)
    np.testing.assert_allclose(
        moved[CODEBOOK]["vectors"], own.embed.data[0], rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(
        moved[CODEBOOK]["counts"], own.cluster_size.data[0], rtol=1e-5
    )
    slope = jax.grad(lambda z: (module.apply(state, z, train=False).values ** 2).sum())
    np.testing.assert_allclose(
        slope(jnp.asarray(Z)).reshape(2, 20, DIM), z.grad, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("levels", [(8, 5, 5), (4, 3)])
def test_finite_scalars_are_those_of_vector_quantize_pytorch(levels):
    import torch

    peer = oracle().FSQ(list(levels))
    z = 2 * NUMBERS.normal(size=(3, 30, len(levels))).astype("f4")
    values, codes = peer(torch.tensor(z))
    found = nn.finite_scalar(levels)().apply({}, jnp.asarray(z), train=True)
    np.testing.assert_allclose(found.values, values, atol=1e-6)
    np.testing.assert_array_equal(found.codes, codes)
    assert found.cost.shape == (3,)
    assert not found.cost.any()


@pytest.mark.parametrize("levels", [(8, 6, 5), (7, 5, 5, 5), (2, 3)])
def test_finite_scalars_and_codes_are_a_bijection(levels):
    module = nn.finite_scalar(levels)()
    assert module.count == np.prod(levels)
    codes = jnp.arange(module.count)
    values = module.apply({}, codes, method="look_up")
    assert len(np.unique(values, axis=0)) == module.count
    # Numbers that are bounded to those values: a + 1/4 of an even level's 1/2 lie within.
    size = np.array(levels)
    half = (size - 1) * (1 + 1e-3) / 2
    offset = np.where(size % 2 == 0, 0.5, 0.0)
    inner = np.clip((values * (size // 2) + offset) / half, -0.9999, 0.9999)
    z = np.arctanh(inner) - np.arctanh(offset / half)
    again = module.apply({}, jnp.float32(z), train=False)
    np.testing.assert_array_equal(again.codes, codes)
    np.testing.assert_allclose(again.values, values, atol=1e-6)
    np.testing.assert_allclose(again.perplexity, module.count, rtol=1e-4)


def test_the_gradient_of_a_finite_scalar_is_that_of_its_bound():
    module = nn.finite_scalar((5, 8))()
    z = jnp.array([[0.3, -0.7]])
    slope = jax.grad(lambda z: module.apply({}, z, train=True).values.sum())(z)[0]
    half = np.array([4, 7]) * (1 + 1e-3) / 2
    shift = np.arctanh(np.array([0.0, 0.5]) / half)
    wanted = half / np.cosh(np.asarray(z[0]) + shift) ** 2 / np.array([2, 4])
    np.testing.assert_allclose(slope, wanted, rtol=1e-5)


@pytest.mark.parametrize("swapped", [False, True])
def test_a_learnt_codebook_pays_both_ways(swapped):
    module = nn.vector_quantiser(
        COUNT, DIM, commitment=0.3, decay=None, swapped=swapped
    )()

    def cost(book, z):
        weights = {"params": {"vectors": book}}
        return module.apply(weights, z, train=True).cost.mean()

    book, z = jnp.asarray(BOOK), jnp.asarray(Z)
    value, (of_book, of_z) = jax.value_and_grad(cost, (0, 1))(book, z)
    flat = Z.reshape(-1, DIM).astype(float)
    near = ((flat[:, None] - BOOK) ** 2).sum(-1).argmin(1)
    apart = flat - BOOK[near]
    np.testing.assert_allclose(value, 1.3 * np.mean(apart**2), rtol=1e-5)
    to_encoder, to_book = (1.0, 0.3) if swapped else (0.3, 1.0)
    np.testing.assert_allclose(
        of_z.reshape(-1, DIM), to_encoder * 2 * apart / flat.size, rtol=1e-4, atol=1e-7
    )
    sums = np.zeros_like(BOOK)
    np.add.at(sums, near, -2 * apart / flat.size)
    np.testing.assert_allclose(of_book, to_book * sums, rtol=1e-4, atol=1e-7)


def test_a_dead_code_begins_anew_at_a_vector_of_the_batch():
    module, state = moving(dead=0.1)
    far = state[CODEBOOK]["vectors"].at[2].set(1e3)
    few = state[CODEBOOK]["counts"].at[2].set(1e-4)
    state = {CODEBOOK: state[CODEBOOK] | {"vectors": far, "counts": few}}
    _, moved = module.apply(state, jnp.asarray(Z), train=True, mutable=[CODEBOOK])
    own = moved[CODEBOOK]
    gone = np.asarray(own["vectors"][2])
    assert (np.abs(Z.reshape(-1, DIM) - gone).max(1) < 1e-6).any()
    assert own["counts"][2] > 0.5
    found = module.apply({CODEBOOK: own}, jnp.asarray(Z), train=False)
    assert (found.codes == 2).any()
    still, same = module.apply(state, jnp.asarray(Z), train=False, mutable=[CODEBOOK])
    jax.tree.map(np.testing.assert_array_equal, same, state)  # never in evaluation
    assert not (still.codes == 2).any()


def test_perplexity_counts_codes_in_use():
    module, state = moving()
    book = state[CODEBOOK]["vectors"]
    for used in (1, 3):
        z = book[jnp.arange(12) % used].reshape(2, 6, DIM)
        found = module.apply(state, z, train=False)
        np.testing.assert_allclose(found.perplexity, used, rtol=1e-5)
        np.testing.assert_array_equal(
            module.apply(state, found.codes, method="look_up"), found.values
        )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.vector_quantiser(1), "count"),
        (lambda: nn.vector_quantiser(swapped=True), "give decay=None"),
        (lambda: nn.vector_quantiser(decay=1.0), "decay"),
        (lambda: nn.finite_scalar((8, 1)), r"levels\[1\]"),
    ],
)
def test_wrong_numbers_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
