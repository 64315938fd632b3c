"""The other side of `training.py`: torch-mimicry, and eager PyTorch written with care.

The eager games are what a good user writes: gradients only where they are used, fused
zeroing, no synchronisation inside a round, data drawn on the device.
"""

import importlib
import math
import pathlib
import sys
from typing import Any

import torch
from torch import nn
from training_ours import Rival

ORACLES = pathlib.Path(__file__).resolve().parents[2] / "tests" / "oracles"
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(rival: Rival, dtype: str | None) -> Rival:
    """The rival, computing in half precision where PyTorch thinks it safe."""
    if dtype is None:
        return rival
    half = torch.autocast(DEVICE.type, dtype=getattr(torch, dtype))
    return rival._replace(call=half(rival.call))


class Unlogged:
    """A log that keeps nothing: mimicry's own would fetch every number."""

    def add_metric(self, name: str, value: Any, **kwargs: Any) -> None:
        del name, value, kwargs


def mimicry(family: str, phase: str, batch: int) -> Rival:
    """One `train_step` of torch-mimicry's ResNets for 32 x 32."""
    sys.path.insert(0, str(ORACLES))
    import torchvision_stub

    with torchvision_stub.stand_ins():
        package = importlib.import_module(f"torch_mimicry.nets.{family}.{family}_32")
    prefix = {"sngan": "SNGAN", "wgan_gp": "WGANGP"}[family]
    torch.manual_seed(0)
    gen = getattr(package, f"{prefix}Generator32")().to(DEVICE).train()
    disc = getattr(package, f"{prefix}Discriminator32")().to(DEVICE).train()
    adam = {"lr": 2e-4, "betas": (0.0, 0.9)}
    real = torch.rand(batch, 3, 32, 32, device=DEVICE) * 2 - 1, None
    shared: dict[str, Any] = {"device": DEVICE, "log_data": Unlogged()}
    if phase == "disc":
        optimiser = torch.optim.Adam(disc.parameters(), **adam)
        more = {"netG": gen, "optD": optimiser}
        player = disc
    else:
        optimiser = torch.optim.Adam(gen.parameters(), **adam)
        more = {"netD": disc, "optG": optimiser}
        player = gen

    def call() -> None:
        player.train_step(real, **more, **shared)
        _wait()

    return Rival(call, 1, {"gen": _count(gen), "disc": _count(disc)})


def dense(*sizes: int) -> nn.Sequential:
    """Linear layers with ReLU between them."""
    layers: list[nn.Module] = []
    for before, after in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def ring(
    widths: tuple[int, ...], batch: int, n_critic: int, rounds: int, weight: float
) -> Rival:
    """Rounds of WGAN-GP on eight Gaussians, as in `configs/wgan_gp.py:ring8`."""
    torch.manual_seed(0)
    gen = dense(2, *widths, 2).to(DEVICE)
    disc = dense(2, *widths, 1).to(DEVICE)
    adam = {"lr": 1e-4, "betas": (0.5, 0.9)}
    gen_adam = torch.optim.Adam(gen.parameters(), **adam)
    disc_adam = torch.optim.Adam(disc.parameters(), **adam)
    turns = torch.arange(8, device=DEVICE) * (2 * math.pi / 8)
    centers = 2 / 1.414 * torch.stack([turns.cos(), turns.sin()], 1)

    def latents() -> torch.Tensor:
        return torch.randn(batch, 2, device=DEVICE)

    def data() -> torch.Tensor:
        modes = torch.randint(8, (batch,), device=DEVICE)
        return centers[modes] + 0.02 / 1.414 * torch.randn(batch, 2, device=DEVICE)

    def critic_step() -> None:
        real = data()
        with torch.no_grad():
            fake = gen(latents())
        share = torch.rand(batch, 1, device=DEVICE)
        between = (share * real + (1 - share) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(disc(between).sum(), between, create_graph=True)
        penalty = weight * (slope.norm(dim=1) - 1).square().mean()
        loss = disc(fake).mean() - disc(real).mean() + penalty
        disc_adam.zero_grad(set_to_none=True)
        loss.backward()
        disc_adam.step()

    def gen_step() -> None:
        disc.requires_grad_(False)
        loss = -disc(gen(latents())).mean()
        gen_adam.zero_grad(set_to_none=True)
        loss.backward()
        gen_adam.step()
        disc.requires_grad_(True)

    def call() -> None:
        for _ in range(rounds):
            for _ in range(n_critic):
                critic_step()
            gen_step()
        _wait()

    return Rival(call, rounds, {"gen": _count(gen), "disc": _count(disc)})


def rings(runs: int, rounds: int, **game: Any) -> Rival:
    """So many runs of `ring`, one after another."""
    each = [ring(rounds=rounds, **game) for _ in range(runs)]

    def call() -> None:
        for one in each:
            one.call()

    return Rival(call, rounds, each[0].parameters)


def dcgan_forward(
    shape: tuple[int, ...], width: int, latents: int, batch: int
) -> Rival:
    """The DCGAN generator of our `models.dcgan`, layer for layer, in evaluation mode."""
    side, channels = shape[0], shape[-1]
    doublings = int(math.log2(side // 4))
    widths = [width << i for i in reversed(range(doublings))]
    layers: list[nn.Module] = [
        nn.Linear(latents, 16 * widths[0]),
        nn.Unflatten(1, (widths[0], 4, 4)),
    ]
    for before, after in zip(widths, [*widths[1:], channels], strict=True):
        layers += [nn.BatchNorm2d(before), nn.ReLU(inplace=True)]
        layers += [nn.ConvTranspose2d(before, after, 4, stride=2, padding=1)]
    gen = nn.Sequential(*layers, nn.Tanh()).to(DEVICE).eval()
    z = torch.randn(batch, latents, device=DEVICE)

    def call() -> None:
        with torch.inference_mode():
            gen(z)
        _wait()

    return Rival(call, 1, {"gen": _count(gen)})


def device() -> str:
    return torch.cuda.get_device_name() if DEVICE.type == "cuda" else "cpu"


def _count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def _wait() -> None:
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
