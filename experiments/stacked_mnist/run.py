"""Stacked MNIST: of the 1,000 combinations of three digits, how many a generator makes.

    python -m experiments.stacked_mnist.run --tables small,penalties
    python -m experiments.stacked_mnist.run --tables pacgan     # the paper's size: a GPU

Protocol of VEEGAN (Srivastava et al. 2017) and PacGAN (Lin et al. 2018, section 4.2).
"""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.laboratory.command import main
from experiments.laboratory.rows import Experiment, Metric, Row, Table, merge
from gan_jax import data, metrics
from gan_jax.data import Dataset
from gan_jax.metrics import extractors
from gan_jax.training.ensemble import Evaluate


def by_digits(dataset: Dataset) -> Evaluate:
    """Modes by the digit that a classifier sees in every channel."""
    del dataset
    classify = extractors.digits()

    def evaluate(samples: np.ndarray) -> Mapping[str, float]:
        pixels = np.asarray(data.to_pixels(np.nan_to_num(samples)))
        channels = [classify(pixels[..., i : i + 1]).probabilities for i in range(3)]
        seen = [p.argmax(axis=-1) for p in channels if p is not None]
        return metrics.stacked_mode_coverage(np.stack(seen, axis=-1))._asdict()

    return evaluate


def adam(learning_rate: float = 2e-4, **more: float) -> dict[str, Any]:
    return dict(name="adam", learning_rate=learning_rate, b1=0.5, b2=0.999) | more


def base(width: int, kernel: int, steps: int, batch: int) -> dict[str, Any]:
    """DCGAN as in PacGAN's table 2: z uniform, the generator moves twice."""
    return dict(
        data=dict(name="stacked_mnist"),
        models=dict(
            gen=dict(
                name="dcgan.Generator",
                width=width,
                up=dict(name="transposed", kernel=kernel),
            ),
            disc=disc(width, kernel) | dict(norm=dict(name="batch_norm")),
        ),
        game=dict(
            name="adversarial",
            loss=dict(name="non_saturating"),
            latents=dict(name="uniform", shape=(100,)),
            gen_steps=2,
        ),
        optim=dict(gen=adam(), disc=adam()),
        train=dict(
            steps=steps,
            batch_size=batch,
            steps_per_call=1,
            log_every=max(steps // 20, 1),
            checkpoint_every=steps,
        ),
    )


def disc(width: int, kernel: int) -> dict[str, Any]:
    """Without batch norm, as penalties want it: they take the gradient of each logit."""
    down = dict(name="strided", kernel=kernel)
    return dict(name="dcgan.Discriminator", width=width, down=down)


def packed(m: int, batch: int, paper: Mapping[str, str]) -> Row:
    changes = dict(game=dict(pack=m), train=dict(batch_size=m * batch))
    source = "Lin et al. 2018, table 2"
    return Row(f"pacgan{m}", f"PacDCGAN{m}", changes, source, paper)


def rows(width: int, kernel: int, batch: int) -> tuple[Row, ...]:
    return (
        Row(
            "dcgan",
            "DCGAN",
            {},
            "Radford et al. 2016; Lin et al. 2018, table 2",
            dict(modes="78.9 ± 6.5", reverse_kl="4.50 ± 0.13"),
        ),
        packed(2, batch, dict(modes="1000 ± 0", reverse_kl="0.06 ± 0.003")),
        packed(4, batch, dict(modes="1000 ± 0", reverse_kl="0.07 ± 0.005")),
        Row(
            "wgan_gp",
            "WGAN-GP",
            dict(
                models=dict(disc=disc(width, kernel)),
                game=dict(
                    loss=dict(name="wasserstein"),
                    n_critic=5,
                    gen_steps=1,
                    regularizers=dict(
                        gradient_penalty=dict(name="gradient_penalty", weight=10.0)
                    ),
                ),
                optim=dict(gen=adam(1e-4, b2=0.9), disc=adam(1e-4, b2=0.9)),
            ),
            "Gulrajani et al. 2017, eq. 3",
        ),
        Row(
            "unrolled5",
            "unrolled, K = 5",
            dict(
                game=dict(unroll=5, gen_steps=1),
                optim=dict(disc=adam(eps_root=1e-16)),
            ),
            "Metz et al. 2017; Srivastava et al. 2017, table 2 (its own networks)",
            dict(modes="48.7", reverse_kl="4.32"),
        ),
        Row(
            "relativistic_r1_r2",
            "relativistic, R1 + R2",
            dict(
                models=dict(disc=disc(width, kernel)),
                game=dict(
                    loss=dict(name="relativistic_paired"),
                    gen_steps=1,
                    regularizers=dict(
                        r1=dict(name="r1", gamma=1.0), r2=dict(name="r2", gamma=1.0)
                    ),
                ),
            ),
            "Huang et al. 2024, table 1 (its own networks)",
            dict(modes="1000", reverse_kl="0.078"),
        ),
    )


def penalised(
    name: str, title: str, loss: str, paper: Mapping[str, str], *penalties: str
) -> Row:
    """Both players move once a round; gamma 1."""
    game = dict(
        loss=dict(name=loss),
        gen_steps=1,
        regularizers={name: dict(name=name, gamma=1.0) for name in penalties},
    )
    return Row(name, title, dict(game=game), "Huang et al. 2024, table 1", paper)


PENALTIES = (
    penalised(
        "relativistic_r1_r2",
        "relativistic, R1 + R2",
        "relativistic_paired",
        dict(modes="1000", reverse_kl="0.078"),
        "r1",
        "r2",
    ),
    penalised(
        "non_saturating_r1_r2",
        "non-saturating, R1 + R2",
        "non_saturating",
        dict(modes="693", reverse_kl="0.927"),
        "r1",
        "r2",
    ),
    penalised(
        "relativistic_r1",
        "relativistic, R1 alone",
        "relativistic_paired",
        dict(modes="diverges", reverse_kl="diverges"),
        "r1",
    ),
)
METRICS = (
    Metric("modes", "modes", max, digits=1),
    Metric("reverse_kl", "reverse KL", min, digits=3),
)
COUNTED = 26_000


def table(name: str, title: str, base: Mapping[str, Any], **more: Any) -> Table:
    return Table(
        name=name,
        title=title,
        base=dict(base),
        evaluator=by_digits,
        metrics=METRICS,
        failed=lambda last: last["modes"] < 900,
        failure="fewer than 900 of 1,000 modes at the end",
        **more,
    )


EXPERIMENT = Experiment(
    "stacked_mnist",
    (
        table(
            "small",
            "Small: DCGAN of width 16, batch 64, 1,000 rounds (not the paper's protocol)",
            base(width=16, kernel=4, steps=1000, batch=64),
            rows=rows(width=16, kernel=4, batch=64),
            evaluate_every=500,
            seeds=10,
            samples=COUNTED,
        ),
        table(
            "penalties",
            "What relativism and R2 add: the same without batch norm, 2,000 rounds",
            merge(
                base(width=16, kernel=4, steps=2000, batch=64),
                dict(models=dict(disc=disc(width=16, kernel=4))),
            ),
            rows=PENALTIES,
            evaluate_every=500,
            seeds=3,
            samples=COUNTED,
        ),
        table(
            "pacgan",
            "PacGAN's table 2: DCGAN of width 64, batch 64, 100,000 rounds",
            base(width=64, kernel=5, steps=100_000, batch=64),
            rows=rows(width=64, kernel=5, batch=64),
            evaluate_every=5000,
            seeds=10,
            samples=COUNTED,
        ),
    ),
)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
