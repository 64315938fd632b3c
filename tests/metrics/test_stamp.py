import dataclasses
import json

import pytest

from gan_jax.errors import BadInput
from gan_jax.metrics import Protocol, Score, compare, differences
from gan_jax.metrics.stamp import PROVENANCE, YOUNGER

PROTOCOL = Protocol(
    extractor="inception-2015-12-05",
    weights="6726825d",
    resize="tf1-bilinear",
    n_real=50000,
    split="train",
    n_fake=50000,
    ema=True,
    batch_norm="running",
    seed=1,
    commit="abc",
    device="cpu",
)
SCORE = Score("fid", 21.7, 0.21, PROTOCOL)
OTHER = {
    "extractor": "lite0",
    "weights": "00",
    "resize": "bilinear",
    "n_real": 10000,
    "split": "test",
    "n_fake": 5000,
    "ema": False,
    "batch_norm": "batch",
    "truncation": 0.7,
    "labels": "uniform",
    "checkpoint": "best of 50 by fid",
    "order": "shuffled",
    "pictures": "64 x 64 by crop",
    "how": "steps of 0.0001",
    "seed": 2,
    "commit": "def",
    "device": "gpu",
}


def changed(**fields):
    return Score("fid", 20.0, None, dataclasses.replace(PROTOCOL, **fields))


def test_every_field_is_tried():
    assert set(OTHER) == {field.name for field in dataclasses.fields(Protocol)}


@pytest.mark.parametrize("field", sorted(set(OTHER) - set(PROVENANCE)))
def test_unlike_protocols_are_refused_by_name(field):
    with pytest.raises(BadInput, match=rf"not measured alike \({field}: "):
        compare(SCORE, changed(**{field: OTHER[field]}))


@pytest.mark.parametrize("field", PROVENANCE)
def test_seed_commit_and_device_may_differ(field):
    assert compare(SCORE, changed(**{field: OTHER[field]})) == pytest.approx(-1.7)


def test_every_difference_is_listed():
    found = differences(PROTOCOL, dataclasses.replace(PROTOCOL, **OTHER))
    assert set(found) == set(OTHER) - set(PROVENANCE)
    assert found["n_fake"] == (50000, 5000)


def test_two_metrics_are_not_compared():
    with pytest.raises(BadInput, match="fid and kid are two metrics"):
        compare(SCORE, dataclasses.replace(SCORE, name="kid"))


@pytest.mark.parametrize("value", [21.7, float("inf"), float("nan"), 0.1 + 0.2])
@pytest.mark.parametrize("spread", [None, 0.21])
def test_json_round_trip(value, spread):
    score = dataclasses.replace(SCORE, value=value, spread=spread)
    text = score.to_json()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert "\n" not in text
    back = Score.from_json(text)
    assert back.protocol == PROTOCOL
    assert repr(back) == repr(score)


def test_json_of_another_shape_is_refused():
    record = json.loads(SCORE.to_json())
    del record["protocol"]["n_fake"]
    with pytest.raises(BadInput, match="protocol lacks or should not have n_fake"):
        Score.from_json(json.dumps(record))
    with pytest.raises(BadInput, match="colour"):
        Score.from_json(json.dumps({**json.loads(SCORE.to_json()), "colour": 1}))
    with pytest.raises(BadInput, match="not a score"):
        Score.from_json("fid 21.7")
    with pytest.raises(BadInput, match="not an object"):
        Score.from_json("[1]")


def test_scores_written_before_a_field_existed_have_its_default():
    record = json.loads(SCORE.to_json())
    for name in YOUNGER:
        del record["protocol"][name]
    old = Score.from_json(json.dumps(record))
    assert old == SCORE
    assert (old.protocol.order, old.protocol.pictures) == ("as given", "as they are")
    with pytest.raises(BadInput, match=r"order: 'as given' and 'shuffled'"):
        compare(old, changed(order="shuffled"))


@pytest.mark.parametrize("value", [None, "much", [1]])
def test_a_value_that_is_no_number_is_no_score(value):
    record = json.loads(SCORE.to_json()) | {"value": value}
    with pytest.raises(BadInput, match="not a score"):
        Score.from_json(json.dumps(record))


def test_a_protocol_has_no_silent_counts():
    with pytest.raises(TypeError, match="n_fake"):
        Protocol(  # type: ignore[call-arg]
            extractor="a",
            weights="b",
            resize="c",
            n_real=1,
            split="d",
            ema=True,
            batch_norm="none",
        )
