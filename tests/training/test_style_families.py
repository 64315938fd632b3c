"""StyleGAN2's lazy turns and running means, R3GAN's five schedules: resumed exactly."""

import pytest

from gan_jax.run import config_file
from gan_jax.training import train
from tests.training.runs import ROOT, assert_same_run


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
