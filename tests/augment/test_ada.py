"""ADA's pipe against NVlabs' images; its controller against plain arithmetic.

`ada.npz` holds a random picture [1, 3, 32, 32] and what `training/augment.py` of
NVlabs/stylegan3 (commit c233a91, on torch 2.13, CPU) makes of it with each transform
alone, and with all of `bgc`, at `debug_percentile` 0.6 and 0.9. Of geometry, filter and
cutout the first channel is kept, of colours every fourth row.
"""

import math
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import augment, axis, rng
from gan_jax.augment import filters, pipe

GOLDEN = np.load(pathlib.Path(__file__).parent / "ada.npz", allow_pickle=False)
CASES = [name for name in GOLDEN.files if "/" in name]
KEYS = rng.deal(jax.random.key(8), 5)
IMAGES = jax.random.uniform(jax.random.key(9), (5, 24, 26, 3), minval=-1.0)
HALF_NORMAL = {0.6: 0.17914345462129166, 0.9: 0.9061938024368232}
"""erf^-1(2 q - 1): where NVlabs' code puts the percentile q of a normal number."""


def chosen(count, uniform, normal):
    """Draws that make everything happen, by the same numbers."""
    shapes = {n: (count, *t.shape) for n, t in pipe.TRANSFORMS.items()}
    amounts = {
        name: jnp.full(shapes[name], uniform if t.law == "uniform" else normal)
        for name, t in pipe.TRANSFORMS.items()
    }
    lots = {
        n: jnp.zeros(s if n == "imgfilter" else (count,)) for n, s in shapes.items()
    }
    return pipe.Draws(lots, amounts)


def at_percentile(q):
    """As `debug_percentile` has it: the turn after stretching is then left out."""
    draws = chosen(1, q, HALF_NORMAL[q])
    amounts = {**draws.amounts, "rotate after": jnp.full((1,), 0.5)}
    return draws._replace(amounts=amounts)


@pytest.mark.parametrize("case", CASES)
def test_every_transform_is_nvlabs(case):
    name, q = case.split("/")
    strengths = dict.fromkeys(pipe.PRESETS[name] if name == "bgc" else [name], 1.0)
    image = jnp.moveaxis(jnp.asarray(GOLDEN["img"]), 1, -1)
    found = pipe.augmented(image, at_percentile(float(q)), 1.0, strengths)
    expected = GOLDEN[case]
    assert abs(found - image).max() > 0.01
    found = np.moveaxis(np.asarray(found), -1, 1)
    if expected.shape[1] == 1:
        found = found[:, :1]
    elif expected.shape[2] == 8:
        found = found[:, :, ::4]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_golden_cases_are_all_transforms():
    names = {case.split("/")[0] for case in CASES}
    assert names == set(pipe.STRENGTHS) - {"noise"} | {"bgc"}


def test_sym6_is_an_orthonormal_wavelet_with_six_vanishing_moments():
    taps, place = np.asarray(filters.SYM6), np.arange(12)
    for shift in range(0, 12, 2):
        inner = (taps[shift:] * taps[: 12 - shift]).sum()
        assert inner == pytest.approx(float(shift == 0), abs=1e-11)
    for power in range(6):
        moment = (-1.0) ** place * taps * (place / 11) ** power
        assert abs(moment.sum()) < 1e-9
    assert abs(((-1.0) ** place * taps * (place / 11) ** 6).sum()) > 1e-4


def test_octaves_share_the_spectrum():
    bank = filters.octaves()
    np.testing.assert_allclose(bank.sum(1), [1, 0, 0, 0], atol=1e-11)
    np.testing.assert_allclose(bank.sum(0), np.eye(43)[21], atol=1e-11)
    np.testing.assert_allclose(bank, bank[:, ::-1], atol=1e-15)
    spectra = np.abs(np.fft.rfft(bank, 512))
    # Each is largest in an octave of its own, the highest last.
    peaks = spectra.argmax(1)
    assert peaks[0] == 0
    assert (np.diff(peaks) > 0).all()


def test_doubling_and_halving_give_the_picture_back():
    size = 7
    doubled = filters.doubled(size)[1:-2]
    middle = 2 * (size - 1)
    core = doubled[middle - 6 : middle + 2 * size + 6]
    np.testing.assert_allclose(filters.halved(size) @ core, np.eye(size), atol=1e-11)


def test_at_probability_zero_pictures_stay_to_the_bit():
    strengths = dict.fromkeys(pipe.STRENGTHS, 1.0)

    @jax.jit
    def augmented(p):
        draws = pipe.drawn(KEYS, IMAGES.shape[1:], noise=True)
        return pipe.augmented(IMAGES, draws, p, strengths)

    same = augmented(0.0)
    np.testing.assert_array_equal(same, IMAGES)


@pytest.fixture(scope="module")
def many():
    """Draws of 4,000 pictures."""
    keys = rng.deal(jax.random.key(1), 4000)
    return jax.jit(lambda keys: pipe.drawn(keys, (22, 22, 1), noise=False))(keys)


def test_each_picture_is_augmented_as_often_as_p_says(many):
    lots = many.lots
    for name, lot in lots.items():
        share = pipe.TRANSFORMS[name].share(jnp.asarray(0.3))
        assert abs((lot < share).mean() - float(share)) < 0.03, name
    both = lots["rotate before"], lots["rotate after"]
    turn = pipe.TRANSFORMS["rotate before"].share(jnp.asarray(0.3))
    # Turned at all, by the one or the other, with probability 0.3.
    assert abs(((both[0] < turn) | (both[1] < turn)).mean() - 0.3) < 0.03


def test_draws_obey_their_laws(many):
    for name, x in many.amounts.items():
        uniform = pipe.TRANSFORMS[name].law == "uniform"
        assert abs(x.mean() - (0.5 if uniform else 0)) < 0.06, name
        assert abs(x.std() - (12**-0.5 if uniform else 1)) < 0.06, name


def colours(name, amount):
    own = pipe.TRANSFORMS[name].matrix(jnp.asarray([amount]), (4, 4))
    return np.float64(own[0])


GREY = np.ones(3) / math.sqrt(3)


def test_colour_maps_are_what_their_names_say():
    flip = colours("lumaflip", 0.9)
    np.testing.assert_allclose(flip @ flip, np.eye(4), atol=1e-6)
    np.testing.assert_allclose(flip[:3, :3] @ GREY, -GREY, atol=1e-6)
    np.testing.assert_allclose(colours("lumaflip", 0.4), np.eye(4), atol=1e-6)
    hue = colours("hue", 0.8)[:3, :3]  # by 0.6 pi
    np.testing.assert_allclose(hue @ hue.T, np.eye(3), atol=1e-6)
    np.testing.assert_allclose(hue @ GREY, GREY, atol=1e-6)
    np.testing.assert_allclose(
        np.trace(hue), 1 + 2 * math.cos(0.6 * math.pi), atol=1e-6
    )
    vivid = colours("saturation", 2.0)[:3, :3]
    values = np.linalg.eigvalsh(vivid)
    np.testing.assert_allclose(values, [1, 4, 4], atol=1e-5)
    np.testing.assert_allclose(vivid @ GREY, GREY, atol=1e-6)
    bright, strong = colours("brightness", 1.5), colours("contrast", 2.0)
    np.testing.assert_allclose(
        bright @ [0.1, 0.2, 0.3, 1], [0.4, 0.5, 0.6, 1], atol=1e-6
    )
    np.testing.assert_allclose(strong, np.diag([2, 2, 2, 1]), atol=1e-6)


def test_colours_are_the_affine_map_of_all_five_in_order():
    draws = chosen(5, 0.8, 0.7)
    strengths = dict.fromkeys(pipe.PRESETS["color"], 1.0)
    found = pipe.augmented(IMAGES, draws, 1.0, strengths)
    whole = np.eye(4)
    for name in pipe.PRESETS["color"]:
        law = pipe.TRANSFORMS[name].law
        whole = colours(name, 0.8 if law == "uniform" else 0.7) @ whole
    expected = np.float64(IMAGES) @ whole[:3, :3].T + whole[:3, 3]
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_grey_pictures_take_the_mean_of_the_rows():
    draws = chosen(5, 0.8, 0.7)
    strengths = dict.fromkeys(pipe.PRESETS["color"], 1.0)
    found = pipe.augmented(IMAGES[..., :1], draws, 1.0, strengths)
    whole = np.eye(4)
    for name in ("brightness", "contrast", "lumaflip"):
        law = pipe.TRANSFORMS[name].law
        whole = colours(name, 0.8 if law == "uniform" else 0.7) @ whole
    expected = (
        np.float64(IMAGES[..., :1]) * whole[:3, :3].sum(1).mean() + whole[:3, 3].mean()
    )
    np.testing.assert_allclose(found, expected, atol=2e-5)
    with pytest.raises(ValueError, match="channels are unknown"):
        pipe.augmented(IMAGES[..., :2], draws, 1.0, strengths)


def test_noise_has_the_deviation_that_was_drawn():
    draws = chosen(5, 0.5, -2.0)._replace(
        field=rng.normal(rng.stream(KEYS, "field"), IMAGES.shape[1:])
    )
    found = pipe.augmented(IMAGES, draws, 1.0, {"noise": 1.0}) - IMAGES
    assert found.std() == pytest.approx(0.2, rel=0.02)


def test_small_pictures_are_refused_by_filtering_alone():
    small, strengths = IMAGES[:, :21, :22], {"imgfilter": 1.0}
    with pytest.raises(ValueError, match="21 pixels are too small for imgfilter"):
        pipe.augmented(small, chosen(5, 0.5, 0.0), 1.0, strengths)
    one = augment.ada("bgc", p=0.5)
    seen = jax.eval_shape(lambda: one.apply(one.init(), small, KEYS, 0))
    assert seen.shape == small.shape


def sums(one, memory, batches):
    """p after each batch of logits."""
    found = []
    for logits in batches:
        memory = one.update(memory, jnp.asarray(logits, jnp.float32))
        found.append(float(memory["p"]))
    return found, memory


def test_the_controller_follows_the_sign_of_the_overfitting():
    one = augment.ada(target=0.6, kimg=0.1, interval=2)
    step = 8 / 100  # two batches of four images, of a hundred from 0 to 1
    sure, torn = [1.0, 2, 0.5, 3], [1.0, -1, 1, -1]
    found, memory = sums(one, one.init(), [sure, sure, sure, torn, torn, torn, torn])
    # r_t = 1, then 0.5 (below the target), then 0, which would be below zero.
    expected = [0, step, step, 0, 0, 0, 0]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert memory["updates"] == 1
    # On the target nothing moves: eight of ten positive.
    level = [1.0] * 8 + [-1.0] * 2
    found, _ = sums(one, one.init() | {"p": jnp.float32(0.3)}, [level, level])
    assert found == [pytest.approx(0.3)] * 2
    # It may pass one, as in NVlabs' code.
    found, _ = sums(one, one.init() | {"p": jnp.float32(0.99)}, [sure, sure])
    assert found[1] == pytest.approx(0.99 + step)


def test_the_overfitting_is_that_of_all_devices():
    one = augment.ada(kimg=0.1, interval=1)
    halves = jnp.asarray([[1.0, 1, 1, 1], [1.0, 1, 1, -1]])
    apart = jax.vmap(lambda x: one.update(one.init(), x), axis_name=axis.NAME)(halves)
    whole = one.update(one.init(), halves.reshape(-1))
    for name, x in whole.items():
        np.testing.assert_allclose(apart[name], [x, x], rtol=1e-6, err_msg=name)
    assert whole["p"] > 0


def test_without_a_target_p_is_as_given():
    fixed = augment.ada("bg", p=0.4, target=None)
    assert fixed.update(fixed.init(), jnp.ones(4)) == ()
    assert float(fixed.metrics((), 7)["augment_p"]) == pytest.approx(0.4)
    rising = augment.ada(p=lambda seen: seen / 10, target=None)
    assert float(rising.metrics((), 7)["augment_p"]) == pytest.approx(0.7)
    with pytest.raises(ValueError, match="p moves by itself"):
        augment.ada(p=lambda seen: seen / 10)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (dict(preset="bgn"), "preset='bgn'"),
        (dict(strengths={"flip": 1.0}), "there is no 'flip'"),
        (dict(strengths={"xflip": -1.0}), r"strengths\.xflip=-1"),
        (dict(target=2.0), "target"),
    ],
)
def test_what_there_is_not_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        augment.ada(**given)
