"""Evaluation: which metric, against which reals, by which protocol."""

from gan_jax.evaluation.evaluate import evaluate_folders, evaluate_run, its_data
from gan_jax.evaluation.evaluator import Evaluator, protocol_of
from gan_jax.evaluation.record import history, line
from gan_jax.evaluation.table import METRICS

__all__ = [
    "METRICS",
    "Evaluator",
    "evaluate_folders",
    "evaluate_run",
    "history",
    "its_data",
    "line",
    "protocol_of",
]
