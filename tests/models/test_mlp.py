"""The textbook networks are expressible, and images are flattened in order."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import tree
from gan_jax.models import mlp


def parameters(module, shape):
    variables = jax.eval_shape(
        lambda: module.init(jax.random.key(0), jnp.zeros((1, *shape)), train=True)
    )
    return tree.count(variables["params"])


@pytest.mark.parametrize(
    ("module", "shape", "count"),
    [
        (mlp.Generator((2,)), (2,), 3 * 512 + 2 * 513 * 512 + 513 * 2),
        (mlp.Discriminator(), (2,), 3 * 512 + 2 * 513 * 512 + 513),
        (
            mlp.Discriminator(widths=(512, 256)),
            (28, 28, 1),
            785 * 512 + 513 * 256 + 257,
        ),
    ],
    ids=["toy generator", "toy critic", "MNIST critic"],
)
def test_parameter_count(module, shape, count):
    assert parameters(module, shape) == count


def test_range_of_the_output():
    z = 100 * jnp.ones((2, 4))
    for shape, bounded in (((6,), False), ((1, 2, 3), True)):
        module = mlp.Generator(shape, widths=(8,))
        y, _ = module.init_with_output(jax.random.key(0), z, train=True)
        assert (np.abs(y).max() <= 1) == bounded


def test_image_critic_is_the_point_critic_of_the_flattened_image():
    module = mlp.Discriminator(widths=(8,))
    x = jax.random.normal(jax.random.key(1), (2, 3, 4, 1))
    variables = module.init(jax.random.key(0), x, train=True)
    images, _ = module.apply(variables, x, train=True)
    points, _ = module.apply(variables, x.reshape(2, 12), train=True)
    np.testing.assert_array_equal(images, points)
