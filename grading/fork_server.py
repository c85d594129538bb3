"""Import torch once, then fork a worker for each answer before it is loaded.

`python -m grading.fork_server PLAN` runs inside the sandbox. It never runs an
answer itself: its workers do, confined, and a worker cannot reach it.
"""

import gc
import json
import os
import socket
import struct
import sys
from importlib import import_module

import torch

from grading import seccomp
from grading.confinement import Confinement, confine
from grading.worker import serve

ENDING = struct.Struct("!id")  # how a worker ended, and its seconds of processor
LATE = ("torch.fx.experimental.symbolic_shapes", "torch._dynamo")  # at a first use
UNCONFINED = 71  # the exit code of a worker that could not be confined: it did nothing


def main(plan: dict[str, object]) -> None:
    """Fork a worker for each socket that comes; end it when told to, or alone."""
    control = socket.socket(fileno=int(plan["control"]))
    confinement = Confinement(**plan["confinement"])
    torch.set_num_threads(1)
    torch.backends.cpu.get_cpu_capability()  # looked up in /proc, which workers lack
    for name in (*plan["modules"], *LATE):
        import_module(name)
    _ = confinement.seccomp and seccomp.works()  # the filter is made once, here
    gc.collect()
    gc.freeze()
    control.sendall(b"r")
    zygote = os.getpid()
    while True:
        data, fds, _, _ = socket.recv_fds(control, 1, 1)
        if not data:
            return
        child = os.fork()
        if not child:
            _become_worker(fds[0], confinement, zygote)
        os.close(fds[0])
        told = control.recv(1)
        os.kill(child, 9)
        _, status, usage = os.wait4(child, 0)
        if not told:
            return
        control.sendall(ENDING.pack(status, usage.ru_utime + usage.ru_stime))


def _become_worker(fd: int, confinement: Confinement, zygote: int) -> None:
    """Keep one descriptor, give up all the rest, and serve until the end."""
    code = UNCONFINED
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        os.closerange(3, fd)
        os.closerange(fd + 1, 1 << 16)
        line = socket.socket(fileno=fd)
        confine(confinement, zygote)
        code = 0
        serve(line)
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
