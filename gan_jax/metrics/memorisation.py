"""Has the generator learnt the data by heart?

Authenticity: Alaa et al. (2022), "How Faithful is your Synthetic Data?", section 2.3:
a fake is authentic if it lies farther from its nearest training sample than that sample
lies from its own nearest fellow. A model of the true distribution scores about one half
(both distances are of one kind); a copier near 0; printed times 100 it is AuthPct.
"""

import numpy as np

from gan_jax.metrics.features import Features, as_pair
from gan_jax.metrics.neighbours import (
    BLOCK,
    kth_neighbour_distances,
    nearest_neighbours,
)


def authenticity(train: Features, fake: Features, block: int = BLOCK) -> float:
    """Share of fakes that are no copy of a training sample, in [0, 1].

    Args:
        train: [n, d], n >= 2: what the generator was trained on.
        fake: [m, d].
        block: rows of a tile; it bounds memory.

    Raises:
        ValueError: too few samples, unlike dimensions, rows that are not finite.
    """
    train, fake = as_pair(train, fake, names=("training", "fake"))
    fellows = kth_neighbour_distances(train, k=1, block=block)
    distances, nearest = nearest_neighbours(fake, train, block=block)
    return float(np.mean(distances[:, 0] > fellows[nearest[:, 0]]))
