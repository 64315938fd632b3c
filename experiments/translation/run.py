"""StyleGAN3-T beside StyleGAN2 with Fourier features, at equal time on one core.

    python -m experiments.translation.run [--seeds 0]

Both begin from waves that can be moved; what of the picture moves with them is measured
(EQ-T) and drawn. `--share=0.01` tries all of it with a hundredth of the rounds, and writes
nothing.
"""

from experiments.laboratory.contests import Contest, Contestant, main
from experiments.translation import sweep

CONTESTS = {
    "digits": Contest(
        "5,000 digits, 28 x 28",
        {
            "stylegan2": Contestant(
                "StyleGAN2 with Fourier features",
                "stylegan2.py:digits28_fourier",
                400,
            ),
            "stylegan3": Contestant("StyleGAN3-T", "stylegan3.py:digits28", 400),
        },
        ("fd_digits", "precision_recall_digits", "eq_t", "eq_t_frac"),
        {
            "fd_digits": "FD-digits",
            "precision_digits": "precision",
            "recall_digits": "recall",
            "eq_t": "EQ-T",
            "eq_t_frac": "EQ-T frac",
        },
        drawn={"moved": sweep.draw},
    ),
}

if __name__ == "__main__":
    main("translation", CONTESTS, __doc__)
