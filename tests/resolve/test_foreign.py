"""Components of a user's own packages, where they are allowed."""

import sys

import pytest

import gan_jax
from gan_jax import losses, models, nn, optim, resolve, schedules
from gan_jax.errors import BadInput
from gan_jax.losses import Adversarial
from gan_jax.models.roles import role
from gan_jax.run import assemble, config_file
from gan_jax.training import train
from gan_jax.training.entry import prepare

NETS = """
from flax import linen as nn

from gan_jax.nn import Norm

class Generator(nn.Module):
    shape: tuple[int, ...]
    width: int = 4
    norm: Norm | None = None

    @nn.compact
    def __call__(self, z, cond=None, *, train):
        return nn.Dense(self.shape[0])(z)

class Layer(nn.Module):
    def __call__(self, x):
        return x

CONSTANT = 3

def loss(margin: float = 1.0):
    from gan_jax import losses
    return losses.hinge()

def nothing():
    return None

def said() -> "losses.Adversarial":
    return 3

from gan_jax import losses
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An importable package, with a mark that says whether it was imported."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "nets.py").write_text(NETS)
    (folder / "broken.py").write_text("import not_there_at_all\n")
    (folder / "leaves.py").write_text("raise SystemExit(3)\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [n for n in sys.modules if n.split(".")[0] == "theirs"]:
        del sys.modules[name]


def bind(name, foreign=True, kind=None, rooms=(models, nn), **kwargs):
    node = dict(name=name, **kwargs)
    kind = role("gen") if kind is None else kind
    return resolve.bind(node, rooms, "m", ("shape", "dtype"), kind, foreign)


@pytest.mark.usefixtures("package")
def test_an_own_network_is_bound_like_ours():
    norm = dict(name="batch_norm", momentum=0.5)
    module = bind("theirs.nets.Generator", width=8, norm=norm)(shape=(2,), dtype="x")
    assert type(module).__name__ == "Generator"
    assert (module.shape, module.width) == ((2,), 8)
    assert module.norm().momentum == 0.5


@pytest.mark.usefixtures("package")
def test_nothing_is_imported_where_it_is_not_allowed():
    with pytest.raises(BadInput, match=r"is not in gan_jax.models; .*trust=True"):
        bind("theirs.nets.Generator", foreign=False)
    assert "theirs" not in sys.modules
    nested = dict(name="theirs.nets.loss")
    with pytest.raises(BadInput, match="trust"):
        bind("mlp.Generator", foreign=False, norm=nested)
    assert "theirs" not in sys.modules


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("name", "kwargs", "message"),
    [
        ("theirs.nets.Generator", dict(widht=3), "has no such argument.*width"),
        ("theirs.nets.Generator", dict(width="3"), "wanted a whole number"),
        (
            "theirs.nets.Generator",
            dict(norm=dict(name="relu")),
            "an activation, not a n",
        ),
        ("theirs.nets.Layer", {}, "is a layer, not a generator"),
        ("theirs.nets.said", {}, "is a loss, not a generator"),
        ("theirs.nets.CONSTANT", {}, "is 3; name a class or a function"),
        ("theirs.nets.Genrator", {}, "has no Genrator; did you mean Generator"),
        ("theirs.netts.Generator", {}, r"no module theirs\.netts"),
        ("thiers.nets.Generator", {}, "no module thiers"),
        ("theirs.broken.Net", {}, r"theirs\.broken fails: ModuleNotFoundError"),
        ("theirs.leaves.Net", {}, r"theirs\.leaves fails: SystemExit"),
        ("dcgn.Generator", {}, "no module dcgn; did you mean dcgan.Generator"),
        ("dcgan.Genrator", {}, r"not in gan_jax.models; did you mean dcgan.Gen"),
        ("theirs..Net", {}, "is not in gan_jax.models"),
        ("math.hypot", {}, "m gives|nobody can say|missing"),
    ],
)
def test_mistakes(name, kwargs, message):
    with pytest.raises(BadInput, match=message):
        bind(name, **kwargs)(shape=(2,))


@pytest.mark.usefixtures("package")
def test_a_function_that_does_not_say_what_it_gives_is_judged_by_what_it_gave():
    rooms = (losses,)
    build = bind("theirs.nets.loss", kind=Adversarial, rooms=rooms, margin=2)
    assert isinstance(build(), Adversarial)
    with pytest.raises(BadInput, match="m gives None; wanted a loss"):
        bind("theirs.nets.nothing", kind=Adversarial, rooms=rooms)()
    with pytest.raises(BadInput, match="m gives 3; wanted a loss"):
        bind("theirs.nets.said", kind=Adversarial, rooms=rooms)()
    with pytest.raises(BadInput, match="is a loss, not an optimiser"):
        bind("theirs.nets.said", kind=optim.Optimiser, rooms=(optim, schedules))


@pytest.mark.usefixtures("package")
def test_a_whole_config_says_whether_it_may():
    config = config_file.load("wgan_gp:ring8")
    config["models"]["gen"] = dict(name="theirs.nets.Generator")
    with pytest.raises(BadInput, match=r"config\.models\.gen\.name=.*trust"):
        assemble.bind(config)
    assert "theirs" not in sys.modules
    module = assemble.bind(config, foreign=True).build_models["gen"](shape=(2,))
    assert module.shape == (2,)


@pytest.mark.slow
@pytest.mark.usefixtures("package")
def test_a_run_of_an_own_network_is_opened_by_who_trusts_it(tmp_path):
    config = config_file.load("wgan_gp:ring8")
    config["models"] = dict(
        gen=dict(name="theirs.nets.Generator"),
        disc=dict(name="mlp.Discriminator", widths=(4,)),
    )
    config["train"] = dict(
        steps=1, batch_size=8, log_every=1, checkpoint_every=1, samples=4
    )
    train(config, tmp_path / "run")
    del sys.modules["theirs.nets"], sys.modules["theirs"]
    with pytest.raises(BadInput, match=r"theirs\.nets\.Generator.*trust"):
        gan_jax.load(tmp_path / "run")
    assert "theirs" not in sys.modules
    assert gan_jax.load(tmp_path / "run", trust=True).sample(3).shape == (3, 2)


def test_numbers_are_refused_before_data_are_opened():
    config = config_file.load("wgan_gp:dcgan64", ["data.path=/not/there"])
    with pytest.raises(BadInput, match="/not/there"):
        prepare(config)
    for change, message in (
        ("optim.disc.b1=2", r"config\.optim\.disc: b1=2 must be"),
        ("game.latents.shape=(0,)", r"config\.game\.latents: shape=\(0,\) must be"),
    ):
        config = config_file.load("wgan_gp:dcgan64", ["data.path=/not/there", change])
        with pytest.raises(BadInput, match=message):
            prepare(config)
