import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from gan_jax import optim, schedules

PARAMS = {"w": jnp.asarray([1.0, -2.0, 0.5]), "b": jnp.asarray([0.2])}
GRADS = {"w": jnp.asarray([0.3, 0.1, -4.0]), "b": jnp.asarray([2.0])}

ALL_OPTIMISERS = {
    "adam": lambda: optim.adam(1e-2),
    "lazy_adam": lambda: optim.lazy_adam(1e-2),
    "rmsprop": lambda: optim.rmsprop(1e-2),
    "orthogonal_regularised": lambda: optim.orthogonal_regularised(optim.sgd(1.0)),
    "renormalised": lambda: optim.renormalised(optim.sgd(1.0)),
    "scaled": lambda: optim.scaled(optim.adam(1e-2), 0.5),
    "sgd": lambda: optim.sgd(1e-2, momentum=0.9),
    "clip_norm": lambda: optim.clip_norm(optim.sgd(1.0), max_norm=0.5),
    "clip_weights": lambda: optim.clip_weights(optim.sgd(1.0), bound=0.3),
}


def run(optimiser, steps=3):
    params, seen = PARAMS, 0
    state = optimiser(0).init(params)
    for _ in range(steps):
        updates, state = optimiser(seen).update(GRADS, state, params)
        params, seen = optax.apply_updates(params, updates), seen + 10
    return params


def test_all_are_tested():
    assert set(ALL_OPTIMISERS) == set(optim.__all__)


@pytest.mark.parametrize("name", ["adam", "rmsprop", "sgd"])
def test_agrees_with_torch(name):
    torch = pytest.importorskip("torch", reason="compares with PyTorch's optimisers")
    made = {
        "adam": lambda p: torch.optim.Adam(p, lr=1e-2, betas=(0.5, 0.999)),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=1e-2, alpha=0.99),
        "sgd": lambda p: torch.optim.SGD(p, lr=1e-2, momentum=0.9),
    }
    params = {k: torch.tensor(np.asarray(v)) for k, v in PARAMS.items()}
    theirs = made[name](list(params.values()))
    for _ in range(3):
        for k, p in params.items():
            p.grad = torch.tensor(np.asarray(GRADS[k]))
        theirs.step()
    ours = run(ALL_OPTIMISERS[name]())
    for k, p in params.items():
        np.testing.assert_allclose(ours[k], p.numpy(), rtol=2e-5)


def test_clipping_the_norm_scales_the_whole_gradient():
    after = run(ALL_OPTIMISERS["clip_norm"](), steps=1)
    norm = np.sqrt(sum((np.asarray(g) ** 2).sum() for g in GRADS.values()))
    for k in PARAMS:
        np.testing.assert_allclose(
            after[k], PARAMS[k] - GRADS[k] * 0.5 / norm, rtol=1e-6
        )


def test_clipped_weights_stay_in_the_box():
    after = run(ALL_OPTIMISERS["clip_weights"]())
    for k, expected in PARAMS.items():
        for _ in range(3):
            expected = np.clip(np.asarray(expected) - np.asarray(GRADS[k]), -0.3, 0.3)
        np.testing.assert_allclose(after[k], expected, atol=1e-6)


def test_rates_follow_the_images_seen():
    rate = schedules.linear(1.0, 0.0, over=20)
    after = run(optim.sgd(rate))  # rates 1, .5, 0
    np.testing.assert_allclose(after["b"], PARAMS["b"] - 1.5 * GRADS["b"], rtol=1e-6)


def test_one_compilation_serves_a_moving_rate():
    optimiser = optim.adam(schedules.linear(1e-2, 0.0, over=100), b1=0.0)

    @jax.jit
    def step(seen, params, state):
        updates, state = optimiser(seen).update(GRADS, state, params)
        return optax.apply_updates(params, updates), state

    params, state = PARAMS, optimiser(0).init(PARAMS)
    for seen in range(3):
        params, state = step(jnp.asarray(seen), params, state)
    assert step._cache_size() == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda rate: optim.adam(rate),
        lambda rate: optim.rmsprop(rate),
        lambda rate: optim.sgd(rate, momentum=0.9),
        lambda rate: optim.clip_norm(optim.sgd(rate), max_norm=0.5),
        lambda rate: optim.adam(schedules.linear(rate, 0.0, over=40)),
    ],
)
def test_scaled_is_another_rate_with_the_same_state(make):
    slow, fast = optim.scaled(make(4e-2), 0.25), make(1e-2)
    ours, theirs = run(slow), run(fast)
    for k in PARAMS:
        np.testing.assert_allclose(ours[k], theirs[k], rtol=1e-6)
        assert not np.allclose(ours[k], run(make(4e-2))[k], rtol=1e-3)
    states = [jax.tree.structure(x(0).init(PARAMS)) for x in (slow, fast)]
    assert states[0] == states[1]


KERNELS = {
    "conv": {"kernel": np.random.default_rng(0).normal(size=(3, 3, 2, 5))},
    "dense": {
        "kernel": np.random.default_rng(1).normal(size=(4, 3)),
        "bias": np.ones(3),
    },
    "shared": {"kernel": np.random.default_rng(2).normal(size=(4, 3))},
}


def pushed(kernels, weight=1e-4):
    """What a step of one with no gradient of its own takes away."""
    params = jax.tree.map(jnp.float32, kernels)
    at = optim.orthogonal_regularised(optim.sgd(1.0), weight)(0)
    none = jax.tree.map(jnp.zeros_like, params)
    updates, _ = at.update(none, at.init(params), params)
    return jax.tree.map(lambda u: -np.asarray(u), updates)


def test_orthonormal_regularisation_adds_the_code_s_gradient():
    found = pushed(KERNELS)
    for name in ("conv", "dense"):
        kernel = KERNELS[name]["kernel"]
        w = kernel.reshape(-1, kernel.shape[-1]).T
        expected = 1e-4 * 2 * ((w @ w.T) * (1 - np.eye(len(w)))) @ w
        np.testing.assert_allclose(
            found[name]["kernel"],
            expected.T.reshape(kernel.shape),
            rtol=1e-4,
            atol=1e-9,
        )
    for left_out in (found["dense"]["bias"], found["shared"]["kernel"]):
        np.testing.assert_array_equal(left_out, 0)


def test_orthonormal_regularisation_is_the_slope_of_its_penalty():
    kernel = KERNELS["dense"]["kernel"]

    def penalty(k):
        products = k.T @ k
        return 0.5 * 0.3 * np.square(products - np.diag(np.diag(products))).sum()

    slope = np.zeros_like(kernel)
    for place in np.ndindex(kernel.shape):
        step = np.zeros_like(kernel)
        step[place] = 1e-5
        slope[place] = (penalty(kernel + step) - penalty(kernel - step)) / 2e-5
    found = pushed({"dense": {"kernel": kernel}}, 0.3)["dense"]["kernel"]
    np.testing.assert_allclose(found, slope, rtol=1e-4, atol=1e-5)


def test_rows_that_are_orthogonal_are_left_as_they_are():
    rows = np.linalg.qr(np.random.default_rng(3).normal(size=(6, 4)))[0] * [1, 2, 3, 4]
    found = pushed({"dense": {"kernel": rows}}, 1.0)["dense"]["kernel"]
    np.testing.assert_allclose(found, 0, atol=2e-5)


def test_renormalised_weights_have_length_one_after_each_step():
    """Of each output; turned by a step in units of their root mean square."""
    params = jax.tree.map(jnp.float32, KERNELS)
    grads = jax.tree.map(jnp.cos, params)
    tx = optim.renormalised(optim.sgd(0.5))(0)
    state = tx.init(params)
    for _ in range(2):
        before = jax.tree.map(np.float64, params)
        updates, state = tx.update(grads, state, params)
        params = optax.apply_updates(params, updates)
    for name, node in params.items():
        old, slope = before[name]["kernel"], np.float64(grads[name]["kernel"])
        axes = tuple(range(old.ndim - 1))
        n = old.size // old.shape[-1]
        wanted = old - 0.5 / np.sqrt(n) * slope
        wanted /= np.sqrt(np.square(wanted).sum(axes))
        np.testing.assert_allclose(node["kernel"], wanted, atol=1e-6)
        lengths = np.square(node["kernel"]).sum(axes)
        np.testing.assert_allclose(lengths, 1, rtol=1e-5)
    bias = 1 - 2 * 0.5 * np.cos(1.0)
    np.testing.assert_allclose(params["dense"]["bias"], bias, rtol=1e-5)
