"""Names of logged numbers that more than one room writes or reads.

A line of metrics.jsonl holds a term of the training as `PHASE/TERM` (`disc/accuracy`) and
a score as `eval/METRIC` (`eval/fd_digits`). What only one room knows is named there.
"""

STEP = "step"
"""Rounds played when the line was written; stands in every line."""

LOSS = "loss"
"""The number whose gradient a phase takes, all its terms added up."""
ADVERSARIAL = "adversarial"
"""The part of a phase's loss that sets generator and critic against each other."""

REAL_LOGIT = "real_logit"
"""Mean logit that the critic gives reals."""
FAKE_LOGIT = "fake_logit"
"""Mean logit that the critic gives fakes."""
WASSERSTEIN = "wasserstein"
"""The critic's lead: mean logit of reals less that of fakes."""
ACCURACY = "accuracy"
"""Share of (real, fake) pairs in which the critic gives the real one the larger logit."""
REAL_SPREAD = "real_spread"
"""Mean distance of two reals of a batch."""
FAKE_SPREAD = "fake_spread"
"""Mean distance of two fakes of a batch."""
VERDICTS = (REAL_LOGIT, FAKE_LOGIT, WASSERSTEIN, ACCURACY, REAL_SPREAD, FAKE_SPREAD)
"""What a critic's phase logs for the doctor and the report, whatever its loss."""

RECONSTRUCTION = "reconstruction"
"""What a decoder misses: -log p(x | z), in nats an example."""
KL = "kl"
"""Nats an example that a posterior of latents tells; `kl_07` of one of their numbers."""
ELBO = "elbo"
"""The bound on log p(x), in nats an example, whatever is trained on."""
BITS_PER_DIM = "bits_per_dim"
"""-log2 p(x) for each number of an example, where p is of levels."""
ACTIVE = "active"
"""Share of the latents' numbers that tell something."""

GRAD_NORM = "_grad_norm"
"""How the name of a player's gradient norm ends: `gen/gen_grad_norm`."""
SKIPPED = "skipped"
"""Share of a phase's updates that were left out because a number was not finite."""

SCORE = "eval/"
"""How the names of scores begin, beside the terms of the training."""
SCORE_SPREAD = "/spread"
"""How the name of a score's standard deviation ends: `eval/kd_digits/spread`."""

GENERATOR = "gen"
"""How the names of generators begin, and of the phases in which they learn."""


def term(phase: str, name: str) -> str:
    """A term's full name: `term("disc", ACCURACY)` is `disc/accuracy`."""
    return f"{phase}/{name}"


def split(full: str) -> tuple[str, str]:
    """Phase and term of a full name; the phase is "" where the name has none."""
    phase, _, name = full.rpartition("/")
    return phase, name


def grad_norm(player: str) -> str:
    """The term that holds a player's gradient norm: `gen_grad_norm`."""
    return f"{player}{GRAD_NORM}"
