"""Where numbers come from: versions, device, commit."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax

PACKAGES = ("gan_jax", "jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "numpy")


def provenance() -> dict[str, Any]:
    """Versions, device and commit, as they stand now."""
    return {
        "versions": {name: version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "device": device(),
        "commit": commit(),
    }


def device() -> str:
    """What JAX computes on, e.g. `1 x cpu (cpu)`."""
    first = jax.devices()[0]
    return f"{len(jax.devices())} x {first.device_kind} ({first.platform})"


def commit() -> str | None:
    """The commit of the code base, `+` appended where files differ; None outside git."""
    try:
        out = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return out.stdout.strip()
