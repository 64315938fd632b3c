"""Pictures that tests write down."""

import numpy as np
from PIL import Image


def strokes(path, count=12, shape=(28, 28), seed=0):
    """Pictures of two bars each; the digits' classifier is blind to noise."""
    path.mkdir()
    rng = np.random.default_rng(seed)
    pixels = np.zeros((count, *shape), np.uint8)
    for image in pixels:
        row, column = rng.integers(0, [side - 3 for side in shape])
        image[row : row + 4, 2:-2] = 200
        image[2:-2, column : column + 4] = 255
    for i, image in enumerate(pixels):
        Image.fromarray(image).save(path / f"{i}.png")
    return pixels


def by_class(root, images, labels, names="0123456789"):
    """A subfolder a class."""
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        (root / names[label]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(root / names[label] / f"{i}.png")
