"""Write on the blackboard what SymPy has no sign for: means, suprema, distances.

Home: every lesson.
"""

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
