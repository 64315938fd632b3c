"""What pyproject.toml cannot say: the configs lie at the top of the repository, and go
into the wheel under the package's own name."""

from setuptools import find_packages, setup

FAMILIES = "gan_jax.configs.families"

setup(
    packages=[
        *find_packages(include=["gan_jax", "gan_jax.*"]),
        FAMILIES,
        *(f"{FAMILIES}.{name}" for name in find_packages("configs")),
    ],
    package_dir={FAMILIES: "configs"},
)
