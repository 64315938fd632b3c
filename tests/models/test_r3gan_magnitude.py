"""R3GAN with magnitudes kept: at every depth, whatever the map, and after a step."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from gan_jax import optim
from gan_jax.models import r3gan_magnitude

pytestmark = pytest.mark.slow

GEN = r3gan_magnitude.Generator((16, 16, 3), (96, 64, 64), group=16)
DISC = r3gan_magnitude.Discriminator((64, 64, 96), group=16)
KEY = jax.random.key(2)


def with_shares(variables, share):
    """Every block's branch heard by tanh(share)."""

    def put(path, x):
        return jnp.full_like(x, share) if path[-1].key == "share" else x

    return jax.tree_util.tree_map_with_path(put, variables)


@pytest.fixture(scope="module")
def nets():
    """Both networks: their variables, and what they and all of their layers give."""
    z, x = jax.random.normal(KEY, (32, 64)), jnp.zeros((2, 16, 16, 3))
    variables = jax.jit(
        lambda: (GEN.init(KEY, z, train=True), DISC.init(KEY, x, train=True))
    )()
    calls = [
        jax.jit(lambda v, x, m=m: m.apply(v, x, train=True, capture_intermediates=True))
        for m in (GEN, DISC)
    ]
    return variables, calls, z


def sizes(inner):
    """Root mean squares of the maps after each block and each change of size."""
    named = inner["intermediates"].items()
    maps = {n: v["__call__"][0] for n, v in named if n.startswith(("block", "change"))}
    return {n: float(jnp.sqrt(jnp.square(y).mean())) for n, y in maps.items()}


def pictures(kind):
    """Of mean square a quarter, as pictures are."""
    shape = {"white": (32, 16, 16, 3), "flat": (32, 1, 1, 3)}[kind]
    return 0.5 * jnp.broadcast_to(jax.random.normal(KEY, shape), (32, 16, 16, 3))


@pytest.mark.parametrize("share", [0.0, 1.0, -2.0])
def test_magnitudes_stay_near_one_through_the_generator(nets, share):
    (variables, _), (run, _), z = nets
    images, inner = run(with_shares(variables, share), z)
    found = sizes(inner)
    assert len(found) == 3 * 2 + 1
    np.testing.assert_allclose(list(found.values()), 1, atol=0.2)
    np.testing.assert_allclose(images.std(), 0.5, atol=0.15)


@pytest.mark.parametrize("share", [0.0, 1.0, -2.0])
@pytest.mark.parametrize("kind", ["white", "flat"])
def test_magnitudes_stay_near_one_through_the_critic(nets, share, kind):
    (_, variables), (_, run), _ = nets
    (logits, out), inner = run(with_shares(variables, share), pictures(kind))
    found = sizes(inner)
    assert len(found) == 3 * 2 + 2
    np.testing.assert_allclose(list(found.values()), 1, atol=0.25)
    assert 0.3 < float(jnp.sqrt(jnp.square(logits).mean())) < 3
    assert out["features"].shape == (32, 96)


def test_the_critic_begins_linear_and_the_generator_linear_in_z(nets):
    (gen, disc), (make, judge), z = nets
    x = pictures("white")
    for run, variables, a in ((make, gen, z), (judge, disc, x)):

        def first(a, run=run, variables=variables):
            y = run(variables, a)[0]
            return y if isinstance(y, jax.Array) else y[0]

        b = a[::-1]
        apart = first(0.3 * a + 0.7 * b) - 0.3 * first(a) - 0.7 * first(b)
        assert np.abs(apart).max() < 1e-5 * np.std(first(a))
    heard = judge(with_shares(disc, 1.0), x)[0][0]
    assert np.abs(heard - judge(disc, x)[0][0]).max() > 0.1


def test_weights_have_length_one_at_first_and_after_a_step(nets):
    """And what is no weight moves as Adam says: a rate for each share and gain."""
    (_, variables), _, _ = nets
    params = with_shares(variables, 0.5)["params"]
    x = pictures("white")[:4]
    tx = optim.renormalised(optim.adam(0.01, b1=0.0))(0)

    @jax.jit
    def step(params):
        def loss(params):
            return DISC.apply({"params": params}, x, train=True)[0].sum()

        updates, _ = tx.update(jax.grad(loss)(params), tx.init(params), params)
        return optax.apply_updates(params, updates)

    after = step(params)
    paths = jax.tree_util.tree_leaves_with_path(params)
    for (path, old), new in zip(paths, jax.tree.leaves(after), strict=True):
        name = jax.tree_util.keystr(path)
        if old.ndim < 2:
            np.testing.assert_allclose(np.abs(new - old), 0.01, rtol=1e-3, err_msg=name)
            continue
        for x in (old, new):
            lengths = np.linalg.norm(x.reshape(-1, x.shape[-1]), axis=0)
            np.testing.assert_allclose(lengths, 1, rtol=1e-5, err_msg=name)
        turned = np.linalg.norm((new - old).reshape(-1, x.shape[-1]), axis=0)
        assert (turned < 0.0101).all(), name
        assert turned.max() > 0.005, name


def test_stored_lengths_are_not_heard(nets):
    (gen, _), (run, _), z = nets
    longer = jax.tree.map(lambda x: 3 * x if x.ndim > 1 else x, gen)
    np.testing.assert_allclose(run(longer, z)[0], run(gen, z)[0], rtol=1e-4, atol=1e-5)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="group=32 must divide"):
        r3gan_magnitude.Generator((8, 8, 1), (24, 8))
    with pytest.raises(ValueError, match="cannot be halved 2 times"):
        DISC.init(KEY, jnp.zeros((1, 6, 8, 1)), train=True)
