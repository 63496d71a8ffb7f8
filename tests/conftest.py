"""Settings shared by all tests."""

import os

from hypothesis import settings

# One thread: the same sums in the same order wherever the tests run, and two workers that do not fight for cores.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

settings.register_profile("mathdnn", derandomize=True, deadline=None)
settings.load_profile("mathdnn")
