"""Every public name of the room, by kind; a new one adds itself to a row here."""

from typing import Any

import flax.linen as linen
import jax.numpy as jnp

from gan_jax import nn


class Told(linen.Module):
    """A norm that wants a condition, called with one."""

    norm: Any
    dtype: Any = jnp.float32

    @linen.compact
    def __call__(self, x, *, train):
        norm = self.norm(name="norm", dtype=self.dtype)
        return norm(x, jnp.eye(3)[jnp.arange(len(x)) % 3], train=train)


class Styled(linen.Module):
    """A modulated convolution, called with a style."""

    demodulate: bool = True
    dtype: Any = jnp.float32

    @linen.compact
    def __call__(self, x):
        layer = nn.ModulatedConv(4, demodulate=self.demodulate, dtype=self.dtype)
        return layer(x, x.mean((1, 2)))


class Adapted(linen.Module):
    """An adaptive norm, called with a style."""

    dtype: Any = jnp.float32

    @linen.compact
    def __call__(self, x):
        return nn.AdaptiveInstanceNorm(dtype=self.dtype)(x, x.mean((1, 2)))


LAYERS = {  # id -> (module, input shape); all take (x) or (x, cond, *, train)
    "Conv": (nn.Conv(4), (2, 6, 6, 3)),
    "Conv 1x1": (nn.Conv(4, kernel=1, bias=False), (2, 6, 6, 3)),
    "Conv grouped": (nn.Conv(6, op=nn.grouped_conv, groups=2), (2, 6, 6, 4)),
    "BatchNorm": (nn.BatchNorm(), (4, 6, 6, 3)),
    "BatchNorm points": (nn.BatchNorm(scale=False, bias=False), (5, 3)),
    "LayerNorm": (nn.LayerNorm(), (2, 6, 6, 3)),
    "GroupNorm": (nn.GroupNorm(2), (2, 6, 6, 4)),
    "GroupNorm points": (nn.GroupNorm(2), (5, 6)),
    "GroupNorm of single channels": (nn.GroupNorm(None, affine=False), (2, 6, 6, 3)),
    "AdaptiveInstanceNorm": (Adapted(), (2, 6, 6, 3)),
    "ModulatedBatchNorm": (Told(nn.conditional_batch_norm()), (4, 6, 6, 3)),
    "ModulatedBatchNorm points": (Told(nn.self_modulated(4)), (5, 3)),
    "SelfAttention": (nn.SelfAttention(), (2, 6, 4, 8)),
    "Identity": (nn.Identity(), (2, 6, 6, 3)),
    "EqualisedConv": (nn.EqualisedConv(4), (2, 6, 6, 3)),
    "EqualisedDense": (nn.EqualisedDense(4, rate=0.1), (2, 3)),
    "ModulatedConv": (Styled(), (2, 6, 6, 3)),
    "ModulatedConv linear": (Styled(demodulate=False), (2, 6, 6, 3)),
    "Equalised dense": (nn.Equalised(linen.Dense(4)), (2, 3)),
    "Equalised conv": (nn.Equalised(nn.Conv(4)), (2, 6, 6, 3)),
    "UnitConv": (nn.UnitConv(4, bias=True, centred=True), (2, 6, 6, 3)),
    "UnitConv grouped": (nn.UnitConv(6, op=nn.grouped_conv, groups=2), (2, 6, 6, 4)),
    "UnitDense": (nn.UnitDense(4), (2, 3)),
    "MinibatchDeviation": (nn.MinibatchDeviation(2), (4, 6, 6, 3)),
    "MinibatchDiscrimination": (nn.MinibatchDiscrimination(4, 3), (5, 3)),
    "SpectralNorm dense": (nn.SpectralNorm(linen.Dense(4)), (2, 3)),
    "SpectralNorm conv": (nn.SpectralNorm(nn.Conv(4)), (2, 6, 6, 3)),
    "WeightNorm dense": (nn.WeightNorm(linen.Dense(4)), (2, 3)),
    "WeightNorm conv": (nn.WeightNorm(nn.Conv(4), scale=False), (2, 6, 6, 3)),
}
NORMS = {
    "batch_norm": nn.batch_norm(),
    "layer_norm": nn.layer_norm(),
    "group_norm": nn.group_norm(1),
    "instance_norm": nn.instance_norm(),
    "none": nn.none(),
}
CONDITIONAL_NORMS = {
    "conditional_batch_norm": nn.conditional_batch_norm(),
    "self_modulated": nn.self_modulated(),
}
RESIZERS = {  # -> (value, factor of the size)
    "nearest": (nn.nearest(3), 2.0),
    "transposed": (nn.transposed(4), 2.0),
    "strided": (nn.strided(4), 0.5),
    "pooled": (nn.pooled(3), 0.5),
}
MINIBATCHES = {
    "minibatch_discrimination": nn.minibatch_discrimination(4, 3),
    "minibatch_deviation": nn.minibatch_deviation(4),
}
WRAPS = {
    "spectral_norm": nn.spectral_norm(),
    "weight_norm": nn.weight_norm(scale=False),
    "equalised": nn.equalised(),
    "no_wrap": nn.no_wrap(),
}
INITS = {  # -> (value, standard deviation of a kernel [3, 3, 40, 60])
    "normal": (nn.normal(0.02), 0.02),
    "he_normal": (nn.he_normal(), (2 / 360) ** 0.5),
    "he_uniform": (nn.he_uniform(), (2 / 360) ** 0.5),
    "glorot_uniform": (nn.glorot_uniform(2**0.5), (4 / 900) ** 0.5),
    "orthogonal": (nn.orthogonal(2.0), 2 / 360**0.5),
    "zeros": (nn.zeros(), 0.0),
}
FILTERS = {"kaiser": nn.kaiser(), "radial": nn.radial()}  # tested in test_alias_free
ACTIVATIONS = {  # -> (value, at -1, at 2)
    "relu": (nn.relu(), 0.0, 2.0),
    "leaky_relu": (nn.leaky_relu(0.2), -0.2, 2.0),
    "elu": (nn.elu(), -0.6321206, 2.0),
    "silu": (nn.silu(), -0.2689414, 1.7615942),
    "gelu": (nn.gelu(), -0.1586553, 1.9544997),
    "softplus": (nn.softplus(), 0.3132617, 2.1269280),
    "tanh": (nn.tanh(), -0.7615942, 0.9640276),
    "sigmoid": (nn.sigmoid(), 0.2689414, 0.8807971),
    "linear": (nn.linear(), -1.0, 2.0),
    "unit_leaky_relu": (nn.unit_leaky_relu(0.2), -0.3092920, 3.0929196),
}
FUNCTIONS = {  # tested one by one
    "finite_scalar",
    "vector_quantiser",
    "conv2d",
    "conv2d_transpose",
    "conv_pool",
    "grouped_conv",
    "grouped_conv2d",
    "filtered_activation",
    "filtered_conv_downsample",
    "filtered_downsample",
    "filtered_upsample",
    "filtered_upsample_conv",
    "full_conv",
    "maxout",
    "mean_pool",
    "moments",
    "pixel_norm",
    "same_conv",
    "strided_conv",
    "transposed_conv",
    "unit_sum",
    "upfirdn",
    "upsample",
    "upsample_conv",
}
HEADS = {  # -> (value, what it says of 3 classes: shapes behind the batch)
    "projection": (nn.projection(), {}),
    "inner_product": (nn.inner_product(5), {}),
    "unit_product": (nn.unit_product(5), {}),
    "mapped_projection": (nn.mapped_projection(depth=2), {}),
    "auxiliary_classifier": (nn.auxiliary_classifier(), {"classes": (3,)}),
    "auxiliary_classifier twin": (
        nn.auxiliary_classifier(twin=True),
        {"classes": (3,), "twin": (3,)},
    ),
    "discriminative_classifier": (nn.discriminative_classifier(), {"sided": (6,)}),
    "fake_class": (nn.fake_class(), {"margins": (4,)}),
    "contrastive": (nn.contrastive(5), {"embedding": (5,), "proxy": (5,)}),
    "rotation": (nn.rotation(), {"rotation": (4,)}),
    "codes": (nn.codes(7), {"codes": (5,)}),
    "codes without a layer": (nn.codes(None), {"codes": (5,)}),
}
JOINS = {  # -> (value, what it adds to the last axis of 3 classes)
    "concatenated": (nn.concatenated(), 3),
    "concatenated late": (nn.concatenated("features"), 3),
    "concatenated embedded": (nn.concatenated(embedding=5), 5),
}
TESTED_BY_VALUE = {"Mapping", "Projection"}  # the modules of heads
TESTED_BY_NETWORKS = {"OfLatent"}  # tests/models/test_declared.py
KINDS = {"Head", "Init", "Join", "Layer", "Minibatch", "Norm", "Wrap"}  # types
KINDS |= {"Quantiser"}
KINDS |= {"Filter", "Input"}
INPUTS = {"learned_constant", "fourier_features"}  # tested in test_inputs
