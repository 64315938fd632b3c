"""Every test runs with shapes and types checked, on one device, with a warm cache."""

import os
import pathlib
import signal
import tempfile

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "agg")

from jaxtyping import install_import_hook  # noqa: E402

# An int is a fine float here as it is in a config.
CHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
install_import_hook("gan_jax", CHECKER)

import jax  # noqa: E402
import pytest  # noqa: E402

# Compiled functions are shared between tests, processes and runs of the suite.
CACHE = os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR",
    str(pathlib.Path(tempfile.gettempdir()) / "gan_jax-compilation-cache"),
)
jax.config.update("jax_compilation_cache_dir", CACHE)
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)


OPTIMISED = pytest.StashKey[frozenset]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Before any is left out: which files hold tests that want optimised programs."""
    marked = (item.path for item in items if item.get_closest_marker("optimised"))
    config.stash[OPTIMISED] = frozenset(marked)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Most tests wait for the compiler, not for what it makes: it need not try hard.

    A file with `optimised` tests, and what they launch, runs the programs that users
    run: all of it, since bits are compared.
    """
    hasty = item.path not in item.config.stash[OPTIMISED]
    os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = str(int(hasty))
    jax.config.update("jax_disable_most_optimizations", hasty)


def pytest_addoption(parser):
    """`--exhaustive`: products of everything with everything, whole; hours, not minutes."""
    parser.addoption(
        "--exhaustive",
        action="store_true",
        help="every damage to every file, every signal at every moment; else a part",
    )


@pytest.fixture(autouse=True, scope="session")
def heard():
    """What a shell has its background jobs ignore, and they their children, is heard."""
    names = ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    ignored = [n for n in numbers if signal.getsignal(n) == signal.SIG_IGN]
    for number in ignored:
        back = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, back)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(scope="session")
def part_of(request):
    """`(all, n)` -> n of all, evenly spread; all of them under --exhaustive."""

    def part(every, n):
        every = list(every)
        if request.config.getoption("exhaustive"):
            return every
        return every[:: max(1, len(every) // n)][:n]

    return part
