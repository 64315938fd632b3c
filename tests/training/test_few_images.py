"""What keeps a critic from learning few images by heart is part of the checkpoint."""

import pytest

from gan_jax.run import config_file
from gan_jax.training import train
from tests.training.runs import ROOT, assert_same_run, final, lines

pytestmark = pytest.mark.optimised

CHANGES = [
    "game.augment.p=0.3",
    "game.augment.kimg=0.2",
    "game.augment.interval=3",
    "train.steps=6",
]


@pytest.mark.slow
def test_p_and_anchors_resume_exactly(tmp_path):
    path = f"{ROOT}/configs/few_images.py:tiny"
    train(config_file.load(path, CHANGES), tmp_path / "whole")
    train(config_file.load(path, [*CHANGES, "train.steps=4"]), tmp_path / "halves")
    train(config_file.load(path, CHANGES), tmp_path / "halves")
    assert_same_run(tmp_path / "whole", tmp_path / "halves")
    memory = {
        name: x for name, x in final(tmp_path / "whole").items() if "memory" in name
    }
    p = [x for name, x in memory.items() if name.endswith("augment.p")]
    # Two steps of 3 x 8 images, of 200 from 0 to 1, by signs unknown.
    assert abs(abs(float(p[0]) - 0.3) - 0.24) < 1e-6 or abs(float(p[0]) - 0.3) < 1e-6
    assert [x for name, x in memory.items() if name.endswith("lecam.updates")] == [6]
    assert all("disc/augment_p" in line for line in lines(tmp_path / "whole"))
