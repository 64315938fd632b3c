"""What a wheel carries, and that it works away from the repository."""

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The wheel, built from a copy (building leaves files) and unpacked."""
    pytest.importorskip("setuptools", "77")
    copy, wheels, site = (tmp_path_factory.mktemp(n) for n in ("copy", "dist", "site"))
    for name in ("gan_jax", "configs"):
        shutil.copytree(
            ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    build = (
        f"from setuptools import build_meta; build_meta.build_wheel({str(wheels)!r})"
    )
    subprocess.run([sys.executable, "-c", build], cwd=copy, check=True, stdout=-3)
    zipfile.ZipFile(next(wheels.glob("*.whl"))).extractall(site)
    return site


@pytest.mark.slow
def test_nothing_but_the_package_is_installed(unpacked):
    tops = {path.name for path in unpacked.iterdir() if path.suffix != ".dist-info"}
    assert tops == {"gan_jax"}
    ours = {str(p.relative_to(ROOT)) for p in (ROOT / "gan_jax").rglob("*.py")}
    carried = {
        str(p.relative_to(unpacked)) for p in (unpacked / "gan_jax").rglob("*.py")
    }
    configs = {f"gan_jax/configs/families/{p.name}" for p in ROOT.glob("configs/*.py")}
    assert carried == ours | configs | {"gan_jax/configs/families/common/__init__.py"}


@pytest.mark.slow
def test_a_config_is_found_by_name_from_an_empty_folder(unpacked, tmp_path):
    (tmp_path / "configs").mkdir()  # somebody else's
    ran = subprocess.run(
        [sys.executable, "-m", "gan_jax.main", "--config=wgan_gp:tiny", "--dry-run"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert "steps: 4" in ran.stdout
