"""The other side of `styles.py`: the authors' networks and losses, from their clones.

Their own losses accumulate the gradients, `torch.optim.Adam` takes the step; nothing is
logged. `DIR` of each is in the environment, see `styles.py`.
"""

import importlib
import os
import sys
import types
from collections.abc import Callable
from typing import Any

import torch
from styles import BATCH, LATENTS, R3_BATCH, R3_GROUP, R3_WIDTHS, SIZE, STYLE, WIDTHS
from training_ours import Rival
from training_theirs import DEVICE, _count, _wait, autocast, device

__all__ = ["autocast", "device", "r3gan", "stylegan2", "stylegan2_sample", "torch"]


def clone(name: str, *modules: str) -> list[Any]:
    """Modules of a clone whose place the environment tells.

    `pkg_resources`, which they import to compare versions, is gone from setuptools.
    """
    if name not in os.environ:
        raise SystemExit(f"{name}=DIR is not set; see styles.py")
    if "pkg_resources" not in sys.modules:
        stand_in = types.ModuleType("pkg_resources")
        version = importlib.import_module("packaging.version")
        stand_in.__dict__["parse_version"] = version.parse
        sys.modules["pkg_resources"] = stand_in
    sys.path.insert(0, os.environ[name])
    return [importlib.import_module(module) for module in modules]


def nets() -> tuple[Any, Any, Any]:
    """The package's losses, a generator and a critic, as small as ours."""
    loss, both = clone("STYLEGAN3", "training.loss", "training.networks_stylegan2")
    loss.training_stats.report = lambda name, value: value
    torch.manual_seed(0)
    small = dict(
        channel_base=SIZE * WIDTHS[-1],
        channel_max=max(WIDTHS),
        num_fp16_res=0,
        conv_clamp=None,
        img_resolution=SIZE,
        img_channels=3,
        c_dim=0,
    )
    gen = both.Generator(z_dim=STYLE, w_dim=STYLE, **small).to(DEVICE)
    disc = both.Discriminator(**small).to(DEVICE)
    return loss, gen.train(), disc.train()


def stylegan2(phase: str) -> Rival:
    """One turn of `StyleGAN2Loss`, and Adam."""
    module, gen, disc = nets()
    loss = module.StyleGAN2Loss(
        DEVICE, gen, disc, r1_gamma=1.0, style_mixing_prob=0.9, pl_weight=2.0
    )
    theirs = dict(gen="Gmain", gen_lazy="Greg", disc="Dmain", disc_lazy="Dreg")[phase]
    gain = dict(gen_lazy=4, disc_lazy=16).get(phase, 1)
    player, rival = (gen, disc) if theirs[0] == "G" else (disc, gen)
    rival.requires_grad_(False)
    real = torch.rand(BATCH, 3, SIZE, SIZE, device=DEVICE) * 2 - 1
    told = torch.zeros(BATCH, 0, device=DEVICE)

    def accumulate() -> None:
        z = torch.randn(BATCH, STYLE, device=DEVICE)
        loss.accumulate_gradients(theirs, real, told, z, told, gain, 0)

    counts = {"gen": _count(gen), "disc": _count(disc)}
    rate = torch.optim.Adam(player.parameters(), lr=2e-3, betas=(0.0, 0.99))
    return _stepping(accumulate, rate, counts)


def stylegan2_sample(batch: int) -> Rival:
    """Pictures of new latents."""
    _, gen, disc = nets()
    gen.eval()

    def call() -> None:
        with torch.no_grad():
            gen(torch.randn(batch, STYLE, device=DEVICE), None)
        _wait()

    return Rival(call, 1, {"gen": _count(gen), "disc": _count(disc)})


def r3gan(phase: str) -> Rival:
    """One turn of their trainer, and Adam."""
    networks, trainer, fused = clone(
        "R3GAN", "R3GAN.Networks", "R3GAN.Trainer", "R3GAN.FusedOperators"
    )
    if DEVICE.type == "cpu":
        fused.BiasedActivation = fused.BiasedActivationReference
        networks.BiasedActivation = fused.BiasedActivationReference
    torch.manual_seed(0)
    stages = len(R3_WIDTHS)
    cardinality = [2 * width // R3_GROUP for width in R3_WIDTHS]
    shape = (list(R3_WIDTHS), cardinality, [2] * stages, 2)
    gen = networks.Generator(LATENTS, *shape).to(DEVICE)
    disc = networks.Discriminator(*shape).to(DEVICE)
    turns = trainer.AdversarialTraining(gen, disc)
    player, rival = (gen, disc) if phase == "gen" else (disc, gen)
    rival.requires_grad_(False)
    real = torch.rand(R3_BATCH, 3, 32, 32, device=DEVICE) * 2 - 1

    def accumulate() -> None:
        z = torch.randn(R3_BATCH, LATENTS, device=DEVICE)
        if phase == "gen":
            turns.AccumulateGeneratorGradients(z, real, None)
        else:
            turns.AccumulateDiscriminatorGradients(z, real, None, 1.0)

    counts = {"gen": _count(gen), "disc": _count(disc)}
    rate = torch.optim.Adam(player.parameters(), lr=2e-4, betas=(0.0, 0.99))
    return _stepping(accumulate, rate, counts)


def _stepping(
    accumulate: Callable[[], None], rate: torch.optim.Optimizer, counts: dict[str, int]
) -> Rival:
    def call() -> None:
        rate.zero_grad(set_to_none=True)
        accumulate()
        rate.step()
        _wait()

    return Rival(call, 1, counts)
