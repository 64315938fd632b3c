"""The digits' classifier on each channel of stacked MNIST: three digits, 1,000 classes.

Class 100 a + 10 b + c is digit a in the first channel, b in the second, c in the third;
the channels are judged apart, so its probability is the product of theirs.
"""

import jax
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.metrics.extractors.base import Extractor
from gan_jax.metrics.extractors.digit_classifier import Classifier, digits


class ByChannel(nn.Module):
    """A classifier of grey images, on each of three channels.

    Args:
        network: gives features [b, d] and logits [b, k] of pixels [b, h, w, 1].
    """

    network: Classifier

    def __call__(
        self, pixels: Float[Array, "b h w 3"]
    ) -> tuple[Float[Array, "b d"], Float[Array, "b k"]]:
        """Features of all three, side by side, and the logits of all combinations."""
        count = len(pixels)
        grey = pixels.transpose(0, 3, 1, 2).reshape(3 * count, *pixels.shape[1:3], 1)
        features, logits = self.network(grey)
        a, b, c = logits.reshape(count, 3, -1).transpose(1, 0, 2)
        # The softmax of a sum over all combinations is the product of the softmaxes.
        every: jax.Array = a[:, :, None, None] + b[:, None, :, None] + c[:, None, None]
        return features.reshape(count, -1), every.reshape(count, -1)


def stacked_digits(batch: int = 128) -> Extractor:
    """Classifier of the 1,000 modes of stacked MNIST: 3 x 128 features.

    Raises:
        BadInput: the weights in the installed package are damaged.
    """
    one = digits()
    return Extractor(
        name="digits by channel",
        weights=one.weights,
        resize=one.resize,
        dim=3 * one.dim,
        classes=one.classes**3,
        network=ByChannel(Classifier()),
        variables={"params": {"network": one.variables["params"]}},
        channels=3,
        side=28,
        batch=batch,
    )
