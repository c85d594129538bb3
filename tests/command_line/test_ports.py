"""A port is free until somebody listens on it; then another one is offered."""

import re
import socket

import pytest

from command_line import ports
from command_line.ports import free_port, refuse_taken


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_the_usual_port_gives_way_to_the_next_free_one(monkeypatch, taken):
    monkeypatch.setattr(ports, "FIRST_PORT", taken)
    assert taken < free_port() < taken + 100


def test_a_taken_port_is_refused_and_a_free_one_offered(taken):
    with pytest.raises(OSError, match=f"Port {taken} is taken") as refusal:
        refuse_taken(taken)
    offered = re.search(r"--port (\d+)", str(refusal.value))
    refuse_taken(int(offered[1]))  # that one is free


def test_a_hundred_taken_ports_are_too_many(monkeypatch):
    monkeypatch.setattr(ports, "_is_free", lambda port: False)
    with pytest.raises(OSError, match="A hundred ports from 8888"):
        free_port()
