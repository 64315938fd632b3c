"""A picture as an ask: from the data while training, from a person or a folder after."""

import numpy as np
import pytest
from PIL import Image

import gan_jax
from gan_jax.errors import BadInput
from gan_jax.evaluation import evaluate_run
from gan_jax.main import main
from gan_jax.training import train
from tests.games.translated import config


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root, rng = tmp_path_factory.mktemp("pairs"), np.random.default_rng(0)
    for i in range(8):
        pixels = rng.integers(0, 256, (6, 5), dtype=np.uint8)
        for name, shown in (("source", pixels), ("target", 255 - pixels)):
            (root / name).mkdir(exist_ok=True)
            Image.fromarray(shown).save(root / name / f"{i}.png")
    return root


@pytest.fixture(scope="module")
def run(folders):
    path = folders / "run"
    train(config(str(folders / "source"), str(folders / "target")), path)
    return path


def test_pictures_and_scores_while_training_take_theirs_from_the_data(run):
    assert len(list((run / "samples").iterdir())) >= 2
    lines = gan_jax.evaluation.history(run)
    assert [step for step, _ in lines] == [2, 4]


def test_a_person_gives_the_picture(run):
    gan = gan_jax.load(run, trust=True)
    assert gan.facts.arrays["source"].shape == (6, 5, 1)
    given = np.linspace(-1, 1, 2 * 30).reshape(2, 6, 5, 1)
    made = gan.sample(2, source=given)
    assert made.shape == (2, 6, 5, 1)
    np.testing.assert_array_equal(gan.sample(1, source=given[1])[0], made[1])
    with pytest.raises(BadInput, match="needs source of every sample"):
        gan.sample(2)
    with pytest.raises(BadInput, match=r"source has the shape \(3, 3\)"):
        gan.sample(2, source=np.zeros((3, 3)))


def test_a_folder_on_the_command_line(run, folders, tmp_path, capsys):
    out = f"--out={tmp_path}/made/"
    where = ["--mode=sample", f"--workdir={run}", "--trust", out]
    assert main([*where, f"--ask.source={folders / 'source'}"]) == 0
    made = sorted((tmp_path / "made").iterdir())
    assert len(made) == 8
    pixels = [np.asarray(Image.open(folders / "source" / f"{i}.png")) for i in range(8)]
    given = (np.stack(pixels)[..., None] - 127.5) / 127.5
    expected = gan_jax.load(run, trust=True).sample(8, source=given.astype("f4"))
    for file, picture in zip(made, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(file)), picture[..., 0])
    capsys.readouterr()
    for flags, message in (
        ([f"--ask.source={folders / 'source'}", "--num=9"], "holds 8 pictures, not 9"),
        (["--ask.source=/nowhere"], "is not a folder"),
        ([], "needs source of every sample"),
        (["--ask.source=3"], "source has the shape ()"),
    ):
        assert main([*where, *flags]) == 2
        assert message in capsys.readouterr().err


def test_evaluation_asks_what_the_data_hold(run):
    (score,) = evaluate_run(run, ["fd_random"], num=8, trust=True)
    assert np.isfinite(score.value)
