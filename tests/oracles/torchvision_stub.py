"""Stands in for torchvision while torch-fidelity, pytorch-fid or torch-mimicry import.

They name torchvision at import and use it only for data sets and transforms, which no
comparison here touches. Every attribute is an empty class: good to inherit from and to
list in a table, useless otherwise. Importing this file does nothing; `install()` does,
and leaves a real torchvision alone.
"""

import importlib.machinery
import importlib.util
import sys
import types

SUBMODULES = (
    "datasets",
    "io",
    "models",
    "models.inception",
    "transforms",
    "transforms.functional",
    "utils",
)


class _Stub(types.ModuleType):
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
    """Make `import torchvision` succeed, unless it does already."""
    if "torchvision" in sys.modules or importlib.util.find_spec("torchvision"):
        return
    root = sys.modules["torchvision"] = _Stub("torchvision")
    root.__version__ = "0.28.0"
    for name in SUBMODULES:
        full = f"torchvision.{name}"
        module = sys.modules[full] = _Stub(full)
        parent, _, child = full.rpartition(".")
        setattr(sys.modules[parent], child, module)
