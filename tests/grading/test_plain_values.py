"""Only plain values in valid messages pass between a worker and the grader."""

import json
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import torch
from torch import nn

from grading.limits import LIMITS
from grading.plain_values import (
    DTYPES,
    MAX_DEPTH,
    MAX_PARTS,
    Packer,
    placeholder,
    unpack,
)
from grading.remote_arguments import pack_arguments, rebuild_arguments
from grading.wire import Lost, receive, send

Line = tuple[socket.socket, socket.socket]


@pytest.fixture
def line() -> Iterator[Line]:
    here, there = socket.socketpair()
    yield here, there
    here.close()
    there.close()


def soon() -> float:
    return time.monotonic() + 5


def carried(value: Any) -> Any:
    packer = Packer()
    node = json.loads(json.dumps(packer.pack(value)))
    return unpack(node, bytes(packer.blob))


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 0, -7, 1.5, float("inf"), "text\ud800", [], (), {}),
        [1, (2.0, [None])],
        {"a": (1, 2), 3: "b"},
    ],
)
def test_plain_values_are_transmitted_unchanged(value: Any) -> None:
    assert repr(carried(value)) == repr(value)


@pytest.mark.parametrize("word", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 0, 4), (2, 3)])
def test_tensors_are_transmitted_unchanged(word: str, shape: tuple[int, ...]) -> None:
    tensor = (3 * torch.rand(shape, generator=torch.Generator())).to(DTYPES[word])
    found = carried(tensor.mT if len(shape) == 2 else tensor)
    assert torch.equal(found, tensor.mT if len(shape) == 2 else tensor)
    assert found.dtype == tensor.dtype


@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (2, 3)])
def test_tensors_that_require_gradients_still_do(shape: tuple[int, ...]) -> None:
    assert carried(torch.ones(shape, requires_grad=True)).requires_grad


def test_an_expanded_tensor_of_one_element_is_transmitted() -> None:
    assert torch.equal(carried(torch.ones(()).expand(1)), torch.ones(1))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (object(), "object"),
        (torch.zeros(2).numpy(), "ndarray"),
        (torch.eye(2).to_sparse(), "sparse_coo tensor on device cpu"),
        (torch.zeros(1).expand(10**12), "float32 tensor of 4,000,000,000,000 bytes"),
        (list(range(MAX_PARTS)), f"tuple of {MAX_PARTS}"),
        ("x" * 10**5, "huge str"),
        (10**1000, "huge int"),
        (dict.fromkeys(range(MAX_PARTS)), "huge dict"),
        ({1, 2}, "set object"),
        (placeholder("a b"), "a b"),
    ],
)
def test_only_the_type_of_other_objects_is_transmitted(value: Any, kind: str) -> None:
    assert type(carried(value)).__name__ == kind


def nested(depth: int) -> dict[str, Any]:
    node: Any = 1
    for _ in range(depth):
        node = {"list": [node]}
    return node


@pytest.mark.parametrize(
    "node",
    [
        *([1], {}, {"a": 1, "b": 2}, {"pickle": "x"}, {"module": "os:system"}),
        *({"list": 3}, {"dict": [1]}, {"tensor": []}, {"kind": 3}),
        {"tensor": ["float64", [1], 0, True]},
        {"tensor": ["float64", [1], -8, True]},
        {"tensor": ["float64", [2**62, 4], 0, True]},
        {"tensor": ["float64", [0, 2**80], 0, True]},
        {"tensor": ["float64", [True], 0, True]},
        {"tensor": ["object", [0], 0, True]},
        {"tensor": ["float64", [0] * 65, 0, True]},
        {"dict": [{"list": [{"list": []}, 1]}]},
        {"list": [{"tensor": ["uint8", [3], start, False]} for start in (0, 1)]},
        {"kind": "\ud800"},
        nested(MAX_DEPTH + 2),
        {"list": [0] * (MAX_PARTS + 1)},
    ],
)
def test_invalid_encoding_raises(node: Any) -> None:
    with pytest.raises(Lost) as lost:
        unpack(node, b"1234")
    assert lost.value.status == "died"


class Pair(NamedTuple):
    h: Any
    c: Any


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner, self.sizes = nn.Linear(2, 3), (2, 3)
        self.free = nn.Parameter(torch.ones(2), requires_grad=False)
        self.register_buffer("kept", torch.arange(3))


def test_arguments_are_rebuilt_with_modules_and_generators() -> None:
    rng, packer = torch.Generator().manual_seed(5), Packer()
    torch.rand(3, generator=rng)
    given = (Pair(torch.ones(2), (1, "a")), rng, Network().eval())
    nodes = json.loads(json.dumps(pack_arguments({"given": given}, packer)))
    pair, twin, network = rebuild_arguments(nodes, bytes(packer.blob))["given"]
    assert isinstance(pair, Pair)
    assert pair.c == (1, "a")
    assert torch.equal(twin.get_state(), rng.get_state())
    assert isinstance(network, Network)
    assert network.sizes == (2, 3)
    assert not network.training
    assert not network.free.requires_grad
    for name, value in given[2].state_dict().items():
        assert torch.equal(network.state_dict()[name], value)


def rebuilt(**arguments: Any) -> dict[str, Any]:
    packer = Packer()
    nodes = json.loads(json.dumps(pack_arguments(arguments, packer)))
    return rebuild_arguments(nodes, bytes(packer.blob))


@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.SGD])
def test_rebuilt_optimizer_updates_the_rebuilt_module_like_the_first(kind: Any) -> None:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        optimizer.zero_grad()
        model(torch.ones(2)).square().sum().backward()
        optimizer.step()

    model = nn.Linear(2, 3)
    options = {"momentum": 0.9} if kind is torch.optim.SGD else {"betas": (0.5, 0.9)}
    groups = [{"params": [model.weight]}, {"params": [model.bias], "lr": 0.3}]
    optimizer = kind(groups, lr=0.1, **options)
    step(model, optimizer)
    found = rebuilt(first=optimizer, both=(model, model), own=model.bias)
    (twin, same), other = found["both"], found["first"]
    assert twin is same
    assert found["own"] is twin.bias
    assert other.param_groups[1]["params"][0] is twin.bias
    assert twin.bias is not model.bias
    for _ in range(2):
        step(model, optimizer)
        step(twin, other)
    for name, value in model.state_dict().items():
        assert torch.equal(twin.state_dict()[name], value)


def test_rebuilt_recurrent_network_is_trained_by_its_parameters() -> None:
    network = nn.LSTM(2, 3)
    twin = rebuilt(network=network)["network"]
    x = torch.ones(4, 1, 2)
    assert torch.equal(twin(x)[0], network(x)[0])
    twin(x)[0].sum().backward()
    assert all(parameter.grad is not None for parameter in twin.parameters())


def test_classes_and_functions_are_sent_by_name_and_others_are_not() -> None:
    found = rebuilt(kind=nn.ReLU, function=torch.nn.functional.relu)
    assert [*found.values()] == [nn.ReLU, torch.nn.functional.relu]
    with pytest.raises(TypeError, match="argument given"):
        rebuilt(given=lambda x: x)


def test_messages_are_transmitted_completely(line: Line) -> None:
    send(line[0], {"a": 1}, b"\0\1", soon())
    assert receive(line[1], soon()) == ({"a": 1}, b"\0\1")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (struct.pack("!II", 2**32 - 1, 0), "announced"),
        (struct.pack("!II", 2, LIMITS.numbers + 1), "announced"),
        (struct.pack("!II", 3, 0) + b"nul", "no JSON"),
        (struct.pack("!II", 10**5, 0) + b"[" * 10**5, "no JSON"),
        (struct.pack("!II", 6, 0) + b"[1, 2]", "no names"),
    ],
)
def test_invalid_message_raises(line: Line, raw: bytes, why: str) -> None:
    line[0].sendall(raw)
    with pytest.raises(Lost, match=why):
        receive(line[1], soon())


def test_silent_slow_or_closed_connection_raises(line: Line) -> None:
    with pytest.raises(Lost) as silent:
        receive(line[1], time.monotonic() + 0.1)
    assert silent.value.status == "timed out"
    with pytest.raises(Lost, match="time was up"):
        send(line[0], {}, b"0" * 10**8, time.monotonic() + 0.2)
    line[0].close()
    with pytest.raises(Lost):
        while True:
            receive(line[1], soon())
