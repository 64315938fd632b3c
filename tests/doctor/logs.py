"""Logs drawn by formula: one healthy course, and what each case changes of it."""

import numpy as np

LINES = 60
X = np.arange(LINES)


def log(seed=0, lines=LINES, noise=0.05, **terms):
    """Lines of a log: each term a constant or a series, times (1 + noise)."""
    draws = np.random.default_rng(seed)
    course = {
        "accuracy": 0.75,
        "lead": 1.0,
        "spread": 0.95,
        "gen_norm": 0.5,
        "disc_norm": 0.8,
        "loss": 0.7,
        "skipped": 0.0,
        **terms,
    }
    rows = {name: np.broadcast_to(value, (lines,)) for name, value in course.items()}
    out = []
    for i in range(lines):
        now = {
            name: float(row[i]) * (1 + noise * draws.uniform(-1, 1))
            for name, row in rows.items()
        }
        latents = {f"gen/{n}": now[n] for n in ("active", "kl") if n in now}
        out.append(
            {
                "step": 20 * (i + 1),
                "seen": 1280 * (i + 1),
                "wall": 0.1 * i,
                # A share: its noise does not lift it above 1.
                "disc/accuracy": min(now["accuracy"], float(rows["accuracy"][i])),
                "disc/wasserstein": now["lead"],
                "disc/real_logit": now["lead"] / 2,
                "disc/fake_logit": -now["lead"] / 2,
                "disc/fake_spread": 1.4 * now["spread"],
                "disc/real_spread": 1.4,
                "disc/loss": now["loss"],
                "disc/disc_grad_norm": now["disc_norm"],
                "gen/gen_grad_norm": now["gen_norm"],
                "disc/skipped": now["skipped"],
                **latents,
            }
        )
    return out


falling = np.exp(-X / 5.0)
HEALTHY = {
    "plain": {},
    "variational": dict(active=0.4, kl=12.0),
    "converged": dict(accuracy=0.52, lead=0.03 + falling, gen_norm=0.01 + falling),
    "wgan": dict(accuracy=0.97, lead=2 + 18 * np.exp(-X / 10.0), gen_norm=0.3),
    "spreading": dict(spread=np.minimum(0.95, 0.1 * 1.15**X)),
}
CASES = {
    "vanishing": (
        dict(accuracy=1.0, gen_norm=0.5 * np.exp(-X / 6.0), lead=5 * falling + 0.8),
        {"vanishing_gradient"},
    ),
    "no gradient at all": (
        dict(accuracy=1.0, gen_norm=0.0, lead=5 * falling + 0.8),
        {"vanishing_gradient"},
    ),
    "strong critic": (
        dict(accuracy=1.0, lead=2.0 + 0.2 * X),
        {"discriminator_too_strong"},
    ),
    "blind critic": (
        dict(accuracy=0.5, spread=0.75, lead=0.01),
        {"generator_too_strong"},
    ),
    "blind critic, wide fakes": (
        dict(accuracy=0.5, spread=1.6, lead=0.01),
        {"generator_too_strong"},
    ),
    "collapse": (
        dict(spread=np.where(X < 25, 0.95, 0.3)),
        {"mode_collapse"},
    ),
    "posterior collapse": (
        dict(active=np.where(X < 20, 0.5, 0.0), kl=20 * falling + 0.001),
        {"posterior_collapse"},
    ),
    "oscillation": (
        dict(lead=0.2 + np.sin(2 * np.pi * X / 12), accuracy=0.6),
        {"oscillation"},
    ),
    "divergence": (
        dict(disc_norm=np.where(X < 40, 0.8, 0.8 * 1.6 ** (X - 40.0))),
        {"divergence"},
    ),
    "nan": (
        dict(loss=np.where(X < 50, 0.7, np.nan)),
        {"not_finite"},
    ),
    "skipped": (
        dict(skipped=np.where(X == 3, 0.05, 0.0)),
        {"not_finite"},
    ),
}
"""Terms, and the findings they must give: no other."""
