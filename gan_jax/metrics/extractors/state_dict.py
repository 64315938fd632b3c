"""Weights on disk: torch checkpoints read without torch, pickled arrays, safetensors.

A torch checkpoint is a pickle, and a pickle can run any code. The readers here know the
handful of names that a plain state dict, or an array, is made of and refuse all others.
Both layouts of torch are read: the zip archive (1.6 and later) and the older stream of
pickles.
"""

import codecs
import collections
import hashlib
import importlib
import io
import json
import math
import pickle
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Shaped

from gan_jax.errors import BadInput

Tensors = dict[str, Shaped[np.ndarray, "..."]]
"""Tensors by their dotted names, e.g. `Mixed_5b.branch1x1.conv.weight`."""

_STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}
_SAFETENSORS = {
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"},
    **{"I16": "<i2", "I8": "<i1", "U8": "<u1", "BOOL": "?"},
}
_FIRST_LEGACY_PICKLE = 0x1950A86A20F9469CFC6C


def load(file: Path, digest: str | None = None) -> tuple[Tensors, str]:
    """Tensors of a file, and its sha256.

    Args:
        file: a torch checkpoint; numpy arrays in nested dicts, pickled (`.ckpt`); or
            `.safetensors`.
        digest: sha256 that it must have, found out before it is read; any by default.

    Raises:
        BadInput: no such file, not one of these, damaged, or of another digest.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read {file}: {error.strerror}") from error
    found = hashlib.sha256(data).hexdigest()
    if digest and found != digest:
        raise BadInput(
            f"{file} is not the file that is wanted (sha256 {found[:8]}..., "
            f"wanted {digest[:8]}...)",
            "fetch it again",
        )
    read = _READERS.get(file.suffix, from_torch)
    try:
        return read(data), found
    except BadInput as error:
        raise BadInput(f"{file}: {error.what}", error.todo) from error
    except Exception as error:  # unpickling damaged bytes raises almost anything
        raise BadInput(f"{file} is damaged: {error!r}", "fetch it again") from error


def from_safetensors(data: bytes) -> Tensors:
    """Tensors of a safetensors file's bytes."""
    (size,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8 : 8 + size]), memoryview(data)[8 + size :]
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(
            body[slice(*entry["data_offsets"])], _SAFETENSORS[entry["dtype"]]
        ).reshape(entry["shape"])
        for name, entry in header.items()
    }


def to_safetensors(tensors: Tensors) -> bytes:
    """A safetensors file of the tensors: the same bytes for the same tensors."""
    names = {np.dtype(dtype): name for name, dtype in _SAFETENSORS.items()}
    header, parts, place = {}, [], 0
    for name in sorted(tensors):
        part = np.ascontiguousarray(tensors[name]).tobytes()
        header[name] = {
            "dtype": names[tensors[name].dtype],
            "shape": list(tensors[name].shape),
            "data_offsets": [place, place + len(part)],
        }
        parts.append(part)
        place += len(part)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(parts)


def from_torch(data: bytes) -> Tensors:
    """Tensors of the bytes of `torch.save(state_dict)`.

    Raises:
        BadInput: the pickle names anything but tensors and plain values.
    """
    if data[:2] == b"PK":
        tree, storages = _read_archive(data)
    else:
        tree, storages = _read_legacy(data)
    if isinstance(tree, dict) and isinstance(tree.get("state_dict"), dict):
        tree = tree["state_dict"]
    if not isinstance(tree, dict):
        raise BadInput(f"holds a {type(tree).__name__}", "wanted a state dict")
    return {
        name: value.of(storages)
        for name, value in tree.items()
        if isinstance(value, _Tensor)
    }


def from_arrays(data: bytes) -> Tensors:
    """Tensors of a pickle of numpy arrays in nested dicts, their keys joined by dots.

    Raises:
        BadInput: the pickle names anything but arrays and plain values.
    """
    tree = _OfArrays(io.BytesIO(data)).load()
    if not isinstance(tree, dict):
        raise BadInput(f"holds a {type(tree).__name__}", "wanted a dict of arrays")
    found: Tensors = {}
    stack = [("", tree)]
    while stack:
        place, node = stack.pop()
        for name, value in node.items():
            if isinstance(value, dict):
                stack.append((f"{place}{name}.", value))
            elif isinstance(value, np.ndarray):
                found[f"{place}{name}"] = value
    return found


_READERS = {".safetensors": from_safetensors, ".ckpt": from_arrays}
"""By the file's suffix; all others are torch's."""


class _Storage(NamedTuple):
    dtype: str
    key: str
    start: int = 0  # of a view into another storage, in elements


class _Tensor(NamedTuple):
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def of(self, storages: dict[str, bytes]) -> np.ndarray:
        flat = np.frombuffer(storages[self.storage.key], self.storage.dtype)
        start = self.storage.start + self.offset
        last = start + sum((n - 1) * s for n, s in zip(self.shape, self.stride))  # noqa: B905
        if min((start, *self.stride, *self.shape)) < 0 or (
            math.prod(self.shape) and last >= flat.size
        ):
            raise ValueError(f"a tensor of shape {self.shape} lies outside its storage")
        strides = [s * flat.itemsize for s in self.stride]
        view = np.lib.stride_tricks.as_strided(flat[start:], self.shape, strides)
        return np.array(view, order="C")


def _tensor(storage, offset, shape, stride, *_) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(stride))


def _parameter(data, *_) -> _Tensor:
    return data


_ALLOWED = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    **{("torch", name): dtype for name, dtype in _STORAGES.items()},
}


_OF_NUMPY = ("multiarray", "_reconstruct"), ("numeric", "_frombuffer")
_ALLOWED_ARRAYS = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): codecs.encode,  # bytes, as old protocols write them
    **{
        (f"numpy.{core}.{place}", name): getattr(
            importlib.import_module(f"numpy._core.{place}"), name
        )
        for core in ("core", "_core")
        for place, name in _OF_NUMPY
    },
}


class _Unpickler(pickle.Unpickler):
    allowed: Mapping[tuple[str, str], Any] = _ALLOWED

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self.allowed[module, name]
        except KeyError:
            raise BadInput(
                f"its pickle asks for {module}.{name}, which no state dict needs",
                "save the plain state dict, and trust no other file",
            ) from None

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _, _, *rest = pid
        if kind != "storage":
            raise BadInput(f"its pickle holds a {kind}", "wanted a state dict")
        view = rest[0] if rest else None  # (key, first element, count)
        return _Storage(dtype, key, view[1] if view else 0)


class _OfArrays(_Unpickler):
    allowed = _ALLOWED_ARRAYS


def _read_archive(data: bytes) -> tuple[Any, dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        root = next(n for n in names if n.endswith("data.pkl")).removesuffix("data.pkl")
        order = f"{root}byteorder"
        if order in names and archive.read(order) != b"little":
            raise BadInput("was written on a big-endian machine", "save it on another")
        tree = _Unpickler(io.BytesIO(archive.read(f"{root}data.pkl"))).load()
        folder = f"{root}data/"
        storages = {
            name.removeprefix(folder): archive.read(name)  # checks each one's CRC
            for name in names
            if name.startswith(folder)
        }
    return tree, storages


def _read_legacy(data: bytes) -> tuple[Any, dict[str, bytes]]:
    stream = io.BytesIO(data)
    try:
        magic = _Unpickler(stream).load()
    except pickle.UnpicklingError:
        magic = None
    if magic != _FIRST_LEGACY_PICKLE:
        raise BadInput("is no torch checkpoint", "wanted .pth, .pt or .safetensors")
    _Unpickler(stream).load()  # protocol version
    system = _Unpickler(stream).load()
    if not system["little_endian"]:
        raise BadInput("was written on a big-endian machine", "save it on another")
    collector = _Collector(stream)
    tree = collector.load()
    storages = {}
    for key in _Unpickler(stream).load():
        (count,) = struct.unpack("<q", stream.read(8))
        size = count * np.dtype(collector.dtypes[key]).itemsize
        storages[key] = stream.read(size)
        if len(storages[key]) != size:
            raise ValueError("it ends early")
    return tree, storages


class _Collector(_Unpickler):
    """Remembers the type of each storage, which the legacy stream says only here."""

    def __init__(self, stream: io.BytesIO):
        super().__init__(stream)
        self.dtypes: dict[str, str] = {}

    def persistent_load(self, pid: Any) -> _Storage:
        storage = super().persistent_load(pid)
        self.dtypes[storage.key] = storage.dtype
        return storage
