"""StyleGAN2's lazy turns and running means, StyleGAN3's magnitudes, R3GAN's five
schedules: resumed exactly."""

import numpy as np
import pytest

from gan_jax.run import config_file
from gan_jax.training import train
from tests.training.runs import ROOT, assert_same_run, final


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stylegan2", "r3gan"])
def test_a_run_in_two_parts_is_one(name, tmp_path):
    """Over a round of R1 in turns of its own (the 16th), at the end of a burn-in."""

    def of(steps):
        config = config_file.load(f"{ROOT}/configs/{name}.py:tiny")
        config["train"] |= dict(steps=steps, checkpoint_every=2, log_every=2)
        return config

    train(of(20), tmp_path / "whole")
    for steps in (10, 20):
        train(of(steps), tmp_path / "parts")
    assert_same_run(tmp_path / "whole", tmp_path / "parts")


@pytest.mark.slow
def test_running_magnitudes_go_on_where_they_were(tmp_path):
    """Two alias-free layers. The average of weights copies them, and forgets none."""
    adam = {"name": "adam", "learning_rate": 1e-2}

    def of(steps):
        return {
            "data": {"name": "shapes", "shape": (16, 16, 1), "count": 16},
            "models": {
                "gen": {
                    "name": "stylegan3.Generator",
                    "style": 4,
                    "channel_max": 3,
                    "num_layers": 2,
                    "num_critical": 1,
                },
                "disc": {"name": "mlp.Discriminator", "widths": (3,)},
            },
            "game": {
                "name": "style_based",
                "latents": {"name": "normal", "shape": (3,)},
                "mixing": 0.0,
                "ema": 0.9,
            },
            "optim": {"gen": adam, "disc": adam},
            "train": {
                "steps": steps,
                "batch_size": 4,
                "log_every": 1,
                "checkpoint_every": 2,
                "samples": 4,
                "keep": 3,
            },
        }

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(of(4), whole)
    for steps in (2, 4):
        train(of(steps), parts)
    assert_same_run(whole, parts)
    before, after = final(parts, 2), final(parts)
    names = [name for name in after if "square" in name]
    # Before either layer and the colours; in the weights, and in their average.
    assert len(names) == 6
    for name in names:
        assert 1 != before[name] != after[name]
    copies = {np.float32(after[name]).tobytes() for name in names}
    assert len(copies) == 3
