"""Networks, one module per family: each has its `Generator` and `Discriminator`.

A generator maps `(z, cond, *, train)` to float32 samples [b, *shape]; z is flat [b, z]
or, where the family says so, spatial [b, h, w, c]. A discriminator maps
`(x, cond, *, train)` to `(logits, out)`: float32 [b] and a dict of named
intermediates, of which `features` [b, d] is what the last layer reads. An `Encoder`
maps `(x, cond, *, train)` to latents [b, *z]; a `JointDiscriminator` judges pairs,
`(x, z, cond, *, train)`. Unconditional families take `cond` and leave it. Sizes and
widths are numbers; norms, activations, initialisers and wraps are values (see
`gan_jax.nn`). A generator marks what its first linear map makes of z, or its affine maps
of styles, by `nn.OfLatent`: directions in latent space are read off there.
"""

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

__all__ = [
    "biggan",
    "biggan_deep",
    "dcgan",
    "gat",
    "kl",
    "mlp",
    "progan",
    "r3gan",
    "r3gan_magnitude",
    "resnet",
    "sagan",
    "sngan",
    "stylegan",
    "stylegan2",
    "transformer",
    "vqgan",
    "stylegan3",
]
