"""Explain to the learner how a result differs from the reference's.

Some differences have the same cause in every exercise, such as a missing gradient or
a changed argument. They have a name and an advice here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from teaching.exercise import Case, with_article
from teaching.observation import Difference, Observation, first_difference
from teaching.relations import (
    CasePair,
    Relation,
    relation_of_cases,
    relation_of_entries,
    relation_of_kinds,
    relation_of_results,
    relation_of_shapes,
)

_KIND_ADVICE = {
    "NoneType": ("no return value", "Is there a `return`?"),
    "float": (
        "number in place of a tensor",
        "Return a tensor: leave out `.item()` and `float()`.",
    ),
    "int": (
        "number in place of a tensor",
        "Return a tensor: leave out `.item()` and `int()`.",
    ),
    "ndarray": (
        "NumPy array in place of a tensor",
        "Stay with torch from start to end: leave out `.numpy()`, or convert the "
        "result by `torch.from_numpy`.",
    ),
}
_NO_GRADIENT = Relation(
    "no gradient",
    "It is zero everywhere: no gradient flows back. Look for `.detach()`, `.item()`, "
    "`.data`, `torch.no_grad()`, `torch.tensor(...)` around a tensor, rounding or a "
    "comparison.",
)


class Explanation(NamedTuple):
    """Advice, and the name of the mistake if it is one of the common ones."""

    mistake: str | None
    advice: str


def explain(
    name: str,
    case: Case,
    got: Observation,
    needed: Observation,
    pairs: Sequence[CasePair] = (),
) -> Explanation:
    """What differs first between the observations of answer and reference.

    ``name`` is the name of the function. ``pairs`` holds the same result in all cases,
    if it is a single number; a relation between them is reported if there is one.
    """
    difference = first_difference(got, needed)
    assert difference is not None
    what, a, b = difference
    where = f"In the case “{case.label}”, `{name}`"
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        relation = _numbers(what, a, b, got, needed, pairs)
        numbers = "" if relation is _NO_GRADIENT else _worst_pair(a, b)
        sentences = [f"{where}: {what} is wrong.", numbers, relation.sentence]
        return Explanation(relation.name, " ".join(x for x in sentences if x))
    if what == "raised":
        found = _raised(str(a), str(b), got.message, case.arguments)
        return Explanation(found.name, f"{where} {found.sentence}".strip())
    if what.startswith("changed"):
        found = _changed(what, str(a), str(b), updates=bool(case.updates))
        return Explanation(found.name, f"{where} {found.sentence}")
    if what.startswith("kind of"):
        found = _kinds(difference, got, needed)
        sentence = f"{where}: {found.sentence}"
        return Explanation(found.name, sentence)
    if "nothing" in (a, b):
        part = what.removeprefix("shape of ")
        found = "is missing" if a == "nothing" else "is too much"
        return Explanation(None, f"{where}: {part} {found}.")
    advice = _fact(difference, got, needed)
    sentence = f"{where}: {what} is {a}; it should be {b}. {advice.sentence}"
    return Explanation(advice.name, sentence.strip())


def _kinds(difference: Difference, got: Observation, needed: Observation) -> Relation:
    what, a, b = difference
    one, other = (with_article(str(kind)) for kind in (a, b))
    start = f"{what.removeprefix('kind of ')} is {one}, not {other}."
    name, advice = None, ""
    if str(b) == "tensor":
        name, advice = _KIND_ADVICE.get(str(a), (None, ""))
    if not advice:
        relation = relation_of_kinds(got.values, needed.values)
        name, advice = relation or (None, "")
    return Relation(name, f"{start} {advice}".strip())


def _fact(difference: Difference, got: Observation, needed: Observation) -> Relation:
    """The usual cause of a difference in a fact."""
    what, a, b = difference
    if what.startswith("shape of "):
        name = what.removeprefix("shape of ")
        if name in got.values and name in needed.values:
            relation = relation_of_shapes(got.values[name], needed.values[name])
            if relation:
                return relation
    if what.startswith("dtype"):
        return Relation(
            "another dtype",
            f"The result has the dtype of the input: do not convert it, and create "
            f"new tensors as {b}, e.g. by `x.new_zeros(...)`.",
        )
    if what.startswith("graph of"):
        return Relation(
            "result that keeps the graph",
            "The whole graph stays in memory as long as this result does: return it "
            "without a graph, by `.detach()` or `.item()`.",
        )
    if what.startswith("generator"):
        return Relation(
            "generator not used",
            "Draw from the generator that is given: pass it as `generator=`, and do "
            "not copy, restore or seed it.",
        )
    if what == "autograd graph" and "not implemented" in str(a):
        return Relation(
            "operation without a derivative",
            "This operation has no derivative, so nothing can be learned through it. "
            "Is it needed? `//` rounds, `/` does not.",
        )
    if what == "autograd graph":
        return Relation(
            "broken graph",
            "Return the result without calling `.backward()`, and without in-place "
            "operations on tensors that the gradient needs.",
        )
    return Relation(None, "")


def _numbers(
    what: str,
    a: Tensor,
    b: Tensor,
    got: Observation,
    needed: Observation,
    pairs: Sequence[CasePair],
) -> Relation:
    """The most specific statement about two different tensors of one shape."""
    a, b = a.detach().double(), b.detach().double()
    if not a.isfinite().all() and b.isfinite().all():
        return _not_finite(what, a)
    if a.isnan().any() and not b.isnan().any():
        n = int(a.isnan().sum())
        of = f"{n} of {a.numel()} entries are" if a.numel() > 1 else "It is"
        return Relation(
            "nan in place of infinity",
            f"{of} nan where an infinite number is needed: inf - inf, 0 / 0 and "
            "0 * inf are nan.",
        )
    if what.startswith("gradient"):
        return _gradients(a, b)
    if what.startswith("result"):
        relation = relation_of_results(got.values, needed.values)
        if relation:
            return relation
    relation = relation_of_entries(a, b)
    if relation is None or (relation.name is None and a.numel() == 1):
        relation = relation_of_cases(pairs) or relation
    return relation or Relation(None, "")


def _not_finite(what: str, a: Tensor) -> Relation:
    n = int((~a.isfinite()).sum())
    of = f"{n} of {a.numel()} entries are" if a.numel() > 1 else "It is"
    if what.startswith("gradient"):
        return Relation(
            "nan in the gradient",
            f"{of} inf or nan where a finite number is needed. The value is right: "
            "`torch.where` and `clamp` differentiate the branch that is not taken too, "
            "and norm and square root have no gradient at 0.",
        )
    return Relation("inf or nan", f"{of} inf or nan where a finite number is needed.")


def _gradients(a: Tensor, b: Tensor) -> Relation:
    if not a.any():
        return _NO_GRADIENT
    if not b.any():
        return Relation(
            "gradient that should be cut",
            "The value is right, but no gradient should flow back here: detach.",
        )
    relation = relation_of_entries(a, b)
    start = "The value is right, its gradient is not."
    if relation is None or relation.name is None:
        more = f" {relation.sentence}" if relation else ""
        return Relation(
            None,
            f"{start}{more} Is a part of the computation detached, or are the values "
            "equal at these inputs only?",
        )
    return Relation(relation.name, f"{start} {relation.sentence}")


def _worst_pair(got: Tensor, needed: Tensor) -> str:
    """Both numbers at the entry with the largest difference."""
    got, needed = got.detach().double(), needed.detach().double()
    if not got.isfinite().all() and needed.isfinite().all():
        return ""
    gaps = torch.where(got == needed, 0.0, (got - needed).abs()).nan_to_num(torch.inf)
    worst = int(gaps.argmax())
    pair = _pair(float(got.flatten()[worst]), float(needed.flatten()[worst]))
    if got.numel() == 1:
        return f"{pair[:1].upper()}{pair[1:]}."
    index = [int(i) for i in torch.unravel_index(torch.tensor(worst), got.shape)]
    return f"At index {index if len(index) > 1 else index[0]}: {pair}."


def _pair(got: float, needed: float) -> str:
    """Both numbers, with enough digits to see the difference."""
    for digits in range(5, 18):
        yours, right = f"{got:.{digits}g}", f"{needed:.{digits}g}"
        if yours != right:
            break
    return f"yours is {yours}, it should be {right}"


def _raised(
    error: str, needed: str, message: str, arguments: Mapping[str, Any]
) -> Relation:
    if needed != "nothing":
        if error == "nothing":
            return Relation(
                f"no {needed}",
                f"should raise {needed} here, but returned a result. The docstring "
                "says when.",
            )
        return Relation(
            f"{error} in place of {needed}",
            f"should raise {needed} here; it raised {error}: {message}".strip(": "),
        )
    if error in ("SystemExit", "KeyboardInterrupt"):
        sentence = f"raised {error}. A function ends with `return`: leave out `exit()`."
        return Relation(None, sentence)
    cause = _cause(message, arguments)
    start = f"raised {error}: {message.rstrip('.')}."
    return Relation(cause.name, f"{start} {cause.sentence}".strip())


def _cause(message: str, arguments: Mapping[str, Any]) -> Relation:
    """The usual cause of an exception with this text; "" if unknown."""
    if "in-place operation" in message or "modified by an inplace" in message:
        return Relation(
            "in-place change of an argument",
            "An operation such as `x -= 1` or `x.neg_()` writes into a tensor that the "
            "gradient needs: write `x = x - 1`.",
        )
    if "that requires grad. Use" in message:
        return Relation(
            "NumPy array in place of a tensor",
            "The inputs require gradients, which NumPy does not compute: stay with "
            "torch from start to end.",
        )
    if "required positional argument" in message or "keyword-only argument" in message:
        return Relation(
            "default of an argument missing",
            "This argument has a default in the exercise's signature: copy it.",
        )
    if "expected scalar type" in message or "same dtype" in message:
        return Relation(
            "tensors of different dtypes",
            "Create new tensors with the dtype of the inputs, e.g. by "
            "`x.new_zeros(...)` or `dtype=x.dtype`.",
        )
    shapes = [f"{k} {tuple(v.shape)}" for k, v in _tensors(arguments).items()]
    about = (
        "size",
        "shape",
        "dimension",
        "broadcast",
        "mat1",
        "index",
        "stack",
        "axis",
        "unpack",
        "subscript",
        "channel",
    )
    if shapes and any(word in message.lower() for word in about):
        return Relation(None, f"The arguments have these shapes: {', '.join(shapes)}.")
    return Relation(None, "")


def _tensors(arguments: Mapping[str, Any]) -> dict[str, Tensor]:
    result: dict[str, Tensor] = {}
    for name, value in arguments.items():
        if isinstance(value, Tensor):
            result[name] = value
        elif isinstance(value, tuple):
            names = getattr(value, "_fields", range(1, len(value) + 1))
            inside = {f"{name}.{k}": v for k, v in zip(names, value, strict=True)}
            result |= _tensors(inside)
    return result


def _changed(what: str, got: str, needed: str, *, updates: bool) -> Relation:
    if what == "changed arguments" and got == "none":
        return Relation(
            "argument not updated",
            f"should have updated `{needed}`, such as the running statistics of batch "
            "normalization: call it in the mode in which it is given.",
        )
    if what == "changed settings":
        return Relation(
            "global setting changed",
            f"changed {got} for the whole notebook. The setting was restored; remove "
            "that line.",
        )
    if updates and got.endswith(".grad"):
        return Relation(
            "gradients of what is not updated",
            f"changed its argument `{got}`: gradients were computed for a module that "
            "this step does not update. Cut the graph with `detach()`, or compute what "
            "is constant here under `torch.no_grad()`.",
        )
    name, reason = _CHANGES.get(got.rpartition(".")[2], _CHANGES[""])
    return Relation(name, f"changed its argument `{got}`. {reason}")


_CHANGES = {
    "grad": (
        "gradients stored in the arguments",
        "`.backward()` stores gradients in the caller's tensors; "
        "`torch.autograd.grad` returns them instead.",
    ),
    "requires_grad": (
        "requires_grad of an argument changed",
        "`requires_grad_()` acts on the caller's tensor or module: for a tensor write "
        "`x = x.detach().requires_grad_()`; a module has to be left as it was.",
    ),
    "training": (
        "mode of a module changed",
        "`.eval()` and `.train()` act on the caller's module: leave them to the "
        "caller.",
    ),
    "": (
        "argument changed in place",
        "Work on a copy; in-place operations such as `x -= 1` or `x.relu_()` write "
        "into the caller's tensor.",
    ),
}
