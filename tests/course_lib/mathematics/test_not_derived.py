"""Every line of every equation is a definition, is derived, or says why it is not."""

import re
from collections import Counter

from course_lib.mathematics.not_derived import DEFINITIONS, NOT_DERIVED
from lessons import DERIVATIONS, EQUATIONS

LINES = {
    f"{id}.{number}"
    for id, equation in EQUATIONS.items()
    for number in range(1, len(equation.formula) + 1)
}
DERIVED = {line for derivation in DERIVATIONS.values() for line in derivation.proves}


def test_every_line_is_exactly_one_of_definition_derived_or_explained():
    found = Counter([*DEFINITIONS, *NOT_DERIVED, *DERIVED])
    assert sorted(found.elements()) == sorted(LINES)


def test_most_theorems_have_a_derivation():
    assert len(DERIVED) > 8 * len(NOT_DERIVED)


def test_reasons_are_sentences_that_name_existing_derivations():
    for reason in NOT_DERIVED.values():
        assert reason[0].isupper() and reason.endswith(".") and len(reason.split()) > 8
        assert set(re.findall(r"D\d+\.\d+", reason)) <= set(DERIVATIONS)


def test_ids_are_in_the_lesson_of_their_equations():
    for id, derivation in DERIVATIONS.items():
        lesson = id[1:].partition(".")[0]
        assert all(line[1:].startswith(f"{lesson}.") for line in derivation.proves)
