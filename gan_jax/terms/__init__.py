"""Terms: everything that is added to a loss, in a form that every family borrows."""

from gan_jax.terms.base import Moment, Term, Terms, View, added, start
from gan_jax.terms.borrowed import matching, penalty

__all__ = ["Moment", "Term", "Terms", "View", "added", "matching", "penalty", "start"]
