"""A VAE beside eager PyTorch: its decoder, and an epoch of training.

    python experiments/speed/likelihood.py [--repeats 7] [--threads 2] [--only NAME ...]

784-400-20 of `configs/vae.py`, batch 100, 4,500 digits binarised anew at each sight; the
other side is the VAE of many tutorials, with the same layers. Measured as `comparison.py`
says. Writes likelihood.json, with every repeat, unless rows are chosen.
"""

import importlib
from typing import Any

import comparison

BATCH, DIGITS = 100, 4500


def config() -> dict[str, Any]:
    """The digits' VAE, as many rounds a call as its config fuses."""
    of = importlib.import_module("configs.vae").digits()
    fused = of["train"]["steps_per_call"]
    return of | dict(train=comparison.train(BATCH, steps_per_call=fused))


def rows() -> dict[str, comparison.Row]:
    """A decoder, and a round."""
    return {
        "vae_decoder": comparison.Row(
            f"VAE 784-400-20, pictures of given latents, batch {BATCH}",
            ("synthesis_of", dict(config=config(), batch=BATCH)),
            ("decoder", dict(batch=BATCH)),
            images=BATCH,
            targets=dict(cpu=1.0),
        ),
        "vae_round": comparison.Row(
            f"VAE 784-400-20, one round, batch {BATCH}; an epoch is {DIGITS // BATCH}",
            ("round_of", dict(config=config())),
            ("rounds", dict(batch=BATCH, count=20)),
            images=BATCH,
            targets=dict(cpu=2.0, gpu=10.0),
        ),
    }


def main() -> None:
    flags = comparison.flags(__doc__).parse_args()
    comparison.compare(rows(), "likelihood_theirs", "likelihood", flags)


if __name__ == "__main__":
    main()
