"""Games by likelihood beside an adversarial one, and what beta does to a VAE.

    python -m experiments.paradigms.run [--tables beta,annealing,paradigms] [--rows a,b]

As in `equal_time`, rows are runs of the command itself, each on one core: trained, resumed
when killed, evaluated from the workdir. `beta` and `annealing` take the same rounds for
all. In `paradigms` rounds were chosen for about the time of WGAN-GP's 750 on the machine
that wrote them, an autoencoder that is held frozen included; what each took stands beside.
`--share=0.01` tries all of it with a hundredth of the rounds, and writes nothing.
"""

from experiments.laboratory.contests import Contest, Contestant, main

BETAS = (0.25, 1.0, 4.0, 16.0)
LIKELY = ("elbo", "iwae", "active_units")


def beta(value: float) -> Contestant:
    """The digits' VAE with a weight of the KL."""
    sets = {"config.game.beta": value}
    return Contestant(f"beta {value:g}", "vae.py", 3000, sets, LIKELY)


def annealed(title: str, **sets: object) -> Contestant:
    """The same with another path of the KL's weight, or some of it free."""
    flags = {f"config.game.{name}": value for name, value in sets.items()}
    return Contestant(title, "vae.py", 3000, flags, LIKELY)


SHOWN = 300_000
"""Images of 3,000 rounds."""
RAMP = {"beta.start": 0.0, "beta.end": 1.0}
OF_VAES = {
    "elbo": "ELBO at beta 1",
    "iwae": "50 draws",
    "kl": "KL",
    "active_units": "active of 20",
    "fd_digits": "FD-digits",
}
CONTESTS = {
    "beta": Contest(
        "784-400-20, 4,500 digits binarised anew, 500 held out",
        {f"beta{value:g}": beta(value) for value in BETAS},
        ("fd_digits",),
        OF_VAES,
        samples=2000,
    ),
    "annealing": Contest(
        "784-400-20 on the same, the KL let in slowly, or some of it free",
        {
            "none": annealed("beta 1 from the start"),
            "linear": annealed(
                "beta from 0 to 1 in the first half",
                **{"beta.name": "linear", "beta.over": SHOWN // 2} | RAMP,
            ),
            "cyclical": annealed(
                "the same in half of each of 4 cycles",
                **{"beta.name": "cyclical", "beta.period": SHOWN // 4} | RAMP,
            ),
            "free01": annealed("0.1 nats free in each number", free_bits=0.1),
            "free1": annealed("1 nat free in each number", free_bits=1.0),
        },
        ("fd_digits",),
        OF_VAES,
        samples=2000,
    ),
    "paradigms": Contest(
        "4,500 digits, 28 x 28",
        {
            "wgan_gp": Contestant(
                "WGAN-GP", "wgan_gp.py", 750, {"config.data.split": "train"}
            ),
            "vae": Contestant("VAE, dense", "vae.py", 25_000, {}, LIKELY),
            "vae_conv": Contestant(
                "VAE, convolutional", "vae.py:conv", 1500, {}, LIKELY
            ),
            "transformer": Contestant(
                "Transformer over 784 bits",
                "transformer.py",
                40,
                {},
                ("bits_per_dim",),
            ),
            "codes": Contestant(
                "VQ-GAN, Transformer over its 49 codes",
                "transformer.py:codes",
                500,
                first=Contestant("", "vqgan.py", 250, {"config.game.begin": 10_000}),
                frozen=("book",),
            ),
            "gat": Contestant(
                "VAE on a grid, GAT on its latents",
                "gat.py",
                500,
                first=Contestant("", "vae.py:grid", 600),
                frozen=("encoder", "decoder"),
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
