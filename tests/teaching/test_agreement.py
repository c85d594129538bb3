"""Observations agree within tolerances, and the first difference is reported."""

import numpy as np
import pytest
import torch
from torch import nn

from teaching.exercise import Case
from teaching.observation import Difference, first_difference, observe

X = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
CASE = Case("three numbers", {"x": X}, ("x",))


def square(x):
    return x**2


def what(answer, reference=square, case=CASE) -> str:
    found = first_difference(observe(answer, case), observe(reference, case))
    return found.what if found else "nothing"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (lambda x: x * x, "nothing"),
        (lambda x: x**2 * (1 + 1e-9), "nothing"),
        (lambda x: x**2 * (1 + 1e-6), "the result"),
        (lambda x: x[None] ** 2, "shape of the result"),
        (lambda x: x.float() ** 2, "dtype of the result"),
        (lambda x: x.detach() ** 2, "gradient with respect to x"),
        (lambda x: x.abs().detach() * x.abs(), "gradient with respect to x"),
        (lambda x: (x**2).to_sparse(), "kind of the result"),
        (lambda x: (x**2).to("meta"), "kind of the result"),
        (lambda x: (x**2).tolist(), "kind of the result"),
        (lambda x: (x**2).detach().numpy(), "kind of the result"),
        (lambda x: None, "kind of the result"),
        (lambda x: 1 / 0, "raised"),
    ],
)
def test_first_difference_is_reported_by_name(answer, expected):
    assert what(answer) == expected


def test_numbers_are_compared_like_tensors():
    once = Case("a number", {"x": 0.1})
    assert what(lambda x: x + 0.2, lambda x: 0.3, once) == "nothing"
    assert what(lambda x: x + 0.3, lambda x: 0.3, once) == "the result"
    assert what(lambda x: 3, lambda x: 3.0, once) == "nothing"
    assert what(lambda x: 3.0, lambda x: 3, once) == "kind of the result"
    assert what(lambda x: np.int64(3), lambda x: 3, once) == "nothing"
    assert what(lambda x: np.float32(0.5), lambda x: 0.5, once) == "nothing"
    assert what(lambda x: np.bool_(True), lambda x: True, once) == "nothing"
    assert what(lambda x: True, lambda x: 1, once) == "kind of the result"


def test_tuples_named_tuples_and_lists_are_equivalent():
    pair = nn.LSTMCell(3, 2).double()
    case = Case("a state", {"x": X[None]})
    assert what(lambda x: list(pair(x)), lambda x: pair(x), case) == "nothing"
    assert what(lambda x: pair(x)[::-1], lambda x: pair(x), case) == "result 1"
    assert what(lambda x: pair(x)[:1], lambda x: pair(x), case) == "kind of the result"


@pytest.mark.parametrize("place", [0, 1])
def test_gradient_of_every_result_is_compared(place):
    def cut(x):
        results = [x**2, x**3]
        results[place] = results[place].detach()
        return results

    assert what(cut, lambda x: (x**2, x**3)) == "gradient with respect to x"


def test_unused_argument_has_zero_gradient():
    both = Case("two", {"x": X, "y": X}, ("x", "y"))
    assert what(lambda x, y: x**2, lambda x, y: x**2 + 0 * y, both) == "nothing"
    with_y = "gradient with respect to y"
    assert what(lambda x, y: x**2, lambda x, y: x**2 + y - y.detach(), both) == with_y


def test_nested_results_are_compared():
    reference = {"f": lambda x: (x, (x, 2 * x))}["f"]
    assert what(lambda x: (x, [x, x + x]), reference) == "nothing"
    assert what(lambda x: (x, (x, 3 * x)), reference) == "result 2.2"
    assert what(lambda x: (x, (x, None)), reference) == "kind of result 2.2"


def test_missing_exception_is_reported_first():
    def refuse(x):
        raise ValueError("three numbers")

    found = first_difference(observe(square, CASE), observe(refuse, CASE))
    assert found == Difference("raised", "nothing", "ValueError")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_nan_and_infinity_equal_only_themselves(value):
    special = {"f": lambda x: x * 0 + value}["f"]
    assert what(special, special) == "nothing"
    assert what(special) == "the result"
    assert what(square, special) == "the result"


def test_rounding_after_cancellation_is_tolerated():
    reference = {"f": lambda x: torch.tensor([1e6, 1e-4, 0.0], dtype=x.dtype)}["f"]
    near = {"f": lambda x: torch.tensor([1e6, 1.1e-4, 1e-5], dtype=x.dtype)}["f"]
    far = {"f": lambda x: torch.tensor([1e6, 1e-4, 1e-2], dtype=x.dtype)}["f"]
    case = Case("no gradients", {"x": X})
    assert what(near, reference, case) == "nothing"
    assert what(far, reference, case) == "the result"
