"""Import torch once, then fork a worker for each notebook before it is run.

`python -m grading.fork_server PLAN` runs inside the sandbox. It never runs an
answer itself: its workers do, confined, and a worker cannot reach it.
"""

import gc
import json
import os
import socket
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from tempfile import TemporaryDirectory

import torch

from grading import seccomp
from grading.confinement import Confinement, confine
from grading.worker import serve

BEGINNING = struct.Struct("!d")  # the processor's seconds that a worker may take
ENDING = struct.Struct("!id")  # how a worker ended, and its seconds of processor
LATE = ("torch.fx.experimental.symbolic_shapes", "torch._dynamo")  # at a first use
USUAL = ("IPython.display", "matplotlib.pyplot")  # what many notebooks import
UNCONFINED = 71  # the exit code of a worker that could not be confined: it did nothing


def main(plan: dict[str, object]) -> None:
    """Fork a worker for each socket that comes; end it when told to, or alone."""
    control = socket.socket(fileno=int(plan["control"]))
    confinement = Confinement(**plan["confinement"])
    torch.set_num_threads(1)
    torch.backends.cpu.get_cpu_capability()  # looked up in /proc, which workers lack
    for name in (*plan["modules"], *LATE):
        import_module(name)
    _import_if_there((*USUAL, *plan["extras"]))
    _ = confinement.seccomp and seccomp.works()  # the filter is made once, here
    gc.collect()
    gc.freeze()
    control.sendall(b"r")
    zygote = os.getpid()
    while True:
        data, fds, _, _ = socket.recv_fds(control, BEGINNING.size, 1)
        if not data:
            return
        (cpu,) = BEGINNING.unpack(data)
        child = os.fork()
        if not child:
            _become_worker(fds[0], confinement, zygote, cpu)
        os.close(fds[0])
        told = control.recv(1)
        os.kill(child, 9)
        _, status, usage = os.wait4(child, 0)
        if not told:
            return
        control.sendall(ENDING.pack(status, usage.ru_utime + usage.ru_stime))


def _import_if_there(names: Iterable[str]) -> None:
    """Import modules that a notebook may name, for all workers at once.

    Matplotlib wants a folder to write its list of fonts to: a worker can write none.
    It looks for them itself, as there is no program here that lists them.
    """
    programs, os.environ["PATH"] = os.environ.get("PATH", ""), "/nowhere"
    with TemporaryDirectory() as cache:
        os.environ["MPLCONFIGDIR"] = cache
        for name in names:
            with suppress(Exception):  # it is missing, or no module: workers see that
                import_module(name)
    os.environ["PATH"] = programs


def _become_worker(fd: int, confinement: Confinement, zygote: int, cpu: float) -> None:
    """Keep one descriptor, give up all the rest, and serve until the end."""
    code = UNCONFINED
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        os.closerange(3, fd)
        os.closerange(fd + 1, 1 << 16)
        line = socket.socket(fileno=fd)
        confine(confinement, zygote, cpu)
        code = 0
        serve(line)
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
