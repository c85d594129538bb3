"""Every derivation of the course holds, and every mutant of a line is detected."""

from functools import cache

import pytest
import sympy
from derivation_mutants import Outcome, outcomes

from course_lib.mathematics.derivation import assess_line, check_derivation
from lessons import DERIVATIONS, OPEN_LINES

CONSTANT = "a constant times g integrates to 0"
EVEN = "the features of -x have the same norm"
LOGARITHM = "log(-u) and log(u) have the same derivative"
MIXED = "the mixed term of the square has the expectation 0"
SYMMETRIC = "a number and its negative have the same distribution"
CYCLIC = "the trace of X Y is that of Y X"
PLANE = "trace and determinant of A B are those of B A; in a plane det(-M) is det(M)"
SINGULAR = "M and -M have the same singular values"
ENVELOPE = "the bracket, and its product with the change of D*, integrate to 0"
VELOCITY = "gamma psi does not depend on theta"
EQUIVALENT = {  # mutants that SymPy does not recognize, by derivation and line: why
    ("D1.4", 5): (
        CONSTANT,
        "log(q(x)/p(x)) + 1  ->  log(q(x)/p(x))",
        "1  ->  2",
        "1  ->  -1",
        "2*q(x)  ->  q(x)",
        "2  ->  3",
    ),
    ("D1.4", 6): (
        CONSTANT,
        "2*q(x)  ->  q(x)",
        "2  ->  3",
    ),
    ("D1.5", 3): (
        "b - c is 1",
        "(b - c)*p(x)  ->  p(x)",
    ),
    ("D1.10", 1): (
        LOGARITHM,
        "D^*_\\theta(theta, x)  ->  -D^*_\\theta(theta, x)",
    ),
    ("D1.10", 2): (
        ENVELOPE,
        "IntegralOver((p(x)/D^*(x) - q(x)/(1 - D^*(x)))*\\partial_\\theta "
        "D^*(x), x) + IntegralOver(\\partial_\\theta q(x)*log(1 - D^*(x)), "
        "x)  ->  IntegralOver(\\partial_\\theta q(x)*log(1 - D^*(x)), x)",
        "IntegralOver((p(x)/D^*(x) - q(x)/(1 - D^*(x)))*\\partial_\\theta "
        "D^*(x), x)  ->  -IntegralOver((p(x)/D^*(x) - q(x)/(1 - "
        "D^*(x)))*\\partial_\\theta D^*(x), x)",
        "(p(x)/D^*(x) - q(x)/(1 - D^*(x)))*\\partial_\\theta D^*(x)  ->  "
        "-(p(x)/D^*(x) - q(x)/(1 - D^*(x)))*\\partial_\\theta D^*(x)",
        "(p(x)/D^*(x) - q(x)/(1 - D^*(x)))*\\partial_\\theta D^*(x)  ->  "
        "p(x)/D^*(x) - q(x)/(1 - D^*(x))",
        "p(x)/D^*(x) - q(x)/(1 - D^*(x))  ->  -(p(x)/D^*(x) - q(x)/(1 - D^*(x)))",
        "1 - D^*(x)  ->  -D^*(x)",
        "\\partial_\\theta D^*(x)  ->  -\\partial_\\theta D^*(x)",
        "x  ->  -x",
    ),
    ("D1.12", 1): (
        LOGARITHM,
        "1 - \\sigma(\\ell)  ->  -(1 - \\sigma(\\ell))",
    ),
    ("D1.13", 1): (
        LOGARITHM,
        "\\sigma(\\ell)  ->  -\\sigma(\\ell)",
    ),
    ("D1.17", 1): (
        VELOCITY,
        "-gamma*psi - theta*f'(psi*theta)  ->  -theta*f'(psi*theta)",
        "-gamma*psi  ->  -(-1)*gamma*psi",
        "-gamma*psi  ->  gamma*psi",
        "-gamma*psi  ->  -psi",
        "-gamma*psi  ->  -gamma",
        "-1  ->  0",
        "-1  ->  1",
        "gamma  ->  -gamma",
        "psi  ->  -psi",
    ),
    ("D2.3", 2): (
        "the Jacobian of the written part is 0",
        "Jacobian((f_t\\odot{c_{t-1}}), c_{t-1}) + "
        "Jacobian((i_t\\odot{g_t}), c_{t-1})  ->  "
        "Jacobian((f_t\\odot{c_{t-1}}), c_{t-1})",
        "Jacobian((i_t\\odot{g_t}), c_{t-1})  ->  -Jacobian((i_t\\odot{g_t}), c_{t-1})",
    ),
    ("D2.5", 2): (
        MIXED,
        "-c^* + x  ->  -(-c^* + x)",
        "-c + c^*  ->  -(-c + c^*)",
    ),
    ("D2.5", 3): (
        MIXED,
        "Expectation(Norm(-c^* + x)**2, x, \\text{futures}) + "
        "2*Expectation(SumOver((-c + c^*)*(-c^* + x), \\text{pixels}), x, "
        "\\text{futures})  ->  Expectation(Norm(-c^* + x)**2, x, \\text{futures})",
        "2*Expectation(SumOver((-c + c^*)*(-c^* + x), \\text{pixels}), x, "
        "\\text{futures})  ->  -2*Expectation(SumOver((-c + c^*)*(-c^* + "
        "x), \\text{pixels}), x, \\text{futures})",
        "2*Expectation(SumOver((-c + c^*)*(-c^* + x), \\text{pixels}), x, "
        "\\text{futures})  ->  Expectation(SumOver((-c + c^*)*(-c^* + x), "
        "\\text{pixels}), x, \\text{futures})",
        "2  ->  3",
        "2  ->  -2",
        "Expectation(SumOver((-c + c^*)*(-c^* + x), \\text{pixels}), x, "
        "\\text{futures})  ->  -Expectation(SumOver((-c + c^*)*(-c^* + x), "
        "\\text{pixels}), x, \\text{futures})",
        "SumOver((-c + c^*)*(-c^* + x), \\text{pixels})  ->  -SumOver((-c + "
        "c^*)*(-c^* + x), \\text{pixels})",
        "(-c + c^*)*(-c^* + x)  ->  -(-c + c^*)*(-c^* + x)",
        "(-c + c^*)*(-c^* + x)  ->  -c^* + x",
        "-c^* + x  ->  -(-c^* + x)",
        "-c + c^*  ->  -(-c + c^*)",
        "-c + c^*  ->  -c",
        "-c + c^*  ->  c^*",
        "c^*  ->  -c^*",
        "-c  ->  -(-1)*c",
        "-c  ->  c",
        "-c  ->  -1",
        "-1  ->  0",
        "-1  ->  1",
        "c  ->  -c",
    ),
    ("D2.6", 3): (
        "the distance is compared with 0 alone",
        "-n + v + y  ->  -(-n + v + y)",
        "-m + u + x  ->  -(-m + u + x)",
    ),
    ("D2.8", 2): (
        "the same denominators, in the reverse order",
        "t  ->  -t",
    ),
    ("D3.3", 2): (
        SYMMETRIC,
        "epsilon*sigma  ->  -epsilon*sigma",
        "sigma  ->  -sigma",
        "epsilon  ->  -epsilon",
    ),
    ("D3.8", 3): (
        "the line is 0, and a density integrates to 1",
        "Expectation(Probability(_p, z)/Probability(_q, z) - 1, z, q)  ->  "
        "-Expectation(Probability(_p, z)/Probability(_q, z) - 1, z, q)",
        "Probability(_p, z)/Probability(_q, z) - 1  ->  -(Probability(_p, "
        "z)/Probability(_q, z) - 1)",
    ),
    ("D3.8", 4): (
        "the line is 0, and a density integrates to 1",
        "IntegralOver(Probability(_p, z), z) - "
        "IntegralOver(Probability(_q, z), z)  ->  "
        "-(IntegralOver(Probability(_p, z), z) - "
        "IntegralOver(Probability(_q, z), z))",
        "-IntegralOver(Probability(_q, z), z)  ->  -1",
    ),
    ("D3.9", 1): (
        SYMMETRIC,
        "epsilon*sigma  ->  -epsilon*sigma",
        "sigma  ->  -sigma",
        "epsilon  ->  -epsilon",
    ),
    ("D3.13", 3): (
        MIXED,
        "(epsilon/sigma)*(epsilon**2*(a*sigma**2) + f(mu))  ->  "
        "-epsilon/sigma*(epsilon**2*(a*sigma**2) + f(mu))",
        "epsilon**2*(a*sigma**2) + f(mu)  ->  -(epsilon**2*(a*sigma**2) + f(mu))",
        "epsilon/sigma  ->  -epsilon/sigma",
        "epsilon  ->  -epsilon",
        "1/sigma  ->  -1/sigma",
        "sigma  ->  -sigma",
        "(epsilon**2 - 1)*r(mu)  ->  -(epsilon**2 - 1)*r(mu)",
        "r(mu)  ->  -r(mu)",
        "epsilon**2 - 1  ->  -(epsilon**2 - 1)",
    ),
    ("D4.5", 3): (
        "c is 0 or 1",
        "2  ->  3",
    ),
    ("D5.3", 4): (
        SINGULAR,
        "MatrixProduct(X, Y^{\\top})  ->  -MatrixProduct(X, Y^{\\top})",
        "X  ->  -X",
        "Y^{\\top}  ->  -Y^{\\top}",
    ),
    ("D5.4", 1): (
        SYMMETRIC,
        "m_X  ->  -m_X",
        "-m_Y  ->  -(-1)*m_Y",
        "-m_Y  ->  m_Y",
        "-1  ->  1",
        "m_Y  ->  -m_Y",
    ),
    ("D5.6", 2): (
        "the terms that are added are 0",
        "t - 1  ->  t",
        "-1  ->  0",
        "2  ->  -2",
    ),
    ("D5.6", 3): (
        "the terms that are added are 0",
        "T - 1  ->  T",
        "-1  ->  0",
    ),
    ("D5.8", 5): (
        PLANE,
        "MatrixProduct(A, B)  ->  MatrixProduct(B, A)",
        "MatrixProduct(A, B)  ->  -MatrixProduct(A, B)",
        "A  ->  -A",
        "B  ->  -B",
    ),
    ("D5.9", 1): (
        "the second derivative at 0 is even in h",
        "h  ->  -h",
    ),
    ("D5.9", 3): (
        CYCLIC,
        "MatrixProduct(X, Y)  ->  MatrixProduct(Y, X)",
    ),
    ("D5.9", 4): (
        CYCLIC,
        "MatrixProduct(X, Y)  ->  MatrixProduct(Y, X)",
    ),
    ("D5.12", 2): (
        MIXED,
        "(-m + x) - (-n + y)  ->  -((-m + x) - (-n + y))",
        "m - n  ->  -(m - n)",
    ),
    ("D5.13", 2): (
        EVEN,
        "\\varphi(x)  ->  -\\varphi(x)",
        "x  ->  -x",
        "\\varphi(y)  ->  -\\varphi(y)",
        "y  ->  -y",
    ),
    ("D5.16", 3): (
        SINGULAR,
        "MatrixProduct(X, Y^{\\top})  ->  -MatrixProduct(X, Y^{\\top})",
        "X  ->  -X",
        "Y^{\\top}  ->  -Y^{\\top}",
    ),
}


@cache
def mutants_of(id: str) -> tuple[Outcome, ...]:
    return tuple(outcomes(DERIVATIONS[id]))


@pytest.mark.parametrize("id", DERIVATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_every_line_follows_from_the_line_above(id, seed):
    found = check_derivation(DERIVATIONS[id], seed=seed)
    assert found.holds, (found.failure, found.checks)


@pytest.mark.parametrize("id", DERIVATIONS)
def test_every_mutant_of_a_line_fails_the_check(id):
    found = mutants_of(id)
    survived = {(id, x.line, x.change) for x in found if x.survived and not x.same}
    expected = {
        (*place, change)
        for place, (_, *changes) in EQUIVALENT.items()
        for change in changes
        if place[0] == id
    }
    assert survived == expected


def test_a_changed_sign_in_any_line_fails_the_check(capsys):
    tried, killed, lines = 0, 0, 0
    for id, derivation in DERIVATIONS.items():
        signs = [x for x in mutants_of(id) if x.sign]
        tried += len(signs)
        killed += sum(not x.survived for x in signs)
        for line in range(1, len(derivation.steps) + 1):
            assert any(x.line == line and not x.survived for x in signs), (id, line)
            lines += 1
    with capsys.disabled():
        print(
            f"\n{len(DERIVATIONS)} derivations, {lines} lines: {killed} of {tried} "
            "changed signs fail the check; the others change no value"
        )
    assert lines == sum(len(each.steps) for each in DERIVATIONS.values())


@pytest.mark.parametrize("id", OPEN_LINES)
def test_open_line_accepts_its_answer_and_names_its_mistakes(id):
    line = OPEN_LINES[id]
    assert line.derivation in DERIVATIONS
    assert id.removesuffix("b") == line.derivation
    for seed in range(5):
        assert assess_line(line, line.expected, seed=seed).status == "passed"
        negative = sympy.Mul(-1, line.expected)
        assert assess_line(line, negative, seed=seed).status == "wrong"
        for mistake in line.mistakes:
            verdict = assess_line(line, mistake.expression, seed=seed)
            assert (verdict.mistake, verdict.advice) == (mistake.name, mistake.advice)


def test_every_lesson_has_open_lines_with_at_least_three_named_mistakes():
    assert {id[1] for id in OPEN_LINES} == {id[1] for id in DERIVATIONS}
    assert all(len(line.mistakes) >= 3 for line in OPEN_LINES.values())
