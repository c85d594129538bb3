"""Arguments are copied, differentiated and compared, also those in nested tuples."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from teaching.argument_copies import (
    changed_arguments,
    copy_arguments,
    differentiable_tensors,
)


class Pair(NamedTuple):
    h: Tensor
    c: Tensor


def arguments():
    """A named tuple in a plain one, beside a tensor, a number and whole numbers."""
    pair = Pair(torch.ones(2), torch.zeros(3))
    return {"x": torch.arange(2.0), "n": 2, "deep": (pair, torch.arange(4), "word")}


def test_copy_shares_no_memory_and_no_graph():
    root = torch.ones(2, requires_grad=True)
    value = (Pair(root * 2, root), [1], "word")
    twin = copy_arguments({"value": value})["value"]
    assert type(twin[0]) is Pair
    assert twin[1:] == value[1:]
    assert twin[1] is not value[1]
    for old, new in zip(value[0], twin[0], strict=True):
        assert torch.equal(old, new)
        assert not new.requires_grad
        assert old.data_ptr() != new.data_ptr()


def test_copied_generator_has_the_same_state():
    rng = torch.Generator().manual_seed(3)
    (twin,) = copy_arguments({"pair": (rng,)})["pair"]
    assert torch.equal(torch.rand(2, generator=twin), torch.rand(2, generator=rng))


def test_floating_point_tensors_are_found_and_named_by_their_path():
    found = differentiable_tensors(arguments(), ("deep", "x"))
    assert [*found] == ["deep.1.h", "deep.1.c", "x"]
    assert all(leaf.requires_grad for leaf in found.values())
    layer = nn.Linear(2, 1)
    inside = differentiable_tensors({"net": (layer,)}, ("net",))
    assert [*inside] == ["net.1.weight", "net.1.bias"]
    assert inside["net.1.bias"] is layer.bias


def test_arguments_that_are_not_named_are_not_differentiated():
    assert [*differentiable_tensors(arguments(), ("x",))] == ["x"]


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("x", lambda given: given["x"].neg_()),
        ("deep.1.h", lambda given: given["deep"][0].h.add_(1)),
        ("deep.1.c", lambda given: given["deep"][0].c.resize_(2)),
        ("deep.2", lambda given: given["deep"][1].fill_(9)),
    ],
)
def test_changed_tensor_is_named_by_its_path(name, spoil):
    given = copy_arguments(arguments())
    assert changed_arguments(arguments(), given) == []
    spoil(given)
    assert changed_arguments(arguments(), given) == [name]


def test_gradient_stored_in_a_tuple_is_a_change():
    given = copy_arguments(arguments())
    leaves = differentiable_tensors(given, ("deep",))
    given["deep"][0].c.sum().backward()
    changed = changed_arguments(arguments(), given, differentiated=leaves)
    assert changed == ["deep.1.c.grad"]


def test_tensor_that_requires_a_gradient_after_the_call_is_a_change():
    given = copy_arguments(arguments())
    given["x"].requires_grad_()
    assert changed_arguments(arguments(), given) == ["x.requires_grad"]
    assert changed_arguments(arguments(), given, differentiated=("x",)) == []


def test_mode_of_an_inner_module_is_a_change():
    net = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    twin = copy_arguments({"net": net})
    twin["net"][1].eval()
    assert changed_arguments({"net": net}, twin) == ["net.training"]


def test_copied_optimizer_updates_the_copied_module():
    layer = nn.Linear(2, 1)
    optimizer = torch.optim.Adam(layer.parameters())
    twins = copy_arguments({"model": layer, "optimizer": optimizer})
    (group,) = twins["optimizer"].param_groups
    assert all(
        a is b
        for a, b in zip(group["params"], twins["model"].parameters(), strict=True)
    )
    assert group["params"][0] is not layer.weight
