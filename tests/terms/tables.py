"""Every term of the room: a new one adds a row and is held to the conformance tests."""

from gan_jax import augment, losses, regularizers, terms

ALL_TERMS = {
    "penalty r1": lambda: terms.penalty(regularizers.r1(1.0)),
    "penalty r2": lambda: terms.penalty(regularizers.r2(1.0)),
    "penalty lazy": lambda: terms.penalty(
        regularizers.every(2, regularizers.gradient_penalty(1.0))
    ),
    "penalty told the fakes' class": lambda: terms.penalty(
        regularizers.gradient_penalty(1.0), side="fake"
    ),
    "lecam": lambda: terms.lecam(0.3),
    "lecam debiased": lambda: terms.lecam(1e-3, start=10, debiased=True),
    "consistency": lambda: terms.consistency(10.0, augment=augment.instance_noise()),
    "consistency both sides": lambda: terms.consistency(
        10.0, "both", augment.instance_noise(0.2), ("features",)
    ),
    "latent_consistency": lambda: terms.latent_consistency(20.0),
    "latent_diversity": lambda: terms.latent_diversity(0.5),
    "matching": lambda: terms.matching(losses.feature_matching(1.0)),
}

NOT_TERMS = {"Moment", "Term", "Terms", "View", "added", "start"}
