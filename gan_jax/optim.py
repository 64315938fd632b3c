"""Optimisers as functions of `seen`, so that any of their numbers may be a schedule.

`adam(learning_rate=linear(2e-4, 0.0, over=32_000_000))` gives, at each `seen`, an Optax
transformation with the numbers of that moment; its state has the same shape throughout.
"""

from collections.abc import Callable
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import optax

from gan_jax import ranges
from gan_jax.schedules import Number, value
from gan_jax.typing import Kind, Seen

Optimiser = Annotated[
    Callable[[Seen], optax.GradientTransformation], Kind("an optimiser")
]


def adam(
    learning_rate: Number = 2e-4,
    b1: Number = 0.5,
    b2: Number = 0.999,
    eps: float = 1e-8,
    eps_root: float = 0.0,
) -> Optimiser:
    """Adam (Kingma & Ba 2015); the defaults are DCGAN's.

    Args:
        learning_rate: step size.
        b1: decay of the mean; 0 in WGAN-GP's and SN-GAN's ResNets.
        b2: decay of the second moment.
        eps: added outside the root.
        eps_root: added inside it; 1e-16 where gradients flow *through* the optimiser
            (unrolling), which are NaN for a dead unit otherwise.

    Raises:
        ValueError: a number out of its range, as in all optimisers.
    """
    ranges.at_least(0, learning_rate=learning_rate, eps=eps, eps_root=eps_root)
    ranges.decay(b1=b1, b2=b2)
    return lambda seen: optax.adam(
        value(learning_rate, seen), value(b1, seen), value(b2, seen), eps, eps_root
    )


def lazy_adam(
    learning_rate: Number = 2e-3,
    b1: float = 0.0,
    b2: float = 0.99,
    eps: float = 1e-8,
    every: int = 16,
) -> Optimiser:
    """Adam for a player that has one update more, a penalty's, in every k rounds.

    With c = k / (k + 1), the learning rate is c times, and the decays are the c-th powers
    of what is given, so that k rounds of k + 1 updates go as far, and forget as much, as
    k updates would (Karras et al. 2020, arXiv:1912.04958, appendix B). The defaults are
    StyleGAN2's for its discriminator; its generator has `every=4`.

    Args:
        learning_rate: step size, before the correction.
        b1: decay of the mean.
        b2: decay of the second moment.
        eps: added outside the root.
        every: k.

    Raises:
        ValueError: a number out of its range.
    """
    ranges.whole(every=every)
    ranges.decay(b1=b1, b2=b2)
    c = every / (every + 1)
    return scaled(adam(learning_rate, b1**c, b2**c, eps), c)


def rmsprop(
    learning_rate: Number = 5e-5, decay: float = 0.99, eps: float = 1e-8
) -> Optimiser:
    """RMSProp as PyTorch has it (decay .99, eps outside the root): WGAN's optimiser."""
    ranges.at_least(0, learning_rate=learning_rate, eps=eps)
    ranges.decay(decay=decay)
    return lambda seen: optax.rmsprop(
        value(learning_rate, seen), decay, eps, eps_in_sqrt=False
    )


def sgd(learning_rate: Number, momentum: float | None = None) -> Optimiser:
    """Gradient descent, with heavy-ball momentum where given."""
    ranges.at_least(0, learning_rate=learning_rate)
    ranges.decay(momentum=momentum)
    return lambda seen: optax.sgd(value(learning_rate, seen), momentum)


def clip_norm(of: Optimiser, max_norm: Number) -> Optimiser:
    """An optimiser fed a gradient scaled down to at most this norm, over all weights."""
    ranges.above(0, max_norm=max_norm)

    def at(seen: Seen) -> optax.GradientTransformation:
        limit = value(max_norm, seen)
        return optax.chain(
            optax.clip_by_global_norm(limit),  # pyright: ignore[reportArgumentType]
            of(seen),
        )

    return at


def clip_weights(of: Optimiser, bound: Number) -> Optimiser:
    """An optimiser after whose step every weight is put back into [-bound, bound].

    WGAN's Lipschitz constraint (Arjovsky et al. 2017, algorithm 1), after the update as
    in the paper, biases and affine parameters included.
    """
    ranges.above(0, bound=bound)

    def at(seen: Seen) -> optax.GradientTransformation:
        limit = value(bound, seen)

        def clip(updates: optax.Updates, params: optax.Params) -> optax.Updates:
            return jax.tree.map(
                lambda u, p: jnp.clip(p + u, -limit, limit) - p, updates, params
            )

        return optax.chain(of(seen), optax.stateless(clip))  # pyright: ignore

    return at


def orthogonal_regularised(
    of: Optimiser, weight: Number = 1e-4, leaving_out: str = "shared"
) -> Optimiser:
    """An optimiser fed the gradient of BigGAN's orthonormal regularisation besides.

    To the gradient of each kernel it adds weight * 2 ((W W^T) o (1 - I)) W, W the kernel
    as [out, -1] (Brock et al. 2019, eq. 3, as their code has it): the gradient of
    weight / 2 times the sum of squared products of different rows, zero where rows are
    orthogonal, whatever their length.

    Args:
        of: the optimiser.
        weight: a number or a function of `seen`; 1e-4 in the paper.
        leaving_out: the layer of this name, wherever it stands: the embedding that norms
            share. Parameters of fewer than two axes are always left out.
    """
    ranges.at_least(0, weight=weight)

    def at(seen: Seen) -> optax.GradientTransformation:
        strength = value(weight, seen)

        def push(
            path: tuple[Any, ...], update: jax.Array, kernel: jax.Array
        ) -> jax.Array:
            names = jax.tree_util.keystr(path, simple=True, separator="/").split("/")
            if kernel.ndim < 2 or leaving_out in names:
                return update
            columns = kernel.reshape(-1, kernel.shape[-1])  # W transposed
            products = columns.T @ columns
            apart = products - jnp.diag(jnp.diag(products))
            return update + strength * 2 * (columns @ apart).reshape(kernel.shape)

        def add(updates: optax.Updates, params: optax.Params) -> optax.Updates:
            return jax.tree_util.tree_map_with_path(push, updates, params)

        return optax.chain(optax.stateless(add), of(seen))  # pyright: ignore

    return at


def renormalised(of: Optimiser) -> Optimiser:
    """An optimiser after whose step the weights of every output have length one.

    Forced weight normalisation (Karras et al. 2024, arXiv:2312.02696, section 2.3). For
    networks that divide by the length themselves (`nn.UnitConv`), in which weights would
    only grow, and turn ever more slowly. A step of `of` is taken in units of the weights'
    root mean square: of an output of n weights, 1 / sqrt(n) as far. So a rate of 0.01
    turns wide and narrow layers alike, by about 0.01 a step of Adam.

    Args:
        of: the optimiser. Parameters of fewer than two axes are left to it alone; of the
            others the last axis counts outputs.
    """

    def back(update: jax.Array, weights: jax.Array) -> jax.Array:
        if weights.ndim < 2:
            return update
        over = tuple(range(weights.ndim - 1))
        share = (weights.shape[-1] / weights.size) ** 0.5
        moved = weights + share * update
        length = jnp.sqrt(jnp.square(moved).sum(over, keepdims=True))
        return moved / jnp.maximum(length, 1e-12) - weights

    def put_back(updates: optax.Updates, params: optax.Params) -> optax.Updates:
        return jax.tree.map(back, updates, params)

    return lambda seen: optax.chain(of(seen), optax.stateless(put_back))  # pyright: ignore


def scaled(of: Optimiser, factor: Number) -> Optimiser:
    """An optimiser whose every step is taken `factor` times as far.

    Of those whose steps are proportional to their learning rate (all above but
    `clip_weights` and `renormalised`), the one with that many times the rate. Its state
    is that of `of`: one can take over from the other in the middle of a training.
    """
    ranges.at_least(0, factor=factor)

    def at(seen: Seen) -> optax.GradientTransformation:
        inner, by = of(seen), value(factor, seen)

        def update(
            updates: optax.Updates,
            state: optax.OptState,
            params: optax.Params | None = None,
        ) -> tuple[optax.Updates, optax.OptState]:
            steps, state = inner.update(updates, state, params)
            return jax.tree.map(lambda step: by * step, steps), state

        return optax.GradientTransformation(inner.init, update)

    return at


__all__ = [
    "adam",
    "clip_norm",
    "clip_weights",
    "lazy_adam",
    "orthogonal_regularised",
    "renormalised",
    "rmsprop",
    "scaled",
    "sgd",
]
