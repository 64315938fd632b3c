"""Which pictures are opened, and which never."""

import io

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

from gan_jax import data
from gan_jax.data import pictures
from gan_jax.errors import BadInput
from tests.data.conftest import blocks

PIXELS = blocks(1, (8, 6, 3))[0]
LOSSLESS = {
    "bmp": {},
    "gif": {},
    "png": {},
    "ppm": {},
    "tif": {},
    "TIFF": {"compression": "tiff_lzw"},
    "webp": {"lossless": True},
    "apng": {"format": "PNG"},
    "pnm": {"format": "PPM"},
}
LOSSY = ("jpg", "jpe", "jfif", "jp2", "avif")
POSTSCRIPT = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 8 8
%%EndComments
showpage
"""


@pytest.mark.parametrize("suffix", LOSSLESS)
@pytest.mark.parametrize("resident_bytes", [2**30, 0])
def test_plain_rasters_are_read(tmp_path, suffix, resident_bytes):
    kwargs = LOSSLESS[suffix]
    Image.fromarray(PIXELS).save(tmp_path / f"a.{suffix}", **kwargs)
    Image.fromarray(PIXELS).save(tmp_path / "b.png")
    dataset = data.folder(str(tmp_path), resident_bytes=resident_bytes)
    assert dataset.size == 2
    assert dataset.note == ""
    feed = data.make_feed(dataset)
    shown = examples(feed, dataset)
    np.testing.assert_array_equal(shown, np.stack([PIXELS, PIXELS]))


def examples(feed, dataset):
    if feed.fetch is None:
        return feed.arrays["sample"]
    return dataset.source.fetch(np.arange(dataset.size))["sample"]


@pytest.mark.parametrize("suffix", LOSSY)
def test_lossy_ones_too(tmp_path, suffix):
    if f".{suffix}" not in pictures.suffixes():
        pytest.skip("this Pillow has no decoder for it")
    large = blocks(1, (32, 32, 3))[0]
    Image.fromarray(large).save(tmp_path / f"a.{suffix}", quality=95)
    dataset = data.folder(str(tmp_path))
    assert dataset.note == ""
    sample = dataset.source.arrays["sample"][0]
    assert abs(sample[4, 4].astype(int) - large[4, 4]).max() < 24


def test_one_picture_of_many_kinds_is_not_trained_on_alone(tmp_path):
    for i in range(20):
        Image.fromarray(PIXELS).save(tmp_path / f"{i}.bmp")
        Image.fromarray(PIXELS).save(tmp_path / f"{i}.tif")
    Image.fromarray(PIXELS).save(tmp_path / "one.png")
    assert data.folder(str(tmp_path)).size == 41


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg"])
def test_turned_pictures_stand_upright(tmp_path, suffix):
    exif = Image.Exif()
    exif[0x0112] = 6  # the right side of what is stored is to be the bottom
    grey = np.full((8, 16), 20, np.uint8)
    grey[:, 8:] = 220
    Image.fromarray(grey).save(tmp_path / f"a.{suffix}", exif=exif)
    for resident_bytes in (2**30, 0):
        dataset = data.folder(str(tmp_path), channels=1, resident_bytes=resident_bytes)
        assert dataset.shape == (16, 8, 1)
        sample = examples(data.make_feed(dataset), dataset)[0]
        assert sample.shape == (16, 8, 1)
        assert sample[:6].max() < 60
        assert sample[-6:].min() > 180


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.gif"])
def test_postscript_never_reaches_ghostscript(tmp_path, monkeypatch, name):
    def called(*args, **kwargs):
        raise AssertionError("Ghostscript was called")

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", called)
    (tmp_path / name).write_bytes(POSTSCRIPT)
    with Image.open(tmp_path / name) as image:  # Pillow alone would
        assert image.format == "EPS"
    for kwargs in ({}, {"size": 4}, {"resident_bytes": 0}):
        with pytest.raises(BadInput, match="not a picture"):
            data.folder(str(tmp_path), **kwargs)


def test_files_that_are_called_postscript_are_passed_over(tmp_path):
    (tmp_path / "a.eps").write_bytes(POSTSCRIPT)
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    assert data.folder(str(tmp_path)).note == "passed over: 1 .eps"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM"])
def test_damaged_pictures_are_one_line_each(tmp_path, form):
    whole = io.BytesIO()
    Image.fromarray(blocks(1, (16, 16, 3))[0]).save(whole, form)
    content = whole.getvalue()
    draws = np.random.default_rng(0)
    lines = []
    for i in range(40):
        damaged = bytearray(content)
        if i % 2:
            damaged = damaged[: draws.integers(1, len(content))]
        for place in draws.integers(0, min(len(damaged), 200), 3):
            damaged[place] = draws.integers(256)
        (tmp_path / "a.png").write_bytes(damaged)
        try:
            data.folder(str(tmp_path), size=4)
        except BadInput as error:
            lines.append(str(error))
    assert lines
    assert not any("\n" in line for line in lines)
