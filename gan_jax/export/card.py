"""What a bundle says of itself: as JSON for programs, as Markdown for people."""

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from gan_jax.bundle import files
from gan_jax.bundle.signature import asks_to_json
from gan_jax.evaluation.record import history
from gan_jax.export.portable import Portable, usual
from gan_jax.run import Run
from gan_jax.run.provenance import provenance

LICENCE = (
    "gan_jax is Apache-2.0. The weights were made from the data named here, whose terms "
    "may bind them; whoever hands them on must look."
)
SEEDS = {
    True: "seed and index give the same samples as gan.sample(seed=) of the run",
    False: "seeds cannot go along in this format: latents z go in, and noise is left out",
}


def of(
    run: Run, rule: str, form: str, made: Portable, checked: Mapping[str, Any]
) -> dict[str, Any]:
    """The card, but for the digests of the files.

    Args:
        run: exported.
        rule: by which its checkpoint was chosen.
        form: the format.
        made: of the run.
        checked: how far what was written is from the run.
    """
    step = int(run.state.step)
    record = without_paths(run.record)
    averaged = sorted(n for n, own in run.state.players.items() if own.ema is not None)
    scores = [
        json.loads(s.to_json()) for at, s in history(run.workdir.path) if at == step
    ]
    return {
        "gan_jax_bundle": files.VERSION,
        "format": form,
        "architecture": {
            name: node
            for name, node in record["config"]["models"].items()
            if any(weight.startswith(f"{name}.") for weight in made.weights)
        },
        "game": record["config"]["game"]["name"],
        "seeds": SEEDS["sample" in made.functions],
        "asks": asks_to_json(run.asks, usual(run.asks)),
        "functions": {name: s.to_json() for name, s in made.signatures.items()},
        "left_out": dict(made.left_out),
        "checked": dict(checked),
        "weights": {
            "parameters": sum(x.size for x in made.weights.values()),
            "averaged": averaged,
            "tensors": {name: list(x.shape) for name, x in made.weights.items()},
        },
        "checkpoint": {"rule": rule, "step": step, "seen": int(run.state.seen)},
        "stage": run.stage,
        "metrics": scores,
        "licence": LICENCE,
        "trained_by": record.get("provenance", {}),
        "exported_by": provenance(),
        "data": record["data"],
        "config": record["config"],
    }


def without_paths(value: Any) -> Any:
    """A record without where things lie on this machine: the last name alone stays."""
    if isinstance(value, Mapping):
        return {name: without_paths(x) for name, x in value.items()}
    if isinstance(value, list | tuple):
        return [without_paths(x) for x in value]
    if isinstance(value, str) and (
        value.startswith("~") or PurePath(value).is_absolute()
    ):
        return PurePath(value).name
    return value


def readme(card: Mapping[str, Any]) -> str:
    """The card in words."""
    weights, at = card["weights"], card["checkpoint"]
    data = card["config"]["data"]
    lines = [
        f"# A generator: {_short(card['architecture'])}",
        "",
        f"Exported by gan_jax as {card['format']}. {card['seeds'][0].upper()}"
        f"{card['seeds'][1:]}.",
        "",
        "![samples](picture.png)" if files.PICTURE in card["files"] else "",
        "",
        f"- samples: {_shape(card['data']['shape'])}; data: `{json.dumps(data)}`",
        f"- game: {card['game']}; {weights['parameters']:,} numbers in "
        f"{len(weights['tensors'])} arrays"
        + (
            f", averaged: {', '.join(weights['averaged'])}"
            if weights["averaged"]
            else ""
        ),
        f"- checkpoint: {at['rule']}, step {at['step']:,}, {at['seen']:,} images seen",
        f"- trained by: {_by(card['trained_by'])}",
        f"- exported by: {_by(card['exported_by'])}",
        f"- its `{card['checked']['function']}` differs from the run's by at most "
        f"{card['checked']['largest_difference']:.1g}",
    ]
    lines += ["", "## What it computes", "", *_functions(card), ""]
    if card["asks"]:
        lines += ["## What it can be asked for", "", *_asks(card["asks"]), ""]
    lines += ["## Scores", ""]
    lines += [
        f"- `{score['name']}`: {score['value']}, measured by "
        f"`{json.dumps(score['protocol'])}`"
        for score in card["metrics"]
    ] or ["None was measured of this checkpoint."]
    return "\n".join([*lines, "", "## Licence", "", card["licence"], ""])


def _functions(card: Mapping[str, Any]) -> list[str]:
    lines = ["Every array has one row an example.", ""]
    for name, function in card["functions"].items():
        inputs = ", ".join(
            f"`{n}` {x['dtype']} {_shape(x['shape'])}"
            for n, x in function["inputs"].items()
        )
        output = function["output"]
        lines += [
            f"- `{name}`: {inputs} to {output['dtype']} {_shape(output['shape'])}"
        ]
    lines += [f"- not here, `{name}`: {why}" for name, why in card["left_out"].items()]
    return lines


def _asks(asks: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, ask in asks.items():
        says = [f"{ask['dtype']} {_shape(ask['shape'])}"]
        says += [f"0 to {ask['below'] - 1}"] if ask["below"] else []
        says += [f"{', '.join(ask['names'][:10])}"] if ask["names"] else []
        says += ["must be given"] if ask["needed"] else []
        says += (
            [f"{ask['usual']} where nobody asks"] if ask["usual"] is not None else []
        )
        lines += [f"- `{name}`: {'; '.join(says)}"]
    return lines


def _short(architecture: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {node['name']}" for name, node in architecture.items())


def _shape(shape: list[int]) -> str:
    return f"[{', '.join(map(str, ('n', *shape)))}]"


def _by(made: Mapping[str, Any]) -> str:
    versions = made.get("versions", {})
    return (
        f"commit {made.get('commit', 'unknown')}, {made.get('device', 'unknown')}, "
        f"jax {versions.get('jax', 'unknown')}"
    )
