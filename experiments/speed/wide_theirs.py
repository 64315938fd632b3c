"""The other side of `wide.py`: torch-mimicry's SAGAN, and a plain PyTorch BigGAN.

The BigGAN is written from the paper's tables, as a good user of PyTorch would: the same
layers and number of parameters as ours, its own spectral norm, batch norm and Adam.
"""

import importlib
import sys
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from training_ours import Rival
from training_theirs import DEVICE, ORACLES, Unlogged, _count, _wait, autocast, device

__all__ = ["autocast", "biggan", "device", "sagan", "torch"]

spectral = nn.utils.parametrizations.spectral_norm
ADAM: dict[str, Any] = {"lr": 2e-4, "betas": (0.0, 0.9)}


def sagan(phase: str, batch: int, classes: int) -> Rival:
    """One `train_step` of torch-mimicry's SAGAN for 32 x 32."""
    sys.path.insert(0, str(ORACLES))
    import torchvision_stub

    with torchvision_stub.stand_ins():
        package = importlib.import_module("torch_mimicry.nets.sagan.sagan_32")
    torch.manual_seed(0)
    gen = package.SAGANGenerator32(num_classes=classes).to(DEVICE).train()
    disc = package.SAGANDiscriminator32(num_classes=classes).to(DEVICE).train()
    real = _reals(batch, classes)
    player, rival = (disc, gen) if phase == "disc" else (gen, disc)
    names = ("netG", "optD") if phase == "disc" else ("netD", "optG")
    optimiser = torch.optim.Adam(player.parameters(), **ADAM)
    more = dict(zip(names, (rival, optimiser), strict=True))

    def call() -> None:
        player.train_step(real, **more, device=DEVICE, log_data=Unlogged())
        _wait()

    return Rival(call, 1, {"gen": _count(gen), "disc": _count(disc)})


class Told(nn.Module):
    """Batch norm, its gain and offset linear in the condition."""

    def __init__(self, channels: int, cond: int):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.gain = spectral(nn.Linear(cond, channels, bias=False))
        self.bias = spectral(nn.Linear(cond, channels, bias=False))

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        gain, bias = self.gain(y)[..., None, None], self.bias(y)[..., None, None]
        return self.norm(x) * (1 + gain) + bias


def conv(before: int, after: int, kernel: int = 3) -> nn.Module:
    return spectral(nn.Conv2d(before, after, kernel, padding=kernel // 2))


class Up(nn.Module):
    def __init__(self, channels: int, cond: int):
        super().__init__()
        self.norms = nn.ModuleList([Told(channels, cond) for _ in range(2)])
        self.convs = nn.ModuleList([conv(channels, channels) for _ in range(2)])
        self.shortcut = conv(channels, channels, 1)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        h = functional.relu(self.norms[0](x, y))
        h = self.convs[0](functional.interpolate(h, scale_factor=2))
        h = self.convs[1](functional.relu(self.norms[1](h, y)))
        # The shortcut at the smaller size: it commutes with repetition.
        return h + functional.interpolate(self.shortcut(x), scale_factor=2)


class Generator(nn.Module):
    def __init__(self, classes: int, channels: int = 256, part: int = 20):
        super().__init__()
        self.channels = channels
        self.shared = nn.Embedding(classes, 128)
        self.start = spectral(nn.Linear(part, 16 * channels))
        self.blocks = nn.ModuleList([Up(channels, 128 + part) for _ in range(3)])
        self.norm = nn.BatchNorm2d(channels)
        self.output = conv(channels, 3)

    def forward(self, z: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        first, *parts = z.chunk(4, 1)
        embedded = self.shared(label)
        h = self.start(first).view(-1, self.channels, 4, 4)
        for block, part in zip(self.blocks, parts, strict=True):
            h = block(h, torch.cat([embedded, part], 1))
        return torch.tanh(self.output(functional.relu(self.norm(h))))


class Down(nn.Module):
    def __init__(self, before: int, after: int, halve: bool):
        super().__init__()
        self.first, self.halve = before == 3, halve
        self.convs = nn.ModuleList([conv(before, after), conv(after, after)])
        learnt = halve or before != after
        self.shortcut = conv(before, after, 1) if learnt else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.convs[0](x if self.first else functional.relu(x))
        h = self.convs[1](functional.relu(h))
        if self.halve:
            h, x = functional.avg_pool2d(h, 2), functional.avg_pool2d(x, 2)
        return h + self.shortcut(x)


class Discriminator(nn.Module):
    def __init__(self, classes: int, channels: int = 256):
        super().__init__()
        sizes = (3, *(channels,) * 4)
        self.blocks = nn.Sequential(
            *(Down(sizes[i], sizes[i + 1], i < 2) for i in range(4))
        )
        self.output = spectral(nn.Linear(channels, 1))
        self.embed = spectral(nn.Embedding(classes, channels))

    def forward(self, x: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        h = functional.relu(self.blocks(x)).sum((2, 3))
        return self.output(h)[:, 0] + (self.embed(label) * h).sum(1)


def biggan(phase: str, batch: int, classes: int) -> Rival:
    """One step of the plain BigGAN for 32 x 32, hinge loss."""
    torch.manual_seed(0)
    gen = Generator(classes).to(DEVICE).train()
    disc = Discriminator(classes).to(DEVICE).train()
    player = disc if phase == "disc" else gen
    optimiser = torch.optim.Adam(player.parameters(), **ADAM)
    real, label = _reals(batch, classes)

    def fakes() -> tuple[torch.Tensor, torch.Tensor]:
        classes_of = torch.randint(classes, (batch,), device=DEVICE)
        return gen(torch.randn(batch, 80, device=DEVICE), classes_of), classes_of

    def call() -> None:
        if phase == "disc":
            with torch.no_grad():
                fake, told = fakes()
            loss = functional.relu(1 - disc(real, label)).mean()
            loss = loss + functional.relu(1 + disc(fake, told)).mean()
        else:
            disc.requires_grad_(False)
            loss = -disc(*fakes()).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        _wait()

    return Rival(call, 1, {"gen": _count(gen), "disc": _count(disc)})


def _reals(batch: int, classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    images = torch.rand(batch, 3, 32, 32, device=DEVICE) * 2 - 1
    return images, torch.arange(batch, device=DEVICE) % classes
