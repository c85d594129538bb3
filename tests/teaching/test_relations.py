"""What is said about two tensors holds for every entry; otherwise nothing is said."""

import pytest
import torch

from teaching.relations import (
    CasePair,
    relation_of_cases,
    relation_of_entries,
    relation_of_kinds,
    relation_of_results,
    relation_of_shapes,
)

A = torch.randn(
    3, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64
)


@pytest.mark.parametrize(
    ("got", "name", "words"),
    [
        (-A, "sign reversed", "The sign is reversed."),
        (A.float().double(), "single precision", "float32 precision"),
        (A * (1 + 1e-5), None, "The relative error is 1e-05"),
        (A.flip(1), "reverse order", "Along axis 1"),
        (A.roll(1, 2), "entries shifted", "Along axis 2 the right entries stand one"),
        (A.transpose(1, 2), "axes exchanged", "Axes 1 and 2 are exchanged."),
        (
            A.transpose(1, 2).reshape(3, 4, 4).roll(1, 1),
            "right entries in wrong places",
            "",
        ),
        (3 * A, None, "All 48 entries are 3 times what they should be."),
        (A + 2, None, "All entries are 2 too large."),
        (A.square(), "the square of the result", "Every entry is the square of what"),
        (1 - A, "1 minus the result", "Every entry is 1 minus what it should be."),
    ],
)
def test_relation_of_all_entries_is_found(got, name, words):
    found = relation_of_entries(got, A)
    assert found is not None
    assert found.name == name
    assert words in found.sentence


def test_shift_is_described_by_its_direction():
    assert "later than they should" in relation_of_entries(A.roll(1, 2), A).sentence
    assert "earlier than they" in relation_of_entries(A.roll(-1, 2), A).sentence


def test_place_of_wrong_entries_is_described():
    got = A.clone()
    got[:, :, 3] = 0
    assert relation_of_entries(got, A).sentence == (
        "Wrong entries are at index 3 of axis 2 only."
    )
    got = A.clone()
    got[0, 0, 0] = got[1, 2, 3] = got[2, 3, 1] = 0
    assert relation_of_entries(got, A).sentence == "3 of 48 entries are wrong."


@pytest.mark.parametrize("entries", [1, 2])
def test_no_factor_is_reported_from_one_or_two_entries(entries):
    needed = torch.arange(1.0, 1 + entries).double()
    assert relation_of_entries(2 * needed, needed) is None


def test_nothing_is_said_about_unrelated_numbers():
    other = torch.randn(3, 4, 4, generator=torch.Generator().manual_seed(1)).double()
    assert relation_of_entries(other, A) is None
    assert relation_of_shapes(other[:2, :3], A) is None


@pytest.mark.parametrize(
    ("got", "name", "words"),
    [
        (A[None], "right entries in another shape", "axes of size 1"),
        (A.flatten(), "right entries in another shape", "reshape them"),
        (A.movedim(0, 2), "axes in another order", "`.permute(2, 0, 1)`"),
        (A.mean(1), "averaged over too many axes", "averaged over axis 1 of the"),
        (A.sum((0, 2)), "summed over too many axes", "summed over axes 0 and 2 of"),
        (A[:, 1:], "entries missing", "1 entry is missing along axis 1, at the beg"),
        (A[:, :, :2], "entries missing", "2 entries are missing along axis 2, at the"),
    ],
)
def test_relation_of_shapes_is_compared_with_the_entries(got, name, words):
    found = relation_of_shapes(got, A)
    assert found.name == name and words in found.sentence
    scrambled = got + torch.rand(got.shape, generator=torch.Generator().manual_seed(2))
    other = relation_of_shapes(scrambled, A)
    assert other is None or other.name is None


@pytest.mark.parametrize(
    ("needed", "name"),
    [(A.mean(0), "not averaged"), (A.sum((0, 1, 2)), "not summed")],
)
def test_missing_reduction_is_found(needed, name):
    assert relation_of_shapes(A, needed).name == name


def test_column_that_broadcasts_with_a_row_is_found():
    row = torch.rand(3)
    assert relation_of_shapes(row[:, None] * row, row).name == "broadcast to a square"


def test_exchanged_results_are_found():
    needed = {"result 1": A, "result 2": 2 * A + 1}
    got = {"result 1": 2 * A + 1, "result 2": A}
    assert relation_of_results(got, needed).name == "results exchanged"
    assert relation_of_results(needed, needed | {"result 2": A**2}) is None


def test_tuple_and_tensor_are_compared_by_their_entries():
    pair = {"result 1": A, "result 2": A**2}

    def name(tensor):
        found = relation_of_kinds({"the result": tensor}, pair)
        return found and found.name

    assert name(A + A**2) == "sum in place of separate results"
    assert name(torch.stack((A, A**2))) == "one tensor in place of a tuple"
    assert name(A) == "a result is missing"
    assert name(A**3) is None
    needed = {"the result": torch.stack((A, A**2), 1)}
    assert "dim=1" in relation_of_kinds(pair, needed).sentence
    one = relation_of_kinds({"result 1": A}, {"the result": A})
    assert one.name == "tuple in place of a tensor"


def relation(function, sizes=(2, 3, 5)):
    xs = [torch.arange(1.0, 1 + n) for n in sizes]
    pairs = [CasePair(function(x), float(x.mean()), {"x": x, "rate": 0.7}) for x in xs]
    return relation_of_cases(pairs)


@pytest.mark.parametrize(
    ("function", "name", "words"),
    [
        (lambda x: -float(x.mean()), "sign reversed", "in all cases"),
        (lambda x: 2 * float(x.mean()), None, "In all cases it is 2 times"),
        (lambda x: float(x.sum()), "sum in place of the mean", "number of entries of"),
        (lambda x: float(x.mean()) / len(x), "mean in place of the sum", "multiplied"),
        (lambda x: float(x.sum()) / 3, "size fixed in the code", "is 3"),
        (lambda x: float(x.mean()) + 1, None, "In all cases it is 1 too large."),
        (lambda x: float(x.mean()) ** 2, "the square of the result", "the square of"),
    ],
)
def test_relation_in_all_cases_is_found(function, name, words):
    found = relation(function)
    assert found.name == name and words in found.sentence


def test_a_relation_needs_three_cases_with_different_numbers():
    assert relation(lambda x: 2 * float(x.mean()), (2, 3)) is None
    assert relation(lambda x: 2 * float(x.mean()), (3, 3, 3)) is None
    assert relation(lambda x: float(x.max())) is None
