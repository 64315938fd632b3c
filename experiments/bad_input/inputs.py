"""Bad and odd command lines, made by rules: a seed decides which of them are asked.

What is generated is a product: places where something can be said (slots of a config,
flags, files) times things that can be said there. `expect` says what may come of it:
`bad` must be refused, `good` must be accepted, `any` may be either, but in order.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from experiments.bad_input.sayings import (
    FOREIGN,
    HEAD,
    MODULES,
    NAMES,
    NUMBERS,
    VALUES,
)
from experiments.bad_input.world import BASES
from gan_jax.resolve.names import catalogue
from gan_jax.run.assemble import ROOMS

Expect = Literal["bad", "good", "any"]
Rng = np.random.Generator


@dataclass(frozen=True)
class Input:
    """A command line. `@W` stands for the world's folder.

    Attributes:
        group: of the inputs that it belongs to.
        words: of the command line.
        files: written beside it first, by name.
        expect: what may come of it.
        chatty: whether lines before the refusal are in order: a training says what it
            is before it can hear from its workdir, and damage that is passed over is
            named.
    """

    group: str
    words: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    expect: Expect = "any"
    chatty: bool = False


ROOM_NAMES = sorted(
    {name for rooms in ROOMS.values() for room in rooms for name in catalogue(room)}
)
VERBS = ("train", "sample", "evaluate", "diagnose", "latents")


def inputs(seed: int = 0, scale: float = 1.0) -> list[Input]:
    """All inputs of a seed.

    Args:
        seed: which of the products are taken.
        scale: how many, of 1 for as many as the table reports.
    """
    rng, found = np.random.default_rng(seed), []
    for group, (make, most) in GROUPS.items():
        own = list(dict.fromkeys(_key(x) for x in make(rng)))
        own = [x for x in map(_of, own) if _can_be_typed(x)]
        count = min(len(own), max(1, round(most * scale)))
        chosen = sorted(rng.choice(len(own), count, replace=False))
        found += [Input(group, *own[i]) for i in chosen]
    return found


def _key(given: Input) -> tuple[Any, ...]:
    files = tuple(sorted(given.files.items()))
    return given.words, files, given.expect, given.chatty


def _of(key: tuple[Any, ...]) -> tuple[Any, ...]:
    words, files, *rest = key
    return words, dict(files), *rest


def _can_be_typed(key: tuple[Any, ...]) -> bool:
    """Whether a system hands such words to a program at all."""
    text = "".join(key[0])
    return "\x00" not in text and "\ud800" not in text and len(text) < 100_000


# Configs that are wrong somewhere.


def paths(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every place of a config."""
    if path:
        yield path
    if isinstance(node, dict):
        for key, inner in node.items():
            yield from paths(inner, (*path, key))


def _at(config: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        config = config[key]
    return config


def _file(base: str, path: tuple[str, ...], value: str) -> dict[str, str]:
    """A config file with one place changed."""
    place = "".join(f"[{key!r}]" for key in path)
    body = f"    config = {BASES[base]!r}\n    config{place} = {value}\n"
    return {"c.py": f"{HEAD}\n\ndef get_config():\n{body}    return config\n"}


def _tried(rng: Rng) -> tuple[str, ...]:
    """The rest of a command line that tries a config: built only, or begun."""
    return ("--dry-run",) if rng.random() < 0.7 else ("--workdir=begun",)


def slots(rng: Rng) -> Iterator[Input]:
    """Values of every type in every place of every base."""
    for base in BASES:
        for path, value in itertools.product(paths(BASES[base]), VALUES):
            if rng.random() < 0.06:
                words = ("--config=c.py", *_tried(rng))
                yield Input("", words, _file(base, path, value), "any", True)


def kinds(rng: Rng) -> Iterator[Input]:
    """Components of every room, and of other packages, in the place of every node."""
    for base, config in BASES.items():
        nodes = [p for p in paths(config) if "name" in _named(_at(config, p))]
        others = [("game", "pack"), ("game", "disc_terms", "a"), ("models", "other")]
        for path in (*nodes, *others[: 2 if base != "tuned" else 3]):
            for name in (*ROOM_NAMES, *FOREIGN):
                if rng.random() < 0.12:
                    old = _named(_at(config, path) if path in nodes else None)
                    kept = rng.random() < 0.5
                    value = repr({**old, "name": name} if kept else {"name": name})
                    if path[1:2] == ("disc_terms",):
                        path, value = path[:2], repr({"a": {"name": name}})
                    files = _file(base, path, value) | MODULES
                    words = ("--config=c.py", *_tried(rng))
                    yield Input("", words, files, "any", True)


def _named(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def misspelt(rng: Rng) -> Iterator[Input]:
    """Names of fields, groups and components that are nearly right."""
    for base, config in BASES.items():
        for path in paths(config):
            value, odd = _at(config, path), _misspelt(path[-1], rng)
            words = (
                f"--config=@W/{base}.py",
                f"--config.{'.'.join(path[:-1])}.{odd}=1",
            )
            if len(path) > 1 and base in ("points", "labels") and odd:
                free = path[-2] in ("regularizers", "models", "optim")
                yield Input("", (*words, "--dry-run"), {}, "any" if free else "bad")
            if path[-1] == "name" and len(value) > 2:
                files = _file(base, path, repr(_misspelt(value, rng)))
                yield Input("", ("--config=c.py", "--dry-run"), files, "bad")


def _misspelt(word: str, rng: Rng) -> str:
    at = int(rng.integers(len(word)))
    forms = (
        word[:at] + word[at + 1 :],
        word[:at] + "q" + word[at:],
        word.upper() if word.upper() != word else word + "z",
        word + "\u200b",
        word + " ",
        word * 60,
    )
    return forms[int(rng.integers(len(forms)))]


def numbers(rng: Rng) -> Iterator[Input]:
    """Numbers, absurd and no numbers, in every field that takes one."""
    for base, config in BASES.items():
        for path in paths(config):
            if isinstance(_at(config, path), dict) or base in ("pictures", "tuned"):
                continue
            for text in NUMBERS:
                if rng.random() < 0.1:
                    change = f"--config.{'.'.join(path)}={text}"
                    words = (f"--config=@W/{base}.py", change, *_tried(rng))
                    yield Input("", words, {}, "any", True)


def absurd(rng: Rng) -> Iterator[Input]:
    """Sizes that no machine holds, where they would be trained with."""
    sizes = ("10**9", "10**12", "10**18", "10**30", "2**31", "2**32", "2**64", "40000")
    del rng
    places = (
        *("train.batch_size", "train.samples", "train.steps", "train.seed"),
        *("train.steps_per_call", "train.devices", "train.keep", "data.count"),
        *("data.modes", "data.seed", "game.n_critic", "game.pack", "game.unroll"),
        *("models.gen.widths", "models.disc.widths", "game.latents.shape"),
        *("game.gen_batch", "game.microbatches", "eval.samples", "optim.gen.b1"),
    )
    for place, size in itertools.product(places, sizes):
        many = place.endswith(("widths", "shape"))
        path = tuple(place.split("."))
        value = f"({size},)" if many else size
        base = "points"
        if path == ("eval", "samples"):
            path, value = path[:1], f"dict(every=2, samples={size})"
        # A number that is only large may be legal, and then is built and no more.
        able = place in ("train.seed", "train.keep", "data.seed", "train.steps")
        able |= size in ("40000", "10**9", "2**31", "2**32")
        words = ("--config=c.py", "--dry-run" if able else "--workdir=begun")
        yield Input("", words, _file(base, path, value), "any", True)


# What a command line says of a config.


def overrides(rng: Rng) -> Iterator[Input]:
    """`--config.FIELD=VALUE`, malformed."""
    fields = ("", ".", "..", "train", "train.", ".train", "train.steps.x", "x", "x.y")
    fields += ("game.loss", "data.name.x", "train.steps", "models.gen.widths.0", "eval")
    fields += ("a." * 3000, "weights.gen.workdir", "guard.on", "eval.every", "ü.名")
    fields += ("weights.nobody.workdir", "weights.gen.x", "optim.other.name")
    fields += ("name", "game.name", "__class__", "train.__init__", "game.0", "%s")
    for place in fields:
        for equals in ("", "=", "=3", "=x", "={}", "=[]", "={'name': 'x'}", "==", "=="):
            words = ("--config=@W/points.py", f"--config.{place}{equals}", "--dry-run")
            yield Input("", words)
    for text in NUMBERS:
        words = ("--config=@W/points.py", f"--config.train.steps={text}", "--dry-run")
        yield Input("", words)
    del rng


def config_files(rng: Rng) -> Iterator[Input]:
    """What a config file, and `--config`, can be."""
    bodies = [f"return {value}" for value in VALUES]
    raised = (
        "Exception",
        "SystemExit",
        "KeyboardInterrupt",
        "ValueError",
        "StopIteration",
    )
    raised += ("MemoryError", "RecursionError", "GeneratorExit", "UnicodeError")
    bodies += [
        f"raise {name}{args}"
        for name in raised
        for args in ("", "('a\\nb')")
        if name != "UnicodeError" or not args
    ]
    bodies += ["raise SystemExit(0)", "raise BaseException('x')", "yield 3", "pass"]
    bodies += ["import os; os._name", "get_config()", "import nowhere", "assert False"]
    bodies += ["import sys; sys.exit()", "raise Exception('x' * 10**6)", "quit()"]
    bodies += ["class E(Exception):\n        __str__ = None\n    raise E()"]
    texts = [f"{HEAD}\ndef get_config():\n    {body}\n" for body in bodies]
    texts += ["", "x = 3", "get_config = 3", "get_config = dict", "get_config = len"]
    texts += [
        "get_config = {}.get",
        "get_config = type",
        "get_config = print",
        "def (:",
    ]
    texts += ["import sys; sys.exit(0)", "1 / 0", "raise KeyboardInterrupt", "\x00"]
    texts += ["def get_config(a, b): return {}", "def get_config(*, a): return {}"]
    texts += ["async def get_config(): return {}", "class get_config: pass", "\udcff"]
    texts += ["from ml_collections import ConfigDict as get_config", "\ufeff\n\tx"]
    texts += ["get_config = lambda v='': {'data': v}", "# -*- coding: nowhere -*-"]
    texts += ["(" * 300, "x = " + "-" * 9999 + "1", "def get_config(): return {**{}}"]
    for text in texts:
        for spec in ("c.py", "c.py:x"):
            expect: Expect = "bad"
            yield Input("", (f"--config={spec}", "--dry-run"), {"c.py": text}, expect)
    for name in NAMES:
        for spec in (name, f"{name}.py", f"{name}:x", f"wgan_gp:{name}"):
            yield Input("", (f"--config={spec}", "--dry-run"), {}, "any")
    for name in ("c.txt", "c.PY", "c", "c.pyc", "c:d.py"):
        yield Input("", (f"--config={name}", "--dry-run"), {name: "x = 3"}, "bad")
    del rng


# Flags.

FLAGS = {
    "mode": ("train", NAMES),
    "config": ("train", NAMES),
    "workdir": ("train sample evaluate diagnose latents", NAMES),
    "num": ("sample evaluate latents", NUMBERS),
    "seed": ("sample evaluate latents", NUMBERS),
    "do": ("latents", NAMES),
    "steps": ("latents", NUMBERS),
    "out": ("sample latents", NAMES),
    "metrics": ("evaluate", NAMES),
    "checkpoint": ("sample evaluate latents", (*NUMBERS, *NAMES)),
    "inception": ("evaluate", NAMES),
    "data": ("evaluate latents", NAMES),
    "real": ("folders", NAMES),
    "fake": ("folders", NAMES),
    "size": ("folders", NUMBERS),
    "fit": ("folders", NAMES),
    "trust": ("sample evaluate latents", ("", "1")),
    "distributed": ("", ("x", "1")),
    "dry-run": ("train", ("", "1")),
}
"""By flag: the verbs that take it, and what can be said there."""


def _line(verb: str, run: str = "points", **flags: str) -> tuple[str, ...]:
    """A command line that is in order, and what is added to it or replaced."""
    own: dict[str, str] = {"mode": verb, "workdir": f"@W/runs/{run}"}
    if verb == "train":
        own = {"config": f"@W/{run}.py", "workdir": "begun"}
    if verb == "sample":
        own |= {"num": "3", "out": "out.npz"}
    if verb == "evaluate":
        own |= {"num": "16"}
    if verb == "latents":
        own |= {"workdir": "@W/runs/labels", "do": "walk", "num": "1", "steps": "2"}
    if verb == "folders":
        own = {"mode": "evaluate", "real": "@W/pictures", "fake": "@W/flat"}
        own |= {"metrics": "fd_random"}
    return tuple(f"--{name}={value}" for name, value in (own | flags).items())


def flag_values(rng: Rng) -> Iterator[Input]:
    """Every flag of every verb with every sort of value."""
    del rng
    for flag, (verbs, values) in FLAGS.items():
        for verb, value in itertools.product(verbs.split(), values):
            if (flag, verb) == ("workdir", "train") and set(value) == {"/"}:
                continue  # the root itself: a fine workdir for who may write there
            words = _line(verb, **{flag: value})
            if verb == "train":
                words += ("--dry-run",) if flag == "config" else ()
            yield Input("", words, {}, "any", verb == "train")


def other_flags(rng: Rng) -> Iterator[Input]:
    """Flags of other verbs, unknown ones, flags twice, flags without values."""
    verbs = (*VERBS, "folders")
    for verb, flag in itertools.product(verbs, FLAGS):
        value = {"num": "3", "seed": "3", "size": "8", "fit": "pad"}.get(flag, "x")
        given = f"--{flag}" if flag in ("trust", "dry-run") else f"--{flag}={value}"
        if flag != "distributed":
            takes = verb in FLAGS[flag][0].split() or flag == "mode"
            takes |= verb == "folders" and flag in (
                "num",
                "seed",
                "metrics",
                "inception",
            )
            words = _line(verb)
            if not takes:
                yield Input("", (*words, given), {}, "bad")
            yield Input("", (*words, f"--{flag}"), {}, "any", verb == "train")
            yield Input("", (*words, *words), {}, "any", verb == "train")
            yield Input("", (*words, f"--{_misspelt(flag, rng)}={value}"), {}, "bad")
        for word in ("-x", "x", "--", "-", "--=", "--.", "--config", "---num=3", "-n3"):
            yield Input("", (*_line(verb), word), {}, "any", verb == "train")
        yield Input("", (*_line(verb), given, given), {}, "any", verb == "train")
    for word in ("-h", "--help"):
        yield Input("", (word,), {}, "good")
    for words in ((), ("--mode",), ("--mode=",), ("--mode=dance",), ("train",), ("",)):
        yield Input("", words, {}, "bad")


def asks(rng: Rng) -> Iterator[Input]:
    """`--ask.NAME=VALUE` of a run that knows classes, and of one that does not."""
    names = ("label", "labels", "truncation", "", "x", "ü", "label.x", "a" * 300, "%s")
    values = (*NUMBERS, "cat", "dog", "cats", "[0, 1, 0]", "['cat', 'dog', 'cat']")
    values += ("[[0]]", "[[1], [2, 3]]", "['cat', 3]", "{'a': 3}", "[None]", "@W/flat")
    values += (
        "[0] * 3",
        "[1e308]",
        "[2**70, 0, 0]",
        "b'cat'",
        "'cat'",
        "{0, 1}",
        "...",
    )
    runs = ("points", "labels")
    verbs = ("sample", "evaluate", "train", "diagnose", "folders")
    for verb, run, name, value in itertools.product(verbs, runs, names, values):
        if rng.random() < (0.5 if verb in ("sample", "evaluate") else 0.05):
            words = (*_line(verb, run), f"--ask.{name}={value}")
            yield Input("", words)
    for value in ("0", "1", "cat", "'dog'", "[0, 1, 1]"):
        yield Input(
            "", (*_line("sample", "labels"), f"--ask.label={value}"), {}, "good"
        )


# Files and folders.

FOLDERS = (
    *("pictures", "flat", "mixed", "deep", "hidden", "single", "empty_folder"),
    *("empty_classes", "broken", "torn", "texts", "postscript", "tree", "links"),
    *("pipes", "Größe 名", "file", "fifo", "runs", "nowhere", "runs/points"),
)


def outputs(rng: Rng) -> Iterator[Input]:
    """Where samples may go."""
    names = (*NAMES, "x.jpg", "x.PNG", "x.npz", "x.png", "new/", "new/x.npz", ".png")
    names += (
        "@W/flat",
        "@W/flat/",
        "a/b/c/x.png",
        "@W/file.png",
        "x.npz/",
        "x.",
        "x.npy",
    )
    names += ("@W/file/", "/dev/null.png", "/dev/null/", "/proc/x.png", "/sys/x/", "./")
    names += (
        "../x.png",
        "@W/links/a.png",
        "@W/tree/a.png",
        "@W/pipes/a.png",
        "x.tar.gz",
    )
    counts = ("1", "3", "10001", "1000000000000000", "9" * 30)
    for run, name, num in itertools.product(("points", "labels"), names, counts):
        if rng.random() < (0.6 if num == "3" else 0.2):
            yield Input("", _line("sample", run, out=name, num=num))


def workdirs(rng: Rng) -> Iterator[Input]:
    """Workdirs that hold something else than a run, and runs changed by hand."""
    del rng
    named = ("list", "nothing", "null", "number", "half", "torn", "empty", "other")
    named += (
        "inner",
        "deep",
        "bytes",
        "folder",
        "bare",
        "no_checkpoints",
        "no_metrics",
    )
    named += ("checkpoints_a_file", "nowhere", "points/config.json", "points/samples")
    groups = ("config", "data", "id", "arithmetic", "x64", "weights", "provenance")
    values = ("null", "3", "x", "[]", "{}", "{name: x}")
    fields = ("name", "shape", "classes", "size", "digest", "counts", "arrays", "extra")
    fields += ("models", "game", "train", "optim", "data")
    named += tuple(f"{group}_{value}" for group in groups for value in values)
    named += tuple(f"data_{name}" for name in fields)
    named += tuple(f"config_{name}" for name in fields)
    for verb, name in itertools.product(VERBS, named):
        words = _line(verb, workdir=f"@W/runs/{name}")
        yield Input("", words, {}, "any", verb == "train")


def folders(rng: Rng) -> Iterator[Input]:
    """Folders of every sort as data, as what is judged, and as what it is held against."""
    for name in FOLDERS:
        path, options = (
            f"@W/{name}",
            ("8", "9", "None", "(8, 8)", "0", "-1", "10**6", "x"),
        )
        for size in options:
            changes = (f"--config.data.path={path}", f"--config.data.size={size}")
            words = ("--config=@W/labels.py", *changes, *_tried(rng))
            yield Input("", words, {}, "any", True)
        for other in FOLDERS:
            extra = {"size": "8"} if rng.random() < 0.3 else {}
            words = _line("folders", real=path, fake=f"@W/{other}", **extra)
            yield Input("", words)


def metrics(rng: Rng) -> Iterator[Input]:
    """Names of metrics, as flags and in a config."""
    names = (
        *NAMES,
        "fd",
        "fid",
        "fd_digits",
        "modes",
        "mode",
        "modes,modes",
        ",",
        "a,b",
    )
    names += (
        "FD",
        "fd_",
        "_random",
        "fd_random,",
        " fd_random",
        "fd random",
        "accuracy",
    )
    names += (
        "precision,recall",
        "fd_random_random",
        "is",
        "kid",
        "classes",
        "fd_lite0",
    )
    for name, verb in itertools.product(names, ("evaluate", "folders")):
        for run in ("points", "labels"):
            yield Input("", _line(verb, run, metrics=name))
        change = f"--config.eval.metrics={name}"
        words = (f"--config=@W/{'points'}.py", "--config.eval.every=2", change)
        yield Input("", (*words, "--dry-run"))
    del rng


GROUPS: dict[str, tuple[Callable[[Rng], Iterator[Input]], int]] = {
    "values in slots": (slots, 160),
    "kinds in slots": (kinds, 140),
    "names nearly right": (misspelt, 40),
    "numbers": (numbers, 90),
    "absurd sizes": (absurd, 60),
    "overrides": (overrides, 60),
    "config files": (config_files, 90),
    "values of flags": (flag_values, 110),
    "other flags": (other_flags, 50),
    "asks": (asks, 50),
    "outputs": (outputs, 60),
    "workdirs": (workdirs, 70),
    "folders": (folders, 60),
    "metrics": (metrics, 40),
}
"""By group: what makes its inputs, and how many of them are asked."""
