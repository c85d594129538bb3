"""Write on the blackboard what SymPy has no sign for: means, suprema, products."""

from contextlib import AbstractContextManager
from typing import Any

import sympy
from sympy.printing.precedence import PRECEDENCE


def on_blackboard() -> AbstractContextManager:
    """Build expressions as they are written: ``with on_blackboard():`` keeps log(4)."""
    return sympy.evaluate(False)


def latex(expression: sympy.Basic) -> str:
    """An expression as LaTeX on one line, its terms in the order of writing."""
    return sympy.latex(expression, order="none").replace("\n", " ")


class Notation(sympy.Expr):
    """A sign of the blackboard; binds as tightly as a function."""

    is_commutative = True
    precedence = PRECEDENCE["Func"]

    def _body(self, printer: Any) -> str:
        body = printer.doprint(self.args[0])
        return rf"\left({body}\right)" if self.args[0].is_Add else body


class Mean(Notation):
    """The expectation of a body: ``Mean(log(D(x)), x, p)`` is E_{x ~ p} [log D(x)].

    Several variables may be drawn together: ``Mean(Abs(x - y), x, y, pi)``.
    """

    def _latex(self, printer: Any) -> str:
        body, *drawn, law = (printer.doprint(part) for part in self.args)
        names = drawn[0] if len(drawn) == 1 else f"({', '.join(drawn)})"
        return rf"\mathbb{{E}}_{{{names} \sim {law}}}\left[{body}\right]"


class Integrated(Notation):
    """The integral over the whole line: ``Integrated(body, x)``."""

    def _latex(self, printer: Any) -> str:
        return rf"\int {self._body(printer)} \, d{printer.doprint(self.args[1])}"


class Summed(Notation):
    """The sum of a body over candidates: ``Summed(body, condition)``."""

    def _latex(self, printer: Any) -> str:
        return rf"\sum_{{{printer.doprint(self.args[1])}}} {self._body(printer)}"


class Supremum(Notation):
    """The largest value of a body over candidates: ``Supremum(body, condition)``."""

    def _latex(self, printer: Any) -> str:
        return rf"\sup_{{{printer.doprint(self.args[1])}}} {self._body(printer)}"


class Infimum(Notation):
    """The smallest value of a body over candidates: ``Infimum(body, condition)``."""

    def _latex(self, printer: Any) -> str:
        return rf"\inf_{{{printer.doprint(self.args[1])}}} {self._body(printer)}"


class Apart(Notation):
    """How far two laws are apart, in a direction: ``Apart(KL, p, q)`` is KL(p || q)."""

    def _latex(self, printer: Any) -> str:
        name, p, q = (printer.doprint(part) for part in self.args)
        return rf"{name}\left({p} \,\|\, {q}\right)"


class Chance(Notation):
    """A probability: ``Chance(p, x)`` is p(x) and ``Chance(p, x, s)`` is p(x | s).

    Laws that are all written p are told apart by ``sympy.Dummy("p")``.
    """

    def _latex(self, printer: Any) -> str:
        name, *parts = (printer.doprint(part) for part in self.args)
        what = r" \mid ".join(parts)
        return rf"{name}\left({what}\right)"


class Before(Notation):
    """All of a sequence before a time: ``Before(x, t)`` is x_1, ..., x_{t-1}."""

    def _latex(self, printer: Any) -> str:
        x, t = (printer.doprint(part) for part in self.args)
        return f"{x}_{{<{t}}}"


class Joined(Notation):
    """Factors with a sign between them; binds as tightly as a product."""

    precedence = PRECEDENCE["Mul"]
    sign = " "

    def _latex(self, printer: Any) -> str:
        parts = (printer.parenthesize(part, self.precedence) for part in self.args)
        return self.sign.join(parts)


class MatrixProduct(Joined):
    """Matrices times matrices or a vector: ``MatrixProduct(W, x)`` is W x."""


class Elementwise(Joined):
    """Numbers times numbers, place by place: never to be read as a matrix product."""

    sign = r" \odot "


class Convolved(Joined):
    """A picture's channels under a kernel: ``Convolved(W, x)``, zeros at the edge."""

    sign = r" \ast "


class Backwards(Notation):
    """The matrix product of a body from the last step, leftmost, back to the first.

    ``Backwards(A[k], Tuple(k, T, 2))`` is A_T A_{T-1} ... A_2.
    """

    precedence = PRECEDENCE["Mul"]

    def _latex(self, printer: Any) -> str:
        k, last, first = (printer.doprint(part) for part in self.args[1])
        return rf"\prod_{{{k}={last}}}^{{{first}}} {self._body(printer)}"


class Jacobian(Notation):
    """How one thing moves with another: ``Jacobian(h, x)`` is the matrix dh/dx."""

    def _latex(self, printer: Any) -> str:
        moved, mover = (printer.doprint(part) for part in self.args)
        return rf"\frac{{\partial {moved}}}{{\partial {mover}}}"


class Diagonal(Notation):
    """A vector as a matrix that scales each place on its own."""

    def _latex(self, printer: Any) -> str:
        return rf"\operatorname{{diag}}\left({printer.doprint(self.args[0])}\right)"


class Length(Notation):
    """The Euclidean length of a vector."""

    def _latex(self, printer: Any) -> str:
        return rf"\left\|{printer.doprint(self.args[0])}\right\|"


class PositivePart(Notation):
    """A number, or 0 where it is negative."""

    def _latex(self, printer: Any) -> str:
        return rf"\max\left(0, {printer.doprint(self.args[0])}\right)"
