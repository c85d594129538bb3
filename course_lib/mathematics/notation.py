"""Mathematical notation that SymPy lacks: expectations, suprema, matrix products.

Each class is a SymPy expression with its own LaTeX; ``course_lib.mathematics.formula``
holds the rules that evaluate it.
"""

from contextlib import AbstractContextManager
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE


def unevaluated() -> AbstractContextManager:
    """A context in which SymPy keeps expressions as they are written.

    ``with unevaluated():`` keeps log(4), which SymPy would turn into 2 log(2).
    """
    return sympy.evaluate(False)


class FlatSumPrinter(LatexPrinter):
    """Prints a + b + c without brackets; unevaluated, it is the sum (a + b) + c."""

    def _print_Add(self, sum_: sympy.Add, order: str | None = None) -> str:
        terms = sum_.args
        while terms[0].is_Add:
            terms = (*terms[0].args, *terms[1:])
        return super()._print_Add(sympy.Add._from_args(terms), order)


def latex(expression: sympy.Basic) -> str:
    """An expression as LaTeX on one line, its terms in the order of writing."""
    printer = FlatSumPrinter({"order": "none"})
    return printer.doprint(expression).replace("\n", " ")


class Notation(sympy.Expr):
    """Base class of the notation; binds as tightly as a function call."""

    is_commutative = True
    precedence = PRECEDENCE["Func"]

    def _body(self, printer: Any) -> str:
        body = printer.doprint(self.args[0])
        return rf"\left({body}\right)" if self.args[0].is_Add else body


class Expectation(Notation):
    """An expectation: ``Expectation(log(D(x)), x, p)`` is E_{x ~ p} [log D(x)].

    Several variables may have a joint distribution:
    ``Expectation(Abs(x - y), x, y, pi)``.
    """

    def _latex(self, printer: Any) -> str:
        body, *variables, distribution = (printer.doprint(part) for part in self.args)
        names = variables[0] if len(variables) == 1 else f"({', '.join(variables)})"
        return rf"\mathbb{{E}}_{{{names} \sim {distribution}}}\left[{body}\right]"


class IntegralOver(Notation):
    """The integral over the real line: ``IntegralOver(body, x)``."""

    def _latex(self, printer: Any) -> str:
        return rf"\int {self._body(printer)} \, d{printer.doprint(self.args[1])}"


class SumOver(Notation):
    """The sum of a body over an index set: ``SumOver(body, condition)``.

    The condition is printed below the sign; it is not evaluated.
    """

    def _latex(self, printer: Any) -> str:
        return rf"\sum_{{{printer.doprint(self.args[1])}}} {self._body(printer)}"


class Supremum(Notation):
    """The supremum of a body over candidates: ``Supremum(body, condition)``."""

    def _latex(self, printer: Any) -> str:
        return rf"\sup_{{{printer.doprint(self.args[1])}}} {self._body(printer)}"


class Infimum(Notation):
    """The infimum of a body over candidates: ``Infimum(body, condition)``."""

    def _latex(self, printer: Any) -> str:
        return rf"\inf_{{{printer.doprint(self.args[1])}}} {self._body(printer)}"


class DivergenceBetween(Notation):
    """A divergence of two distributions: ``DivergenceBetween(KL, p, q)`` is KL(p || q).

    SymPy puts any class called Divergence, which it takes for that of a vector field,
    into parentheses.
    """

    def _latex(self, printer: Any) -> str:
        name, p, q = (printer.doprint(part) for part in self.args)
        return rf"{name}\left({p} \,\|\, {q}\right)"


class Probability(Notation):
    """A probability or density: ``Probability(p, x)`` is p(x).

    ``Probability(p, x, s)`` is the conditional p(x | s). Different distributions that
    are all written p are distinguished by ``sympy.Dummy("p")``.
    """

    def _latex(self, printer: Any) -> str:
        name, *parts = (printer.doprint(part) for part in self.args)
        arguments = r" \mid ".join(parts)
        return rf"{name}\left({arguments}\right)"


class Previous(Notation):
    """The part of a sequence before a time: ``Previous(x, t)`` is x_1, ..., x_{t-1}."""

    def _latex(self, printer: Any) -> str:
        x, t = (printer.doprint(part) for part in self.args)
        return f"{x}_{{<{t}}}"


class InfixProduct(Notation):
    """Base class of products with an operator between the factors."""

    precedence = PRECEDENCE["Mul"]
    operator = " "

    def _latex(self, printer: Any) -> str:
        parts = (printer.parenthesize(part, self.precedence) for part in self.args)
        return self.operator.join(parts)


class MatrixProduct(InfixProduct):
    """The product of matrices, or of matrices and a vector: ``MatrixProduct(W, x)``."""


class ElementwiseProduct(InfixProduct):
    """The elementwise (Hadamard) product, written with a circled dot."""

    operator = r" \odot "


class Convolution(InfixProduct):
    """``Convolution(W, x)``: the cross-correlation of ``conv2d``, zero padding."""

    operator = r" \ast "


class ReverseProduct(Notation):
    """The matrix product of a body over steps, from the last (leftmost) to the first.

    ``ReverseProduct(A[k], Tuple(k, T, 2))`` is A_T A_{T-1} ... A_2.
    """

    precedence = PRECEDENCE["Mul"]

    def _latex(self, printer: Any) -> str:
        k, last, first = (printer.doprint(part) for part in self.args[1])
        return rf"\prod_{{{k}={last}}}^{{{first}}} {self._body(printer)}"


class Jacobian(Notation):
    """A Jacobian matrix: ``Jacobian(h, x)`` is dh/dx."""

    def _latex(self, printer: Any) -> str:
        output, variable = (printer.doprint(part) for part in self.args)
        return rf"\frac{{\partial {output}}}{{\partial {variable}}}"


class Diagonal(Notation):
    """The diagonal matrix with a vector on its diagonal."""

    def _latex(self, printer: Any) -> str:
        return rf"\operatorname{{diag}}\left({printer.doprint(self.args[0])}\right)"


class Norm(Notation):
    """The Euclidean norm of a vector."""

    def _latex(self, printer: Any) -> str:
        return rf"\left\|{printer.doprint(self.args[0])}\right\|"


class PositivePart(Notation):
    """max(0, x)."""

    def _latex(self, printer: Any) -> str:
        return rf"\max\left(0, {printer.doprint(self.args[0])}\right)"
