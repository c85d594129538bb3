import pytest
import torch

from teaching.exercise import Case, Exercise, Mistake, misfit, parts, with_article


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


def test_an_exercise_asks_by_the_names_of_its_references():
    assert exercise(cost).names == ("cost",)
    assert exercise(cost, change).names == ("cost", "change")


def test_one_seed_asks_one_set_of_questions():
    first, again, other = (exercise(cost).draw(s)[0].arguments for s in (1, 1, 2))
    assert torch.equal(first["price"], again["price"])
    assert not torch.equal(first["price"], other["price"])


def test_a_single_answer_counts_as_a_tuple_of_one():
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
def test_whatever_takes_the_names_asked_for_can_be_an_answer(answer):
    assert misfit(exercise(cost), answer) is None


def test_a_builtin_that_tells_no_signature_gets_its_chance():
    assert misfit(exercise(cost), torch.relu) is None


@pytest.mark.parametrize(
    ("answer", "came"),
    [
        (3.5, "a float"),
        (None, "None"),
        (torch.ones(2), "a Tensor"),
        ("cost", "a str"),
        ((torch.ones(2), torch.ones(2)), "a tuple"),
    ],
)
def test_what_is_no_function_is_named_and_the_call_spelled_out(answer, came):
    problem = misfit(exercise(cost), answer) or ""
    assert problem.startswith(f"Not a function: {came} came.")
    assert '`check("X9.1", cost)`' in problem


def test_a_called_function_among_several_is_found():
    problem = misfit(exercise(cost, change), (cost, 7)) or ""
    assert problem.startswith("Not a function: an int came.")
    assert '`check("X9.1", (cost, change))`' in problem


@pytest.mark.parametrize("answer", [cost, (cost,), (cost, change, cost)])
def test_the_number_of_functions_is_checked(answer):
    assert "asks for 2 function(s), cost, change" in str(
        misfit(exercise(cost, change), answer)
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
def test_other_argument_names_are_set_beside_those_needed(answer, takes):
    problem = misfit(exercise(cost), answer) or ""
    assert "`cost(price, number)`" in problem
    assert f"`{takes}`" in problem


def test_annotations_do_not_clutter_the_argument_names():
    def typed(a: torch.Tensor, b: "torch.Tensor") -> torch.Tensor:
        return a * b

    assert "`(a, b)`" in str(misfit(exercise(cost), typed))


def test_an_article_follows_the_sound():
    assert [with_article(x) for x in ("int", "float", "NoneType", "ndarray")] == [
        "an int",
        "a float",
        "None",
        "a NumPy array",
    ]
