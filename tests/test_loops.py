import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import loops, traces


def convolve(carry, x):
    image = jax.lax.conv(x[None, None], jnp.ones((1, 1, 2, 2)), (1, 1), "SAME")
    return carry + image.sum(), image.mean()


def add(carry, x):
    return carry + x.sum(), x.mean()


def test_convolutions_are_found_at_any_depth():
    x = jnp.ones((3, 3))
    assert traces.holds_convolution(convolve, 0.0, x)
    assert not traces.holds_convolution(add, 0.0, x)
    nested = jax.jit(
        lambda c, x: jax.lax.cond(c > 0, convolve, lambda c, x: (c, x.mean()), c, x)
    )
    assert traces.holds_convolution(nested, 0.0, x)
    assert traces.holds_convolution(jax.grad(lambda x: convolve(0.0, x)[0]), x)


@pytest.mark.parametrize("body", [convolve, add])
@pytest.mark.parametrize("length", [1, 2, 3])
def test_agrees_with_a_python_loop(body, length):
    xs = jax.random.normal(jax.random.key(0), (length, 4, 4))
    carry, ys = jax.jit(lambda xs: loops.scan(body, 0.0, xs, in_line=2))(xs)
    expected, each = 0.0, []
    for x in xs:
        expected, y = body(expected, x)
        each.append(y)
    np.testing.assert_allclose(carry, expected, rtol=1e-5)
    np.testing.assert_allclose(ys, np.stack(each), rtol=1e-5)


def loops_in(body, length, **options):
    """Whether a loop is left in what XLA is given."""
    scan = jax.jit(lambda xs: loops.scan(body, 0.0, xs, **options))
    return "while" in scan.lower(jnp.ones((length, 4, 4))).as_text()


def test_on_cpu_only_convolutions_are_unrolled():
    if jax.default_backend() != "cpu":
        pytest.skip("the rule is the CPU's")
    assert loops_in(add, 3)
    assert not loops_in(convolve, 3)


def test_short_loops_are_laid_out_where_asked():
    assert not loops_in(add, 3, in_line=3)
    assert loops_in(add, 4, in_line=3)
