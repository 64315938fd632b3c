"""StyleGAN3-T beside StyleGAN2 with Fourier features, at equal time on one core.

    python -m experiments.translation.run --seeds 0

Both begin from waves that can be moved; what of the picture moves with them is measured
(EQ-T) and drawn. The critic is the same. `--share=0.01` tries all of it with a hundredth
of the rounds, and writes nothing.
"""

from experiments.laboratory.contests import Contest, Contestant, main
from experiments.translation import sweep

SAME = {
    "config.models.disc.widths": "[16,32,32]",
    "config.models.gen.style": 64,
    "config.train.batch_size": 32,
    "config.game.regularizers.r1.gamma": 1.0,
    "config.game.ema.images": 2000,
    "config.game.ema.per_round": 32,
}
CONTESTS = {
    "digits": Contest(
        "5,000 digits, 28 x 28",
        {
            "stylegan2": Contestant(
                "StyleGAN2 with Fourier features",
                "stylegan2.py:digits28_fourier",
                1700,
                SAME | {"config.models.gen.widths": "[32,32,16]"},
            ),
            "stylegan3": Contestant(
                "StyleGAN3-T, 8 layers of 16 channels",
                "stylegan3.py:digits28",
                400,
                SAME
                | {
                    "config.models.gen.num_layers": 8,
                    "config.models.gen.channel_max": 16,
                },
            ),
        },
        ("fd_digits", "precision_recall_digits", "eq_t", "eq_t_frac"),
        {
            "fd_digits": "FD-digits",
            "precision_digits": "precision",
            "recall_digits": "recall",
            "eq_t": "EQ-T, dB",
            "eq_t_frac": "EQ-T frac, dB",
        },
        samples=2000,
        drawn={"moved": sweep.draw},
    ),
}

if __name__ == "__main__":
    main("translation", CONTESTS, __doc__)
