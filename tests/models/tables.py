"""Every public network: a new one adds rows here and is held to the conformance.

`kind` is "gen" or "disc"; `make(dtype=...)` builds the module; `shape` is of one input,
latents or samples.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax.numpy as jnp
from flax import linen

from gan_jax import nn
from gan_jax.models import (
    biggan,
    biggan_deep,
    dcgan,
    gat,
    kl,
    mlp,
    progan,
    r3gan,
    r3gan_magnitude,
    resnet,
    sagan,
    sngan,
    stylegan,
    stylegan2,
    stylegan3,
    transformer,
    vqgan,
)


class Row(NamedTuple):
    kind: str
    make: Callable
    shape: tuple[int, ...]
    sample: tuple[int, ...] = ()  # what a generator makes of it
    conditional: bool = False
    couples: bool = False  # whether a discriminator's logits see the whole batch
    bounded: bool = True  # whether a generator's pictures stay within [-1, 1]


def gen(make: Callable, latents: tuple[int, ...], sample: tuple[int, ...], **kwargs):
    return Row("gen", partial(make, shape=sample), latents, sample, **kwargs)


def disc(make: Callable, shape: tuple[int, ...], **kwargs):
    return Row("disc", make, shape, **kwargs)


def enc(make: Callable):
    """An encoder as a generator of latents."""
    return lambda shape, **kwargs: make(latents=shape, **kwargs)


class SideBySide(linen.Module):
    """A joint discriminator fed its pair as one array: latents in the last channel."""

    joint: linen.Module

    def __call__(self, pair, cond=None, *, train):
        x, z = pair[..., :-1], pair[..., -1:].reshape(len(pair), -1)[:, :3]
        return self.joint(x, z, cond, train=train)


def joint(make: Callable, shape: tuple[int, ...]):
    """Of samples [..., c], given as [..., c + 1]."""
    shape = (*shape[:-1], shape[-1] + 1)
    return disc(lambda dtype: SideBySide(make(dtype=dtype)), shape)


RESNET = partial(resnet.Generator, widths=(8, 8, 8))
CRITIC = partial(resnet.Discriminator, widths=(8, 8, 8), down=2)

ALL_MODELS = {
    "mlp.Generator points": gen(partial(mlp.Generator, widths=(16, 16)), (3,), (2,)),
    "mlp.Generator images": gen(
        partial(mlp.Generator, widths=(16,), norm=nn.batch_norm()), (3,), (6, 5, 1)
    ),
    "mlp.Discriminator points": disc(partial(mlp.Discriminator, widths=(16, 16)), (2,)),
    "mlp.Discriminator images": disc(
        partial(mlp.Discriminator, widths=(16,), wrap=nn.spectral_norm()), (6, 5, 1)
    ),
    "mlp.Discriminator minibatch": disc(
        partial(mlp.Discriminator, (16,), minibatch=nn.minibatch_discrimination(4, 3)),
        (2,),
        couples=True,
    ),
    "mlp.Discriminator maxout": disc(
        partial(mlp.Discriminator, (15,), activation=nn.maxout(5), scale=0.25), (2,)
    ),
    "mlp.Generator joined": gen(
        partial(mlp.Generator, widths=(16,), join=nn.concatenated(embedding=4)),
        *((3,), (2,)),
        conditional=True,
    ),
    "mlp.Discriminator head": disc(
        partial(mlp.Discriminator, widths=(16,), head=nn.projection()),
        (2,),
        conditional=True,
    ),
    "mlp.Encoder": gen(
        partial(enc(mlp.Encoder), widths=(16,), norm=nn.batch_norm(), bias=False),
        (6, 5, 1),
        (3,),
    ),
    "mlp.JointDiscriminator": joint(partial(mlp.JointDiscriminator, (16,)), (2,)),
    "dcgan.Generator 28": gen(partial(dcgan.Generator, width=4), (5,), (28, 28, 1)),
    "dcgan.Generator 16x24": gen(
        partial(dcgan.Generator, width=4, up=nn.nearest(3), norm=None),
        (5,),
        (16, 24, 3),
    ),
    "dcgan.Generator spatial": gen(
        partial(dcgan.Generator, width=4), (7, 7, 1), (28, 28, 1)
    ),
    "dcgan.Discriminator 28": disc(partial(dcgan.Discriminator, width=4), (28, 28, 1)),
    "dcgan.Discriminator 16x24": disc(
        partial(dcgan.Discriminator, width=4, down=nn.strided(5), norm=nn.layer_norm()),
        (16, 24, 3),
    ),
    "dcgan.Discriminator batch norm": disc(
        partial(dcgan.Discriminator, width=4, norm=nn.batch_norm()),
        (16, 16, 3),
        couples=True,
    ),
    "dcgan.Discriminator minibatch": disc(
        partial(
            dcgan.Discriminator, width=4, minibatch=nn.minibatch_discrimination(4, 3)
        ),
        (16, 16, 1),
        couples=True,
    ),
    "dcgan.Generator joined": gen(
        partial(dcgan.Generator, width=4, join=nn.concatenated()),
        *((5,), (16, 16, 1)),
        conditional=True,
    ),
    "dcgan.Discriminator joined": disc(
        partial(
            dcgan.Discriminator,
            width=4,
            head=nn.contrastive(6),
            join=nn.concatenated("features", embedding=3),
        ),
        (16, 16, 1),
        conditional=True,
    ),
    "dcgan.Encoder": gen(partial(enc(dcgan.Encoder), width=4), (16, 16, 1), (3,)),
    "dcgan.Encoder joined": gen(
        partial(enc(dcgan.Encoder), width=4, join=nn.concatenated()),
        *((16, 16, 1), (3,)),
        conditional=True,
    ),
    "mlp.Encoder joined": gen(
        partial(enc(mlp.Encoder), widths=(16,), join=nn.concatenated(embedding=4)),
        *((6, 5, 1), (3,)),
        conditional=True,
    ),
    "dcgan.JointDiscriminator": joint(
        partial(dcgan.JointDiscriminator, width=4, hidden=8, wrap=nn.spectral_norm()),
        (16, 16, 1),
    ),
    "resnet.Generator 16": gen(RESNET, (5,), (16, 16, 3)),
    "resnet.Generator spatial": gen(RESNET, (3, 4, 2), (12, 16, 1)),
    "resnet.Discriminator 16": disc(CRITIC, (16, 16, 3)),
    "resnet.Discriminator 24": disc(
        partial(CRITIC, wrap=nn.spectral_norm(), norm=nn.layer_norm(), pool="mean"),
        (24, 24, 1),
    ),
    "sngan.Generator": gen(partial(sngan.Generator, width=2), (5,), (16, 8, 1)),
    "sngan.Discriminator": disc(
        partial(sngan.Discriminator, width=2, wrap=None), (16, 8, 1)
    ),
    "sagan.Generator": gen(
        partial(
            sagan.Generator,
            widths=(8, 8),
            attention=(0,),
            wrap=None,
            norm=nn.conditional_batch_norm(kernel_init=nn.normal(0.5)),
        ),
        (5,),
        (8, 8, 3),
        conditional=True,
    ),
    "sagan.Discriminator": disc(
        partial(sagan.Discriminator, widths=(8, 8), down=1, attention=(0,), wrap=None),
        (8, 8, 3),
        conditional=True,
    ),
    "biggan.Generator": gen(
        partial(biggan.Generator, widths=(8, 8), shared=3),
        (6,),
        (8, 8, 3),
        conditional=True,
    ),
    "biggan.Discriminator": disc(
        partial(biggan.Discriminator, widths=(8, 8), down=1, hidden="in"),
        (8, 8, 3),
        conditional=True,
    ),
    "biggan_deep.Generator": gen(
        partial(
            biggan_deep.Generator,
            widths=(8, 4),
            shared=3,
            wrap=None,
            norm=nn.conditional_batch_norm(),
        ),
        (5,),
        (8, 8, 3),
        conditional=True,
    ),
    "biggan_deep.Discriminator": disc(
        partial(biggan_deep.Discriminator, widths=(4, 8), down=1, wrap=None),
        (8, 8, 3),
        conditional=True,
    ),
    "r3gan.Generator": gen(
        partial(r3gan.Generator, widths=(8, 4), blocks=1, group=4, embedding=3),
        (5,),
        (8, 12, 3),
        conditional=True,
        bounded=False,
    ),
    "r3gan.Discriminator": disc(
        partial(r3gan.Discriminator, (4, 8), blocks=1, group=4), (8, 12, 3)
    ),
    "r3gan.Discriminator by class": disc(
        partial(r3gan.Discriminator, (4,), group=4, head=nn.inner_product(5)),
        (4, 4, 1),
        conditional=True,
    ),
}

UNIT_CRITIC = partial(r3gan_magnitude.Discriminator, blocks=1, group=4)
ALL_MODELS |= {
    "r3gan_magnitude.Generator": gen(
        partial(
            r3gan_magnitude.Generator, widths=(8, 4), blocks=1, group=4, embedding=3
        ),
        (5,),
        (8, 12, 3),
        conditional=True,
        bounded=False,
    ),
    "r3gan_magnitude.Discriminator": disc(partial(UNIT_CRITIC, (4, 8)), (8, 12, 3)),
    "r3gan_magnitude.Discriminator by class": disc(
        partial(UNIT_CRITIC, (4, 4)), (8, 8, 1), conditional=True
    ),
}


class Read(linen.Module):
    """A network of tokens, fed numbers."""

    net: linen.Module

    def __call__(self, x, cond=None, *, train):
        return self.net(jnp.int32(jnp.abs(4 * x)) % 7, cond, train=train)


def tokens(shape: tuple[int, ...], **fields):
    """A Transformer of seven tokens as a generator of logits."""

    def make(dtype):
        return Read(transformer.Transformer(shape, 7, 12, 1, 1, dtype=dtype, **fields))

    length = math.prod(shape)
    return Row("gen", make, (length,), (length, 7), conditional=True)


ALL_MODELS |= {
    "transformer.Transformer": tokens((3, 2, 1)),
    "transformer.Transformer as GPT-2": tokens(
        (2, 2, 2),
        norm="layer",
        feed="gelu",
        positions="learned",
        qk_norm=False,
        bias=True,
        tied=True,
    ),
}

ALL_MODELS |= {
    "vqgan.Autoencoder": Row(
        "gen",
        partial(
            vqgan.Autoencoder,
            (4, 6, 1),
            (4, 6),
            quantiser=nn.vector_quantiser(5, 3, decay=None),
        ),
        (4, 6, 1),
        (4, 6, 1),
        bounded=False,
    ),
    "vqgan.Discriminator": disc(
        partial(vqgan.Discriminator, 4, 2, norm=None), (8, 12, 1)
    ),
}

ALL_MODELS |= {
    "kl.Generator": gen(
        partial(kl.Generator, widths=(4, 6)), (2, 3, 2), (4, 6, 1), bounded=False
    ),
    "kl.Encoder": gen(
        partial(enc(kl.Encoder), widths=(4, 6)), (4, 6, 1), (2, 2, 3, 2), bounded=False
    ),
    "gat.Generator": gen(
        partial(gat.Generator, width=8, depth=2, heads=2, levels=2),
        (5,),
        (3, 4, 4),
        conditional=True,
        bounded=False,
    ),
    "gat.Discriminator": disc(
        partial(gat.Discriminator, 8, 2, 2, levels=2, head=nn.mapped_projection(1)),
        (3, 4, 4),
        conditional=True,
    ),
    "gat.Discriminator of all levels": disc(
        partial(gat.Discriminator, 8, 1, 2, levels=1), (3, 4, 4)
    ),
}

STYLE = partial(stylegan2.Generator, widths=(8, 6), style=7, depth=2)
STYLE_CRITIC = partial(stylegan2.Discriminator, widths=(6, 8))
ALL_MODELS |= {
    "stylegan2.Generator": gen(STYLE, (5,), (6, 8, 3), bounded=False),
    "stylegan2.Generator residual": gen(
        partial(STYLE, architecture="residual"),
        *((5,), (8, 8, 1)),
        conditional=True,
        bounded=False,
    ),
    "stylegan2.Generator plain": gen(
        partial(STYLE, architecture="plain", fading=True),
        *((5,), (8, 8, 2)),
        bounded=False,
    ),
    "stylegan2.Generator moved": gen(
        partial(STYLE, input=nn.fourier_features()), (5,), (4, 6, 1), bounded=False
    ),
    "stylegan2.Discriminator": disc(STYLE_CRITIC, (6, 8, 3), couples=True),
    "stylegan2.Discriminator skip": disc(
        partial(STYLE_CRITIC, architecture="skip", minibatch=None),
        (8, 8, 1),
        conditional=True,
    ),
    "stylegan2.Discriminator projection": disc(
        partial(STYLE_CRITIC, minibatch=None, head=nn.projection()),
        (6, 8, 1),
        conditional=True,
    ),
    "stylegan2.Discriminator plain": disc(
        partial(STYLE_CRITIC, architecture="plain"), (8, 8, 2), couples=True
    ),
}

ALL_MODELS |= {
    "progan.Generator": gen(
        partial(progan.Generator, widths=(8, 6)), (5,), (6, 8, 3), bounded=False
    ),
    "progan.Generator fading": gen(
        partial(progan.Generator, widths=(8, 6), fading=True),
        *((5,), (8, 8, 1)),
        conditional=True,
        bounded=False,
    ),
    "progan.Discriminator": disc(
        partial(progan.Discriminator, widths=(6, 8)), (6, 8, 3), couples=True
    ),
    "progan.Discriminator fading": disc(
        partial(
            progan.Discriminator,
            widths=(6, 8),
            minibatch=None,
            head=nn.projection(),
            fading=True,
        ),
        *((8, 8, 1),),
        conditional=True,
    ),
}

FIRST_STYLE = partial(stylegan.Generator, widths=(8, 6), style=7, depth=2)
ALL_MODELS |= {
    "stylegan.Generator": gen(FIRST_STYLE, (5,), (6, 8, 3), bounded=False),
    "stylegan.Generator fading": gen(
        partial(FIRST_STYLE, fading=True),
        *((5,), (8, 8, 1)),
        conditional=True,
        bounded=False,
    ),
}

ALIAS_FREE = partial(
    stylegan3.Generator,
    style=6,
    channel_max=5,
    num_layers=3,
    num_critical=1,
    activation=nn.gelu(),
)
ALL_MODELS |= {
    "stylegan3.Generator": gen(ALIAS_FREE, (5,), (16, 17, 3), bounded=False),
    "stylegan3.Generator round": gen(
        partial(ALIAS_FREE, kernel=1, filter=nn.radial(), margin=4),
        *((5,), (20, 24, 1)),
        conditional=True,
        bounded=False,
    ),
    "stylegan3.Discriminator": disc(  # StyleGAN2's
        partial(stylegan3.Discriminator, widths=(6, 8), head=None),
        (6, 8, 3),
        couples=True,
    ),
}
