"""A port is free until a program listens on it; the error then names another one."""

import re
import socket

import pytest

from command_line import ports
from command_line.ports import check_port, free_port


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_next_free_port_is_used_if_the_default_is_taken(monkeypatch, taken):
    monkeypatch.setattr(ports, "FIRST_PORT", taken)
    assert taken < free_port() < taken + 100


def test_taken_port_raises_with_a_free_one(taken):
    with pytest.raises(OSError, match=f"Port {taken} is taken") as refusal:
        check_port(taken)
    offered = re.search(r"--port (\d+)", str(refusal.value))
    check_port(int(offered[1]))  # that one is free


def test_hundred_taken_ports_raise(monkeypatch):
    monkeypatch.setattr(ports, "_is_free", lambda port: False)
    with pytest.raises(OSError, match="A hundred ports from 8888"):
        free_port()
