"""StyleGAN2: sizes as published, and NVlabs' reference network in value.

The golden numbers are those of the reference network of NVlabs' stylegan3 repository for
small random weights, noise strengths of 0.3 included.
"""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn, tree
from gan_jax.models import stylegan2
from gan_jax.models.styles import Cut, Mix
from gan_jax.nn.fourier import Place
from gan_jax.regularizers.gradient import squared_gradient

GOLDEN = pathlib.Path(__file__).with_name("stylegan2.npz")
KEY = jax.random.key(0)


def widths(size, base):
    """min(base / size, 512), from 4 x 4 up."""
    count = size.bit_length() - 2
    return tuple(min(base // (4 << i), 512) for i in range(count))


def nets(size, base, plain=False, depth=8):
    own = widths(size, base)
    gen = stylegan2.Generator((size, size, 3), own, depth=depth)
    kind = "plain" if plain else "residual"
    return gen, stylegan2.Discriminator(own[::-1], kind)


COUNTS = {  # -> (networks, classes, millions of the two)
    "cifar": (nets(32, 32768, plain=True, depth=2), 0, ("19.948", "20.721")),
    "cifar told": (nets(32, 32768, plain=True, depth=2), 10, ("20.215", "23.090")),
    "32": (nets(32, 32768), 0, ("21.523", "21.507")),
    "64": (nets(64, 32768), 0, ("27.033", "26.489")),
    "paper256": (nets(256, 16384), 0, ("24.767", "24.001")),
    "256 F": (nets(256, 32768), 0, ("30.034", "28.864")),
    "1024 F": (nets(1024, 32768), 0, ("30.370", "29.013")),
}


def count(module, shape, classes):
    def make():
        cond = jnp.zeros((1, classes)) if classes else None
        return module.init(KEY, jnp.zeros((1, *shape)), cond, train=True)["params"]

    return tree.count(jax.eval_shape(make))


@pytest.mark.parametrize("name", COUNTS)
def test_it_has_the_published_number_of_parameters(name):
    (gen, disc), classes, printed = COUNTS[name]
    found = (count(gen, (512,), classes), count(disc, gen.shape, classes))
    assert tuple(f"{n / 1e6:.3f}" for n in found) == printed


# --- in value -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as file:
        return {name: file[name] for name in file.files}


def place(side, name):
    """Where a layer of theirs stands among ours, and what its weight is called."""
    block, _, rest = name.partition(".")
    if block == "mapping":
        rest = rest.replace("embed", "embedding").replace("fc", "dense")
        return ("styles" if side == "G" else "head", "mapping", rest)
    if side == "D":
        i = {"b32": 0, "b16": 1, "b8": 2, "b4": 3}[block]
        names = {"fromrgb": f"image{i}", "skip": f"past{i}", "conv": "last"}
        names |= {"conv0": f"conv{2 * i}", "conv1": f"conv{2 * i + 1}", "fc": "dense"}
        return ("head", "output") if rest == "out" else (names[rest],)
    block, layer, *inner = rest.split(".")
    i = {"b4": 0, "b8": 1, "b16": 2, "b32": 3}[block]
    if layer == "torgb":
        return ("synthesis", f"image{i}", *inner)
    number = 2 * i - 1 + int(layer[-1])
    return ("synthesis", f"conv{number}", "modulated", *inner)


def ours_from(golden, side):
    """Our variables from theirs."""
    found = {"params": {}, "styles": {"styles": {}}}
    for key, value in golden.items():
        if not key.startswith(f"{side}/") or key.endswith("noise_const"):
            continue
        if key == "G/mapping.w_avg":
            found["styles"]["styles"]["mean"] = value
        elif key.endswith(".const"):
            put(found["params"], ("synthesis", "const"), value.transpose(1, 2, 0))
        else:
            name, _, leaf = key[2:].rpartition(".")
            path = place(side, name)
            if leaf == "noise_strength" or (leaf == "bias" and path[-1] == "modulated"):
                path = (*path[:-1], {"bias": "bias"}.get(leaf, "strength"))
            elif leaf == "bias" and path[:2] == ("synthesis", path[-1]):
                path = ("synthesis", path[-1].replace("image", "bias"))
            else:
                path = (*path, {"weight": "kernel"}.get(leaf, leaf))
            put(
                found["params"],
                path,
                kernel_of(key, value) if leaf == "weight" else value,
            )
    return jax.tree.map(jnp.float32, found)


def put(tree, path, value):
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1]] = value


def kernel_of(key, weight):
    if weight.ndim == 4:
        return weight.transpose(2, 3, 1, 0)
    if key == "D/b4.fc.weight":  # theirs reads (c, 4, 4), ours (4, 4, c)
        c = weight.shape[1] // 16
        weight = weight.reshape(-1, c, 4, 4).transpose(0, 2, 3, 1)
    return weight.reshape(len(weight), -1).T


def test_the_generator_is_the_reference_in_value(golden):
    gen = stylegan2.Generator((32, 32, 3), (16, 16, 16, 8), style=8, depth=2)
    variables = ours_from(golden, "G")
    z, c = jnp.asarray(golden["gen_z"]), jnp.asarray(golden["gen_c"])
    made = jax.eval_shape(lambda: gen.init(KEY, z, c, train=True))
    assert jax.tree.map(jnp.shape, made) == jax.tree.map(jnp.shape, variables)
    names = ["b4.conv1"]
    names += [f"b{r}.conv{i}" for r in (8, 16, 32) for i in (0, 1)]
    noise = tuple(
        jnp.asarray(golden[f"G/synthesis.{name}.noise_const"])[None, ..., None]
        for name in names
    )
    assert tuple(x.shape[1:3] for x in noise) == gen.noise_sizes

    @jax.jit
    def run(variables):
        ws = gen.apply(variables, z, c, train=False, method="map")
        still = gen.apply(variables, z, c, train=False)
        return ws, still, gen.apply(variables, z, c, train=False, noise=noise)

    ws, still, noisy = run(variables)
    np.testing.assert_allclose(ws, golden["gen_ws"], atol=1e-5)
    for found, name in ((still, "gen_img_none"), (noisy, "gen_img_const")):
        wanted = golden[name].transpose(0, 2, 3, 1)
        np.testing.assert_allclose(found, wanted, atol=1e-4)
    assert np.abs(still - noisy).max() > 0.1


def test_the_discriminator_and_its_r1_are_the_reference_in_value(golden):
    disc = stylegan2.Discriminator((8, 16, 16, 16), minibatch=nn.minibatch_deviation(2))
    params = {"params": ours_from(golden, "D")["params"]}
    x = jnp.asarray(golden["disc_x"].transpose(0, 2, 3, 1))
    c = jnp.asarray(golden["disc_c"])
    made = jax.eval_shape(lambda: disc.init(KEY, x, c, train=True))
    assert jax.tree.map(jnp.shape, made) == jax.tree.map(jnp.shape, params)

    @jax.jit
    def run(params):
        def critic(x):
            return disc.apply(params, x, c, train=True)[0]

        return critic(x), squared_gradient(critic, x)

    logits, r1 = run(params)
    # They are small, a hundredth: so relative to their size, too.
    np.testing.assert_allclose(logits, golden["disc_logit"][:, 0], rtol=1e-3)
    np.testing.assert_allclose(r1, golden["disc_r1"], rtol=1e-3)


# --- what styles are for --------------------------------------------------------------

GEN = stylegan2.Generator((8, 16, 1), (4, 4), style=6, depth=1)


@pytest.fixture(scope="module")
def started():
    z = jax.random.normal(KEY, (3, 5))
    variables = jax.jit(lambda: GEN.init(KEY, z, train=True))()
    mean = jnp.arange(6.0) / 6
    return z, variables | {"styles": {"styles": {"mean": mean}}}, mean


def mapped(variables, *args, **kwargs):
    return GEN.apply(variables, *args, train=False, method="map", **kwargs)


def test_mixing_takes_later_styles_from_the_second_latents(started):
    z, variables, _ = started
    other = z[::-1]
    first, second = mapped(variables, z), mapped(variables, other)
    mixed = mapped(variables, z, mix=Mix(other, jnp.array([1, 4, 3])))
    for i, border in enumerate((1, 4, 3)):
        np.testing.assert_allclose(mixed[i, :border], first[i, :border], rtol=1e-5)
        np.testing.assert_allclose(mixed[i, border:], second[i, border:], rtol=1e-5)


def test_truncation_draws_the_first_layers_to_the_mean(started):
    z, variables, mean = started
    whole = mapped(variables, z)
    cut = Cut(jnp.array([0.0, 0.5, 1.0]), jnp.array([4, 2, 3]))
    found = mapped(variables, z, cut=cut)
    np.testing.assert_allclose(found[0], jnp.broadcast_to(mean, (4, 6)), atol=1e-6)
    half = mean + 0.5 * (whole[1] - mean)
    np.testing.assert_allclose(found[1, :2], half[:2], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[1, 2:], whole[1, 2:], rtol=1e-5)
    np.testing.assert_allclose(found[2], whole[2], rtol=1e-5, atol=1e-5)


def test_the_mean_of_styles_moves_in_training_only(started):
    z, variables, mean = started
    w = mapped(variables, z)[:, 0]
    _, moved = GEN.apply(variables, z, train=True, mutable=["styles"])
    wanted = 0.998 * mean + 0.002 * w.mean(0)
    np.testing.assert_allclose(moved["styles"]["styles"]["mean"], wanted, rtol=1e-5)
    _, still = GEN.apply(variables, z, train=False, mutable=["styles"])
    np.testing.assert_array_equal(still["styles"]["styles"]["mean"], mean)


def test_noise_of_strength_zero_is_none_at_all(started):
    z, variables, _ = started
    noise = tuple(jnp.ones((1, h, w, 1)) for h, w in GEN.noise_sizes)
    assert [x.shape[1:3] for x in noise] == [(4, 8), (8, 16), (8, 16)]
    still = GEN.apply(variables, z, train=True)
    np.testing.assert_array_equal(
        GEN.apply(variables, z, train=True, noise=noise), still
    )
    loud = jax.tree_util.tree_map_with_path(
        lambda path, x: x + 1 if path[-1].key == "strength" else x, variables
    )
    assert np.abs(GEN.apply(loud, z, train=True, noise=noise) - still).max() > 0.1


def test_a_picture_of_waves_moves_by_whole_samples_of_the_smallest_map_alone():
    """Of these, convolutions are equivariant, away from the edges; not of parts."""
    gen = stylegan2.Generator(
        (8, 64, 1), (4, 4), style=6, depth=1, input=nn.fourier_features()
    )
    z = jax.random.normal(KEY, (2, 5))
    variables = jax.jit(lambda: gen.init(KEY, z, train=True))()

    @jax.jit
    def run(right):
        place = Place(jnp.tile(jnp.array([right / 64, 0.0]), (2, 1)), jnp.zeros(2))
        return gen.apply(variables, z, train=False, place=place)

    def quality(right):
        still, moved = run(0.0)[:, :, 16:-16], run(right)[:, :, 16 + right : right - 16]
        mse = np.square(np.float64(still) - np.float64(moved)).mean()
        return 20 * np.log10(2) - 10 * np.log10(mse)

    still = gen.apply(variables, z, train=False)
    np.testing.assert_allclose(run(0.0), still, atol=1e-5)
    assert gen.placed
    assert not GEN.placed
    assert quality(2) > 100
    assert quality(1) < 40


def test_what_cannot_be_is_refused():
    z = jnp.ones((2, 5))
    with pytest.raises(ValueError, match="2 doublings do not lead from"):
        stylegan2.Generator((6, 8, 1), (4, 4, 4)).init(KEY, z, train=True)
    with pytest.raises(ValueError, match="cannot be halved 2 times"):
        stylegan2.Discriminator((4, 4, 4)).init(KEY, jnp.ones((2, 6, 8, 1)), train=True)
    with pytest.raises(ValueError, match="flat latents"):
        GEN.init(KEY, jnp.ones((2, 4, 4, 1)), train=True)
