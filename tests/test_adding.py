"""What docs/adding.md adds to the house stands there, passes its tests, trains."""

import importlib
import importlib.util
import inspect
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import jax
import pytest
from _pytest.mark.structures import ParameterSet

import gan_jax
from gan_jax.main import main
from gan_jax.run import config_file
from gan_jax.training.entry import prepare
from tests.test_docs import DOCUMENTS, OWN_FILE, ROOT, commands, fenced, parse

PAGE = DOCUMENTS["adding.md"]
BLOCKS = [
    (*re.match(r"# (\S+): (new|add)\n", code).groups(), code)
    for code in fenced(PAGE, "python")
]
ADDED = "boundary_seeking logit_drift skip.Generator skip.Discriminator two_critics"


def load(path, name):
    """A file of the repository as a module of its own, however often."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """The house with all that docs/adding.md adds, and the folder of its new files."""
    site = tmp_path_factory.mktemp("site")
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        for path, how, code in BLOCKS:
            if how == "new":
                (site / path).parent.mkdir(parents=True, exist_ok=True)
                (site / path).write_text(code.partition("\n")[2])
        patch.syspath_prepend(site)
        for path, how, code in BLOCKS:
            if how == "add":
                add(patch, site, path, code)
        yield site
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(site)):
            del sys.modules[name]


def add(patch, site, path, code):
    """Lines at the end of a file, as far as whoever imports its module can tell."""
    name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    module = importlib.import_module(name)
    if hasattr(module, "__path__"):
        here = str(site / name.replace(".", "/"))
        patch.setattr(module, "__path__", [*module.__path__, here])
    copies = {
        key: type(value)(value)
        for key, value in vars(module).items()
        if isinstance(value, (list, dict)) and not key.startswith("__b")
    }
    names = {**vars(module), **copies}
    exec(compile(code, path, "exec"), names)
    for key, value in names.items():
        if vars(module).get(key) is not value:
            patch.setattr(module, key, value, raising=False)


@pytest.mark.parametrize("command", commands("adding.md"))
@pytest.mark.usefixtures("house")
def test_every_command_is_parsed(command, monkeypatch):
    monkeypatch.chdir(ROOT)
    parse(command)


def conformance(path):
    """Tests of a file that are about what was added: function, arguments, marks."""
    module = load(ROOT / path, f"again_{pathlib.Path(path).stem}")
    for name, test in vars(module).items():
        if not name.startswith("test_"):
            continue
        marks = getattr(test, "pytestmark", [])
        grids = [mark for mark in marks if mark.name == "parametrize"]
        x64 = any("x64" in mark.args for mark in marks if mark.name == "usefixtures")
        if not grids and not inspect.signature(test).parameters and "every" in name:
            yield test, {}, x64
        for grid in grids:
            for given, told in cells(grid):
                if any(word in told for word in ADDED.split()):
                    yield test, given, x64


def cells(grid):
    """Arguments of each case of a parametrisation, and what it is called."""
    names, values = grid.args
    names = names.split(",") if isinstance(names, str) else list(names)
    values = list(values)
    ids = list(grid.kwargs.get("ids") or values)
    for value, told in zip(values, ids, strict=True):
        if isinstance(value, ParameterSet):
            value, told = value.values, value.id or told
        row = value if len(names) > 1 or isinstance(value, tuple) else (value,)
        row = (value,) if len(names) == 1 and len(row) != 1 else row
        yield dict(zip(names, row, strict=True)), str(told)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "least"),
    [
        ("tests/losses/test_conformance.py", 9),
        ("tests/terms/test_terms.py", 2),
        ("tests/models/test_conformance.py", 8),
        ("tests/games/test_conformance.py", 2),
        ("tests/test_ranges.py", 8),
    ],
)
@pytest.mark.usefixtures("house")
def test_what_is_added_passes_the_conformance_tests(path, least):
    count = 0
    for test, given, x64 in conformance(path):
        with jax.enable_x64(x64):
            test(**given)
        count += 1
    assert count >= least


def test_the_test_that_is_added_passes(house):
    module = load(house / "tests/losses/test_boundary.py", "test_boundary")
    tests = [test for name, test in vars(module).items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()


@pytest.mark.parametrize("name", ["bgan", "two_critics"])
def test_configs_that_are_added_can_be_trained(name, house):
    path = house / "configs" / f"{name}.py"
    assert "tiny" in load(path, name).VARIANTS
    for variant in load(path, name).VARIANTS:
        assert prepare(config_file.load(f"{path}:{variant}")).game.players
    assert f"--config=configs/{name}.py" in path.read_text().split('"""')[1]


@pytest.mark.slow
def test_the_commands_of_an_own_package_run(house, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(house / "wae.py", tmp_path)
    (block,) = [b for b in fenced(PAGE, "sh") if OWN_FILE in b]
    begin, sample = (shlex.split(line)[3:] for line in block.splitlines())
    assert main([*begin, "--config.train.steps=1", "--config.train.batch_size=8"]) == 0
    assert main([word for word in sample if word != "--trust"]) == 2
    assert main(sample) == 0
    assert (tmp_path / "grid.png").is_file()
    assert gan_jax.load("runs/wae", trust=True).sample(2).shape == (2, 8, 8, 1)


def test_what_is_added_is_in_the_style_of_the_house(house):
    if shutil.which("ruff") is None:
        pytest.skip("ruff is not installed")
    shutil.copy(ROOT / "pyproject.toml", house)
    first_party = ("--config", 'lint.isort.known-first-party = ["gan_jax"]')
    for check in (["check"], ["format", "--check"]):
        done = subprocess.run(
            ["ruff", *check, "--no-cache", *first_party, "gan_jax", "configs", "tests"],
            cwd=house,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout
