import pytest
import torch

from teaching.difference import in_words
from teaching.exercise import Case
from teaching.observation import Difference, first_difference, observe

X = torch.tensor([1.0, -2.0, 4.0], dtype=torch.float64)
ASK = Case("three numbers", {"x": X}, ("x",))


def words(answer, reference=lambda x: x**2, case=ASK) -> str:
    got, needed = observe(answer, case), observe(reference, case)
    difference = first_difference(got, needed)
    assert difference is not None
    return in_words("square", case, difference, got.message)


def leaky(x):
    x.data -= 1
    return (x + 1) ** 2


def stored(x):
    (x**2).sum().backward()
    return x**2


def switched(x):
    torch.set_default_dtype(torch.float64)
    return x**2


def used_up(x):
    result = x**2
    torch.autograd.grad(result.sum(), x)
    return result


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda x: x**3, "the result is wrong. Yours 64, needed 16."),
        (lambda x: -(x**2), ": the same with the sign turned."),
        (
            lambda x: 3 * x**2,
            "Yours 48, needed 16: 3 times what is needed, everywhere.",
        ),
        (lambda x: x**2 / 0, "It holds inf or nan where a finite number is needed."),
        (lambda x: x.detach() ** 2, "zero everywhere: the path back is cut."),
        (
            lambda x: (x**2).sum(),
            "shape of the result is (); needed is (3,). Check which axes are summed",
        ),
        (
            lambda x: x.float() ** 2,
            "dtype of the result is float32; needed is float64. The result follows",
        ),
        (lambda x: None, "the result is None, not a tensor. Is there a `return`?"),
        (
            lambda x: (x**2).sum().item(),
            "the result is a float, not a tensor. A plain number carries no gradient",
        ),
        (lambda x: (x**2).detach().numpy(), "is a NumPy array, not a tensor. NumPy"),
        (lambda x: (x, x), "the result is a tuple of 2, not a tensor."),
        (lambda x: 1 // 0, "raised ZeroDivisionError: integer division"),
        (lambda x: exit(), "raised SystemExit. A function ends with `return`"),
        (leaky, "changed what it was given: `x`. Work on a copy"),
        (stored, "changed what it was given: `x.grad`. `.backward()` stores"),
        (
            switched,
            "switched the default dtype for the whole notebook. It was put back",
        ),
        (used_up, "way back for gradients is broken (Trying to backward"),
    ],
)
def test_a_difference_is_told_with_what_to_look_at(answer, told):
    text = words(answer)
    assert text.startswith("In the case “three numbers”, `square`")
    assert told in text


def test_a_missing_refusal_is_told():
    def refuse(x):
        raise ValueError("three numbers")

    assert "should refuse with ValueError; it raised nothing." in words(
        lambda x: x, refuse
    )


def test_a_part_of_a_tuple_is_told_by_its_place():
    text = words(lambda x: (x, x.mean().item()), lambda x: (x, x.mean()))
    assert "`square`: result 2 is a float, not a tensor." in text


def test_a_ratio_is_told_only_where_it_holds_everywhere():
    nearly = torch.tensor([2.0, 8.0, 31.0], dtype=torch.float64)
    assert "times what is needed" not in words(lambda x: nearly + 0 * x)


def test_a_zero_result_is_no_cut_path_and_no_multiple():
    text = words(lambda x: 0 * x)
    assert text.endswith("the result is wrong. Yours 0, needed 16.")


def test_infinity_in_both_is_no_fault():
    needed = torch.tensor([1.0, torch.inf])
    difference = Difference("the result", torch.tensor([2.0, torch.inf]), needed)
    assert "Yours 2, needed 1." in in_words("f", ASK, difference, "")


def test_a_ratio_is_told_of_small_numbers_too():
    small = Case("small numbers", {"x": X / 1000})
    assert ": 3 times what is needed" in words(lambda x: 3 * x**2, case=small)


@pytest.mark.parametrize("needed", [torch.zeros(2), torch.tensor([1.0, torch.inf])])
def test_there_is_no_ratio_to_zero_or_infinity(needed):
    difference = Difference("the result", torch.ones(2), needed)
    assert "times" not in in_words("f", ASK, difference, "")
