"""SAGAN, BigGAN, BigGAN-deep and projection networks: their sizes, and BigGAN in value.

Counts are those of torch-mimicry 0.1.16 and of the authors' PyTorch code, in millions as
they print them; the shapes alone are computed.
"""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn, tree
from gan_jax.models import biggan, biggan_deep, resnet, sagan, sngan

GOLDEN = pathlib.Path(__file__).with_name("biggan32.npz")


def times(ch, *multiples):
    return tuple(ch * m for m in multiples)


def by_class(**kwargs):
    norm = nn.conditional_batch_norm()
    return resnet.Generator(norm=norm, last_norm=nn.batch_norm(), **kwargs)


def big_128(ch):
    return (
        biggan.Generator((128, 128, 3), times(ch, 16, 16, 8, 4, 2, 1), attention=(3,)),
        biggan.Discriminator(times(ch, 1, 2, 4, 8, 16, 16), down=5, attention=(0,)),
    )


CIFAR = biggan.Generator((32, 32, 3), shared=0, hierarchical=False)
DEEP_128 = (
    biggan_deep.Generator(
        (128, 128, 3), times(128, 16, 16, 8, 4, 2, 1), attention=(3,)
    ),
    biggan_deep.Discriminator(times(128, 1, 2, 4, 8, 16, 16), down=5, attention=(0,)),
)
COUNTS = {  # -> (module, its input, classes, millions as printed)
    "projection 32 gen": (by_class(shape=(32, 32, 3)), (128,), 10, "4.3044"),
    "projection 32 disc": (
        resnet.Discriminator(wrap=nn.spectral_norm(), head=nn.projection()),
        (32, 32, 3),
        10,
        "1.0551",
    ),
    "sagan 32 gen": (sagan.Generator((32, 32, 3)), (128,), 10, "4.3863"),
    "sagan 32 disc": (sagan.Discriminator(), (32, 32, 3), 10, "1.0756"),
    "sagan 128 gen": (
        sagan.Generator((128, 128, 3), (1024, 1024, 512, 256, 128, 64), attention=(2,)),
        (128,),
        10,
        "32.321",
    ),
    "biggan 128 ch96 gen": (big_128(96)[0], (120,), 1000, "70.434"),
    "biggan 128 ch96 disc": (big_128(96)[1], (128, 128, 3), 1000, "87.982"),
    "biggan 128 ch64 gen": (big_128(64)[0], (120,), 1000, "31.979"),
    "biggan 128 ch64 disc": (big_128(64)[1], (128, 128, 3), 1000, "39.448"),
    "biggan 64 ch64 gen": (
        biggan.Generator((64, 64, 3), times(64, 16, 16, 8, 4, 2), attention=(2,)),
        (100,),
        1000,
        "31.866",
    ),
    "biggan 64 ch64 disc": (
        biggan.Discriminator(times(64, 1, 2, 4, 8, 16), down=4, attention=(0,)),
        (64, 64, 3),
        1000,
        "20.572",
    ),
    "biggan cifar gen": (CIFAR, (128,), 10, "4.3044"),
    "biggan cifar disc": (
        biggan.Discriminator(hidden="in"),
        (32, 32, 3),
        10,
        "3.6174",
    ),
    "biggan cifar wide disc": (biggan.Discriminator(), (32, 32, 3), 10, "4.2074"),
    "deep 128 gen": (DEEP_128[0], (128,), 1000, "50.2445"),
    "deep 128 disc": (DEEP_128[1], (128, 128, 3), 1000, "34.5902"),
    "deep 32 gen": (
        biggan_deep.Generator((32, 32, 3), times(64, 4, 4, 4, 4)),
        (128,),
        10,
        "3.0793",
    ),
    "deep 32 disc": (
        biggan_deep.Discriminator(times(64, 4, 4, 4, 4)),
        (32, 32, 3),
        10,
        ".6516",
    ),
}


def parameters(module, shape, classes):
    def make():
        x = jnp.zeros((1, *shape))
        return module.init(jax.random.key(0), x, jnp.zeros((1, classes)), train=True)

    return tree.count(jax.eval_shape(make)["params"])


@pytest.mark.parametrize("name", COUNTS)
def test_it_has_the_published_number_of_parameters(name):
    module, shape, classes, printed = COUNTS[name]
    digits = len(printed.split(".")[1])
    count = parameters(module, shape, classes)
    assert f"{count / 1e6:.{digits}f}" == f"{float(printed):.{digits}f}"


def test_the_convolutional_nets_of_sn_gan_counted_by_hand():
    """Miyato et al. 2018, table 3."""
    gen = 129 * 16 * 512 + sum(
        16 * a * b + b + 2 * b for a, b in ((512, 256), (256, 128), (128, 64))
    )
    gen += 9 * 64 * 3 + 3
    convs = ((3, 3, 64), (4, 64, 64), (3, 64, 128), (4, 128, 128), (3, 128, 256))
    convs += ((4, 256, 256), (3, 256, 512))
    disc = sum(k * k * a * b + b for k, a, b in convs) + 4 * 4 * 512 + 1

    def count(module, shape):
        x = jnp.zeros((1, *shape))
        made = jax.eval_shape(lambda: module.init(jax.random.key(0), x, train=True))
        return tree.count(made["params"])

    assert count(sngan.Generator((32, 32, 3)), (128,)) == gen
    assert count(sngan.Discriminator(), (32, 32, 3)) == disc


# --- BigGAN in value: the authors' code, evaluation mode, spectral vectors included ---

LAYERS = {"conv1": "conv0", "conv2": "conv1", "conv_sc": "shortcut"}
LAYERS |= {"bn1": "norm0", "bn2": "norm1"}
TOPS = {
    "G": {"linear": ("start",), "shared": ("shared",), "output_layer.0": ("norm",)}
    | {"output_layer.2": ("output",)},
    "D": {"linear": ("head", "output"), "embed": ("head", "embedding")},
}


def place(side, name):
    """Where a layer of theirs stands among ours."""
    if not name.startswith("blocks."):
        return TOPS[side][name]
    _, i, inner, *rest = name.split(".")
    if inner == "1":
        return (f"attention{i}", *rest)
    return (f"block{i}", *(LAYERS.get(part, part) for part in rest))


def put(tree, path, leaf, value):
    for part in path:
        tree = tree.setdefault(part, {})
    tree[leaf] = jnp.asarray(value, jnp.float32)


def unit(x):
    return x / np.linalg.norm(x)


def ours_from(golden, side):
    """Our variables from theirs."""
    found = {"params": {}, "batch_stats": {}, "spectral": {}}
    for key in golden:
        if not key.startswith(f"{side}/"):
            continue
        name, _, leaf = key[2:].rpartition(".")
        if leaf == "gamma" or not leaf.endswith(("u0", "sv0")):
            value, path = golden[key], place(side, name)
            if leaf.startswith("stored_"):
                path = (*path, "norm") if path != ("norm",) else path
                put(found["batch_stats"], path, leaf[7:], value)
            elif leaf == "weight":
                put(found["params"], path, "kernel", kernel_of(value, name))
                if f"{key[:-6]}u0" in golden:
                    vectors(found, golden, key[:-6], path)
            else:
                value = rows(value) if name == "linear" and side == "G" else value
                put(found["params"], path, {"gain": "scale"}.get(leaf, leaf), value)
    return found


def rows(x):
    """Channels of the first map last: theirs are (c, 4, 4), ours (4, 4, c)."""
    return (
        x.reshape(-1, 4, 4, *x.shape[1:])
        .transpose(1, 2, 0, *range(3, x.ndim + 2))
        .reshape(x.shape)
    )


def kernel_of(weight, name):
    if weight.ndim == 4:
        return weight.transpose(2, 3, 1, 0)
    if name in ("shared", "embed"):
        return weight
    return (rows(weight) if name == "linear" and len(weight) > 1 else weight).T


def vectors(found, golden, key, path):
    """Theirs keep u and iterate once more at every call, without keeping that."""
    weight, name = golden[f"{key}weight"], key[2:-1]
    flat = np.float64(weight.reshape(len(weight), -1))
    v = unit(golden[f"{key}u0"][0] @ flat)
    u = unit(flat @ v)
    if weight.ndim == 4:
        v = v.reshape(weight.shape[1:]).transpose(1, 2, 0).reshape(-1)
    elif name == "linear" and len(weight) > 1:
        u = rows(u)
    elif name == "embed":
        u, v = v, u
    where = (*path[:-1], f"{path[-1]}_spectral")
    put(found["spectral"], where, "u", u)
    put(found["spectral"], where, "v", v)


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as file:
        return {name: file[name] for name in file.files}


def test_biggan_s_generator_is_the_authors_in_value(golden):
    gen = biggan.Generator((32, 32, 3), (16,) * 4, shared=8, attention=(1,))
    cond = jax.nn.one_hot(golden["y"], 3)
    apply = jax.jit(lambda v: gen.apply(v, jnp.asarray(golden["z"]), cond, train=False))
    found = apply(ours_from(golden, "G"))
    wanted = golden["img"].transpose(0, 2, 3, 1)
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert wanted.std() > 0.05


def test_biggan_s_critic_is_the_authors_in_value(golden):
    disc = biggan.Discriminator((16,) * 4, attention=(0, 1, 2, 3))
    x, cond = (
        jnp.asarray(golden["img"].transpose(0, 2, 3, 1)),
        jax.nn.one_hot(golden["y"], 3),
    )
    apply = jax.jit(lambda v: disc.apply(v, x, cond, train=False)[0])
    found = apply(ours_from(golden, "D"))
    np.testing.assert_allclose(found, golden["logit"][:, 0], rtol=1e-5, atol=1e-5)


# --- what cannot be -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: biggan.Generator((16, 16, 3), (8, 8, 8), attention=(2,)), "attention"),
        (lambda: biggan.Discriminator((8, 8), down=3), "down"),
        (lambda: biggan_deep.Generator((8, 8, 3), (8, 16)), "not grow"),
        (lambda: biggan_deep.Discriminator((16, 8), down=1), "not fall"),
        (lambda: biggan_deep.Discriminator((8, 16), down=2), "down"),
        (lambda: biggan.Generator((8, 8, 3), (8, 8), shared=-1), "shared"),
    ],
)
def test_numbers_that_cannot_be(make, told):
    with pytest.raises(ValueError, match=told):
        make()


def test_latents_that_cannot_be_cut_into_parts():
    gen = biggan.Generator((16, 16, 3), (8, 8, 8))
    with pytest.raises(ValueError, match="multiple of 3"):
        parameters(gen, (8,), 2)


def test_self_modulation_needs_latents_and_no_class():
    norm = nn.self_modulated(hidden=4)
    gen = resnet.Generator((8, 8, 3), (8, 8), norm=norm, norms_read="latents")
    made = jax.eval_shape(
        lambda: gen.init(jax.random.key(0), jnp.zeros((2, 5)), train=True)
    )
    assert made["params"]["block0"]["norm0"]["hidden"]["kernel"].shape == (5, 4)
    both = gen.clone(norms_read="both")
    made = jax.eval_shape(
        lambda: both.init(
            jax.random.key(0), jnp.zeros((2, 5)), jnp.zeros((2, 3)), train=True
        )
    )
    assert made["params"]["block0"]["norm0"]["hidden"]["kernel"].shape == (8, 4)
