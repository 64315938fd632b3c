"""Batch norms at rest are affine: they go into the convolution before them.

Half the layers then, and no difference but rounding.
"""

from collections.abc import Mapping

import numpy as np

from gan_jax.errors import BadInput


def folded(
    tensors: Mapping[str, np.ndarray], into: str, conv: str, norm: str, epsilon: float
) -> dict[str, np.ndarray]:
    """Kernel [h, w, in, out] and bias of a torch convolution and its batch norm.

    Args:
        tensors: a state dict.
        into: dotted name of the layer that is made.
        conv: dotted name of the convolution, which has no bias.
        norm: dotted name of the batch norm.
        epsilon: the batch norm's.

    Raises:
        BadInput: a tensor is missing.
    """
    try:
        kernel = tensors[f"{conv}.weight"].astype(np.float64)
        gain, bias = tensors[f"{norm}.weight"], tensors[f"{norm}.bias"]
        mean, var = tensors[f"{norm}.running_mean"], tensors[f"{norm}.running_var"]
    except KeyError as error:
        raise BadInput(f"the weights lack {error.args[0]}") from error
    gain = gain / np.sqrt(var.astype(np.float64) + epsilon)
    return {
        f"{into}.kernel": (kernel.transpose(2, 3, 1, 0) * gain).astype(np.float32),
        f"{into}.bias": (bias - mean * gain).astype(np.float32),
    }
