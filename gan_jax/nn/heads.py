"""Heads: how a critic's last features become its verdict, and what it says besides.

A head is a factory: `head(wrap=..., kernel_init=..., name=...)` gives a module that is
called as `module(features, cond)`. `None` as a model's argument means one dense layer.

What a head says is read by terms (`gan_jax.terms`), by name:

| said | shape | by | read by |
|---|---|---|---|
| `classes`, `twin` | [b, k] | `auxiliary_classifier` | terms of the same names |
| `sided` | [b, 2k] | `discriminative_classifier` | `discriminative_classifier` |
| `margins` | [b, k + 1] | `fake_class` | `multi_hinge` |
| `embedding`, `proxy` | [b, d] | `contrastive` | `contrastive`, `data_to_data` |
| `rotation` | [b, 4] | `rotation` | `rotation` |
| `codes` | [b, k + ... + n] | `codes` | `mutual_information` |

`projection`, `inner_product`, `mapped_projection` (in `mapping`) and `unit_product` (in
`magnitude`) let the condition into the logits. The others read off it how many classes
there are, and `contrastive` looks the class's proxy up.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn.values import Head, Init, Wrap
from gan_jax.typing import Codes, Cond, Logits

Features = Float[Array, "b d"]
Said = dict[str, Float[Array, "b ..."]]


class Ending(nn.Module):
    """What heads have in common.

    Args:
        wrap: put around every layer, e.g. `spectral_norm()`.
        kernel_init: of every layer.
    """

    wrap: Wrap
    kernel_init: Init

    def dense(self, features: int, name: str, bias: bool = True) -> nn.Module:
        """A wrapped layer."""
        return self.wrap(
            nn.Dense(features, bias, kernel_init=self.kernel_init, name=name)
        )

    def verdict(self, features: Features) -> Logits:
        """Logits that hear no condition."""
        return self.dense(1, "output")(features)[:, 0]


class Projection(Ending):
    """psi(h) + <e(y), h> (Miyato & Koyama 2018, eq. 11): the class is projected on h."""

    @nn.compact
    def __call__(self, features: Features, cond: Cond) -> tuple[Logits, Said]:
        """Logits; `cond` is the classes, one-hot [b, k].

        Raises:
            ValueError: there is no condition to project.
        """
        if cond is None:
            raise ValueError("projection() needs a condition; give game.conditional")
        embedded = self.dense(features.shape[-1], "embedding", bias=False)(cond)
        return self.verdict(features) + (embedded * features).sum(-1), {}


class InnerProduct(Ending):
    """<W h, e(y)>: all that the critic says is said about the class."""

    features: int = 768

    @nn.compact
    def __call__(self, features: Features, cond: Cond) -> tuple[Logits, Said]:
        """Logits; `cond` is the classes, one-hot [b, k].

        Raises:
            ValueError: there are no classes.
        """
        classes_of(cond, "inner_product()")

        def small(key: jax.Array, shape: tuple[int, ...], dtype: Any) -> jax.Array:
            # A sum of so many products then begins as large as one of them.
            return self.kernel_init(key, shape, dtype) / jnp.sqrt(self.features)

        embed = nn.Dense(
            self.features, use_bias=False, kernel_init=small, name="embedding"
        )
        said = self.dense(self.features, "output", bias=False)(features)
        return (said * self.wrap(embed)(cond)).sum(-1), {}


class AuxiliaryClassifier(Ending):
    """Logits of the classes beside the verdict (Odena et al. 2017)."""

    twin: bool = False

    @nn.compact
    def __call__(self, features: Features, cond: Cond) -> tuple[Logits, Said]:
        """Logits, `classes` [b, k], and `twin` [b, k] where there is one."""
        count = classes_of(cond, "auxiliary_classifier()")
        said = {"classes": self.dense(count, "classes")(features)}
        if self.twin:
            said["twin"] = self.dense(count, "twin")(features)
        return self.verdict(features), said


class DiscriminativeClassifier(Ending):
    """Logits of every class, real and generated apart, beside the verdict."""

    @nn.compact
    def __call__(self, features: Features, cond: Cond) -> tuple[Logits, Said]:
        """Logits, and `sided` [b, 2k]: of class y, 2y if real and 2y + 1 if generated."""
        count = classes_of(cond, "discriminative_classifier()")
        return self.verdict(features), {
            "sided": self.dense(2 * count, "sided")(features)
        }


class FakeClass(Ending):
    """One class more: what is generated."""

    @nn.compact
    def __call__(self, features: Features, cond: Cond) -> tuple[Logits, Said]:
        """Logits, the best class's lead over the fake one; `margins` [b, k + 1]."""
        count = classes_of(cond, "fake_class()")
        margins = self.dense(count + 1, "margins")(features)
        return margins[:, :-1].max(-1) - margins[:, -1], {"margins": margins}


class Contrastive(Ending):
    """Unit vectors of the sample and of its class, beside the verdict."""

    features: int = 512

    @nn.compact
    def __call__(self, features: Features, cond: Cond) -> tuple[Logits, Said]:
        """Logits, `embedding` and `proxy`, [b, features] each, of length one."""
        classes_of(cond, "contrastive()")
        said = {
            "embedding": _unit(self.dense(self.features, "embedding")(features)),
            "proxy": _unit(self.dense(self.features, "proxy", bias=False)(cond)),
        }
        return self.verdict(features), said


class Rotation(Ending):
    """Which way a picture was turned, beside the verdict."""

    @nn.compact
    def __call__(self, features: Features, cond: Cond) -> tuple[Logits, Said]:
        """Logits, and `rotation` [b, 4]: logits of quarter turns."""
        del cond
        said = {"rotation": self.dense(4, "rotation")(features)}
        return self.verdict(features), said


class CodeReader(Ending):
    """Q(c | x), which shares all layers but its own with the critic."""

    hidden: int | None = 128

    @nn.compact
    def __call__(self, features: Features, cond: Cond) -> tuple[Logits, Said]:
        """Logits, and `codes` [b, k]: logits of categories in turn, then numbers' means.

        Raises:
            ValueError: the condition is no `Codes`.
        """
        if not isinstance(cond, Codes):
            raise ValueError(
                "codes() reads what asks.codes tells; give game.conditional"
            )
        h = features
        if self.hidden:
            h = nn.leaky_relu(self.dense(self.hidden, "hidden")(h), 0.1)
        count = sum(code.shape[-1] for code in jax.tree.leaves(cond))
        return self.verdict(features), {"codes": self.dense(count, "codes")(h)}


def projection() -> Head:
    """`Projection` as a value."""
    return Projection


def inner_product(features: int = 768) -> Head:
    """The class's embedding times what the critic says: R3GAN (arXiv:2501.05441).

    Without classes its end is one dense layer.

    Args:
        features: of either factor; 768 in all its sizes but those for ImageNet.

    Raises:
        ValueError: fewer than one.
    """
    ranges.whole(features=features)
    return partial(InnerProduct, features=features)


def auxiliary_classifier(twin: bool = False) -> Head:
    """A classifier beside the verdict: AC-GAN (Odena et al. 2017, arXiv:1610.09585).

    Args:
        twin: a second one, for TAC-GAN (Gong et al. 2019, arXiv:1907.02690).
    """
    return partial(AuxiliaryClassifier, twin=twin)


def discriminative_classifier() -> Head:
    """A classifier that tells sides apart: ADC-GAN (Hou et al. 2022, arXiv:2107.10060)."""
    return DiscriminativeClassifier


def fake_class() -> Head:
    """A classifier of k + 1 classes in the place of the verdict, the last being fake.

    MHGAN (Kavalerov et al. 2021, arXiv:1912.04216). The logits are the best class's lead
    over the fake one: `losses.hinge` at the fakes then is the paper's multi-class hinge
    of the fake class, and its half at the reals is implied by `terms.multi_hinge`.
    """
    return FakeClass


def contrastive(features: int = 512) -> Head:
    """Embeddings of samples and of classes: ContraGAN, ReACGAN (Kang et al. 2020, 2021).

    Args:
        features: of an embedding.

    Raises:
        ValueError: fewer than one.
    """
    ranges.whole(features=features)
    return partial(Contrastive, features=features)


def rotation() -> Head:
    """Four logits of quarter turns: SSGAN (Chen et al. 2019, arXiv:1811.11212)."""
    return Rotation


def codes(hidden: int | None = 128) -> Head:
    """InfoGAN's Q (Chen et al. 2016, arXiv:1606.03657, section 6).

    Args:
        hidden: width of its own layer; None for none.

    Raises:
        ValueError: a width below one.
    """
    if hidden is not None:
        ranges.whole(hidden=hidden)
    return partial(CodeReader, hidden=hidden)


def classes_of(cond: Cond, who: str) -> int:
    """How many classes there are, read off a condition.

    Raises:
        ValueError: it is no class.
    """
    if not isinstance(cond, jax.Array) or cond.ndim != 2:
        raise ValueError(f"{who} needs classes, one-hot [b, k]; give game.conditional")
    return cond.shape[-1]


def _unit(x: Features) -> Features:
    # Of a zero vector the norm has no gradient: an epsilon under the root gives one.
    return x * jax.lax.rsqrt(jnp.square(x).sum(-1, keepdims=True) + 1e-12)
