"""R3GAN's networks: the authors' in value and in size, and linear to begin with.

`r3gan16.npz` holds a small pair of the authors' networks (PyTorch; 16 x 16, widths 16, 8
channels a group, 3 classes, all weights random, those that begin at zero too), their
inputs, and what they gave.
"""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn, regularizers, tree
from gan_jax.models import r3gan

pytestmark = pytest.mark.slow

GOLDEN = pathlib.Path(__file__).with_name("r3gan16.npz")
GEN = r3gan.Generator((16, 16, 3), (16,) * 3, group=8, embedding=8)
DISC = r3gan.Discriminator((16,) * 3, group=8, head=nn.inner_product(8))
INNER = {"LinearLayer": "conv", "NonLinearity": "conv"}


def place(name):
    """Where a weight of theirs stands among ours."""
    side, *parts, leaf = name.replace("/", ".").split(".")
    first, *rest = [part for part in parts if part not in ("MainLayers", "Layers")]
    if first == "EmbeddingLayer":
        return ("head",) * (side == "D") + ("embedding", "kernel")
    if first in ("ExtractionLayer", "AggregationLayer"):
        return ("start" if side == "D" else "output", "kernel")
    stage, (i, *inner) = int(first), rest
    if "Basis" in (*inner, leaf):
        return ("basis",)
    if inner == ["LinearLayer"]:
        return ("start", "kernel") if side == "G" else ("head", "output", "kernel")
    block = int(i) - (side == "G")
    conv = f"conv{int(inner[0][-1]) - 1}"
    return (f"block{stage}_{block}", conv, "bias" if leaf == "Bias" else "kernel")


def ours(name, x):
    if "Basis" in name:
        return x.reshape(x.shape[0], *x.shape[-2:]).transpose(1, 2, 0)
    return x.transpose(2, 3, 1, 0) if x.ndim == 4 else x.T


def params_of(golden, side):
    found = {}
    for name, value in golden.items():
        if name.startswith(f"{side}/"):
            *path, leaf = place(name)
            node = found
            for part in path:
                node = node.setdefault(part, {})
            assert leaf not in node, name
            node[leaf] = jnp.asarray(ours(name, value))
    return {"params": found}


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as file:
        return {name: file[name] for name in file.files}


def nhwc(x):
    return jnp.asarray(x.transpose(0, 2, 3, 1))


def test_the_generator_is_the_authors_in_value(golden):
    variables = params_of(golden, "G")
    z, cond = jnp.asarray(golden["z"]), jnp.asarray(golden["c"])
    found = jax.jit(lambda v: GEN.apply(v, z, cond, train=False))(variables)
    np.testing.assert_allclose(found, nhwc(golden["img"]), atol=1e-5)
    assert golden["img"].std() > 0.1


def test_the_critic_and_its_penalty_are_the_authors_in_value(golden):
    variables = params_of(golden, "D")
    x, cond = nhwc(golden["x"]), jnp.asarray(golden["c"])

    @jax.jit
    def both(x):
        def critic(x, cond=cond):
            return DISC.apply(variables, x, cond, train=True)[0]

        def one(x, cond):
            r1 = regularizers.r1(2.0)
            key = jax.random.key(0)
            told = lambda x: critic(x, cond[None])  # noqa: E731
            return r1.apply((), told, x[None], x[None], key, 0)[0]

        return critic(x), jax.lax.map(lambda args: one(*args), (x, cond))

    logits, r1 = both(x)
    np.testing.assert_allclose(logits, golden["logit"], atol=1e-5)
    np.testing.assert_allclose(r1, golden["r1"], rtol=1e-4)


W = 768
SIZES = {  # -> (size, generator's widths, channels a group, classes, millions)
    "CIFAR-10 by class": (32, (W,) * 4, 16, 10, ("20.7820", "21.2805")),
    "CIFAR-10": (32, (W,) * 4, 16, 0, ("20.7322", "20.6838")),
    "FFHQ 64": (64, (W,) * 4 + (384,), 16, 0, ("22.4298", "22.3814")),
    "FFHQ 256": (256, (W,) * 4 + (384, 192, 96), 16, 0, ("23.0580", "23.0096")),
    "ImageNet 32": (32, (2 * W,) * 4, 32, 1000, ("82.9143", "86.5490")),
    "ImageNet 64": (64, (2 * W,) * 5, 32, 1000, ("103.5704", "107.2051")),
}


LARGE = [
    pytest.param(name, marks=pytest.mark.slow) if name.startswith("ImageNet") else name
    for name in SIZES
]


@pytest.mark.parametrize("name", LARGE)
def test_it_has_as_many_parameters_as_the_authors(name):
    size, widths, group, classes, printed = SIZES[name]
    shape = (size, size, 3)
    head = nn.inner_product(widths[0]) if classes else None
    gen = r3gan.Generator(shape, widths, group=group)
    disc = r3gan.Discriminator(widths[::-1], group=group, head=head)
    cond = jnp.zeros((1, classes)) if classes else None
    for module, x, millions in zip(
        (gen, disc), (jnp.zeros((1, 64)), jnp.zeros((1, *shape))), printed, strict=True
    ):

        def make(module=module, x=x):
            return module.init(jax.random.key(0), x, cond, train=True)

        count = tree.count(jax.eval_shape(make)["params"])
        assert f"{count / 1e6:.4f}" == millions


@pytest.fixture(scope="module")
def fresh():
    """A pair of 8 x 8 as it begins, narrowing towards the picture."""
    gen = r3gan.Generator((8, 8, 3), (32, 16), group=8)
    disc = r3gan.Discriminator((16, 32), group=8, head=nn.inner_product(32))
    z, x = jax.random.normal(jax.random.key(1), (16, 64)), jnp.zeros((16, 8, 8, 3))
    cond = jax.nn.one_hot(jnp.arange(16) % 10, 10)
    make = [
        jax.jit(lambda key, m=m, x=x: m.init(key, x, cond, train=True))(
            jax.random.key(i)
        )
        for i, (m, x) in enumerate(((gen, z), (disc, x)))
    ]
    run_gen = jax.jit(lambda z: gen.apply(make[0], z, cond, train=True))
    run_disc = jax.jit(lambda x: disc.apply(make[1], x, cond, train=True)[0])
    return run_gen, run_disc, z, make


def test_the_critic_begins_linear_in_the_picture(fresh):
    _, disc, *_ = fresh
    a, b = jax.random.normal(jax.random.key(2), (2, 16, 8, 8, 3))
    apart = disc(0.3 * a + 0.7 * b) - 0.3 * disc(a) - 0.7 * disc(b)
    assert np.abs(apart).max() < 1e-5 * np.std(disc(a))
    assert np.std(disc(a)) > 1e-3


def test_the_generator_begins_affine_in_the_latents(fresh):
    gen, _, z, _ = fresh
    a, b = z, z[::-1]
    apart = gen(0.3 * a + 0.7 * b) - 0.3 * gen(a) - 0.7 * gen(b)
    assert np.abs(apart).max() < 1e-5 * np.std(gen(a))


def test_each_kernel_begins_with_the_deviation_it_should(fresh):
    *_, (gen, disc) = fresh
    gain = (2 / 1.04) ** 0.5 * 4**-0.25
    wanted = {
        ("block0_1", "conv0"): gain / 32**0.5,
        ("block0_1", "conv1"): gain / (9 * 8) ** 0.5,
        ("change1",): 1 / 32**0.5,
        ("start",): 1 / 128**0.5,
        ("embedding",): 1 / 10**0.5,
    }
    for path, deviation in wanted.items():
        node = gen["params"]
        for part in path:
            node = node[part]
        np.testing.assert_allclose(np.std(node["kernel"]), deviation, rtol=0.08)
    np.testing.assert_allclose(np.std(gen["params"]["basis"]), 1, rtol=0.08)
    np.testing.assert_allclose(np.std(disc["params"]["basis"]), 1 / 4, rtol=0.08)
    embedding = disc["params"]["head"]["embedding"]["kernel"]
    np.testing.assert_allclose(np.std(embedding), 1 / 320**0.5, rtol=0.08)
    for params in (gen["params"], disc["params"]):
        assert not params["block1_1"]["conv2"]["kernel"].any()


def test_exact_stages_stay_float32_whatever_the_type():
    """All exact: bfloat16 changes nothing; none: it does."""
    x = jax.random.normal(jax.random.key(0), (2, 8, 8, 3))
    exact = r3gan.Discriminator((8, 8), blocks=1, group=8, exact=2)
    half = [exact.clone(dtype=jnp.bfloat16, exact=k) for k in (2, 1, 0)]

    @jax.jit
    def run(key, x):
        variables = exact.init(key, x, train=True)
        nets = (exact, *half)
        return [net.apply(variables, x, train=True)[0] for net in nets]

    plain, *others = run(jax.random.key(1), x)
    np.testing.assert_array_equal(plain, others[0])
    for one in others[1:]:
        assert (one != plain).any()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: r3gan.Discriminator((12, 8), group=16), "group=16 must divide"),
        (lambda: r3gan.Generator((8, 8, 3), (8, 8), exact=3), "exact"),
        (lambda: r3gan.Generator((8, 8, 3), (8, 8), blocks=0), "blocks"),
    ],
)
def test_numbers_that_cannot_be(make, told):
    with pytest.raises(ValueError, match=told):
        make()
