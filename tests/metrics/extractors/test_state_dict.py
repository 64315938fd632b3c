import collections
import io
import pickle
import zipfile

import numpy as np
import pytest

from gan_jax.errors import BadInput
from gan_jax.metrics.extractors import state_dict

GENERATOR = np.random.default_rng(0)
TENSORS = {
    "a.weight": GENERATOR.normal(size=(2, 3)).astype(np.float32),
    "a.bias": GENERATOR.normal(size=3),
    "half": GENERATOR.normal(size=(4, 1, 2)).astype(np.float16),
    "count": np.array(7, np.int64),
    "mask": np.array([True, False]),
    "empty": np.zeros((0, 5), np.float32),
}


def same(found, wanted):
    assert list(sorted(found)) == sorted(wanted)
    for name, tensor in wanted.items():
        assert found[name].dtype == tensor.dtype
        np.testing.assert_array_equal(found[name], tensor)


def test_safetensors_round_trip_and_are_always_the_same_bytes():
    stored = state_dict.to_safetensors(TENSORS)
    same(state_dict.from_safetensors(stored), TENSORS)
    backwards = dict(reversed(TENSORS.items()))
    assert state_dict.to_safetensors(backwards) == stored


def test_safetensors_are_those_of_the_library():
    library = pytest.importorskip(
        "safetensors.numpy", reason="the oracle of the format"
    )
    same(library.load(state_dict.to_safetensors(TENSORS)), TENSORS)
    same(state_dict.from_safetensors(library.save(TENSORS)), TENSORS)


@pytest.mark.parametrize("archive", [True, False], ids=["zip", "legacy"])
def test_reads_what_torch_writes(archive):
    torch = pytest.importorskip("torch", reason="the oracle of the format")
    tensors = {name: torch.tensor(tensor) for name, tensor in TENSORS.items()}
    matrix = torch.arange(12.0).reshape(3, 4)
    tensors["transposed"], tensors["part"] = matrix.T, matrix[1:, ::2]  # one storage
    tensors["parameter"] = torch.nn.Parameter(matrix)
    ordered = collections.OrderedDict(tensors)
    ordered._metadata = {"": {"version": 1}}  # as torch's own state dicts carry
    file = io.BytesIO()
    torch.save(ordered, file, _use_new_zipfile_serialization=archive)
    wanted = {name: t.detach().numpy() for name, t in tensors.items()}
    same(state_dict.from_torch(file.getvalue()), wanted)


class Trap:
    def __reduce__(self):
        return print, ("the pickle ran code",)


def zipped(tree: bytes, storage: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x/data.pkl", tree)
        archive.writestr("x/data/0", storage)
    return file.getvalue()


def test_runs_no_code(capsys, tmp_path):
    file = tmp_path / "trap.pth"
    file.write_bytes(zipped(pickle.dumps({"a": Trap()})))
    with pytest.raises(BadInput, match="asks for builtins.print"):
        state_dict.load(file)
    file.write_bytes(pickle.dumps({"a": Trap()}))
    with pytest.raises(BadInput, match="asks for builtins.print"):
        state_dict.load(file)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("offset", "shape", "stride"),
    [
        (0, (5,), (1,)),
        (2, (3,), (1,)),
        (0, (2,), (4,)),
        (3, (2,), (-1,)),
        (-1, (1,), (1,)),
    ],
)
def test_reads_nothing_outside_a_storage(offset, shape, stride):
    tensor = state_dict._Tensor(state_dict._Storage("<f4", "0"), offset, shape, stride)
    with pytest.raises(ValueError, match="outside its storage"):
        tensor.of({"0": bytes(16)})


def test_damage_is_one_line(tmp_path):
    torch = pytest.importorskip("torch", reason="makes the file that is damaged")
    for archive in (True, False):
        file = tmp_path / "weights.pth"
        torch.save({"a": torch.zeros(64)}, file, _use_new_zipfile_serialization=archive)
        whole = file.read_bytes()
        for part in (whole[:-40], whole[: len(whole) // 2], whole[:3], b""):
            file.write_bytes(part)
            with pytest.raises(BadInput, match=r"weights\.pth") as caught:
                state_dict.load(file)
            assert "\n" not in str(caught.value)


def test_a_flipped_bit_in_an_archive_is_noticed(tmp_path):
    torch = pytest.importorskip("torch", reason="makes the file that is damaged")
    file = tmp_path / "weights.pth"
    torch.save({"a": torch.full((64,), 3.0)}, file)
    stored = bytearray(file.read_bytes())
    place = stored.find(np.float32(3).tobytes() * 4)
    stored[place + 1] ^= 4
    file.write_bytes(stored)
    with pytest.raises(BadInput, match="damaged"):
        state_dict.load(file)


def test_an_absent_file_is_one_line(tmp_path):
    with pytest.raises(BadInput, match="No such file"):
        state_dict.load(tmp_path / "none.pth")


def test_other_things_are_no_state_dicts(tmp_path):
    file = tmp_path / "list.pth"
    file.write_bytes(zipped(pickle.dumps([1, 2])))
    with pytest.raises(BadInput, match="holds a list"):
        state_dict.load(file)
