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
    "level_agreement": lambda: terms.level_agreement(2),
    "logit_decay": terms.logit_decay,
    "logit_decay fakes": lambda: terms.logit_decay(0.5, on="fake"),
    "matching": lambda: terms.matching(losses.feature_matching(1.0)),
    "auxiliary_classifier": terms.auxiliary_classifier,
    "auxiliary_classifier both": lambda: terms.auxiliary_classifier(0.5, "both"),
    "twin_classifier": terms.twin_classifier,
    "twin_classifier fool": lambda: terms.twin_classifier(fool=True),
    "discriminative_classifier": terms.discriminative_classifier,
    "discriminative_classifier fool": lambda: terms.discriminative_classifier(
        fool=True
    ),
    "multi_hinge": terms.multi_hinge,
    "class_weighted": lambda: terms.class_weighted(terms.multi_hinge(), (5, 1, 2)),
    "contrastive": terms.contrastive,
    "data_to_data": terms.data_to_data,
    "mutual_information": terms.mutual_information,
    "rotation": terms.rotation,
}

NOT_TERMS = {"Moment", "Term", "Terms", "View", "added", "start"}
