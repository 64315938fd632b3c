"""One row a metric of the table: data it is tried on, and the numbers it gives."""

METRICS = {
    "fd": ("grey", ["fd_digits"]),
    "kd": ("grey", ["kd_digits"]),
    "precision_recall": ("points", ["precision", "recall"]),
    "density_coverage": ("points", ["density", "coverage"]),
    "modes": ("points", ["modes", "high_quality", "reverse_kl"]),
    "classes": ("grey", ["classes_digits", "label_entropy_digits"]),
    "fd_digits": ("grey", ["fd_digits"]),
    "kd_digits": ("grey", ["kd_digits"]),
    "is_digits": ("grey", ["is_digits"]),
    "precision_recall_digits": ("grey", ["precision_digits", "recall_digits"]),
    "density_coverage_digits": ("grey", ["density_digits", "coverage_digits"]),
    "classes_digits": ("grey", ["classes_digits", "label_entropy_digits"]),
    "fd_fashion": ("grey", ["fd_fashion"]),
    "kd_fashion": ("grey", ["kd_fashion"]),
    "is_fashion": ("grey", ["is_fashion"]),
    "precision_recall_fashion": ("grey", ["precision_fashion", "recall_fashion"]),
    "density_coverage_fashion": ("grey", ["density_fashion", "coverage_fashion"]),
    "classes_fashion": ("grey", ["classes_fashion", "label_entropy_fashion"]),
    "fd_random": ("colour", ["fd_random"]),
    "kd_random": ("colour", ["kd_random"]),
    "precision_recall_random": ("colour", ["precision_random", "recall_random"]),
    "density_coverage_random": ("colour", ["density_random", "coverage_random"]),
}
# Too dear for here; tests/metrics/extractors holds the networks to their references.
UNTRIED = {
    f"{kind}_lite0"
    for kind in ("fd", "kd", "is", "precision_recall", "density_coverage", "classes")
} | {
    "fid",
    "kid",
    "is",
    "precision_recall_inception",
    "density_coverage_inception",
    "classes_inception",
}
