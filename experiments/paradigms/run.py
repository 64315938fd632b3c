"""Games by likelihood beside an adversarial one, and what beta does to a VAE.

    python -m experiments.paradigms.run [--tables beta,paradigms] [--rows a,b]

As in `equal_time`, rows are runs of the command itself, each on one core: trained, resumed
when killed, evaluated from the workdir. `beta` takes the same rounds for all. In
`paradigms` rounds were chosen for about the time of WGAN-GP's 1,500 on the machine that
wrote them; what each took stands beside. `--share=0.01` tries all of it with a hundredth
of the rounds, and writes nothing.
"""

from experiments.laboratory.contests import Contest, Contestant, main

BETAS = (0.25, 1.0, 4.0, 16.0)
LIKELY = ("elbo", "iwae", "active_units")


def beta(value: float) -> Contestant:
    """The digits' VAE with a weight of the KL."""
    sets = {"config.game.beta": value}
    return Contestant(f"beta {value:g}", "vae.py", 3000, sets, LIKELY)


CONTESTS = {
    "beta": Contest(
        "784-400-20, 4,500 digits binarised anew, 500 held out",
        {f"beta{value:g}": beta(value) for value in BETAS},
        ("fd_digits",),
        {
            "elbo": "ELBO at beta 1",
            "iwae": "50 draws",
            "kl": "KL",
            "active_units": "active of 20",
            "fd_digits": "FD-digits",
        },
        samples=2000,
    ),
    "paradigms": Contest(
        "4,500 digits, 28 x 28",
        {
            "wgan_gp": Contestant(
                "WGAN-GP", "wgan_gp.py", 1500, {"config.data.split": "train"}
            ),
            "vae": Contestant("VAE, dense", "vae.py", 60_000, {}, LIKELY),
            "vae_conv": Contestant(
                "VAE, convolutional", "vae.py:conv", 3000, {}, LIKELY
            ),
            "transformer": Contestant(
                "Transformer over 784 bits",
                "transformer.py",
                300,
                {},
                ("bits_per_dim",),
            ),
        },
        ("fd_digits", "precision_recall_digits", "density_coverage_digits"),
        {
            "fd_digits": "FD-digits",
            "precision_digits": "precision",
            "recall_digits": "recall",
            "coverage_digits": "coverage",
            "iwae": "log p, 50 draws",
            "bits_per_dim": "bits/dim",
        },
        samples=2000,
    ),
}


if __name__ == "__main__":
    main("paradigms", CONTESTS, __doc__)
