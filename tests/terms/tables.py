"""Every term of the room: a new one adds a row and is held to the conformance tests."""

from gan_jax import losses, regularizers, terms

ALL_TERMS = {
    "penalty r1": lambda: terms.penalty(regularizers.r1(1.0)),
    "penalty r2": lambda: terms.penalty(regularizers.r2(1.0)),
    "penalty lazy": lambda: terms.penalty(
        regularizers.every(2, regularizers.gradient_penalty(1.0))
    ),
    "penalty told the fakes' class": lambda: terms.penalty(
        regularizers.gradient_penalty(1.0), side="fake"
    ),
    "matching": lambda: terms.matching(losses.feature_matching(1.0)),
}

NOT_TERMS = {"Moment", "Term", "Terms", "View", "added", "start"}
