"""Every loss of the room: a new one adds a row here and is held to the conformance."""

from typing import NamedTuple

from gan_jax import losses


class Row(NamedTuple):
    loss: losses.Adversarial
    reads_reals: bool = False  # the generator's loss depends on the real logits


ALL_LOSSES = {
    "hinge": Row(losses.hinge),
    "minimax": Row(losses.minimax),
    "minimax smoothed": Row(losses.minimax(real_label=0.9, fake_label=0.05)),
    "non_saturating": Row(losses.non_saturating),
    "non_saturating smoothed": Row(losses.non_saturating(real_label=0.9)),
    "wasserstein": Row(losses.wasserstein),
}

NOT_LOSSES = {"Adversarial"}
