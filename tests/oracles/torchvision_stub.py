"""Stands in for torchvision while torch-fidelity, pytorch-fid or torch-mimicry import.

They name torchvision (mimicry: tensorboard, TensorFlow and more) at import, and use it
only for data, transforms and logs, which no comparison here touches. Every attribute is
an empty class: good to inherit from and to list in a table, useless otherwise.
Importing this file does nothing; `install()` and `stand_ins()` do, and leave real
packages alone.
"""

import contextlib
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Iterator

MODULES = {
    "torchvision": (
        "torchvision",
        "torchvision.datasets",
        "torchvision.io",
        "torchvision.models",
        "torchvision.models.inception",
        "torchvision.transforms",
        "torchvision.transforms.functional",
        "torchvision.utils",
    ),
    "tensorboard": ("torch.utils.tensorboard",),
    "skimage": ("skimage", "skimage.io"),
    "requests": ("requests",),
    "tensorflow": ("tensorflow",),
    "torch._six": ("torch._six",),
}
"""What is put in the place of a package that is absent; parents come first."""


class _Stub(types.ModuleType):
    __version__ = "0.28.0"

    def __init__(self, name: str):
        super().__init__(name)
        self.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
        self.__path__ = []

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {"__init__": lambda self, *args, **kwargs: None})
        setattr(self, name, made)
        return made


def install() -> None:
    """Make `import torchvision` succeed, unless it does already; for good."""
    _put("torchvision")


@contextlib.contextmanager
def stand_ins() -> Iterator[None]:
    """Every absent package has a stub inside the block, and none after it.

    For torch-mimicry, whose imports ask for TensorFlow; a stub of that left behind
    would mislead whoever looks whether it is installed.
    """
    names = [name for package in MODULES for name in _put(package)]
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


def _put(package: str) -> list[str]:
    if package in sys.modules or importlib.util.find_spec(package):
        return []
    names = [name for name in MODULES[package] if name not in sys.modules]
    for name in names:
        stub = sys.modules[name] = _Stub(name)
        parent, _, child = name.rpartition(".")
        if isinstance(sys.modules.get(parent), _Stub):
            setattr(sys.modules[parent], child, stub)
    return names
