"""StyleGAN2 and R3GAN beside the default WGAN-GP, at equal time on one core.

    python -m experiments.equal_time.run --tables digits [--seeds 0,1,2]
    python -m experiments.equal_time.run --tables colour --seeds 0    # hours

The colour table wants the emoji of `experiments/few_images/emoji.py`. `--share=0.01` tries
all of it with a hundredth of the rounds, and writes nothing.
"""

from experiments.few_images import emoji
from experiments.laboratory.contests import Contest, Contestant, main

EMOJI = {"config.data.path": str(emoji.ALL)}
CONTESTS = {
    "digits": Contest(
        "5,000 digits, 28 x 28",
        {
            "wgan_gp": Contestant("WGAN-GP, the default", "wgan_gp.py", 1500),
            "stylegan2": Contestant(
                "StyleGAN2", "stylegan2.py:minutes", 2500, metrics=("ppl_w",)
            ),
            "r3gan": Contestant("R3GAN", "r3gan.py:minutes", 1000),
        },
        ("fd_digits", "precision_recall_digits", "ppl_z"),
        {
            "fd_digits": "FD-digits",
            "precision_digits": "precision",
            "recall_digits": "recall",
            "ppl_z_digits": "PPL z",
            "ppl_w_digits": "PPL w",
        },
    ),
    "colour": Contest(
        "3,786 emoji, 32 x 32, about an hour each",
        {
            "stylegan2": Contestant("StyleGAN2", "stylegan2.py:colour32", 6000, EMOJI),
            "r3gan": Contestant("R3GAN", "r3gan.py:colour32", 1200, EMOJI),
        },
        ("fd_lite0", "precision_recall_lite0"),
        {
            "fd_lite0": "FD-lite0",
            "precision_lite0": "precision",
            "recall_lite0": "recall",
        },
        samples=3786,
    ),
}

if __name__ == "__main__":
    main("equal_time", CONTESTS, __doc__)
