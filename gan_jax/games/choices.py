"""Choices: what, of all that a generator can show, it is to learn from.

A choice may move latents before samples are made of them (LOGAN), and may weigh the
samples that the critic has judged (top-k). A game takes one.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp

from gan_jax import axis, ranges, rng
from gan_jax.typing import Keys, Kind, Latents, Logits, PerExample, Seen

Judged = Callable[[Latents], jax.Array]
"""z [b, ...] -> D(G(z)), the critic's logits of what is made of them."""
Moved = tuple[Latents, Mapping[str, PerExample]]
"""Latents, and by name what the generator pays for having them so."""


class Choice(NamedTuple):
    """What a generator is to learn from.

    Attributes:
        latents: (D(G(.)), z, keys, seen) -> other z and what they cost; None where they
            stay. Both turns use them, and the loss of each is differentiated through.
        weigh: (loss [m], logits [m], seen) -> loss [m], its mean to be minimised.
        sampling: whether samples of the trained generator have their latents moved, too.
    """

    KIND = Kind("a choice of what the generator learns from")

    latents: Callable[[Judged, Latents, Keys, Seen], Moved] | None = None
    weigh: Callable[[PerExample, Logits, Seen], PerExample] = (
        lambda each, logits, seen: each
    )
    sampling: bool = False


ALL = Choice()
"""All that the prior gives, as it is."""


def top_k(gamma: float = 0.99, nu: float = 0.5, epoch: int = 50_000) -> Choice:
    """Only the k samples that the critic finds most real (Sinha et al. 2020).

    Of a batch of b, k = floor(max(b gamma^e, floor(nu b))), at least 1, e being the
    epochs passed; arXiv:2002.06224, section 3. The batch is that of all devices, but
    of one microbatch; packs count as one.

    Args:
        gamma: what k is multiplied by every epoch.
        nu: share of the batch that k does not fall below.
        epoch: its length, in real images shown.

    Raises:
        ValueError: `gamma` or `nu` not in [0, 1], `epoch` below 1. When it is traced: a
            loss that is not one number a sample.
    """
    ranges.between(0, 1, gamma=gamma, nu=nu)
    ranges.whole(epoch=epoch)

    def weigh(each: jax.Array, logits: jax.Array, seen: Seen) -> jax.Array:
        if jnp.ndim(logits) != 1 or jnp.shape(each) != jnp.shape(logits):
            raise ValueError(
                f"top_k wants a logit and a loss for each sample, not shapes "
                f"{jnp.shape(logits)} and {jnp.shape(each)}"
            )
        own = len(logits)
        everyone = axis.gather(jax.lax.stop_gradient(logits))
        count = len(everyone)
        rank = jnp.argsort(jnp.argsort(-everyone))
        rank = jax.lax.dynamic_slice_in_dim(rank, axis.index() * own, own)
        epochs = (jnp.asarray(seen) // epoch).astype(jnp.float32)
        k = jnp.floor(jnp.maximum(count * gamma**epochs, int(nu * count)))
        k = jnp.maximum(k, 1)
        return jnp.where(rank < k, each, 0) * (count / k)

    return Choice(weigh=weigh)


def logan(
    alpha: float = 0.9,
    beta: float = 0.1,
    rate: float = 0.8,
    cost: float = 0.1,
    bound: float = 1.0,
    steps: int = 1,
    sampling: bool = True,
) -> Choice:
    """Latents moved up the critic's slope by a natural gradient (Wu et al. 2019).

    z <- clip(z + alpha g / (beta + |g|^2)), g = dD(G(z))/dz; arXiv:1912.00953, eq. 11.
    The generator pays cost * |dz|^2. Both turns see the moved latents and differentiate
    through the move, as in the paper. So do samples of the trained generator, as in
    StudioGAN; without `sampling` they are G(z) of the prior, and cost no pass back.
    `synthesize` always takes latents as they are given. The critic is asked in training
    mode, afresh augmented, while training, and in evaluation mode, unaugmented, after.

    Args:
        alpha: length of the move.
        beta: damping of the Fisher matrix g g^T.
        rate: share of the latents that are moved, each as a whole.
        cost: see above.
        bound: what every element of z is kept within; wants a prior that is, e.g.
            `uniform`.
        steps: moves one after another. StudioGAN's code makes one whatever it is told.
        sampling: see above.

    Raises:
        ValueError: a number out of range.
    """
    ranges.at_least(0, alpha=alpha, cost=cost)
    ranges.above(0, beta=beta, bound=bound)
    ranges.between(0, 1, rate=rate)
    ranges.whole(steps=steps)

    def latents(judged: Judged, z: Latents, keys: Keys, seen: Seen) -> Moved:
        del seen
        inner = tuple(range(1, z.ndim))
        paid = jnp.zeros(z.shape[0])
        for i in range(steps):
            slope = jax.grad(lambda z: judged(z).sum())(z)
            length = jnp.square(slope).sum(inner, keepdims=True)
            move = alpha * slope / (beta + length)
            paid = paid + jnp.square(move).sum(inner)
            lots = rng.uniform(rng.stream(keys, "logan", i), (1,) * len(inner))
            z = jnp.clip(z + jnp.where(lots < rate, move, 0), -bound, bound)
        return z, {"transport": cost * paid}

    return Choice(latents, sampling=sampling)


__all__ = ["Choice", "logan", "top_k"]
