"""Every test runs with shapes and types checked, on one device, with a warm cache."""

import os
import pathlib
import tempfile

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "agg")

from jaxtyping import install_import_hook  # noqa: E402

# An int is a fine float here as it is in a config.
CHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
install_import_hook("gan_jax", CHECKER)

import jax  # noqa: E402

# Compiled functions are shared between tests, processes and runs of the suite.
CACHE = os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR",
    str(pathlib.Path(tempfile.gettempdir()) / "gan_jax-compilation-cache"),
)
jax.config.update("jax_compilation_cache_dir", CACHE)
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
