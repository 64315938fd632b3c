"""The Inception-v3 of the FID: `inception-2015-12-05`, the graph that TensorFlow shipped.

Szegedy et al. (2016), "Rethinking the Inception Architecture for Computer Vision", with
what this graph does otherwise: 1008 classes; average pools leave the padding out of the
mean; the last block pools by maximum. Heusel et al. (2017) define the FID on its 2048
features. Module names are those of the PyTorch port, whose checkpoint is read.
"""

from pathlib import Path
from typing import Literal, get_args

from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.errors import BadInput
from gan_jax.metrics.extractors import resizing, state_dict
from gan_jax.metrics.extractors.base import Extractor, fitted
from gan_jax.metrics.extractors.folding import folded
from gan_jax.metrics.extractors.inception_blocks import STAGES, Mixed

OFFICIAL = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
"""sha256 of the port's checkpoint, pt_inception-2015-12-05-6726825d.pth."""

EPSILON = 1e-3  # of every batch norm
CLASSES = 1008

PREPROCESSINGS = {
    # TensorFlow's graph of Heusel et al.; torch-fidelity does the same.
    "torch_fidelity": resizing.Preprocessing(
        "tf1-bilinear", resizing.legacy_bilinear, 299, 128, 128
    ),
    "pytorch_fid": resizing.Preprocessing(
        "bilinear", resizing.bilinear, 299, 127.5, 127.5
    ),
    "clean_fid": resizing.Preprocessing(
        "clean-bicubic", resizing.bicubic, 299, 128, 128
    ),
}

Tap = Literal[64, 192, 768, 2048, "logits", "logits_unbiased"]


class InceptionV3(nn.Module):
    """The network, up to a tap.

    Args:
        prepare: pixels of 0 to 255 to what the network reads.
        tap: which features: channels averaged over the places, or the logits.
    """

    prepare: resizing.Preprocessing
    tap: Tap = 2048

    @nn.compact
    def __call__(
        self, pixels: Float[Array, "b h w 3"]
    ) -> tuple[Float[Array, "b d"], Float[Array, "b k"] | None]:
        """Features and logits; no logits where the tap lies before them."""
        x = self.prepare(pixels)
        for width, stage in STAGES.items():
            for layer in stage:
                bound = isinstance(layer, Mixed)
                x = layer.copy(name=layer.name)(x) if bound else layer(x)
            if width == self.tap and width != 2048:
                return x.mean(axis=(1, 2)), None
        features = x.mean(axis=(1, 2))
        # Salimans et al. leave the bias out of the inception score: so do its logits.
        biased = nn.Dense(CLASSES, use_bias=self.tap == "logits", name="fc")
        logits = biased(features)
        return (features if self.tap == 2048 else logits), logits


def inception(
    weights: str,
    preprocessing: Literal[
        "torch_fidelity", "pytorch_fid", "clean_fid"
    ] = "torch_fidelity",
    tap: Tap = 2048,
    batch: int = 50,
) -> Extractor:
    """The FID's Inception-v3.

    Args:
        weights: path of pt_inception-2015-12-05-6726825d.pth, as pytorch-fid and
            torch-fidelity publish it, or of the same tensors as safetensors.
        preprocessing: whose resize and scaling; their FIDs differ.
        tap: which features. Probabilities come with 2048 and both kinds of logits;
            all but "logits" leave the last layer's bias out, as the inception score does.
        batch: images in one device call.

    Raises:
        BadInput: no such file, damaged, or not this network's.
        ValueError: an unknown preprocessing or tap.
    """
    _check_choice("preprocessing", preprocessing, tuple(PREPROCESSINGS))
    _check_choice("tap", tap, get_args(Tap))
    file = Path(weights).expanduser()
    if not file.exists():
        raise BadInput(
            f"there are no Inception weights at {file}",
            "get pt_inception-2015-12-05-6726825d.pth from pytorch-fid's releases on "
            "GitHub, put it there or give its path as `weights`",
        )
    tensors, digest = state_dict.load(file)
    named_official = OFFICIAL[:8] in file.name and file.suffix != ".safetensors"
    if named_official and digest != OFFICIAL:
        raise BadInput(
            f"{file} is not the checkpoint its name says (sha256 {digest[:8]}...)",
            "fetch it again",
        )
    prepare = PREPROCESSINGS[preprocessing]
    network = InceptionV3(prepare, tap)
    classes = CLASSES if tap in (2048, "logits", "logits_unbiased") else 0
    return Extractor(
        name="inception" if tap == 2048 else f"inception-{tap}",
        weights=digest,
        resize=prepare.name,
        dim=tap if isinstance(tap, int) else CLASSES,
        classes=classes,
        network=network,
        variables=fitted(network, convert(tensors), str(file)),
        batch=batch,
    )


def _check_choice(name: str, value: object, choices: tuple) -> None:
    if value not in choices:
        raise ValueError(
            f"{name}={value!r}, wanted one of {', '.join(map(str, choices))}"
        )


def convert(tensors: state_dict.Tensors) -> state_dict.Tensors:
    """The port's tensors as our parameters, by dotted name; batch norms folded in."""
    params = {}
    for name in tensors:
        layer = name.removesuffix(".conv.weight")
        if layer != name:
            params |= folded(tensors, layer, f"{layer}.conv", f"{layer}.bn", EPSILON)
    if "fc.weight" in tensors:
        params["fc.kernel"] = tensors["fc.weight"].T
    if "fc.bias" in tensors:
        params["fc.bias"] = tensors["fc.bias"]
    return params
