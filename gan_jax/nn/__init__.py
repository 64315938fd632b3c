"""Layers, and the values that models take as arguments.

Capitalised names are linen modules. A lower-case maker is called with numbers and
gives a *value* that goes into a model's field of that kind, so that a config writes
`norm=dict(name="batch_norm", momentum=0.8)`, code `norm=batch_norm(momentum=0.8)`:

- activation: function from arrays to arrays; `relu()`, `leaky_relu(0.2)`, ...
- init: `init(key, shape, dtype)`; `normal(0.02)`, `he_uniform()`, ...
- norm: `norm(name=..., dtype=...)` gives a module called `(x, cond, *, train)`;
  `batch_norm()`, `layer_norm()`, `conditional_batch_norm()`. `None` and `none()` mean no
  normalisation.
- wrap: layer to layer; `spectral_norm()`, `weight_norm()`, `equalised()`. `None` and
  `no_wrap()` mean the layer itself.
- minibatch: `minibatch(name=..., dtype=...)` gives a module that appends features of the
  whole batch; `minibatch_discrimination(100, 5)`.
- head: `head(wrap=..., kernel_init=..., name=...)` gives a module called `(features,
  cond)` that ends a critic; `projection()`. `None` means one dense layer.
- join: a place, and `layer(wrap=..., dtype=..., name=...)`, which gives a module called
  `(h, cond)`; `concatenated()`.
- input: what a synthesis of styles begins from; `learned_constant()`,
  `fourier_features()`.
- filter: `filter(taps, cutoff, width, rate)` gives the taps of a low-pass filter;
  `kaiser()`, `radial()`.
- layer (`up`, `down`): `layer(features, kernel_init=..., dtype=..., name=...)`;
  `transposed(4)`, `nearest(3)`, `strided(4)`, `pooled(3)`.

A module that couples the examples of a batch says so: `couples_batch = True`.
Collections: `batch_stats` (running statistics) and `spectral` (u and v). A layer moves
a collection only where it is mutable, and otherwise computes without complaint.
Parameters are float32; `dtype` is the type of the computation.
"""

from gan_jax.nn.activations import (
    elu,
    gelu,
    leaky_relu,
    linear,
    maxout,
    relu,
    sigmoid,
    silu,
    softplus,
    tanh,
)
from gan_jax.nn.adaptive import AdaptiveInstanceNorm
from gan_jax.nn.alias_free import filtered_activation
from gan_jax.nn.attention import SelfAttention
from gan_jax.nn.convolution import Conv, nearest, pooled, strided, transposed
from gan_jax.nn.correlation import conv2d, conv2d_transpose, grouped_conv2d
from gan_jax.nn.declared import OfLatent
from gan_jax.nn.equalised import (
    EqualisedConv,
    EqualisedDense,
    ModulatedConv,
    pixel_norm,
)
from gan_jax.nn.filtering import (
    filtered_conv_downsample,
    filtered_downsample,
    filtered_upsample,
    filtered_upsample_conv,
    upfirdn,
)
from gan_jax.nn.grouped import GroupNorm, group_norm, instance_norm
from gan_jax.nn.heads import (
    Projection,
    auxiliary_classifier,
    codes,
    contrastive,
    discriminative_classifier,
    fake_class,
    inner_product,
    projection,
    rotation,
)
from gan_jax.nn.initializers import (
    glorot_uniform,
    he_normal,
    he_uniform,
    normal,
    orthogonal,
    zeros,
)
from gan_jax.nn.inputs import Input, fourier_features, learned_constant
from gan_jax.nn.joins import Join, concatenated
from gan_jax.nn.lowpass import Filter, kaiser, radial
from gan_jax.nn.magnitude import (
    UnitConv,
    UnitDense,
    unit_leaky_relu,
    unit_product,
    unit_sum,
)
from gan_jax.nn.mapping import Mapping, mapped_projection
from gan_jax.nn.minibatch import (
    MinibatchDeviation,
    MinibatchDiscrimination,
    minibatch_deviation,
    minibatch_discrimination,
)
from gan_jax.nn.modulated import (
    ModulatedBatchNorm,
    conditional_batch_norm,
    self_modulated,
)
from gan_jax.nn.normalization import (
    BatchNorm,
    Identity,
    LayerNorm,
    batch_norm,
    layer_norm,
    moments,
    none,
)
from gan_jax.nn.quantised import Quantiser, finite_scalar, vector_quantiser
from gan_jax.nn.resampling import (
    conv_pool,
    full_conv,
    grouped_conv,
    mean_pool,
    same_conv,
    strided_conv,
    transposed_conv,
    upsample,
    upsample_conv,
)
from gan_jax.nn.spectral import SpectralNorm, no_wrap, spectral_norm
from gan_jax.nn.values import Head, Init, Layer, Minibatch, Norm, Wrap
from gan_jax.nn.weight import Equalised, WeightNorm, equalised, weight_norm

__all__ = [
    "AdaptiveInstanceNorm",
    "BatchNorm",
    "Conv",
    "Equalised",
    "EqualisedConv",
    "EqualisedDense",
    "Filter",
    "GroupNorm",
    "Head",
    "Identity",
    "Init",
    "Input",
    "Join",
    "Layer",
    "LayerNorm",
    "Mapping",
    "Minibatch",
    "MinibatchDeviation",
    "MinibatchDiscrimination",
    "ModulatedBatchNorm",
    "ModulatedConv",
    "Norm",
    "OfLatent",
    "Projection",
    "Quantiser",
    "SelfAttention",
    "SpectralNorm",
    "UnitConv",
    "UnitDense",
    "WeightNorm",
    "Wrap",
    "auxiliary_classifier",
    "batch_norm",
    "codes",
    "concatenated",
    "conditional_batch_norm",
    "contrastive",
    "conv2d",
    "conv2d_transpose",
    "conv_pool",
    "discriminative_classifier",
    "elu",
    "equalised",
    "fake_class",
    "filtered_activation",
    "filtered_conv_downsample",
    "filtered_downsample",
    "filtered_upsample",
    "filtered_upsample_conv",
    "finite_scalar",
    "fourier_features",
    "full_conv",
    "gelu",
    "glorot_uniform",
    "group_norm",
    "grouped_conv",
    "grouped_conv2d",
    "he_normal",
    "he_uniform",
    "inner_product",
    "instance_norm",
    "kaiser",
    "layer_norm",
    "leaky_relu",
    "learned_constant",
    "linear",
    "mapped_projection",
    "maxout",
    "mean_pool",
    "minibatch_deviation",
    "minibatch_discrimination",
    "moments",
    "nearest",
    "no_wrap",
    "none",
    "normal",
    "orthogonal",
    "pixel_norm",
    "pooled",
    "projection",
    "radial",
    "relu",
    "rotation",
    "same_conv",
    "self_modulated",
    "sigmoid",
    "silu",
    "softplus",
    "spectral_norm",
    "strided",
    "strided_conv",
    "tanh",
    "transposed",
    "transposed_conv",
    "unit_leaky_relu",
    "unit_product",
    "unit_sum",
    "upfirdn",
    "upsample",
    "upsample_conv",
    "vector_quantiser",
    "weight_norm",
    "zeros",
]
