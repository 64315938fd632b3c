"""The textbook networks are expressible, and images are flattened in order."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn, tree
from gan_jax.models import dcgan, mlp


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


def test_pacgans_networks():
    """Lin et al. 2018: four layers of 400 without bias, three of 200 maxout units."""
    gen = mlp.Generator((2,), (400,) * 4, norm=nn.batch_norm(0.95), bias=False)
    hidden = 2 * 400 + 3 * 400 * 400 + 4 * 2 * 400
    assert parameters(gen, (2,)) == hidden + 401 * 2
    disc = mlp.Discriminator((1000,) * 3, activation=nn.maxout(5))
    assert parameters(disc, (2,)) == 3 * 1000 + 2 * 201 * 1000 + 201


def test_scale_divides_the_input():
    """Metz et al. 2017, appendix A: the discriminator reads x / 4."""
    x = jax.random.normal(jax.random.key(1), (3, 2))
    plain, scaled = mlp.Discriminator((8,)), mlp.Discriminator((8,), scale=0.25)
    variables = plain.init(jax.random.key(0), x, train=True)
    np.testing.assert_allclose(
        scaled.apply(variables, 4 * x, train=True)[0],
        plain.apply(variables, x, train=True)[0],
        rtol=1e-6,
    )


@pytest.mark.parametrize(
    "module", [mlp.Discriminator((8,), outputs=5), dcgan.Discriminator(4, outputs=5)]
)
def test_several_outputs_are_features(module):
    x = jnp.ones((3, 16, 16, 1))
    (features, _), _ = module.init_with_output(jax.random.key(0), x, train=True)
    assert features.shape == (3, 5)


def test_joint_discriminator_is_the_discriminator_of_the_concatenation():
    x = jax.random.normal(jax.random.key(1), (3, 2, 2, 1))
    z = jax.random.normal(jax.random.key(2), (3, 5))
    module = mlp.JointDiscriminator((8,))
    variables = module.init(jax.random.key(0), x, z, train=True)
    both = jnp.concatenate([x.reshape(3, 4), z], axis=1)
    np.testing.assert_array_equal(
        module.apply(variables, x, z, train=True)[0],
        mlp.Discriminator((8,)).apply(variables, both, train=True)[0],
    )
