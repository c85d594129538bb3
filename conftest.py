"""What every test finds: the short profile, no window, one thread for each worker."""

import os

os.environ.setdefault("COURSE_PROFILE", "smoke")
os.environ.setdefault("MPLBACKEND", "agg")
if "PYTEST_XDIST_WORKER" in os.environ:  # workers, and their kernels, share the cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch reads it when it is imported
