"""One row a metric of the table: data it is tried on, and the numbers it gives."""

ANY = {
    "fd": ["fd"],
    "fd_infinity": ["fd_infinity"],
    "fd_interval": ["fd_interval", "fd_low", "fd_high"],
    "kd": ["kd"],
    "precision_recall": ["precision", "recall"],
    "density_coverage": ["density", "coverage"],
    "authenticity": ["authenticity"],
    "intra_fd": ["intra_fd"],
}
CLASSIFIER = {"is": ["is"], "classes": ["classes", "label_entropy"]}
TRIED = {
    "digits": "digits",
    "fashion": "grey",
    "random": "colour",
    "stacked": "stacked",
}
"""Extractors, and the data they are tried on."""


def _rows(extractor, kinds):
    return {
        f"{kind}_{extractor}": (
            TRIED[extractor],
            [f"{part}_{extractor}" for part in parts],
        )
        for kind, parts in kinds.items()
    }


METRICS = {
    **{kind: ("points", parts) for kind, parts in ANY.items()},
    "classes": ("digits", ["classes_digits", "label_entropy_digits"]),
    **_rows("digits", ANY | CLASSIFIER),
    **_rows("fashion", ANY | CLASSIFIER),
    **_rows("random", ANY),
    **_rows("stacked", {k: ANY[k] for k in ("fd", "kd")} | CLASSIFIER),
    "modes": ("points", ["modes", "high_quality", "reverse_kl"]),
    "ms_ssim": ("colour", ["ms_ssim", "ms_ssim_real"]),
    "accuracy": ("digits", ["accuracy"]),
    "class_accuracy": ("digits", ["class_accuracy_mean", "class_accuracy_min"]),
    "class_counts": ("digits", ["class_count_mean", "class_count_min"]),
    "stacked_modes": ("stacked", ["stacked_modes", "stacked_kl"]),
}
PATHS = ("ppl_z", "ppl_w", "ppl_z_end", "ppl_w_end")
MADE = {
    name
    for kind in PATHS
    for name in (
        kind,
        *(f"{kind}_{source}" for source in (*TRIED, "lite0", "inception", "lpips")),
    )
}
LIKELY = ("elbo", "iwae", "nll", "bits_per_dim", "active_units")
MADE |= {*LIKELY, "eq_t", "eq_t_frac", "eq_r"}
"""Metrics that ask a model; test_paths.py, test_likelihoods.py, test_equivariance.py
have one."""
# Too dear for here; tests/metrics/extractors holds the networks to their references.
UNTRIED = (
    {f"{kind}_lite0" for kind in ANY | CLASSIFIER}
    | {f"{kind}_stacked" for kind in ANY if kind not in ("fd", "kd")}
    | {"fid", "fid_infinity", "fid_interval", "intra_fid", "kid", "is"}
    | {"precision_recall_inception", "density_coverage_inception"}
    | {"authenticity_inception", "classes_inception"}
)
