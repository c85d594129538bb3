from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from teaching.exercise import Case
from teaching.observation import (
    MAX_PARTS,
    Difference,
    Observation,
    first_difference,
    observe,
)

X = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
CASE = Case("three numbers", {"x": X}, ("x",))


class State(NamedTuple):
    h: Tensor
    c: Tensor


def square(x):
    return x**2


def difference(answer, reference=square, case=CASE) -> Difference | None:
    return first_difference(observe(answer, case), observe(reference, case))


def what(answer, reference=square, case=CASE) -> str:
    found = difference(answer, reference, case)
    return found.what if found else "nothing"


def test_value_shape_dtype_and_gradient_are_recorded():
    seen = observe(square, CASE)
    assert seen.facts == {
        "kind of the result": "tensor",
        "shape of the result": "(3,)",
        "dtype of the result": "float64",
        "autograd graph": "intact",
        "changed arguments": "none",
        "changed settings": "none",
    }
    assert torch.equal(seen.values["the result"], X**2)
    assert seen.values["gradient with respect to x"].shape == X.shape


def test_gradient_weighs_every_element_differently():
    """A slip in two elements cannot cancel in the sum."""
    ones = Case("ones", {"x": torch.ones(2, dtype=torch.float64)}, ("x",))
    weight = observe(lambda x: x, ones).values["gradient with respect to x"]
    gradient = observe(square, ones).values["gradient with respect to x"]
    assert weight[0] != weight[1]
    torch.testing.assert_close(gradient, 2 * weight)


def test_weights_of_the_gradient_depend_on_the_case():
    """A grader draws them in secret: what was fitted to others does not pass."""
    first, second = (
        observe(square, Case("secret", {"x": X}, ("x",), weights=seed))
        for seed in (1, 2)
    )
    assert first_difference(first, second).what == "gradient with respect to x"


def test_huge_result_is_recorded_in_part():
    seen = observe(lambda x: [[x] * 10**6] * 3, CASE)
    assert seen.facts["kind of result 1"] == "tuple of 1000000"
    assert len(seen.values) <= MAX_PARTS


def test_infinitely_nested_result_is_recorded():
    endless: list = []
    endless.append(endless)
    assert what(lambda x: endless) == "kind of the result"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda x: x.detach().sub_(1),
        lambda x: x.data.fill_(float("nan")),
        lambda x: x.detach().numpy().fill(0),
        lambda x: x.detach_().resize_(2),
        lambda x: setattr(x, "data", x.data.float()),
    ],
)
def test_changed_argument_is_named(spoil):
    def answer(x):
        result = (x * 1) ** 2
        spoil(x)
        return result.detach().clone().requires_grad_()

    plain = Case("no gradients", {"x": X.clone()})
    assert observe(answer, plain).facts["changed arguments"] == "x"
    assert torch.equal(plain.arguments["x"], X)


def test_argument_with_nan_is_not_a_change():
    case = Case("a gap", {"x": torch.tensor([1.0, torch.nan])})
    assert observe(square, case).facts["changed arguments"] == "none"


def test_stored_gradients_are_a_change_of_the_argument():
    def answer(x):
        (x**2).sum().backward()
        return x**2

    assert difference(answer) == Difference("changed arguments", "x.grad", "none")


def test_module_gradients_and_changes_by_parameter():
    layer = nn.Linear(3, 1).double()
    case = Case("a layer", {"f": layer, "x": X}, ("f",))
    seen = observe(lambda f, x: f(x), case)
    assert {name for name in seen.values if name.startswith("gradient")} == {
        "gradient with respect to f.weight",
        "gradient with respect to f.bias",
    }

    def spoiled(f, x):
        result = f(x).detach()
        f.bias.data += 1
        return result

    assert observe(spoiled, case).facts["changed arguments"] == "f"
    evaluated = observe(lambda f, x: f.eval()(x), case)
    assert evaluated.facts["changed arguments"] == "f.training"
    frozen = observe(lambda f, x: f.requires_grad_(False)(x), case)
    assert frozen.facts["changed arguments"] == "f.requires_grad"


def test_named_tuple_gradients_and_changes_by_field():
    state = State(X.clone(), X + 1)
    case = Case("a state", {"x": X, "state": state}, ("state",))
    seen = observe(lambda x, state: x * state.h, case)
    assert {name for name in seen.values if name.startswith("gradient")} == {
        "gradient with respect to state.h",
        "gradient with respect to state.c",
    }
    assert seen.values["gradient with respect to state.h"].all()
    assert not seen.values["gradient with respect to state.c"].any()

    def spoiled(x, state):
        state.c.detach().zero_()
        return x * state.h

    assert observe(spoiled, case).facts["changed arguments"] == "state.c"
    assert torch.equal(state.c, X + 1)


def test_generator_starts_from_the_same_state_for_each_call():
    case = Case("noise", {"rng": torch.Generator().manual_seed(3)})
    draw = lambda rng: torch.rand(2, generator=rng)  # noqa: E731
    assert what(draw, draw, case) == "nothing"
    assert what(lambda rng: draw(rng) * 0 + draw(rng), draw, case) == "the result"


def test_freed_graph_is_not_reported_as_an_exception():
    def answer(x):
        result = x**2
        torch.autograd.grad(result.sum(), x)
        return result

    found = difference(answer)
    assert found is not None
    assert found.what == "autograd graph"
    assert str(found.got).startswith("broken (Trying to backward")


def test_gradients_are_recorded_inside_no_grad():
    with torch.no_grad():
        seen = observe(square, CASE)
    assert seen.values["gradient with respect to x"].any()


def test_changed_setting_is_recorded_and_restored():
    def answer(x):
        result = x**2
        torch.set_grad_enabled(False)
        return result

    assert difference(answer) == Difference(
        "changed settings", "the gradient mode", "none"
    )
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    "error", [ValueError("no"), SystemExit(1), KeyboardInterrupt(), RecursionError()]
)
def test_exception_is_recorded(error):
    def answer(x):
        raise error

    seen = observe(answer, CASE)
    assert seen == Observation({"raised": type(error).__name__}, {}, str(error))


@pytest.mark.parametrize("text", ["", "Your turn."])
def test_stub_raises(text):
    def answer(x):
        raise NotImplementedError(text)

    with pytest.raises(NotImplementedError):
        observe(answer, CASE)


def test_not_implemented_in_pytorch_is_no_stub():
    assert what(lambda x: nn.Module()(x)) == "raised"
