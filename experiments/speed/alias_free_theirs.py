"""The other side of `alias_free.py`: the authors' networks and loss, from their clone."""

from typing import Any

import torch
from alias_free import BATCH, SIZE, STYLE, WIDTH
from styles_theirs import _stepping, clone
from training_ours import Rival
from training_theirs import DEVICE, _count, _wait, autocast, device

__all__ = ["autocast", "device", "samples", "step", "torch"]


def nets(design: str) -> tuple[Any, Any, Any]:
    """The package's losses, a generator and a critic, as small as ours."""
    loss, makes, judges = clone(
        "STYLEGAN3",
        "training.loss",
        "training.networks_stylegan3",
        "training.networks_stylegan2",
    )
    loss.training_stats.report = lambda name, value: value
    torch.manual_seed(0)
    both = dict(
        channel_base=SIZE * WIDTH,
        channel_max=WIDTH,
        num_fp16_res=0,
        img_resolution=SIZE,
        img_channels=3,
        c_dim=0,
    )
    own = dict(conv_kernel=1, use_radial_filters=True) if design == "r" else {}
    own |= dict(z_dim=STYLE, w_dim=STYLE, mapping_kwargs=dict(num_layers=2))
    gen = makes.Generator(**both, **own).to(DEVICE)
    disc = judges.Discriminator(conv_clamp=None, **both).to(DEVICE)
    return loss, gen.train(), disc.train()


def step(design: str) -> Rival:
    """The generator's turn of their loss, and Adam."""
    module, gen, disc = nets(design)
    loss = module.StyleGAN2Loss(DEVICE, gen, disc, r1_gamma=1.0)
    disc.requires_grad_(False)
    told = torch.zeros(BATCH, 0, device=DEVICE)

    def accumulate() -> None:
        z = torch.randn(BATCH, STYLE, device=DEVICE)
        loss.accumulate_gradients("Gmain", None, told, z, told, 1, 0)

    counts = {"gen": _count(gen), "disc": _count(disc)}
    rate = torch.optim.Adam(gen.parameters(), lr=2e-3, betas=(0.0, 0.99))
    return _stepping(accumulate, rate, counts)


def samples(design: str) -> Rival:
    """Pictures of new latents."""
    _, gen, disc = nets(design)
    gen.eval()

    def call() -> None:
        with torch.no_grad():
            gen(torch.randn(BATCH, STYLE, device=DEVICE), None)
        _wait()

    return Rival(call, 1, {"gen": _count(gen), "disc": _count(disc)})
