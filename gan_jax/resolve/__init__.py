"""The only place where a string becomes code.

A config node is `dict(name="hinge", **kwargs)`; `name` is an attribute path in a room's
namespace (`dcgan.Generator` in `gan_jax.models`). The namespace is the registry: what a
room lists in `__all__` can be named. `bind` checks a node by names, signatures and kinds
before any data or device is touched, and answers mistakes with the path and the close
names. It builds nothing: calling what it returns does.
"""

from gan_jax.resolve.binding import Bound, bind, fill, group
from gan_jax.resolve.kinds import fits, kind_of, suits, wanted, words
from gan_jax.resolve.names import catalogue, close, lookup, variant_of

__all__ = [
    "Bound",
    "bind",
    "catalogue",
    "close",
    "fill",
    "fits",
    "group",
    "kind_of",
    "lookup",
    "suits",
    "variant_of",
    "wanted",
    "words",
]
