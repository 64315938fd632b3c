"""Samples as the body of an answer: a picture, an array, JSON."""

import io
import json

import numpy as np
from PIL import Image

from gan_jax.sampling import grid

TYPES = {
    "png": "image/png",
    "npz": "application/octet-stream",
    "json": "application/json",
}


def encoded(samples: np.ndarray, form: str) -> bytes:
    """Samples in a format.

    Args:
        samples: uint8 [n, h, w, c], or float32.
        form: `png` (one picture, or a sheet of them), `npz` or `json`.
    """
    out = io.BytesIO()
    if form == "png":
        sheet = samples[0] if len(samples) == 1 else grid(samples)
        Image.fromarray(sheet[..., 0] if sheet.shape[-1] == 1 else sheet).save(
            out, "PNG", compress_level=1
        )
    elif form == "npz":
        np.savez(out, samples=samples)
    else:
        return json.dumps(
            {
                "shape": list(samples.shape),
                "dtype": str(samples.dtype),
                "samples": samples.tolist(),
            }
        ).encode()
    return out.getvalue()
