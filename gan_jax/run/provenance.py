"""Where numbers come from: versions, device, commit."""

import json
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any

import jax

PACKAGES = ("gan_jax", "jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "numpy")


def provenance() -> dict[str, Any]:
    """Versions, device and commit, as they stand now."""
    return {
        "versions": {name: _version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "device": device(),
        "commit": commit(),
    }


def device() -> str:
    """What JAX computes on, e.g. `1 x cpu (cpu)`."""
    first = jax.devices()[0]
    return f"{len(jax.devices())} x {first.device_kind} ({first.platform})"


def commit() -> str:
    """What this code is: its commit, `+` appended where files differ; else its version.

    Git is asked only where it tracks this very file: installed into somebody's project,
    the package would take the commit of that. Of a package installed from a repository,
    the installer has written the commit down (PEP 610).
    """
    here = Path(__file__)
    if _git(here.parent, "ls-files", "--error-unmatch", here.name) is not None:
        found = _git(here.parent, "describe", "--always", "--dirty=+", "--abbrev=12")
        if found:
            return found
    return _installed_commit() or f"version {_version('gan_jax')}"


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _installed_commit() -> str:
    try:
        text = distribution("gan_jax").read_text("direct_url.json") or "{}"
        return str(json.loads(text)["vcs_info"]["commit_id"])[:12]
    except (PackageNotFoundError, KeyError, TypeError, ValueError, OSError):
        return ""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # a clone that is not installed
        return "not installed"
