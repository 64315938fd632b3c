"""The peer: DCGAN's generator in PyTorch behind FastAPI, as such servers are written.

    python -m experiments.serving.theirs BUNDLE PORT

Weights are those of a bundle of `wgan_gp`; each request is one call of the network.
"""

import io
import json
import sys
from pathlib import Path

import numpy as np
import torch
import uvicorn
from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import BaseModel, Field
from torch import nn

from gan_jax.metrics.extractors import state_dict

HEAD, STATISTICS = "gen.params.", "gen.variables.batch_stats."


class Generator(nn.Module):
    """DCGAN at 28 x 28, by its weights in a bundle."""

    def __init__(self, weights: dict[str, np.ndarray]):
        super().__init__()
        held = {name: torch.tensor(x) for name, x in weights.items()}
        start = held[f"{HEAD}start.kernel"]
        self.channels = held[f"{HEAD}norm0.scale"].shape[0]
        self.start = nn.Linear(*start.shape)
        self.start.weight.data = start.T
        self.start.bias.data = held[f"{HEAD}start.bias"]
        self.norm0, self.norm1 = _norm(held, "norm0"), _norm(held, "norm1")
        self.up, self.out = _up(held, "up0"), _up(held, "output")

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Latents [b, z] to images [b, h, w, c]."""
        h = self.start(z).reshape(-1, 7, 7, self.channels).permute(0, 3, 1, 2)
        h = self.up(torch.relu(self.norm0(h)))
        h = self.out(torch.relu(self.norm1(h)))
        return torch.tanh(h).permute(0, 2, 3, 1)


def _norm(held: dict[str, torch.Tensor], name: str) -> nn.BatchNorm2d:
    scale = held[f"{HEAD}{name}.scale"]
    norm = nn.BatchNorm2d(len(scale), eps=1e-5)
    norm.weight.data, norm.bias.data = scale, held[f"{HEAD}{name}.bias"]
    norm.running_mean = held[f"{STATISTICS}{name}.mean"]
    norm.running_var = held[f"{STATISTICS}{name}.var"]
    return norm


def _up(held: dict[str, torch.Tensor], name: str) -> nn.ConvTranspose2d:
    kernel, bias = held[f"{HEAD}{name}.kernel"], held.get(f"{HEAD}{name}.bias")
    layer = nn.ConvTranspose2d(*kernel.shape[2:], 4, 2, 1, bias=bias is not None)
    layer.weight.data = kernel.permute(2, 3, 0, 1).contiguous()
    if bias is not None:
        layer.bias.data = bias
    return layer


class Wanted(BaseModel):
    """A request."""

    num: int = Field(1, ge=1, le=64)
    seed: int = Field(0, ge=0)
    format: str = "npz"


def opened(bundle: Path) -> Generator:
    """The network of a bundle, checked by the bundle's own example."""
    net = Generator(state_dict.load(bundle / "weights.safetensors")[0]).eval()
    example = np.load(bundle / "example.npz")
    from gan_jax import load

    z = load(bundle).function("latents")(seed=example["seed"], index=example["index"])
    with torch.no_grad():
        made = net(torch.tensor(z)).numpy()
    apart = float(np.abs(made - example["output"]).max())
    assert apart < 1e-4, apart
    return net


def main() -> None:
    bundle, port = Path(sys.argv[1]), int(sys.argv[2])
    net, size = opened(bundle), json.loads((bundle / "card.json").read_text())
    width = size["functions"]["latents"]["output"]["shape"][0]
    app = FastAPI()

    @app.post("/v1/samples")
    def samples(wanted: Wanted) -> Response:
        draw = torch.Generator().manual_seed(wanted.seed)
        with torch.no_grad():
            images = net(torch.randn(wanted.num, width, generator=draw)).numpy()
        pixels = np.clip(np.rint((images + 1) * 127.5), 0, 255).astype(np.uint8)
        out = io.BytesIO()
        np.savez(out, samples=pixels)
        return Response(out.getvalue(), media_type="application/octet-stream")

    print("ready", flush=True)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


if __name__ == "__main__":
    main()
