import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import data
from gan_jax.data.stacked import STACKED_MODES

KEY = jax.random.key(4)


def draw(count, key=KEY, **kwargs):
    feed = data.make_feed(data.stacked_mnist(**kwargs))
    batch = jax.jit(feed.batch)(feed.arrays, None, key, jnp.arange(count))
    return np.asarray(batch["sample"]), np.asarray(batch["label"])


def test_every_channel_is_a_real_digit_and_the_label_names_all_three():
    images, labels = draw(64)
    digits = data.mnist5k("train").source.arrays
    pixels = np.rint((images + 1) * 127.5).astype(np.uint8)
    known = {x.tobytes(): int(y) for x, y in zip(*digits.values(), strict=True)}
    for image, label in zip(pixels, labels, strict=True):
        found = [known[np.ascontiguousarray(image[..., c]).tobytes()] for c in range(3)]
        assert STACKED_MODES[label] == "".join(map(str, found))


def test_modes_are_equally_likely_and_channels_apart():
    labels = draw(8000)[1]
    digits = np.stack([labels // 100, labels // 10 % 10, labels % 10], 1)
    for channel in digits.T:
        shares = np.bincount(channel, minlength=10)
        assert 700 < shares.min() < shares.max() < 900  # 800 +- 27
    correlation = np.corrcoef(digits.T)[np.triu_indices(3, 1)]
    assert abs(correlation).max() < 0.05  # standard error .011


def test_the_splits_share_no_digit():
    train, test = (draw(32, split=split)[0][..., 0] for split in ("train", "test"))
    assert not {x.tobytes() for x in train} & {x.tobytes() for x in test}
    digests = {data.stacked_mnist(split).digest for split in ("train", "test")}
    assert len(digests) == 2
