"""What every test of trainings finds: Ctrl-C counts, as at a terminal."""

import signal

import pytest


@pytest.fixture(autouse=True)
def ctrl_c_counts():
    """A suite that was started in the background inherits that Ctrl-C is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
