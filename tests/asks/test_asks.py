"""What may be asked, what stands there when nobody asks, and how a wrong ask is told."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import asks, rng, sampling
from gan_jax.asks import Ask, checked, class_labels, codes, filled, from_reals
from gan_jax.data import Facts
from gan_jax.errors import BadInput

KEYS = rng.deal(jax.random.key(3), 4000)
FACTS = Facts((2,), ("cat", "dog", "cow", "emu"), (10, 30, 0, 60))
ASKS = {
    "label": Ask(
        dtype="int32",
        drawn=lambda keys: jnp.zeros(len(keys), jnp.int32),
        below=4,
        names=FACTS.classes,
    ),
    "truncation": Ask(drawn=lambda keys: jnp.ones(len(keys))),
    "picture": Ask((2, 2, 1), data="source"),
}
PICTURE = np.zeros((2, 2, 1))


def test_every_public_name_is_tried_here():
    tried = "UNCONDITIONAL Ask Asked Condition Conditional checked class_labels codes"
    in_games = "PLAIN Manner"  # told to generators: tests/games/test_style_based.py
    assert set(asks.__all__) == {
        *tried.split(),
        *in_games.split(),
        "filled",
        "from_reals",
        "asks_of",
        "latents_of",
        "requested",  # by every model, of a workdir or a bundle: tests/export
    }


def test_a_prior_is_asked_only_where_it_can_be_and_all_is_answered():
    plain, asking = sampling.normal((3,)), sampling.truncatable((3,))
    assert (set(asks.asks_of(plain)), set(asks.asks_of(asking))) == (
        set(),
        {"truncation"},
    )
    drawn = np.asarray(asks.latents_of(plain, KEYS, {"truncation": jnp.ones(4000)}))
    assert np.abs(drawn).max() > 2  # not for it
    np.testing.assert_array_equal(asks.latents_of(asking, KEYS, {}), asking(KEYS))
    short = asks.latents_of(asking, KEYS, {"truncation": jnp.full(4000, 0.5)})
    assert 0.4 < np.abs(short).max() <= 0.5


def test_what_nobody_asks_is_drawn_and_hangs_on_the_key_alone():
    given = {"picture": jnp.ones((4000, 2, 2, 1)), "label": jnp.ones(4000, jnp.int32)}
    found = filled(ASKS, KEYS, given)
    assert found["label"] is given["label"]
    np.testing.assert_array_equal(found["truncation"], 1)
    condition = class_labels()(FACTS)
    drawn = filled(condition.asks, KEYS, {})["label"]
    np.testing.assert_array_equal(
        filled(condition.asks, KEYS[7:9], {})["label"], drawn[7:9]
    )
    with pytest.raises(ValueError, match="picture must be given"):
        filled(ASKS, KEYS, {})


@pytest.mark.parametrize(
    ("law", "shares"), [("uniform", [0.25] * 4), ("marginal", [0.1, 0.3, 0.0, 0.6])]
)
def test_classes_are_drawn_by_their_law(law, shares):
    condition = class_labels(law)(FACTS)
    labels = np.asarray(filled(condition.asks, KEYS, {})["label"])
    found = np.bincount(labels, minlength=4) / len(labels)
    # Four standard deviations of a share of 4,000.
    np.testing.assert_allclose(found, shares, atol=4 * np.sqrt(0.25 / 4000))
    assert all(f == 0 for f, s in zip(found, shares, strict=True) if s == 0)
    assert condition.asks["label"].law == law


def test_a_condition_is_one_hot_for_both_sides():
    condition = class_labels()(FACTS)
    label = jnp.asarray([2, 0])
    expected = [[0, 0, 1, 0], [1, 0, 0, 0]]
    np.testing.assert_array_equal(condition.of_asked({"label": label}), expected)
    np.testing.assert_array_equal(condition.of_data({"label": label}), expected)


def test_codes_are_drawn_uniformly_and_reals_have_none():
    condition = codes((3, 2), continuous=2)(Facts((2,)))
    assert list(condition.asks) == ["category0", "category1", "code"]
    drawn = filled(condition.asks, KEYS, {})
    for name, size in (("category0", 3), ("category1", 2)):
        shares = np.bincount(np.asarray(drawn[name]), minlength=size) / len(KEYS)
        # Four standard deviations of a share of 4,000.
        np.testing.assert_allclose(shares, 1 / size, atol=4 * np.sqrt(0.25 / 4000))
    code = np.asarray(drawn["code"])
    assert code.shape == (4000, 2)
    assert (code.min() >= -1) & (code.max() < 1)
    np.testing.assert_allclose(code.mean(0), 0, atol=4 * np.sqrt(1 / 3 / 4000))
    np.testing.assert_allclose(code.var(0), 1 / 3, rtol=0.05)
    told = condition.of_asked(drawn)
    np.testing.assert_array_equal(told.categorical[0].argmax(-1), drawn["category0"])
    np.testing.assert_array_equal(told.continuous, code)
    none = condition.of_data({"sample": jnp.ones((5, 2))})
    assert jax.tree.map(lambda x: x.shape[1:], none) == jax.tree.map(
        lambda x: x.shape[1:], told
    )
    assert not any(leaf.any() for leaf in jax.tree.leaves(none))
    assert not condition.real
    assert class_labels()(FACTS).real


def test_one_category_needs_no_number():
    assert list(codes((4,), continuous=0)(FACTS).asks) == ["category"]
    for wrong in (((1,), 2), ((), 0), ((3,), -1)):
        with pytest.raises(ValueError, match=r"categorical|continuous"):
            codes(*wrong)


def test_data_without_classes_cannot_condition():
    with pytest.raises(ValueError, match="no classes"):
        class_labels()(Facts((2,)))
    with pytest.raises(ValueError, match="nobody counted"):
        class_labels("marginal")(Facts((2,), ("a", "b")))


def test_an_ask_that_nothing_answers_cannot_be_made():
    with pytest.raises(ValueError, match="drawn, or stands in the data"):
        Ask()


def test_one_value_or_one_for_each():
    found = checked(ASKS, {"label": 3, "picture": PICTURE, "truncation": 1}, 5)
    np.testing.assert_array_equal(found["label"], [3] * 5)
    assert found["label"].dtype == np.int32
    assert found["truncation"].dtype == np.float32
    assert found["picture"].shape == (5, 2, 2, 1)
    each = checked(ASKS, {"label": ["dog", "emu"], "picture": PICTURE}, 2)
    np.testing.assert_array_equal(each["label"], [1, 3])
    assert checked({}, {"label": None}, 2) == {}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"labl": 1}, "cannot be asked for 'labl'; did you mean label"),
        ({"zoom": 1}, "it can be asked for label, truncation, picture"),
        ({"label": 4}, "label=4 is out of range; 0 to 3"),
        ({"label": [0, -1]}, "label=-1 is out of range"),
        ({"label": 1.0}, "wanted whole numbers"),
        ({"label": True}, "wanted whole numbers"),
        ({"label": "cot"}, "label=cot is no class; there is cow, cat"),
        ({"label": [1, 2, 3]}, r"label has the shape \(3,\)"),
        ({"label": [[1], [2, 3]]}, "give one value, or one for each"),
        ({"truncation": "much"}, "wanted numbers"),
        ({"truncation": float("nan")}, "not finite"),
        ({"picture": np.zeros((2, 1))}, r"picture has the shape \(2, 1\)"),
        ({"picture": None}, "needs picture of every sample"),
        ({"label": {"a": 1}}, "wanted whole numbers"),
    ],
)
def test_a_wrong_ask_is_one_clear_line(asked, message):
    with pytest.raises(BadInput, match=message) as error:
        checked(ASKS, {"picture": PICTURE, **asked}, 2)
    assert "\n" not in str(error.value)


def test_a_model_without_asks_says_so():
    with pytest.raises(BadInput, match="it can be asked for nothing"):
        checked({}, {"label": 1}, 2)


def test_a_condition_taken_from_reals_is_asked_for_as_before_and_reals_must_have_it():
    own, shared = class_labels("marginal"), from_reals(class_labels("marginal"))
    for name, ask in own(FACTS).asks.items():
        taken = shared(FACTS).asks[name]
        np.testing.assert_array_equal(taken.drawn(KEYS), ask.drawn(KEYS))
    assert (own(FACTS).shared, shared(FACTS).shared) == (False, True)
    with pytest.raises(ValueError, match="reals have no such condition"):
        from_reals(codes())(FACTS)
