"""Arrays written as a set of TFDS, without TensorFlow.

A builder made on the spot, of the set's name and version, hands over PNG bytes: what
reads the result cannot tell it from the set that the catalogue's own builder makes.
"""

import importlib
import io
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image


def store(
    name: str,
    version: str,
    splits: Mapping[str, tuple[np.ndarray, np.ndarray]],
    classes: tuple[str, ...],
    data_dir: str | None = None,
) -> None:
    """Writes a labelled image set as array_record; it appears whole or not at all.

    Args:
        name: of the set, in snake case.
        version: three numbers, e.g. `3.0.1`.
        splits: for each its uint8 images [n, h, w, c], c 1 or 3, and labels [n].
        classes: names of the labels 0, 1, ...
        data_dir: where to; the default is TFDS's own.
    """
    tfds: Any = importlib.import_module("tensorflow_datasets")
    shape = next(iter(splits.values()))[0].shape[1:]
    features = {
        "image": tfds.features.Image(shape=shape),
        "label": tfds.features.ClassLabel(names=list(classes)),
    }

    with tfds.core.registered.skip_registration():

        class Local(tfds.core.GeneratorBasedBuilder):
            """A set made from arrays at hand."""

            VERSION = tfds.core.Version(version)

            def _info(self) -> Any:
                return tfds.core.DatasetInfo(
                    builder=self,
                    features=tfds.features.FeaturesDict(features),
                    supervised_keys=("image", "label"),
                )

            def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
                del dl_manager
                return {split: _examples(*pair) for split, pair in splits.items()}

            def _generate_examples(self) -> Iterator:
                raise NotImplementedError  # the generators are made above

    Local.name = name
    Local(data_dir=data_dir, file_format="array_record").download_and_prepare()


def _examples(images: np.ndarray, labels: np.ndarray) -> Iterator[tuple[int, dict]]:
    for i, (pixels, label) in enumerate(zip(images, labels, strict=True)):
        png = io.BytesIO()  # PNG bytes pass through; arrays would need TensorFlow
        Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).save(
            png, "png"
        )
        yield i, {"image": png.getvalue(), "label": int(label)}
