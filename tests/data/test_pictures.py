import inspect

import numpy as np
import pytest
from PIL import Image

from gan_jax.data import pictures
from tests.data.conftest import blocks


def decode(image, channels=3, **kwargs):
    return pictures.decode(image, channels, **kwargs)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_own_kind_passes_exactly(channels):
    pixels = blocks(1, (6, 9, channels))[0]
    image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    np.testing.assert_array_equal(decode(image, channels), pixels)


def test_kinds_are_converted():
    red = Image.new("RGB", (2, 2), (255, 0, 0))
    assert decode(red, 1)[0, 0, 0] == 76  # 0.299 * 255, ITU-R 601
    assert decode(red, 4)[0, 0].tolist() == [255, 0, 0, 255]
    grey = Image.new("L", (2, 2), 9)
    assert decode(grey)[0, 0].tolist() == [9, 9, 9]
    bits = Image.new("1", (2, 2), 1)
    assert decode(bits, 1)[0, 0, 0] == 255


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_laid_over_white(mode):
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    image.putpixel((1, 0), (0, 0, 0, 255))
    image = image.convert(mode)
    if mode == "P":
        image.info["transparency"] = image.getpixel((0, 0))
        image.putpixel((1, 0), (image.getpixel((0, 0)) + 1) % 256)
        image.putpalette([9, 9, 9] * 256)
        assert decode(image)[0].tolist() == [[255, 255, 255], [9, 9, 9]]
    else:
        assert decode(image)[0].tolist() == [[255, 255, 255], [0, 0, 0]]
        assert decode(image, 4)[0, :, 3].tolist() == [0, 255]


def test_sixteen_bits_are_scaled_not_clipped():
    levels = np.array([[0, 257, 32768, 65535]], np.uint16)
    image = Image.fromarray(levels)
    assert decode(image, 1)[0, :, 0].tolist() == [0, 1, 128, 255]


def test_thirty_two_bits_are_refused():
    with pytest.raises(ValueError, match="32 bits"):
        decode(Image.new("F", (2, 2)))


def test_turned_pictures_are_set_upright():
    pixels = blocks(1, (4, 8, 3))[0]
    image = Image.fromarray(pixels)
    image.getexif()[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    assert pictures.seen_size(image) == (8, 4)
    np.testing.assert_array_equal(decode(image), np.rot90(pixels, -1))


def test_fits_a_wide_picture_into_a_square():
    pixels = np.zeros((8, 16, 3), np.uint8)
    pixels[:, 4:12] = 200
    pixels[:, :4] = 90
    pixels[:, 12:] = 90
    image = Image.fromarray(pixels)
    cropped = decode(image, size=(8, 8), fit="crop")
    np.testing.assert_array_equal(cropped, 200)
    stretched = decode(image, size=(8, 8), fit="stretch")
    assert abs(int(stretched[4, 0, 0]) - 90) <= 2  # bicubic swings over a little
    assert abs(int(stretched[4, 4, 0]) - 200) <= 2
    padded = decode(image, size=(8, 8), fit="pad")
    assert padded[0].max() == 0
    assert padded[7].max() == 0
    assert abs(int(padded[4, 4, 0]) - 200) <= 2
    for fit in ("crop", "stretch", "pad"):
        assert decode(image, size=(5, 7), fit=fit).shape == (5, 7, 3)


def test_shrinking_is_antialiased():
    board = np.indices((64, 64)).sum(0) % 2 * 255
    image = Image.fromarray(board.astype(np.uint8))
    small = decode(image, 1, size=(8, 8), fit="stretch")
    assert abs(small.astype(int) - 127).max() < 12  # aliasing gives 0 or 255


def test_sizes():
    assert pictures.height_width(None) is None
    assert pictures.height_width(5) == (5, 5)
    assert pictures.height_width((4, 5)) == (4, 5)
    for wrong in (0, -5, 2**16, (4, 0), (4,), (4, 4, 3), (), (4.0, 4.0), (True, 4)):
        with pytest.raises(ValueError, match="positive"):
            # Past the test suite's checks of types, as users call it.
            inspect.unwrap(pictures.height_width)(wrong)
