import json

import numpy as np
import pytest

from gan_jax import data
from gan_jax.errors import BadInput

FULL = data.Facts(
    shape=(8, 8, 3),
    classes=("cat", "dog"),
    frequencies=(3, 0),
    arrays={"source": data.Spec((4, 4, 1), "float32"), "age": data.Spec((), "int32")},
)


@pytest.mark.parametrize("facts", [FULL, data.Facts((2,))])
def test_facts_survive_json_among_other_fields(facts):
    record = json.loads(json.dumps(facts.to_json()))
    others = {"name": "pets", "size": 3, "digest": "00"}
    assert data.Facts.from_json({**record, **others}) == facts
    assert hash(data.Facts.from_json(record)) == hash(facts)


def test_records_of_older_runs_hold_less():
    old = {"name": "ring8", "shape": [2], "classes": ["a"], "size": None, "digest": "0"}
    assert data.Facts.from_json(old) == data.Facts((2,), ("a",))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shape", "8x8"),
        ("shape", []),
        ("shape", [8, -8, 3]),
        ("shape", [8, True, 3]),
        ("shape", [8.0, 8, 3]),
        ("shape", None),
        ("classes", "cat"),
        ("classes", [0, 1]),
        ("frequencies", [1]),
        ("frequencies", [1, -1]),
        ("frequencies", {"cat": 1}),
        ("arrays", ["source"]),
        ("arrays", {"source": [4, 4, 1]}),
        ("arrays", {"source": {"shape": [4, 4, 1], "dtype": "object"}}),
        ("arrays", {"source": {"shape": [4, 4, 1], "dtype": "no type"}}),
        ("arrays", {"source": {"shape": [4, 4, 1], "dtype": None}}),
        ("arrays", {"source": {"shape": 4, "dtype": "int32"}}),
    ],
)
def test_a_malformed_field_is_named(field, value):
    with pytest.raises(BadInput, match=rf"^data\.{field}"):
        data.Facts.from_json({**FULL.to_json(), field: value})


@pytest.mark.parametrize("record", [None, [], 3, {}, {"classes": []}])
def test_what_is_no_record_is_refused(record):
    with pytest.raises(BadInput, match=r"^data"):
        data.Facts.from_json(record)


def test_classes_are_counted(stand_ins):
    root = str(stand_ins / "pictures")
    assert data.folder(root).facts.frequencies == (3, 4)
    assert data.folder(root, resident_bytes=0).facts.frequencies == (3, 4)
    assert data.mnist5k("test").facts.frequencies == (50,) * 10
    assert set(data.stacked_mnist().facts.frequencies) == {1}
    assert data.swiss_roll(count=9).facts == data.Facts((2,))


def test_facts_say_what_a_set_says():
    dataset = data.shapes(count=10, classes=4)
    counts = np.bincount(dataset.source.arrays["label"]).tolist()
    assert dataset.facts == data.Facts((16, 16, 1), dataset.classes, tuple(counts))
