"""Tools on latents: what their pictures must hold."""

import io

import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from gan_jax import data, latents, sampling
from gan_jax.asks import Ask
from gan_jax.errors import BadInput
from gan_jax.evaluation import its_data
from gan_jax.evaluation.references import examples, read, some
from gan_jax.games.base import Game, GameState
from gan_jax.main import main
from gan_jax.run import Run, Workdir, config_file, open_run
from gan_jax.training import train
from tests.training.runs import ROOT, images, points

pytestmark = pytest.mark.slow

SEED = 5


def config(**train_):
    told = images(**train_)
    told["game"] |= {
        "conditional": {"name": "class_labels"},
        "latents": {"name": "truncatable", "shape": (4,)},
        "regularizers": {},
    }
    told["models"]["gen"]["join"] = {"name": "concatenated"}
    told["models"]["disc"]["join"] = {"name": "concatenated"}
    told["data"] |= {"classes": 3}
    return told


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("latents") / "run"
    train(config(), path)
    return path


@pytest.fixture(scope="module")
def trained(path):
    run = open_run(path)
    return latents.Trained(run, SEED, {"label": 1}, its_data(run, {}, False))


def test_rows_lead_from_a_sample_to_the_next(trained):
    shown = latents.interpolate(trained, 3, 5).pictures
    assert shown.shape == (3, 5, 8, 8, 1)
    samples = trained.run.sample(4, SEED, labels=1)
    np.testing.assert_array_equal(shown[:, 0], samples[:3])
    np.testing.assert_array_equal(shown[:, -1], samples[1:])


def test_a_row_keeps_the_class_of_its_first_sample(trained):
    free = latents.Trained(trained.run, SEED)
    shown = latents.interpolate(free, 3, 2).pictures
    labels = trained.run.asked(4, SEED)["label"]
    samples = [
        trained.run.sample(4, SEED, labels=int(c))[i + 1]
        for i, c in enumerate(labels[:3])
    ]
    np.testing.assert_array_equal(shown[:, -1], np.stack(samples))


def test_a_walk_moves_one_number(trained):
    shown = latents.walk(trained, 99, 3).pictures
    z = np.asarray(trained.latents(1))
    assert len(shown) == z.size  # no more rows than numbers
    for i in range(z.size):
        moved = z.copy().reshape(1, -1)
        moved[0, i] = 3.0
        last = trained.images(
            jnp.asarray(moved.reshape(z.shape)), trained.answers(1), trained.keys(1)
        )
        np.testing.assert_allclose(
            shown[i, -1].astype(int), 127.5 * last[0] + 127.5, atol=1
        )


def test_no_variety_is_one_latent(trained):
    shown = latents.truncate(trained, 4, 3).pictures
    np.testing.assert_array_equal(shown[:, 0], np.repeat(shown[:1, 0], 4, 0))
    assert (shown[0, -1] != shown[1, -1]).any()


def test_neighbours_by_a_loop(trained):
    shown = latents.neighbours(trained, 2, 3)
    reals = read(trained.dataset, some(trained.dataset, 10_000)).astype(float)
    for sample, first, second in shown.pictures.astype(float):
        apart = sorted(((real - sample) ** 2).sum() for real in reals)
        assert ((first - sample) ** 2).sum() == apart[0]
        assert ((second - sample) ** 2).sum() == apart[1]
    assert len(shown.said) == 2


def test_directions_of_a_plain_generator(trained):
    params = trained.run.state.players["gen"].averaged().params["start"]
    kernel = np.float64(params["kernel"])[:4].T  # z; what follows reads the class
    found = latents.latent_map(latents.Space(trained))
    np.testing.assert_allclose(found, kernel, atol=1e-5)
    oracle = np.linalg.eigh(kernel.T @ kernel)[1].T[::-1]
    shown = latents.find(latents.Space(trained), "sefa", None, 9)
    np.testing.assert_allclose(np.abs((shown.vectors * oracle).sum(1)), 1, atol=1e-6)
    np.testing.assert_allclose(shown.spreads, 1, atol=0.1)  # of a standard normal z
    components = latents.find(latents.Space(trained), "pca", None, 9).vectors
    # Of white latents the activations vary most where A is largest.
    assert abs(components[0] @ oracle[0]) > 0.8
    pictures = latents.direction(trained, 2, 3).pictures
    sample = trained.run.sample(1, SEED, labels=1)[0]
    np.testing.assert_array_equal(pictures[:, 1], np.stack([sample] * 2))


def test_inversion_of_a_linear_generator_is_least_squares():
    rng = np.random.default_rng(0)
    plane, target = rng.normal(size=(3, 20)), rng.normal(size=(2, 20))
    starts = jnp.asarray(rng.normal(size=(4, 2, 3)), jnp.float32)

    def synthesize(z):
        return (z @ jnp.asarray(plane, jnp.float32)).reshape(-1, 4, 5, 1)

    shape = jnp.asarray(target, jnp.float32).reshape(2, 4, 5, 1)
    z, errors = latents.invert(synthesize, starts, shape, steps=500)
    right, left = np.linalg.lstsq(plane.T, target.T, rcond=None)[:2]
    np.testing.assert_allclose(z[0], right.T, atol=1e-2)
    np.testing.assert_allclose(errors[0], left / 20, rtol=1e-3)
    assert (np.diff(np.asarray(errors), axis=0) >= 0).all()  # the best start first


def test_a_row_of_an_inversion_begins_with_the_real(trained):
    shown = latents.inverted(trained, 2, 3)
    assert shown.pictures.shape == (2, 3, 8, 8, 1)
    reals = read(trained.dataset, some(trained.dataset, 2))
    np.testing.assert_array_equal(shown.pictures[:, 0], reals)


def test_a_film_goes_there_and_back(trained, tmp_path):
    shown = latents.interpolate(trained, 2, 4).pictures
    film = Image.open(io.BytesIO(sampling.animated(shown, tmp_path / "x.gif")))
    assert film.n_frames == 6
    frames = []
    for i in range(6):
        film.seek(i)
        frames.append(np.asarray(film.convert("L")))
    np.testing.assert_array_equal(frames[1], frames[5])
    assert (frames[0] != frames[3]).any()


def test_the_command(path, tmp_path, capsys):
    out = tmp_path / "x.gif"
    words = ["--mode=latents", f"--workdir={path}", "--num=2", "--steps=3"]
    assert main([*words, "--do=interpolate", f"--out={out}"]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert out.exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--do=fly"], "wanted direction, edit, interpolate, invert, mix, neighbours"),
        ([], "wanted direction"),
        (["--do=walk", "--steps=1"], "steps=1"),
        (["--do=invert", "--steps=99"], "steps=99; wanted 2 to 9"),
        (["--do=neighbours", "--steps=99"], "steps=99; wanted 2 to 21"),
        (["--do=walk", "--num=0"], "--num=0 rows"),
        (["--do=walk", "--out=x.npz"], "wanted FILE.png, FILE.gif or FILE.mp4"),
        (["--do=walk", "--ask.nope=1"], "nope"),
        (["--do=walk", "--by=sefa"], "--by is of --do=direction and edit and mix"),
        (["--do=walk", "--space=w"], "--space is of --do=direction and edit and"),
        (["--do=mix"], "mixing is of style-based generators: this model has no functi"),
        (["--do=noise"], "'map', it has latents, synthesize"),
        (["--do=interpolate", "--space=w"], "--space=w is of style-based generators"),
        (["--do=direction", "--space=v"], "--space=v; wanted z, w, w+"),
        (["--do=direction", "--by=up"], "--by=up; wanted sefa, pca, mean, linear"),
        (["--do=direction", "--label=1"], "--by=sefa wants no --label"),
        (["--do=direction", "--by=mean", "--label=1"], "no classifier here knows what"),
        (["--do=edit", "--label=1"], "no classifier here knows what samples of 8 x 8"),
        (["--do=walk", "--metrics=fid"], "--metrics is of --mode=evaluate"),
    ],
)
def test_bad_input_is_one_line(path, flags, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["--mode=latents", f"--workdir={path}", *flags]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert message in said
    assert not list(tmp_path.iterdir())


def test_points_have_no_pictures(tmp_path):
    train(points(steps=2, checkpoint_every=2, log_every=2), tmp_path / "run")
    with pytest.raises(BadInput, match="no pictures"):
        latents.Trained(open_run(tmp_path / "run"))


def test_an_autoencoder_gives_reals_back_and_its_samples_lead_from_one_to_the_next(
    tmp_path,
):
    train(config_file.load(f"{ROOT}/configs/cvae.py:tiny"), tmp_path / "run")
    run = open_run(tmp_path / "run")
    own = latents.Trained(run, SEED, {}, its_data(run, {}, False))
    shown = latents.reconstruct(own, 3, 3).pictures
    chosen = some(own.dataset, 3)
    reals = examples(own.dataset, chosen)
    np.testing.assert_array_equal(shown[:, 0], reals["sample"])
    x = jnp.float32(reals["sample"]) / 127.5 - 1
    told = {"label": jnp.asarray(reals["label"])}
    by_hand = run.function("decode")(run.function("encode")(x, told), told)
    np.testing.assert_allclose(
        shown[:, 1].astype(int), 127.5 * np.asarray(by_hand) + 127.5, atol=1
    )
    between = latents.interpolate(own, 2, 3).pictures
    np.testing.assert_array_equal(between[:, 0], run.sample(2, SEED))


def test_without_latents_reals_are_given_back_and_nothing_else(tmp_path):
    dataset = data.shapes((8, 8, 1), count=20)
    game = Game(
        {},
        (),
        asks={"image": Ask((8, 8, 1), data="sample")},
        functions={"reconstruct": lambda state, x, asked: -(x + asked["image"]) / 2},
    )
    state = GameState(0, 0, None, {}, {})
    run = Run(Workdir(tmp_path), game, state, {}, dataset.facts)
    own = latents.Trained(run, SEED, {}, dataset)
    shown = latents.reconstruct(own, 3, 2).pictures
    np.testing.assert_array_equal(shown[:, 1], 255 - shown[:, 0])
    with pytest.raises(BadInput, match="no function 'latents'"):
        latents.walk(own, 2, 2)
