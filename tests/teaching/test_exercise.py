import pytest
import torch

from teaching.exercise import (
    Case,
    Exercise,
    Mistake,
    parts,
    problem_with_answer,
    with_article,
)


def cost(price, number):
    return price * number


def change(price):
    return 10 - price


def exercise(*references) -> Exercise:
    return Exercise(
        id="X9.1",
        title="Shopping",
        reference=references[0] if len(references) == 1 else references,
        points=1,
        minutes=1,
        difficulty=1,
        cases=lambda rng: [Case("a price", {"price": torch.rand(3, generator=rng)})],
        mistakes=(Mistake("free of charge", lambda price, number: 0 * price, "Pay."),),
        alternatives=(),
        hints=(),
    )


def test_names_of_an_exercise_are_those_of_its_references():
    assert exercise(cost).names == ("cost",)
    assert exercise(cost, change).names == ("cost", "change")


def test_same_seed_gives_the_same_cases():
    first, again, other = (exercise(cost).draw(s)[0].arguments for s in (1, 1, 2))
    assert torch.equal(first["price"], again["price"])
    assert not torch.equal(first["price"], other["price"])


def test_single_answer_becomes_a_tuple_of_one():
    assert parts(cost) == (cost,)
    assert parts((cost, change)) == (cost, change)


@pytest.mark.parametrize(
    "answer",
    [
        cost,
        lambda price, number: 0,
        lambda number, price: 0,
        lambda price, number, tax=0: 0,
        lambda **everything: 0,
        torch.nn.Identity(),
    ],
)
def test_any_callable_with_the_argument_names_is_accepted(answer):
    assert problem_with_answer(exercise(cost), answer) is None


def test_builtin_without_signature_is_accepted():
    assert problem_with_answer(exercise(cost), torch.relu) is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (3.5, "a float"),
        (None, "None"),
        (torch.ones(2), "a Tensor"),
        ("cost", "a str"),
        ((torch.ones(2), torch.ones(2)), "a tuple"),
    ],
)
def test_an_answer_that_is_no_function_gets_advice(answer, kind):
    problem = problem_with_answer(exercise(cost), answer) or ""
    assert problem.startswith(f"A function is needed, but the answer is {kind}.")
    assert '`check("X9.1", cost)`' in problem


def test_result_in_place_of_a_function_is_found():
    problem = problem_with_answer(exercise(cost, change), (cost, 7)) or ""
    assert problem.startswith("A function is needed, but the answer is an int.")
    assert '`check("X9.1", (cost, change))`' in problem


@pytest.mark.parametrize("answer", [cost, (cost,), (cost, change, cost)])
def test_number_of_functions_is_checked(answer):
    assert "asks for 2 function(s), cost, change" in str(
        problem_with_answer(exercise(cost, change), answer)
    )


@pytest.mark.parametrize(
    ("answer", "takes"),
    [
        (lambda a, b: a * b, "(a, b)"),
        (lambda price: price, "(price)"),
        (lambda price, number, tax: 0, "(price, number, tax)"),
        (lambda price, /, number: 0, "(price, /, number)"),
        (type("Cost", (), {}), "()"),
    ],
)
def test_wrong_argument_names_are_shown_with_the_expected_ones(answer, takes):
    problem = problem_with_answer(exercise(cost), answer) or ""
    assert "`cost(price, number)`" in problem
    assert f"`{takes}`" in problem


def test_annotations_are_left_out_of_the_message():
    def typed(a: torch.Tensor, b: "torch.Tensor") -> torch.Tensor:
        return a * b

    assert "`(a, b)`" in str(problem_with_answer(exercise(cost), typed))


def test_indefinite_articles():
    assert [with_article(x) for x in ("int", "float", "NoneType", "ndarray")] == [
        "an int",
        "a float",
        "None",
        "a NumPy array",
    ]
