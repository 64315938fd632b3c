"""Tools of style-based generators, on a small one that was never trained."""

import flax
import jax
import numpy as np
import pytest
from jax import numpy as jnp

from gan_jax import latents
from gan_jax.errors import BadInput
from gan_jax.evaluation.references import read, some
from gan_jax.games import base
from gan_jax.latents import inversion, labels, styles
from gan_jax.metrics.extractors import Extractor
from gan_jax.run import Run, Workdir, assemble, config_file
from tests.training.runs import ROOT

pytestmark = pytest.mark.slow

SEED = 5


def loud(path, x):
    """Noise begins at a strength of 0; here it is heard."""
    return jnp.full_like(x, 0.3) if "strength" in jax.tree_util.keystr(path) else x


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """`stylegan2:tiny` of three classes as it begins, but for the strength of noise."""
    config = config_file.load(f"{ROOT}/configs/stylegan2.py:tiny")
    config["game"]["conditional"] = {"name": "class_labels"}
    config["data"]["classes"] = 3
    plan = assemble.bind(config)
    dataset = plan.open_data()
    game = plan.game(dataset.facts)
    state = jax.jit(lambda key: base.init(game, key))(jax.random.key(0))
    state = jax.tree_util.tree_map_with_path(loud, state)
    path = tmp_path_factory.mktemp("styled") / "run"
    run = Run(Workdir(path), game, state, {"config": config}, dataset.facts)
    return latents.Trained(run, SEED, {}, dataset)


def test_a_class_that_was_asked_for_is_the_label_of_its_style(trained):
    space, others = latents.Space(trained, "w"), trained.of_next_seed()
    points, of, said = labels.labelled(space, 1, 90)
    answers = others.answers(90)
    np.testing.assert_array_equal(of, answers["label"] == 1)
    assert said == f"labels: what they were asked for, {of.sum()} of 90 samples"
    ws = trained.run.function("map")(others.latents(90), answers)
    np.testing.assert_allclose(points, ws, atol=1e-5)
    for wrong, why in ((None, "--label is missing"), (3, "--label=3 is no class")):
        with pytest.raises(BadInput, match=why):
            labels.labelled(space, wrong, 90)
    # The latents themselves know nothing of the class.
    with pytest.raises(BadInput, match="no classifier here knows"):
        labels.labelled(latents.Space(trained), 1, 90)


def test_row_i_begins_with_sample_i_in_every_space(trained):
    samples = trained.run.sample(3, SEED)
    for space in ("z", "w", "w+"):
        shown = latents.interpolate(trained, 2, 3, space).pictures
        np.testing.assert_array_equal(shown[:, 0], samples[:2])
        if space != "z":  # their ends have the noise of the row
            continue
    z, answers = trained.latents(3), trained.answers(3)
    ws = np.asarray(trained.run.function("map")(z, answers))
    half = latents.interpolate(trained, 2, 3, "w").pictures[:, 1]
    make = latents.Space(trained, "w").make
    first = {name: x[:2] for name, x in answers.items()}
    made = trained.rows((ws[:2] + ws[1:])[:, None] / 2, first, make)[:, 0]
    np.testing.assert_array_equal(half, made)


def test_no_variety_is_the_mean_image(trained):
    quiet = latents.Trained(trained.run, SEED, {"noise": 0.0})
    swept = latents.truncate(quiet, 2, 3).pictures
    np.testing.assert_array_equal(swept[0, 0], swept[1, 0])
    gen = trained.run.state.players["gen"]
    (mean,) = jax.tree.leaves(gen.averaged().variables["styles"])
    ws = jnp.broadcast_to(mean, (1, 4, len(mean)))
    made = latents.trained.pixels(np.asarray(trained.run.function("paint")(ws)))
    np.testing.assert_array_equal(swept[0, 0], made[0])


def test_borders_at_either_end_give_a_parent(trained):
    of_row = latents.mix(trained, 2, 4, by="4").pictures
    of_column = latents.mix(trained, 2, 4, by="0").pictures
    between = latents.mix(trained, 2, 4).pictures
    rows, columns = between[1:, :1], between[:1, 1:]
    shape = between[1:, 1:].shape
    np.testing.assert_array_equal(of_row[1:, 1:], np.broadcast_to(rows, shape))
    np.testing.assert_array_equal(of_column[1:, 1:], np.broadcast_to(columns, shape))
    for parent in (rows, columns):
        assert (between[1:, 1:] != parent).reshape(2, 3, -1).any(-1).all()
    samples = trained.run.sample(1, SEED)
    np.testing.assert_array_equal(between[1, 0], samples[0])
    thirds = [styles.layers_by(word, 4) for word in styles.THIRDS]
    assert (np.sum(thirds, 0) == 1).all()
    coarse = latents.mix(trained, 1, 2, by="coarse").pictures
    assert (coarse[1, 1] != between[1, 1]).any()


def test_noise_is_a_mean_and_a_deviation(trained):
    shown = latents.noise(trained, 2, styles.DRAWS + 3)
    sample, mean, deviation, *draws = shown.pictures[0].astype(float)
    np.testing.assert_array_equal(sample, trained.run.sample(1, SEED)[0])
    np.testing.assert_allclose(mean, np.mean(draws, 0), atol=1)
    spread = np.std(draws, 0)
    np.testing.assert_allclose(deviation, 255 * spread / spread.max(), atol=8)
    said = float(shown.said[0].split("by ")[1].split(" of")[0])
    assert said == pytest.approx(spread.mean(), abs=0.1)
    assert said > 1
    quiet = latents.Trained(trained.run, SEED, {"noise": 0.0})
    still = latents.noise(quiet, 1, 4)
    assert "by 0.00 of 255 on average, by 0.00 at most" in still.said[0]
    np.testing.assert_array_equal(still.pictures[0, 0], still.pictures[0, 1])


def test_the_map_of_styles_is_that_of_the_affine_layers(trained):
    params = trained.run.state.players["gen"].averaged().params["synthesis"]
    flat = flax.traverse_util.flatten_dict(params)
    kernels = [x for path, x in flat.items() if path[-2:] == ("affine", "kernel")]
    assert len(kernels) == 5  # three convolutions, and to colours at two sizes
    matrix = np.concatenate([np.float64(x).T for x in kernels]) / np.sqrt(8)
    found = latents.latent_map(latents.Space(trained, "w"))
    np.testing.assert_allclose(found.T @ found, matrix.T @ matrix, atol=1e-4)
    values, vectors = np.linalg.eigh(matrix.T @ matrix)
    for by, space in (("sefa", "w"), ("pca", "w"), ("pca", "w+"), ("pca", "z")):
        shown = latents.direction(trained, 2, 3, space, by).pictures
        assert shown.shape == (2, 3, 8, 8, 1)
        sample = trained.run.sample(1, SEED)[0]
        np.testing.assert_array_equal(shown[:, 1], np.stack([sample] * 2))
        assert (shown[:, 0] != shown[:, 2]).any()
    top = latents.find(latents.Space(trained, "w"), "sefa", None, 3).vectors
    agree = np.abs((top * vectors.T[::-1][:3]).sum(1))
    np.testing.assert_allclose(agree, 1, atol=1e-4)
    with pytest.raises(BadInput, match=r"take --space=w"):
        latents.direction(trained, 2, 3, "w+", "sefa")


@pytest.mark.parametrize("space", ["w", "w+"])
def test_inverted_styles_are_as_near_as_is_said(trained, space, monkeypatch):
    monkeypatch.setattr(inversion, "STARTS", 2)
    monkeypatch.setattr(
        inversion, "invert", lambda *args: latents.invert(*args, steps=10)
    )
    shown = latents.inverted(trained, 2, 3, space)
    reals = read(trained.dataset, some(trained.dataset, 2))
    np.testing.assert_array_equal(shown.pictures[:, 0], reals)
    for line, row in zip(shown.said, shown.pictures.astype(float), strict=True):
        apart = [np.sqrt(((row[0] - other) ** 2).mean()) for other in row[1:]]
        said = float(line.split(": ")[1].split(" of")[0])
        assert apart[0] <= said + 0.5  # pictures are cut off at black and white
        assert f"away in {space}, best of 2 starts" in line


class Brightness(flax.linen.Module):
    """Classes dark and bright, by the mean of the pixels."""

    border: float

    def __call__(self, pixels):
        mean = pixels.mean((1, 2))
        return mean, 0.3 * (mean - self.border) * jnp.array([-1.0, 1.0])


@pytest.mark.parametrize("by", ["mean", "linear", "sefa"])
def test_edits_are_measured_by_a_classifier(trained, by, monkeypatch):
    border = float(trained.run.sample(64, SEED, labels=1).mean())
    bright = Extractor(
        **dict(name="brightness", weights="", resize="", dim=1, classes=2),
        **dict(network=Brightness(border), variables={}, channels=1),
    )
    seen = labels.Judge(bright, ("dark", "bright"))
    for room in (labels, latents.directions):
        monkeypatch.setattr(room, "judge", lambda trained: seen)
    # All are asked for one class, so that the classifier is the one who labels them.
    trained = latents.Trained(trained.run, SEED, {"label": 1})
    shown = latents.edit(trained, 2, 5, "w", by, None if by == "sefa" else "bright")
    shares = [float(line.split(": ")[-1]) for line in shown.said[-5:]]
    samples = trained.run.sample(64, SEED, labels=1)
    middle = bright(samples).probabilities[:, 1].mean()
    if by == "sefa":
        assert "class bright" in shown.said[1] or "class dark" in shown.said[1]
        assert np.ptp(shares) > 0.01
        return
    assert shares[2] == pytest.approx(middle, abs=1e-3)
    assert shares[0] < shares[2] < shares[4]
    np.testing.assert_array_equal(shown.pictures[:, 2], samples[:2])
    assert "labels: classifier brightness" in shown.said[0]
