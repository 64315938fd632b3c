import platform
import subprocess
import sys

import pytest

TOUCH = """
import resource, sys
import numpy as np
from gan_jax import heap
if sys.argv[1] == "kept":
    heap.keep_freed()
np.ones(2**24)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    np.ones(2**24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's malloc alone")
def test_large_arrays_do_not_fault_again():
    faults = {
        how: int(subprocess.check_output([sys.executable, "-c", TOUCH, how]))
        for how in ("kept", "given_back")
    }
    assert faults["kept"] < 100 < faults["given_back"], faults
