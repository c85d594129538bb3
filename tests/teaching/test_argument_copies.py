"""Each tensor of an argument is copied, differentiated and watched, however nested."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from teaching.argument_copies import changed, copied, sources


class Pair(NamedTuple):
    h: Tensor
    c: Tensor


def arguments():
    """A named tuple in a plain one, beside a tensor, a number and whole numbers."""
    pair = Pair(torch.ones(2), torch.zeros(3))
    return {"x": torch.arange(2.0), "n": 2, "deep": (pair, torch.arange(4), "word")}


def test_a_copy_shares_no_memory_and_no_graph_and_keeps_its_types():
    root = torch.ones(2, requires_grad=True)
    value = (Pair(root * 2, root), [1], "word")
    twin = copied({"value": value})["value"]
    assert type(twin[0]) is Pair
    assert twin[1:] == value[1:]
    assert twin[1] is not value[1]
    for old, new in zip(value[0], twin[0], strict=True):
        assert torch.equal(old, new)
        assert not new.requires_grad
        assert old.data_ptr() != new.data_ptr()


def test_a_copied_generator_goes_on_from_the_same_point_also_in_a_tuple():
    rng = torch.Generator().manual_seed(3)
    (twin,) = copied({"pair": (rng,)})["pair"]
    assert torch.equal(torch.rand(2, generator=twin), torch.rand(2, generator=rng))


def test_every_tensor_of_floats_is_a_source_and_named_by_the_way_to_it():
    found = sources(arguments(), ("deep", "x"))
    assert [*found] == ["deep.1.h", "deep.1.c", "x"]
    assert all(leaf.requires_grad for leaf in found.values())
    layer = nn.Linear(2, 1)
    inside = sources({"net": (layer,)}, ("net",))
    assert [*inside] == ["net.1.weight", "net.1.bias"]
    assert inside["net.1.bias"] is layer.bias


def test_what_is_not_named_is_no_source():
    assert [*sources(arguments(), ("x",))] == ["x"]


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("x", lambda given: given["x"].neg_()),
        ("deep.1.h", lambda given: given["deep"][0].h.add_(1)),
        ("deep.1.c", lambda given: given["deep"][0].c.resize_(2)),
        ("deep.2", lambda given: given["deep"][1].fill_(9)),
    ],
)
def test_a_change_is_told_by_its_place(name, spoil):
    given = copied_all(arguments())
    assert changed(arguments(), given) == []
    spoil(given)
    assert changed(arguments(), given) == [name]


def test_a_gradient_that_was_stored_inside_a_tuple_is_a_change():
    given = copied_all(arguments())
    sources(given, ("deep",))
    given["deep"][0].c.sum().backward()
    assert changed(arguments(), given) == ["deep.1.c.grad"]


def copied_all(given):
    return copied(given)


def test_a_copied_optimizer_moves_the_copied_module():
    layer = nn.Linear(2, 1)
    optimizer = torch.optim.Adam(layer.parameters())
    twins = copied({"model": layer, "optimizer": optimizer})
    (group,) = twins["optimizer"].param_groups
    assert all(
        a is b
        for a, b in zip(group["params"], twins["model"].parameters(), strict=True)
    )
    assert group["params"][0] is not layer.weight
