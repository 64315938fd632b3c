"""A projection GAN trained beside torch-mimicry's: same weights, data, latents, classes.

Theirs is changed in three ways, so that both are the same game: nearest upsampling (the
paper's; mimicry's is bilinear), ReLU out of place, and PyTorch's newer spectral norm, of
which one iteration is made for each update, on the reals.
"""

import importlib
import importlib.util

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import asks, data, losses, nn, optim, rng, sampling
from gan_jax.games import adversarial, base
from gan_jax.games.update import update
from gan_jax.models import resnet
from tests.oracles import torchvision_stub

WIDTH, LATENTS, CLASSES, BATCH, STEPS = 8, 6, 3, 8, 20
FACTS = data.Facts((32, 32, 3), ("a", "b", "c"))
BLOCK = {"c1": "conv0", "c2": "conv1", "c_sc": "shortcut", "b1": "norm0", "b2": "norm1"}
TOP = {
    "l1": ("start",),
    "b5": ("norm",),
    "c5": ("output",),
    "l5": ("head", "output"),
    "l_y": ("head", "embedding"),
}

pytestmark = [pytest.mark.slow, pytest.mark.optimised]


@pytest.fixture
def theirs(monkeypatch):
    torch = pytest.importorskip("torch", reason="the oracle")
    if importlib.util.find_spec("torch_mimicry") is None:
        pytest.skip("the oracle torch_mimicry is not installed")
    with torchvision_stub.stand_ins():
        nets = importlib.import_module("torch_mimicry.nets.cgan_pd.cgan_pd_32")
        blocks = importlib.import_module("torch_mimicry.modules.resblocks")

    def doubled(self, x, conv):
        return conv(torch.nn.functional.interpolate(x, scale_factor=2))

    monkeypatch.setattr(blocks.GBlock, "_upsample_conv", doubled)
    torch.manual_seed(0)
    gen = nets.CGANPDGenerator32(num_classes=CLASSES, nz=LATENTS, ngf=WIDTH)
    disc = nets.CGANPDDiscriminator32(num_classes=CLASSES, ndf=WIDTH)
    for part in [*gen.modules(), *disc.modules()]:
        if isinstance(part, torch.nn.ReLU):
            part.inplace = False
    for name in ("l5", "l_y"):  # with a spectral norm of mimicry's own
        setattr(disc, name, plain(torch, getattr(disc, name)))
    for part in list(disc.modules()):
        spectral = hasattr(part, "weight_orig")
        if spectral:
            torch.nn.utils.remove_spectral_norm(part)
        if spectral or part in (disc.l5, disc.l_y):
            axis = 1 if isinstance(part, torch.nn.Embedding) else 0
            torch.nn.utils.parametrizations.spectral_norm(part, dim=axis)
    return torch, gen.train(), disc.train()


def plain(torch, part):
    """The layer without its spectral norm."""
    is_table = isinstance(part, torch.nn.Embedding)
    make = torch.nn.Embedding if is_table else torch.nn.Linear
    shape = part.weight.shape if is_table else part.weight.shape[::-1]
    made = make(*shape)
    made.weight.data = part.weight.data.clone()
    if not is_table:
        made.bias.data = part.bias.data.clone()
    return made


def place(name):
    """Where a layer of their generator stands among ours."""
    first, *rest = name.split(".")
    if first.startswith("block"):
        return f"block{int(first[5:]) - 2}", BLOCK[rest[0]]
    return TOP[first]


def put(tree, path, **leaves):
    for part in path:
        tree = tree.setdefault(part, {})
    tree.update({name: jnp.asarray(x, jnp.float32) for name, x in leaves.items()})


def rows(x):
    """Channels of the first map last: theirs are (c, 4, 4), ours (4, 4, c)."""
    apart = x.reshape(-1, 4, 4, *x.shape[1:])
    return apart.transpose(1, 2, 0, *range(3, apart.ndim)).reshape(x.shape)


def generator_from(gen):
    """Our parameters: kernels as ours lie, gains less one."""
    params = {}
    for name, part in gen.named_modules():
        own = {n: p.detach().numpy() for n, p in part.named_parameters(recurse=False)}
        if name.endswith("embed"):
            path, table = place(name[: -len(".embed")]), own["weight"]
            half = table.shape[1] // 2
            put(params, (*path, "gain"), kernel=table[:, :half] - 1)
            put(params, (*path, "bias"), kernel=table[:, half:])
        elif name == "b5":
            put(params, ("norm",), scale=own["weight"], bias=own["bias"])
        elif name == "l1":
            put(
                params, ("start",), kernel=rows(own["weight"]).T, bias=rows(own["bias"])
            )
        elif own:
            kernel = own["weight"].transpose(2, 3, 1, 0)
            put(params, place(name), kernel=kernel, bias=own["bias"])
    return params


def critic_from(disc):
    """Our parameters, and the vectors of spectral norm."""
    params, spectral = {}, {}
    for name, part in disc.named_modules():
        if not hasattr(part, "parametrizations"):
            continue
        path = TOP.get(name)
        if path is None:
            block, layer = name.split(".")
            path = f"block{int(block[5:]) - 1}", BLOCK[layer]
        held = part.parametrizations.weight
        weight = held.original.detach().numpy()
        u, v = held[0]._u.numpy(), held[0]._v.numpy()
        if weight.ndim == 4:
            v = v.reshape(weight.shape[1:]).transpose(1, 2, 0).reshape(-1)
            kernel = weight.transpose(2, 3, 1, 0)
        else:
            kernel = weight if name == "l_y" else weight.T
        put(params, path, kernel=kernel)
        put(spectral, (*path[:-1], f"{path[-1]}_spectral"), u=u, v=v)
        if getattr(part, "bias", None) is not None:
            put(params, path, bias=part.bias.detach().numpy())
    return params, {"spectral": spectral}


def ours(gen, disc):
    """The same game, and its state with their weights."""
    rate = optim.adam(2e-4, b1=0.0, b2=0.9)
    game = adversarial(
        {
            "gen": resnet.Generator(
                FACTS.shape,
                (WIDTH,) * 4,
                norm=nn.conditional_batch_norm(),
                last_norm=nn.batch_norm(),
            ),
            "disc": resnet.Discriminator(
                (WIDTH,) * 4, wrap=nn.spectral_norm(), head=nn.projection()
            ),
        },
        {"gen": rate, "disc": rate},
        FACTS,
        loss=losses.hinge,
        latents=sampling.normal((LATENTS,)),
        conditional=asks.class_labels(),
    )
    state = jax.jit(lambda key: base.init(game, key))(jax.random.key(0))
    params, spectral = critic_from(disc)
    for name, own in (("gen", generator_from(gen)), ("disc", params)):
        old = state.players[name].params
        shapes = [jax.tree.map(jnp.shape, tree) for tree in (old, own)]
        assert shapes[0] == shapes[1]
        state = base.with_params(state, name, own)
    assert jax.tree.structure(state.players["disc"].variables) == jax.tree.structure(
        spectral
    )
    return game, base.with_variables(state, "disc", spectral)


def their_turn(torch, gen, disc, optimisers, phase, given):
    """One step of theirs; its loss."""
    x, y, z, label = given
    disc.eval()  # no iteration, but on the reals below
    fake = gen(z, label)
    if phase == "disc":
        disc.train()
        on_real = disc(x, y)
        disc.eval()
        loss = disc.compute_gan_loss(on_real, disc(fake.detach(), label))
    else:
        loss = gen.compute_gan_loss(disc(fake, label))
    gen.zero_grad()
    disc.zero_grad()
    loss.backward()
    optimisers[phase].step()
    return loss.item()


def test_twenty_steps_have_the_losses_of_torch_mimicry(theirs):
    torch, gen, disc = theirs
    game, state = ours(gen, disc)
    optimisers = {
        "gen": torch.optim.Adam(gen.parameters(), lr=2e-4, betas=(0.0, 0.9)),
        "disc": torch.optim.Adam(disc.parameters(), lr=2e-4, betas=(0.0, 0.9)),
    }
    steps = {
        phase.name: jax.jit(
            lambda state, batch, keys, phase=phase: update(
                game, phase, state, batch, keys, 0
            )
        )
        for phase in game.phases
    }
    draws = np.random.default_rng(0)
    found, wanted = [], []
    for step in range(STEPS):
        x = np.float32(draws.uniform(-1, 1, (BATCH, 32, 32, 3)))
        y = np.int32(draws.integers(CLASSES, size=BATCH))
        for phase in ("disc", "gen"):
            keys = rng.deal(rng.stream(jax.random.key(1), phase, step), BATCH)
            label = asks.filled(game.asks, keys, {})["label"]
            z = sampling.normal((LATENTS,))(rng.stream(keys, "latents"))
            batch = {"sample": jnp.asarray(x), "label": jnp.asarray(y)}
            state, metrics = steps[phase](state, batch, keys)
            total, count, broken = np.asarray(metrics[f"{phase}/loss"])
            assert broken == 0
            found.append(total / count)
            given = (
                torch.tensor(x.transpose(0, 3, 1, 2)),
                torch.tensor(y, dtype=torch.long),
                torch.tensor(np.asarray(z)),
                torch.tensor(np.asarray(label), dtype=torch.long),
            )
            wanted.append(their_turn(torch, gen, disc, optimisers, phase, given))
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-3)
    assert np.ptp(wanted[::2]) > 0.05  # they do learn
