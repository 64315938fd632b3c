"""Training steps beside their rivals: torch-mimicry and eager PyTorch.

    python experiments/speed/training.py [--repeats 7] [--threads 2] [--only NAME ...]

Measured as `comparison.py` says. Writes training.json (with every repeat) and training.md.
Needs torch and torch-mimicry beside gan_jax.
"""

import importlib
import sys
from typing import Any

import comparison
from comparison import Row, ms, train


def resnet(family: str) -> dict[str, Any]:
    """torch-mimicry's settings: hinge and spectral norm, or a penalty of 10."""
    adam = dict(name="adam", learning_rate=2e-4, b1=0.0, b2=0.9)
    disc: dict[str, Any] = dict(name="resnet.Discriminator")
    game: dict[str, Any] = dict(
        name="adversarial", latents=dict(name="normal", shape=(128,))
    )
    if family == "sngan":
        disc |= dict(wrap=dict(name="spectral_norm"))
        game |= dict(loss=dict(name="hinge"))
    else:
        disc |= dict(pool="mean")
        penalty = dict(name="gradient_penalty", weight=10.0)
        game |= dict(
            loss=dict(name="wasserstein"), regularizers=dict(gradient_penalty=penalty)
        )
    return dict(
        data=dict(name="shapes", shape=(32, 32, 3), count=256),
        models=dict(gen=dict(name="resnet.Generator"), disc=disc),
        game=game,
        optim=dict(gen=adam, disc=adam),
        train=train(batch_size=64),
    )


def of_paper(name: str, batch_size: int, **changes: Any) -> dict[str, Any]:
    """A variant of a config, by `FILE:VARIANT`; `widths` and arguments of its game."""
    file, variant = name.split(":")
    config = importlib.import_module(f"configs.{file}").VARIANTS[variant]()
    widths = changes.pop("widths", None)
    if widths is not None:
        for node in config["models"].values():
            node["widths"] = widths
    config["game"] |= changes
    fused = config["train"].get("steps_per_call", 1)
    return config | dict(train=train(batch_size, steps_per_call=fused))


def rows() -> dict[str, Row]:
    table = {}
    for family in ("wgan_gp", "sngan"):
        for phase, word in (("disc", "critic"), ("gen", "generator")):
            table[f"{family}32_{phase}"] = Row(
                f"{family} ResNet 32 x 32, one {word} step, batch 64",
                ("phase_of", dict(config=resnet(family), name=phase)),
                ("mimicry", dict(family=family, phase=phase, batch=64)),
                images=64,
                targets=dict(cpu=1.0, gpu=2.0),
            )
    for widths, target in (((64, 64), 5.0), ((512, 512, 512), 3.0)):
        name = f"{len(widths)} x {widths[0]}"
        table[f"ring8_{len(widths)}x{widths[0]}"] = Row(
            f"WGAN-GP on a ring of 8, {name}, one round (5 critic steps), batch 256",
            ("round_of", dict(config=of_paper("wgan_gp:ring8", 256, widths=widths))),
            (
                "ring",
                dict(
                    widths=widths,
                    batch=256,
                    n_critic=5,
                    rounds=10 if len(widths) == 2 else 1,
                    weight=0.1,
                ),
            ),
            images=5 * 256,
            targets=dict(cpu=target, gpu=20.0),
        )
    ring = of_paper("wgan_gp:ring8", 256, widths=(64, 64))
    table["ring8_ten_seeds"] = Row(
        "the same, 2 x 64, ten seeds: an ensemble against run after run",
        ("ensemble_of", dict(config=ring, seeds=10)),
        (
            "rings",
            dict(
                runs=10, widths=(64, 64), batch=256, n_critic=5, rounds=10, weight=0.1
            ),
        ),
        images=10 * 5 * 256,
        least=3.0,
        targets=dict(cpu=8.0, gpu=100.0),
    )
    sizes = dict(shape=(64, 64, 3), width=64, latents=100, batch=64)
    table["dcgan_forward"] = Row(
        "DCGAN generator 64 x 64, width 64, forward, batch 64",
        ("dcgan_forward", sizes),
        ("dcgan_forward", sizes),
        images=64,
        targets=dict(cpu=1.0),
    )
    for batch, n_critic in ((16, 1), (32, 1), (64, 1), (128, 1), (64, 2), (64, 5)):
        config = of_paper("wgan_gp:digits", batch, n_critic=n_critic)
        table[f"digits_batch{batch}_critic{n_critic}"] = Row(
            f"WGAN-GP DCGAN 28 x 28, one round, batch {batch}, n_critic {n_critic}",
            ("round_of", dict(config=config)),
            None,
            images=batch * n_critic,
        )
    for seeds in (1, 2, 4, 20):
        table[f"ring8_{seeds}_seeds"] = Row(
            f"WGAN-GP on a ring of 8, 2 x 64, one round, batch 256, seeds {seeds}",
            ("ensemble_of", dict(config=ring, seeds=seeds)),
            None,
            images=seeds * 5 * 256,
        )
    for steps in (0, 1, 5, 10):
        config = of_paper("unrolled:notebook", 512, unroll=steps)
        table[f"unrolled{steps}"] = Row(
            f"unrolled GAN on a ring of 8, 2 x 128, one round, batch 512, K {steps}",
            ("round_of", dict(config=config)),
            None,
            images=512,
        )
    return table


# --- the table ------------------------------------------------------------------------


def table(record: dict[str, Any]) -> str:
    """The record in Markdown."""
    about, found = record["environment"], record["rows"]
    versions = ", ".join(f"{n} {v}" for n, v in about["versions"].items() if v)
    backend = "cpu" if found[0]["ours"]["device"].lower() == "cpu" else "gpu"
    lines = [
        f"{found[0]['ours']['device']} ({about['machine']}), {about['threads']} threads, "
        f"medians of {about['repeats']} turns; {versions}; commit "
        f"{about['commit'][:10]}.",
        "",
        "| what | ours, ms | theirs, ms | ratio | wanted | images/s, ours | theirs "
        "| compile, s | peak MiB, ours | theirs |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in found:
        if "theirs" in row:
            ours, theirs = row["ours"], row["theirs"]
            wanted = row["targets"].get(backend)
            lines.append(
                f"| {row['title']} | {ms(ours)} | {ms(theirs)} | {row['ratio']:.2f} | "
                f"{f'{wanted:g}' if wanted else ''} | {ours['images_per_second']:,.0f} | "
                f"{theirs['images_per_second']:,.0f} | {ours['compile_seconds']:.1f} | "
                f"{ours['peak_mib']:,.0f} | {theirs['peak_mib']:,.0f} |"
            )
    if backend == "cpu":
        lines.append(
            "| the same on a GPU | not run | not run | | 2 (ResNets), 20 (rings), "
            "100 (ten seeds) | | | | | |"
        )
    alone = [row for row in found if "theirs" not in row]
    if alone:
        lines += ["", "| growth | ms | images/s | compile, s | peak MiB |"]
        lines += ["|---|--:|--:|--:|--:|"]
    for row in alone:
        ours = row["ours"]
        lines.append(
            f"| {row['title']} | {ms(ours)} | {ours['images_per_second']:,.0f} | "
            f"{ours['compile_seconds']:.1f} | {ours['peak_mib']:,.0f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    sys.path.insert(0, str(comparison.ROOT))
    given = comparison.flags(__doc__).parse_args()
    record = comparison.compare(rows(), "training_theirs", "training", given)
    if record:
        print(table(record))
        if given.only is None:
            comparison.place("training", given, ".md").write_text(table(record))


if __name__ == "__main__":
    main()
