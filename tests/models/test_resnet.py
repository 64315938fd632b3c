"""Parameter counts of the papers' networks, and torch-mimicry's networks in value."""

import importlib
import importlib.util

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn, tree
from gan_jax.models import resnet
from tests.oracles import torchvision_stub

WIDE = (64, 128, 256, 512, 1024)  # SN-GAN's discriminator for STL-10, 48 x 48

# torch-mimicry's family and size: our networks with the same number of parameters
GENERATORS = {
    ("sngan", 32): (resnet.Generator((32, 32, 3)), 4_276_739),
    ("wgan_gp", 32): (resnet.Generator((32, 32, 3)), 4_276_739),
    ("sngan", 48): (
        resnet.Generator((48, 48, 3), widths=(512, 256, 128, 64)),
        4_878_083,
    ),
    ("sngan", 64): (
        resnet.Generator((64, 64, 3), widths=(1024, 512, 256, 128, 64)),
        12_220_675,
    ),
    ("sngan", 128): (
        resnet.Generator((128, 128, 3), widths=(1024, 1024, 512, 256, 128, 64)),
        32_150_787,
    ),
}
DISCRIMINATORS = {
    ("sngan", 32): (resnet.Discriminator(wrap=nn.spectral_norm()), 1_053_825),
    ("wgan_gp", 32): (resnet.Discriminator(pool="mean"), 1_053_825),
    ("sngan", 48): (resnet.Discriminator(WIDE, down=4), 10_141_441),
    ("sngan", 64): (resnet.Discriminator(WIDE, down=5), 10_141_441),
    ("sngan", 128): (resnet.Discriminator((*WIDE, 1024), down=5), 29_017_857),
}


def parameters(module, shape):
    variables = jax.eval_shape(
        lambda: module.init(jax.random.key(0), jnp.zeros((1, *shape)), train=True)
    )
    return tree.count(variables["params"])


def mimicry(family, size, player):
    """The class of torch-mimicry's network."""
    pytest.importorskip("torch", reason="the oracle")
    if importlib.util.find_spec("torch_mimicry") is None:
        pytest.skip("the oracle torch_mimicry is not installed")
    with torchvision_stub.stand_ins():
        name = f"torch_mimicry.nets.{family}.{family}_{size}"
        module = importlib.import_module(name)
    prefix = {"sngan": "SNGAN", "wgan_gp": "WGANGP"}[family]
    return getattr(module, f"{prefix}{player}{size}")


def count_theirs(module):
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("key", GENERATORS, ids=str)
def test_generator_has_mimicrys_number_of_parameters(key):
    module, count = GENERATORS[key]
    assert parameters(module, (128,)) == count
    assert count_theirs(mimicry(*key, "Generator")()) == count


@pytest.mark.parametrize("key", DISCRIMINATORS, ids=str)
def test_discriminator_has_mimicrys_number_of_parameters(key):
    module, count = DISCRIMINATORS[key]
    assert parameters(module, (key[1], key[1], 3)) == count
    assert count_theirs(mimicry(*key, "Discriminator")()) == count


def test_wgan_gp_paper_generator_counted_by_hand():
    """Gulrajani et al. 2017, appendix F: 128 channels everywhere, z of 128."""
    block = 2 * (9 * 128 * 128 + 128) + (128 * 128 + 128) + 2 * 2 * 128
    count = 129 * 4 * 4 * 128 + 3 * block + 2 * 128 + (9 * 128 * 3 + 3)
    assert parameters(resnet.Generator((32, 32, 3), (128,) * 4), (128,)) == count


def ours_from(state):
    """Our variables from mimicry's discriminator: OIHW to HWIO, names by role."""
    roles = {"c1": "conv0", "c2": "conv1", "c_sc": "shortcut"}
    params, spectral = {}, {}
    for name, tensor in state.items():
        *path, leaf = name.split(".")
        array = jnp.asarray(tensor.numpy())
        layer = roles[path[1]] if len(path) > 1 else "output"
        block = f"block{int(path[0][5:]) - 1}" if len(path) > 1 else None
        if leaf in ("weight", "weight_orig"):
            kernel = array.T if array.ndim == 2 else array.transpose(2, 3, 1, 0)
            _put(params, block, layer, kernel=kernel)
        elif leaf == "bias":
            _put(params, block, layer, bias=array)
        elif leaf == "weight_u":
            _put(spectral, block, f"{layer}_spectral", u=array)
        elif leaf == "weight_v":  # theirs runs over (in, k, k), ours over (k, k, in)
            weight = state[name.replace("weight_v", "weight_orig")]
            v = array.reshape(weight.shape[1:])
            v = v if v.ndim == 1 else v.transpose(1, 2, 0).reshape(-1)
            _put(spectral, block, f"{layer}_spectral", v=v)
    return {"params": params, **({"spectral": spectral} if spectral else {})}


def _put(into, block, layer, **leaf):
    into = into.setdefault(block, {}) if block else into
    into.setdefault(layer, {}).update(leaf)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "module"),
    [
        ("sngan", resnet.Discriminator((8,) * 4, wrap=nn.spectral_norm())),
        ("wgan_gp", resnet.Discriminator((8,) * 4, pool="mean")),
    ],
    ids=["sngan", "wgan_gp"],
)
def test_discriminator_is_mimicrys_in_value(family, module):
    torch = pytest.importorskip("torch", reason="the oracle")
    theirs = mimicry(family, 32, "Discriminator")(ndf=8)
    for part in theirs.modules():  # in place, it would activate the shortcut's input
        if isinstance(part, torch.nn.ReLU):
            part.inplace = False
    x = np.random.default_rng(0).uniform(-1, 1, (2, 3, 32, 32)).astype(np.float32)
    theirs(torch.tensor(x))  # one power iteration, kept by the evaluation below
    wanted = theirs.eval()(torch.tensor(x)).detach().numpy()[:, 0]
    variables = ours_from(theirs.state_dict())
    logits, out = module.apply(
        variables, jnp.asarray(x.transpose(0, 2, 3, 1)), train=False
    )
    np.testing.assert_allclose(logits, wanted, rtol=1e-4, atol=1e-5)
    assert out["features"].shape == (2, 8)


@pytest.mark.parametrize(
    ("latents", "widths"), [((5,), (4, 4, 4, 4)), ((5, 5, 1), (4, 4, 4))]
)
def test_sizes_that_cannot_be(latents, widths):
    with pytest.raises(ValueError, match="doublings do not lead"):
        parameters(resnet.Generator((28, 28, 1), widths), latents)
