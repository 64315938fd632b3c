"""How likely a model finds examples, where its game knows a likelihood.

A score says of which likelihood it is, and by how many draws: numbers of other targets
(dynamic, static, grey) are not comparable, nor are bounds of other tightness.
"""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from gan_jax.data import Dataset
from gan_jax.evaluation.kinds.base import Found, Kind
from gan_jax.evaluation.kinds.evidence import Evidence
from gan_jax.games.density import LOG_WEIGHTS, POSTERIOR, Density
from gan_jax.metrics import Estimate
from gan_jax.run.sampler import shown

FEW, MANY = 50, 5000
"""Draws of the posterior: of a quick bound, and of Burda et al.'s estimate."""
EXAMPLES, DRAWS = 50, 100
"""Weighed at once."""
ACTIVE = 0.01
"""Variance over the data, from which on a posterior mean counts as active (Burda et al.
2016, section 5.1)."""


def _bound(evidence: Evidence, name: str, draws: int, sign: int) -> Found:
    each = sign * log_p(evidence, draws)
    return _found(evidence, {name: _mean(each)}, draws)


def _bits(evidence: Evidence) -> Found:
    density = _density(evidence)
    if not density.levels:
        raise ValueError(f"{density.name} is no probability of levels; there is elbo")
    size = int(np.prod(evidence.dataset.shape))
    each = -log_p(evidence, FEW) / (math.log(2) * size)
    return _found(evidence, {"bits_per_dim": _mean(each)}, FEW)


def _units(evidence: Evidence) -> Found:
    maker, batch = evidence.model(), _examples(evidence)
    asked = {
        name: batch[ask.data]
        for name, ask in maker.game.asks.items()
        if ask.data in batch
    }
    found = maker.function(POSTERIOR)(batch["sample"], asked)
    mean, log_var = (np.asarray(x).reshape(len(x), -1) for x in found)
    kl = 0.5 * (mean**2 + np.expm1(log_var) - log_var)
    active = float((mean.var(axis=0) > ACTIVE).sum())
    return _found(evidence, {"active_units": active, "kl": _mean(kl.sum(1))}, 0)


def log_p(evidence: Evidence, draws: int) -> Float[np.ndarray, "n"]:
    """log of the mean of so many weights, of each example, in nats.

    On the mean a lower bound on log p(x), tighter with more draws; of an exact density
    log p(x) itself.
    """
    maker, batch = evidence.model(), _examples(evidence)
    weigh = maker.function(LOG_WEIGHTS)
    draws = 1 if _density(evidence).exact else draws
    count = len(batch["sample"])
    found = []
    for start in range(0, count, EXAMPLES):
        places = np.arange(start, min(start + EXAMPLES, count))
        own = {name: x[places] for name, x in batch.items()}
        logs = [
            weigh(own, maker.keys(places), jnp.arange(i, min(i + DRAWS, draws)))
            for i in range(0, draws, DRAWS)
        ]
        every = np.concatenate(jax.device_get(logs)).astype(np.float64)
        top = every.max(0)
        found.append(top + np.log(np.exp(every - top).mean(0)))
    return np.concatenate(found)


def _density(evidence: Evidence) -> Density:
    density = evidence.model().game.functions[LOG_WEIGHTS]
    assert isinstance(density, Density)
    return density


def _reals(evidence: Evidence) -> Dataset:
    return evidence.model().held_out or evidence.dataset


def _examples(evidence: Evidence) -> dict[str, Any]:
    """As networks see them; always the same, as many as samples were asked for."""
    reals, most = _reals(evidence), evidence.model().count
    return shown(reals, most if reals.size is None else min(reals.size, most))


def _found(
    evidence: Evidence, values: Mapping[str, float | Estimate], draws: int
) -> Found:
    density, reals = _density(evidence), _reals(evidence)
    tightness = "" if density.exact or not draws else f", {draws:,} draws"
    seen = evidence.model().held_out is None
    count = evidence.model().count
    return Found(
        values,
        count if reals.size is None else min(reals.size, count),
        0,
        "trained on: the data name no other part" if seen and reals.size else "",
        how=f"{density.name}{tightness}",
        reals=reals,
    )


def _mean(each: np.ndarray) -> Estimate:
    """With its standard error over the examples."""
    return Estimate(float(each.mean()), float(each.std() / math.sqrt(len(each))))


_likely = partial(
    Kind,
    only="likelihood",
    functions=(LOG_WEIGHTS,),
    least=lambda dim: 1,
    samples=False,
)
KINDS: Mapping[str, Kind] = {
    "elbo": _likely(partial(_bound, name="elbo", draws=1, sign=1), ("elbo",)),
    "iwae": _likely(partial(_bound, name="iwae", draws=FEW, sign=1), ("iwae",)),
    "nll": _likely(partial(_bound, name="nll", draws=MANY, sign=-1), ("nll",)),
    "bits_per_dim": _likely(_bits, ("bits_per_dim",)),
    "active_units": _likely(
        _units, ("active_units", "kl"), functions=(LOG_WEIGHTS, POSTERIOR)
    ),
}
