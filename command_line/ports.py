"""Find a port that nobody listens on, and refuse one that somebody does."""

import socket

FIRST_PORT = 8888


def free_port() -> int:
    """The first port from 8888 on that nothing on this machine listens on.

    Raises:
        OSError: if a hundred in a row are taken.
    """
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        if _is_free(port):
            return port
    raise OSError(f"A hundred ports from {FIRST_PORT} on are taken; name one: --port N")


def refuse_taken(port: int) -> None:
    """Refuse a port that cannot be served on, and offer one that can.

    Raises:
        OSError: if something listens there, or the system keeps it for itself.
    """
    if not _is_free(port):
        raise OSError(
            f"Port {port} is taken, perhaps by a lesson that is still open. Stop that "
            f'one, or serve on another: make lab ARGS="--port {free_port()}"'
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
