"""The doctor: what goes wrong in a training, read from its logged terms alone."""

from gan_jax.doctor.doctor import Diagnosis, Doctor, diagnose
from gan_jax.doctor.finding import Finding
from gan_jax.doctor.remedies import REMEDIES, Remedy, remedy
from gan_jax.doctor.symptoms import SYMPTOMS, Symptom
from gan_jax.doctor.thresholds import Thresholds

__all__ = [
    "REMEDIES",
    "SYMPTOMS",
    "Diagnosis",
    "Doctor",
    "Finding",
    "Remedy",
    "Symptom",
    "Thresholds",
    "diagnose",
    "remedy",
]
