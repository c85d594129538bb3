"""Find a free TCP port, and check that a port is free."""

import socket

FIRST_PORT = 8888


def free_port() -> int:
    """The first free port from 8888 on.

    Raises:
        OSError: if the next hundred ports are all taken.
    """
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        if _is_free(port):
            return port
    raise OSError(
        f"A hundred ports from {FIRST_PORT} on are taken. Choose one with --port N."
    )


def check_port(port: int) -> None:
    """Check that a port is free; the error names a free one.

    Raises:
        OSError: if a program listens there, or if the system reserves the port.
    """
    if not _is_free(port):
        raise OSError(
            f"Port {port} is taken, perhaps by a JupyterLab that is still running. "
            f'Stop it, or use another port: make lab ARGS="--port {free_port()}"'
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
