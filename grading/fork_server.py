"""The fork server: import PyTorch once, then fork a confined worker for each notebook.

`python -m grading.fork_server PLAN` runs inside the sandbox. It never runs an answer
itself; its workers do, and a worker cannot affect it.
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

BEGINNING = struct.Struct("!d")  # the limit of a worker's processor time, in seconds
ENDING = struct.Struct("!id")  # a worker's wait status and processor time
LAZY = ("torch.fx.experimental.symbolic_shapes", "torch._dynamo")  # imported on demand
USUAL = ("IPython.display", "matplotlib.pyplot")  # imported by many notebooks
UNCONFINED = 71  # exit code of a worker that could not be confined and ran nothing


def main(plan: dict[str, object]) -> None:
    """Fork a worker for each socket received, and end it on request."""
    control = socket.socket(fileno=int(plan["control"]))
    confinement = Confinement(**plan["confinement"])
    torch.set_num_threads(1)
    torch.backends.cpu.get_cpu_capability()  # reads /proc, which workers cannot
    for name in (*plan["modules"], *LAZY):
        import_module(name)
    _import_if_available((*USUAL, *plan["extras"]))
    _ = confinement.seccomp and seccomp.works()  # creates the filter for all workers
    gc.collect()
    gc.freeze()
    control.sendall(b"r")
    parent = os.getpid()
    while True:
        data, fds, _, _ = socket.recv_fds(control, BEGINNING.size, 1)
        if not data:
            return
        (cpu,) = BEGINNING.unpack(data)
        child = os.fork()
        if not child:
            _become_worker(fds[0], confinement, parent, cpu)
        os.close(fds[0])
        request = control.recv(1)
        os.kill(child, 9)
        _, status, usage = os.wait4(child, 0)
        if not request:  # the other side has closed the connection
            return
        control.sendall(ENDING.pack(status, usage.ru_utime + usage.ru_stime))


def _import_if_available(names: Iterable[str]) -> None:
    """Import modules that notebooks may import, once for all workers.

    Matplotlib writes a cache of fonts, which a worker cannot do. With an empty PATH it
    searches the fonts itself and does not call an external program.
    """
    programs, os.environ["PATH"] = os.environ.get("PATH", ""), "/nowhere"
    with TemporaryDirectory() as cache:
        os.environ["MPLCONFIGDIR"] = cache
        for name in names:
            with suppress(Exception):  # missing, or no module; workers get the error
                import_module(name)
    os.environ["PATH"] = programs


def _become_worker(fd: int, confinement: Confinement, parent: int, cpu: float) -> None:
    """Close all other file descriptors, confine this process, and serve requests."""
    code = UNCONFINED
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        os.closerange(3, fd)
        os.closerange(fd + 1, 1 << 16)
        line = socket.socket(fileno=fd)
        confine(confinement, parent, cpu)
        code = 0
        serve(line)
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
