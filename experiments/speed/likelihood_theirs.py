"""The other side of `likelihood.py`: a VAE in eager PyTorch, written with care."""

import torch
from torch import nn
from torch.nn import functional as F
from training_ours import Rival
from training_theirs import DEVICE, _count, _wait, autocast, device

__all__ = ["autocast", "decoder", "device", "rounds", "torch"]


def networks() -> tuple[nn.Module, nn.Module]:
    """Decoder and encoder, 784-400-20."""
    torch.manual_seed(0)
    gen = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))
    enc = nn.Sequential(nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 40))
    return gen.to(DEVICE), enc.to(DEVICE)


def decoder(batch: int) -> Rival:
    """Pictures of latents, without a graph for gradients."""
    gen, enc = networks()
    z = torch.randn(batch, 20, device=DEVICE)

    def call() -> None:
        with torch.inference_mode():
            torch.tanh(gen(z) / 2)
        _wait()

    return Rival(call, 1, {"gen": _count(gen), "enc": _count(enc)})


def rounds(batch: int, count: int) -> Rival:
    """Steps of Adam on the bound; pictures lie on the device, drawn and binarised anew."""
    gen, enc = networks()
    players = [*gen.parameters(), *enc.parameters()]
    adam = torch.optim.Adam(players, lr=1e-3)
    digits = torch.rand(4500, 784, device=DEVICE)

    def step() -> None:
        grey = digits[torch.randint(4500, (batch,), device=DEVICE)]
        x = torch.bernoulli(grey)
        mean, log_var = enc(2 * x - 1).chunk(2, dim=1)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        missed = F.binary_cross_entropy_with_logits(gen(z), x, reduction="sum")
        kl = 0.5 * (mean.square() + torch.expm1(log_var) - log_var).sum()
        adam.zero_grad(set_to_none=True)
        ((missed + kl) / batch).backward()
        adam.step()

    def call() -> None:
        for _ in range(count):
            step()
        _wait()

    return Rival(call, count, {"gen": _count(gen), "enc": _count(enc)})
