import pytest
import torch

from teaching.difference import explain
from teaching.exercise import Case
from teaching.observation import first_difference, observe

X = torch.tensor([1.0, -2.0, 4.0], dtype=torch.float64)
CASE = Case("three numbers", {"x": X}, ("x",))
PLAIN = Case("three numbers", {"x": X})  # without gradients


def words(answer, reference=lambda x: x**2, case=CASE) -> str:
    got, needed = observe(answer, case), observe(reference, case)
    return explain("square", case, got, needed).advice


def leaky(x):
    x.data -= 1
    return (x + 1) ** 2


def stored(x):
    (x**2).sum().backward()
    return x**2


def switched(x):
    torch.set_default_dtype(torch.float64)
    return x**2


def freed_graph(x):
    result = x**2
    torch.autograd.grad(result.sum(), x)
    return result


@pytest.mark.parametrize(
    ("answer", "expected_text"),
    [
        (lambda x: x**3, "is wrong. At index 2: yours is 64, it should be 16."),
        (lambda x: -(x**2), "it should be 16. The sign is reversed."),
        (
            lambda x: 3 * x**2,
            "it should be 16. All 3 entries are 3 times what they should be.",
        ),
        (lambda x: x**2 / 0, "3 of 3 entries are inf or nan where a finite number"),
        (lambda x: x.detach() ** 2, "zero everywhere: no gradient flows back."),
        (
            lambda x: (x**2).sum(),
            "is (); it should be (3,). It is summed over axis 0 of the needed result",
        ),
        (
            lambda x: (x**2).unsqueeze(1),
            "The entries are right: remove or add axes of size 1.",
        ),
        (
            lambda x: x.unsqueeze(1) * x,
            "Tensors of shape (n, 1) and (n,) broadcast to (n, n)",
        ),
        (
            lambda x: torch.stack((x, 2 * x**2 - x)),
            "The result still has to be averaged over axis 0.",
        ),
        (
            lambda x: torch.cat((x, x**2)),
            "(6,); it should be (3,). 3 entries are too many along axis 0, at the beg",
        ),
        (
            lambda x: x.float() ** 2,
            "dtype of the result is float32; it should be float64. The result has",
        ),
        (lambda x: None, "the result is None, not a tensor. Is there a `return`?"),
        (
            lambda x: (x**2).sum().item(),
            "the result is a float, not a tensor. Return a tensor: leave out `.item()`",
        ),
        (lambda x: (x**2).detach().numpy(), "is a NumPy array, not a tensor. Stay"),
        (lambda x: (x, x), "the result is a tuple of 2, not a tensor."),
        (lambda x: 1 // 0, "raised ZeroDivisionError: integer division"),
        (lambda x: exit(), "raised SystemExit. A function ends with `return`"),
        (lambda x: x.neg_(), "writes into a tensor that the gradient needs"),
        (lambda x: x @ torch.ones(2, 2).double(), "have these shapes: x (3,)."),
        (leaky, "changed its argument `x`. Work on a copy"),
        (stored, "changed its argument `x.grad`. `.backward()` stores"),
        (
            switched,
            "changed the default dtype for the whole notebook. The setting was",
        ),
        (freed_graph, "autograd graph is broken (Trying to backward"),
    ],
)
def test_difference_is_described_with_advice(answer, expected_text):
    text = words(answer)
    assert text.startswith("In the case “three numbers”, `square`")
    assert expected_text in text


def test_missing_exception_is_described():
    def validating(x):
        raise ValueError("three numbers")

    assert "should raise ValueError here, but returned a result." in words(
        lambda x: x, validating
    )
    assert "should raise ValueError here; it raised ZeroDivisionError" in words(
        lambda x: 1 // 0, validating
    )


def test_part_of_a_tuple_is_named_by_its_index():
    text = words(lambda x: (x, x.mean().item()), lambda x: (x, x.mean()))
    assert "`square`: result 2 is a float, not a tensor." in text


def test_common_factor_needs_several_entries_that_agree():
    nearly = torch.tensor([2.0, 8.0, 31.0], dtype=torch.float64)
    assert "times" not in words(lambda x: nearly + 0 * x)
    assert "times" not in words(lambda x: 2 * (x**2).sum(), lambda x: (x**2).sum())
    one = Case("one number", {"x": torch.tensor([3.0]).double()})
    assert "times" not in words(lambda x: 2 * x**2, case=one)


def test_small_error_is_called_an_approximation():
    text = words(lambda x: (x**2).float().double() * (1 + 1e-6))
    assert "times" not in text
    assert "relative error is 1e-06: look for an added epsilon" in text


def test_numbers_are_printed_with_enough_digits_to_differ():
    text = words(lambda x: x**2 + 1e-6)
    assert "yours is 16.000001, it should be 16" in text


def test_zero_result_is_no_common_factor():
    text = words(lambda x: 0 * x)
    assert text.endswith("At index 2: yours is 0, it should be 16.")


def test_infinity_in_both_is_accepted():
    needed = torch.tensor([1.0, torch.inf])
    assert "yours is 2, it should be 1." in words(
        lambda x: torch.tensor([2.0, torch.inf]), lambda x: needed, PLAIN
    )


def test_common_factor_of_small_numbers():
    small = Case("small numbers", {"x": X / 1000})
    assert "entries are 3 times what they" in words(lambda x: 3 * x**2, case=small)


@pytest.mark.parametrize("needed", [torch.zeros(2), torch.tensor([1.0, torch.inf])])
def test_no_common_factor_with_zero_or_infinity(needed):
    assert "times" not in words(lambda x: torch.ones(2), lambda x: needed, PLAIN)


def test_number_and_scalar_tensor_are_equivalent_without_gradients():
    plain = Case("no gradient", {"x": X})
    pairs = [(lambda x: x.mean(), lambda x: x.mean().item())]
    pairs.append((lambda x: x.mean().item(), lambda x: x.mean().numpy()[()]))
    for one, other in pairs:
        for a, b in ((one, other), (other, one)):
            assert first_difference(observe(a, plain), observe(b, plain)) is None
    wrong = observe(lambda x: x.mean().item() + 1, plain)
    assert first_difference(wrong, observe(lambda x: x.mean(), plain)) is not None


def test_generator_that_is_not_advanced_is_reported():
    def drawn(x, rng):
        return x + torch.randn(3, generator=rng, dtype=torch.float64)

    def restored(x, rng):
        state = rng.get_state()
        result = drawn(x, rng)
        rng.set_state(state)
        return result

    case = Case("noise", {"x": X, "rng": torch.Generator().manual_seed(0)})
    assert first_difference(observe(drawn, case), observe(drawn, case)) is None
    for answer in (restored, lambda x, rng: x + torch.randn(3).double()):
        text = words(answer, drawn, case)
        assert "generator rng is not advanced; it should be advanced." in text
