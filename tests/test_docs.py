"""What docs/ and the README say is true: names are there, commands parse, code runs."""

import importlib
import importlib.util
import inspect
import pathlib
import pkgutil
import re
import shlex
import shutil
import sys
from typing import Any

import pytest

import gan_jax
from gan_jax import data, resolve, verbs
from gan_jax.main import main
from gan_jax.run import assemble, config_file
from gan_jax.run.workdir import Workdir
from gan_jax.verbs import flags

ROOT = pathlib.Path(__file__).parents[1]
DOCUMENTS = {
    path.name: path.read_text().replace("\\\n", "")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
WALK = DOCUMENTS["walk.md"]


def fenced(text, language):
    """The code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


# Commands ---------------------------------------------------------------------------

OWN_FILE = "--config=wae.py"  # given in docs/adding.md itself, and run by its tests


def commands(name):
    """Every command of a document, as a parameter."""
    text = DOCUMENTS[name]
    lines = [line for block in fenced(text, "sh") for line in block.splitlines()]
    lines += re.findall(r"`((?:python|gan-jax) [^`\n]+)`", text)
    parts = [part.split("  #")[0].strip() for x in lines for part in x.split(" && ")]
    return [
        pytest.param(command, id=f"{name}: {command[:90]}")
        for command in dict.fromkeys(parts)
    ]


@pytest.mark.parametrize(
    "command", [each for n in DOCUMENTS if n != "adding.md" for each in commands(n)]
)
def test_every_command_is_parsed(command, monkeypatch):
    monkeypatch.chdir(ROOT)
    parse(command)


def parse(command):
    """Whoever reads a command would understand it."""
    words = shlex.split(command)
    if words[0] == "pip":
        return
    if words[:3] in (["python", "-m", "gan_jax.main"], ["python", "-m", "gan_jax"]):
        read_by_us(words[3:])
    elif words[0] == "gan-jax":
        read_by_us(words[1:])
    elif words[:3] == ["python", "-m", "pytest"]:
        assert all((ROOT / word).exists() for word in words[3:])
    else:
        read_by_a_script(words[1:])


def read_by_us(words):
    """A command line of ours; the config that it names is bound, too."""
    if not words:
        return
    given = flags.given(verbs.VERBS, "", words)[1]
    if given.flags.config and OWN_FILE not in words:
        assemble.bind(config_file.load(given.flags.config, given.fields))


def read_by_a_script(words):
    """`-m package.module`, or a file: it is there, and its source knows the flags."""
    name = words[1].replace(".", "/") + ".py" if words[0] == "-m" else words[0]
    source = (ROOT / name).read_text()
    if "laboratory" in source:
        for file in ("command.py", "contests.py"):
            source += (ROOT / "experiments" / "laboratory" / file).read_text()
    if "comparison.flags" in source:
        source += (ROOT / "experiments" / "speed" / "comparison.py").read_text()
    for word in words:
        if word.startswith("--"):
            assert f'"{word.partition("=")[0]}"' in source


def test_every_flag_in_the_text_is_one_of_ours():
    named = {
        f for text in DOCUMENTS.values() for f in re.findall(r"`(--[a-z_-]+)", text)
    }
    ours = {
        f for action in flags.parser([], "")._actions for f in action.option_strings
    }
    assert len(named) > 5
    assert named - ours - {"--config", "--ask"} == {"--only", "--repeats"} & named


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name):
    folder = ROOT if name == "README.md" else ROOT / "docs"
    links = re.findall(r"\]\(([^)#]+)\)", DOCUMENTS[name])
    missing = [link for link in links if not (folder / link).exists()]
    assert links
    assert not missing


# A run, as the documents speak of it ------------------------------------------------

SMALL = (
    *("--config.train.steps=2", "--config.train.batch_size=8"),
    *("--config.train.log_every=1", "--config.train.checkpoint_every=1"),
    *("--config.train.samples=4", "--config.train.sample_every=1"),
    *("--config.models.gen.widths=(4,)", "--config.models.disc.widths=(4,)"),
    *("--config.game.n_critic=1", "--config.train.steps_per_call=1"),
    *("--config.game.conditional.name=class_labels", "--config.game.ema=0.9"),
)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A folder with the runs that the README names, small; and all code that ran.

    One run, trained, resumed and sampled, stands for each of them.
    """
    folder = tmp_path_factory.mktemp("lived")
    ran = set()

    def note(frame, event, argument):
        if event == "call":
            ran.add(frame.f_code)

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        command = ["--config=wgan_gp:mlp", "--workdir=runs/wgan_gp", *SMALL]
        sys.setprofile(note)
        try:
            assert main(command) == 0
            assert main([*command, "--config.train.steps=3"]) == 0
            gan_jax.load("runs/wgan_gp").sample(3)
        finally:
            sys.setprofile(None)
        shutil.copytree("runs/wgan_gp", "runs/classes")
        yield folder, ran


SAMPLING = [
    command
    for block in fenced(DOCUMENTS["README.md"], "sh")
    for command in block.splitlines()
    if "--mode=sample" in command
]


@pytest.mark.slow
@pytest.mark.parametrize("command", SAMPLING)
def test_sampling_commands_write_what_they_name(command, lived, monkeypatch):
    monkeypatch.chdir(lived[0])
    words = [
        re.sub("--num=.*", "--num=5", re.sub("--checkpoint=.*", "--checkpoint=2", word))
        for word in shlex.split(command.split("  #")[0])[3:]
    ]
    assert main(words) == 0
    out = next(word.partition("=")[2] for word in words if word.startswith("--out="))
    written = lived[0] / out
    assert len(list(written.iterdir())) == 5 if out[-1] == "/" else written.is_file()


@pytest.mark.slow
@pytest.mark.parametrize("code", fenced(DOCUMENTS["README.md"], "python"))
def test_python_of_the_readme_runs(code, lived, monkeypatch):
    monkeypatch.chdir(lived[0])
    names: dict[str, Any] = {}
    for line in code.splitlines():
        exec(line, names)
        if line.startswith("data = "):
            resolve.bind(names["data"], (data,), "config.data", (), data.Dataset)
    if "images" in names:
        assert (names["images"].shape, names["images"].dtype) == ((16, 28, 28, 1), "u1")
    if "row" in names:
        assert (names["sevens"].shape[0], names["row"].shape[0]) == (16, 10)


def test_the_readme_tells_what_a_workdir_holds(lived):
    (table,) = re.findall(
        r"\| in the workdir \|.*\n((?:\|.*\n)+)", DOCUMENTS["README.md"]
    )
    told = set(re.findall(r"\| `([\w.]+)/?` \|", table))
    here = {path.name for path in (lived[0] / "runs/wgan_gp").iterdir()}
    assert {name for name in here if name[0] != "."} <= told
    assert told - here == {"evaluation.jsonl", "weights"}


# The walk ----------------------------------------------------------------------------

MODULES = ["gan_jax"] + sorted(
    name
    for _, name, _ in pkgutil.walk_packages(gan_jax.__path__, "gan_jax.")
    if not name.startswith("gan_jax.configs.") and name != "gan_jax.__main__"
)
PROSE = re.sub(r"```.*?```", "", WALK, flags=re.DOTALL)
SECTIONS = dict(re.findall(r"\n## ([^\n]+)\n(.*?)(?=\n## |\Z)", PROSE, re.DOTALL))
NAMES = sorted(set(re.findall(r"`([^`]+)`", PROSE)))
DRAWN = sorted(set(re.findall(r"\b\w+\.\w+\b", fenced(WALK, "")[0])))
NOT_NAMES = {"module.function", "Class.method", "wgan_gp.py"}
SLOTS = {"real", "fresh"}


def found(name):
    """Whatever in the package is called so: `module.name`, `Class.field`, `name`."""
    parts = name.split(".")
    for module_name in MODULES:
        tail = module_name.split(".")
        for i in range(len(parts) + 1):
            if parts[:i] == tail[len(tail) - i :]:
                thing = importlib.import_module(module_name)
                for part in parts[i:]:
                    thing = inner(thing, part)
                if thing is not None:
                    yield thing


def inner(thing, name):
    """An attribute, or the annotation of a field."""
    if inspect.ismodule(thing) and name not in vars(thing):
        return None
    if name in getattr(thing, "__dataclass_fields__", ()):
        return thing.__dataclass_fields__[name]
    return getattr(thing, name, None)


def in_the_run(name, workdir):
    """A file of a workdir, a folder of it, a term that it logs, or a phase of one."""
    terms = {term for line in Workdir(workdir).lines() for term in line}
    phases = {term.split("/")[0] for term in terms if "/" in term}
    return (workdir / name).exists() or name in terms | phases


@pytest.mark.parametrize("name", NAMES + DRAWN)
def test_every_name_in_the_walk_is_there(name, lived):
    if name in NOT_NAMES | SLOTS:
        return
    there = (
        (ROOT / name).exists()
        or in_the_run(name, lived[0] / "runs/wgan_gp")
        or any(True for _ in found(name))
    )
    assert there, name


def codes(thing):
    """Code of a function or method, under what wraps it."""
    thing = inspect.unwrap(thing)
    return {thing.__code__} if inspect.isfunction(thing) else set()


@pytest.mark.parametrize("section", ["One batch", "Sampling", "Resuming"])
def test_the_walk_goes_where_the_code_goes(section, lived):
    """Every function that it names as `module.function` or `Class.method` was called."""
    passed = 0
    for name in re.findall(r"`([\w.]+\.\w+)`", SECTIONS[section]):
        functions = set().union(*map(codes, found(name)))
        if functions:
            assert functions & lived[1], name
            passed += 1
    assert passed >= 4


def test_the_glossary_has_the_words():
    words = (
        "round phase repeat slot seen step term ask condition pair turn view player "
        "memory stage facts run workdir extractor kind protocol"
    )
    for word in words.split():
        assert f"**{word}**" in SECTIONS["Glossary"], word
