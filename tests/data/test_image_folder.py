import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from gan_jax import data
from gan_jax.errors import BadInput
from tests.data.conftest import blocks


def save(path, pixels, **kwargs):
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    Image.fromarray(plain).save(path, **kwargs)


@pytest.fixture
def flat(tmp_path):
    pixels = blocks(12, (6, 10, 3))
    for i, picture in enumerate(pixels):
        save(tmp_path / f"shot{i}.png", picture)
    return tmp_path, pixels


@pytest.mark.parametrize("resident_bytes", [2**30, 0])
def test_flat_in_natural_order(flat, resident_bytes):
    root, pixels = flat
    dataset = data.folder(str(root), resident_bytes=resident_bytes)
    assert dataset.shape == (6, 10, 3)
    assert dataset.classes == ()
    if resident_bytes:
        arrays = dataset.source.arrays
    else:
        arrays = dataset.source.fetch(np.arange(12))
    assert set(arrays) == {"sample"}
    np.testing.assert_array_equal(arrays["sample"], pixels)


def test_subfolders_are_classes(tmp_path):
    pixels = blocks(5, (4, 4, 1))
    names = ["class10/a.png", "class2/b.PNG", "class2/a.png", "Birds/x.webp"]
    for name, picture in zip(names, pixels, strict=False):
        lossless = {"lossless": True} if name.endswith("webp") else {}
        save(tmp_path / name, picture, **lossless)
    (tmp_path / ".cache").mkdir()
    (tmp_path / "readme.txt").write_text("no picture")
    (tmp_path / "Birds" / "._x.png").write_text("no picture")
    dataset = data.folder(str(tmp_path), channels=1)
    assert dataset.classes == ("Birds", "class2", "class10")
    arrays = dataset.source.arrays
    assert arrays["label"].tolist() == [0, 1, 1, 2]
    np.testing.assert_array_equal(arrays["sample"], pixels[[3, 2, 1, 0]])
    streamed = data.folder(str(tmp_path), channels=1, resident_bytes=0)
    some = streamed.source.fetch(np.array([3, 0, 3]))
    assert some["label"].tolist() == [2, 0, 2]
    np.testing.assert_array_equal(some["sample"], pixels[[0, 3, 0]])


@pytest.mark.parametrize("suffix", ["jpg", "jpeg", "JPG", "webp"])
def test_lossy_kinds_are_read(tmp_path, suffix):
    pixels = blocks(1, (16, 16, 3))[0]
    save(tmp_path / f"a.{suffix}", pixels, quality=95)
    sample = data.folder(str(tmp_path)).source.arrays["sample"][0]
    assert abs(sample[2, 2].astype(int) - pixels[2, 2]).max() < 16


def test_streamed_equals_resident(stand_ins):
    root, key = str(stand_ins / "pictures"), jax.random.key(3)
    here = data.make_feed(data.folder(root, size=(5, 4)))
    there = data.make_feed(data.folder(root, size=(5, 4), resident_bytes=0))
    positions = np.arange(2, 17)
    a = here.batch(here.arrays, None, key, jnp.asarray(positions))
    b = there.batch({}, there.fetch(key, positions), key, jnp.asarray(positions))
    assert a["sample"].shape == (15, 5, 4, 3)
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])


def test_one_side_makes_a_square(flat):
    root, pixels = flat
    dataset = data.folder(str(root), size=6)
    assert dataset.shape == (6, 6, 3)
    np.testing.assert_array_equal(dataset.source.arrays["sample"], pixels[:, :, 2:8])


@pytest.mark.parametrize("resident_bytes", [2**30, 0])
def test_the_digest_follows_the_content(flat, resident_bytes):
    root, pixels = flat

    def digest(**kwargs):
        return data.folder(str(root), resident_bytes=resident_bytes, **kwargs).digest

    first = digest()
    assert digest() == first
    (root / "notes.txt").write_text("passed over")
    assert digest() == first
    changed = pixels[7].copy()
    changed[0, 0, 0] ^= 1
    save(root / "shot7.png", changed)
    assert digest() != first
    save(root / "shot7.png", pixels[7])
    assert digest() == first
    (root / "shot11.png").unlink()
    assert digest() != first


def test_no_folder_and_no_pictures(tmp_path):
    with pytest.raises(BadInput, match=r"nowhere is not a folder"):
        data.folder(str(tmp_path / "nowhere"))
    with pytest.raises(BadInput, match="holds no pictures"):
        data.folder(str(tmp_path))
    (tmp_path / "a").mkdir()
    with pytest.raises(BadInput, match="holds no pictures"):
        data.folder(str(tmp_path))
    save(tmp_path / "b" / "1.png", blocks(1, (4, 4, 3))[0])
    with pytest.raises(BadInput, match="a holds no pictures"):
        data.folder(str(tmp_path))


def test_two_layouts_at_once(flat):
    root, pixels = flat
    save(root / "more" / "1.png", pixels[0])
    with pytest.raises(BadInput, match=r"shot0\.png.*more"):
        data.folder(str(root))


def test_sizes_that_differ_are_named(flat):
    root, pixels = flat
    save(root / "shot5.png", pixels[5, :, :7])
    with pytest.raises(BadInput, match=r"shot0\.png .*6 x 10.*shot5\.png.* 6 x 7"):
        data.folder(str(root))
    assert data.folder(str(root), size=(6, 7)).shape == (6, 7, 3)


@pytest.mark.parametrize("size", [None, 4])
@pytest.mark.parametrize("resident_bytes", [2**30, 0])
def test_a_file_that_is_no_picture_is_named(flat, size, resident_bytes):
    root, _ = flat
    (root / "shot3.png").write_text("not a picture")
    with pytest.raises(BadInput, match=r"shot3\.png: not a picture"):
        data.folder(str(root), size=size, resident_bytes=resident_bytes)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_a_truncated_picture_is_named_at_the_latest_when_read(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    for i in (0, 1):
        save(tmp_path / f"{i}.{suffix}", noise[i])
    broken = tmp_path / f"1.{suffix}"
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size // 2])
    with pytest.raises(BadInput, match=rf"cannot read .*1\.{suffix}"):
        data.folder(str(tmp_path))

    def load(i):
        streamed = data.folder(str(tmp_path), resident_bytes=0)
        return data.make_feed(streamed).fetch(jax.random.key(0), np.arange(2))

    with pytest.raises(BadInput, match=rf"cannot read .*1\.{suffix}"):
        list(data.prefetch(load, 0, 1))
