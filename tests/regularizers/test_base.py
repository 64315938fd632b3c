import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import regularizers, resolve, rng, schedules
from gan_jax.errors import BadInput
from gan_jax.regularizers import Regularizer

REAL = jnp.arange(6.0).reshape(3, 2)
FAKE = -REAL
KEY = jax.random.key(0)


def critic(x):
    return x.sum(axis=1)


def counting(amount=1.0):
    """Worth `amount`, and counts its own calls."""

    def apply(memory, critic, real, fake, key, step, seen=0):
        return jnp.float32(amount), memory + 1

    return Regularizer(lambda: jnp.int32(0), apply)


def value(regularizer, step=0, seen=0, key=KEY):
    apply = jax.jit(
        lambda memory, step, seen: regularizer.apply(
            memory, critic, REAL, FAKE, key, step, seen
        )
    )
    return apply(regularizer.init(), step, seen)


def test_stateless_hands_everything_through():
    def penalty(critic, real, fake, key, step, seen):
        noise = jax.random.normal(key)
        return critic(real).sum() + 2 * critic(fake).mean() + noise + step + 10 * seen

    result, memory = value(regularizers.stateless(penalty), step=3, seen=7)
    expected = 15.0 - 2 * 5.0 + jax.random.normal(KEY) + 3 + 70
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    assert memory == ()


def test_scale_follows_its_schedule_and_keeps_the_memory():
    weight = schedules.linear(2.0, 0.0, over=100)
    for seen, expected in ((0, 10.0), (50, 5.0), (200, 0.0)):
        result, memory = value(regularizers.scale(weight, counting(5.0)), seen=seen)
        np.testing.assert_allclose(result, expected, rtol=1e-6)
        assert memory == 1
    np.testing.assert_allclose(value(regularizers.scale(0.5, counting(5.0)))[0], 2.5)


def test_every_is_k_times_the_penalty_on_every_kth_step():
    lazy = regularizers.every(4, counting(5.0))
    results = [value(lazy, step) for step in range(8)]
    np.testing.assert_array_equal([r for r, _ in results], [20, 0, 0, 0] * 2)
    np.testing.assert_array_equal([m for _, m in results], [1, 0, 0, 0] * 2)
    average = np.mean([r for r, _ in results])
    np.testing.assert_allclose(average, value(counting(5.0))[0])


def test_every_has_a_gradient_only_when_it_acts():
    lazy = regularizers.every(3, regularizers.r1(2.0))

    @jax.jit
    def gradient(scale, step):
        return jax.grad(
            lambda s: lazy.apply((), lambda x: s * critic(x), REAL, FAKE, KEY, step)[0]
        )(scale)

    # 3 * gamma / 2 * s^2 * |(1, 1)|^2, differentiated at s = 0.5
    np.testing.assert_allclose(gradient(0.5, 3), 6.0, rtol=1e-6)
    np.testing.assert_allclose(gradient(0.5, 4), 0.0)


def test_skipped_steps_branch_instead_of_selecting():
    def over_seeds(scales, step):
        lazy = regularizers.every(16, regularizers.r1(2.0))
        return jax.vmap(
            lambda s: lazy.apply((), lambda x: s * critic(x), REAL, FAKE, KEY, step)[0]
        )(scales)

    assert " cond[" in str(jax.make_jaxpr(over_seeds)(jnp.ones(3), 0))


def test_every_wants_a_positive_period():
    with pytest.raises(ValueError, match="k=0 must be"):
        regularizers.every(0, counting())


def test_chain_adds_and_remembers_by_name():
    total, memory = value(regularizers.chain(one=counting(2.0), two=counting(3.0)))
    np.testing.assert_allclose(total, 5.0)
    assert memory == {"one": 1, "two": 1}
    assert value(regularizers.chain())[0] == 0


def test_links_of_a_chain_draw_different_numbers():
    noise = regularizers.stateless(
        lambda critic, real, fake, key, step, seen: rng.normal(key, ()).mean()
    )
    result, _ = value(regularizers.chain(one=noise, two=noise))
    keys = rng.deal(KEY, 3)
    drawn = [rng.normal(rng.stream(keys, n), ()).mean() for n in ("one", "two")]
    assert drawn[0] != drawn[1]
    expected = sum(drawn)
    np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_combinators_nest():
    nested = regularizers.chain(
        lazy=regularizers.every(2, regularizers.scale(0.5, counting(4.0))),
        plain=counting(1.0),
    )
    assert [float(value(nested, step)[0]) for step in range(4)] == [5, 1, 5, 1]


def test_configs_can_nest_penalties():
    node = dict(name="every", k=4, regularizer=dict(name="r1", gamma=2))
    build = resolve.bind(node, [regularizers], "game.regularizers.r1")
    np.testing.assert_allclose(value(build())[0], 4 * 2.0)
    bad = node | {"regularizer": dict(name="r1", gama=2)}
    with pytest.raises(BadInput, match="game.regularizers.r1.regularizer.gama"):
        resolve.bind(bad, [regularizers], "game.regularizers.r1")
    build = resolve.bind(
        dict(name="gradient_penalty", at="middle"), [regularizers], "game.gp"
    )
    with pytest.raises(BadInput, match="at='middle' is not one of interpolate, real"):
        build()
