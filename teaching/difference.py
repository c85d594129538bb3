"""Explain to the learner how a result differs from the reference's."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from teaching.exercise import Case, with_article
from teaching.observation import Difference

CLOSE = 1e-4  # relative tolerance within which a common factor must hold
VISIBLE = 0.02  # a factor closer to 1 is an approximation error and is not reported
ENTRIES = 3  # the fewest entries from which a common factor is reported
_KIND_ADVICE = {
    "NoneType": "Is there a `return`?",
    "float": "Return a tensor: leave out `.item()` and `float()`.",
    "int": "Return a tensor: leave out `.item()` and `int()`.",
    "ndarray": "Stay with torch from start to end: leave out `.numpy()`.",
}


def describe_difference(
    name: str, case: Case, difference: Difference, message: str
) -> str:
    """One to three sentences on the first difference between answer and reference.

    ``name`` is the name of the function, ``message`` the text of the exception that the
    answer raised, if any.
    """
    what, got, needed = difference
    where = f"In the case “{case.label}”, `{name}`"
    if isinstance(got, Tensor) and isinstance(needed, Tensor):
        return f"{where}: {what} is wrong. {_numbers(what, got, needed)}"
    if what == "raised":
        return f"{where} {_raised(str(got), str(needed), message, case.arguments)}"
    if what.startswith("changed"):
        return f"{where} {_changed(what, str(got))}"
    if what.startswith("kind of"):
        kinds = with_article(str(got)), with_article(str(needed))
        name = what.removeprefix("kind of ")
        sentence = f"{where}: {name} is {kinds[0]}, not {kinds[1]}."
        advice = _KIND_ADVICE.get(str(got), "") if str(needed) == "tensor" else ""
        return " ".join([sentence, advice]).strip()
    if what.startswith("shape of") and "nothing" in (str(got), str(needed)):
        verb = "does not exist" if str(got) == "nothing" else "should not exist"
        part = what.removeprefix("shape of ")
        return f"{where}: afterwards {part} {verb}. Which parameters were updated?"
    sentence = f"{where}: {what} is {got}; it should be {needed}."
    return f"{sentence} {_advice(what, str(got), str(needed))}".strip()


def _advice(what: str, got: str, needed: str) -> str:
    if what.startswith("shape"):
        return _shape_advice(_sizes(got), _sizes(needed))
    if what.startswith("dtype"):
        return "The result has the dtype of the input: do not convert."
    if what.startswith("generator"):
        return (
            "Draw from the generator that is given: pass it as `generator=`, and do "
            "not copy, restore or seed it."
        )
    if what == "autograd graph":
        return (
            "Return the result without calling `.backward()`, and without in-place "
            "operations on tensors that the gradient needs."
        )
    return ""


def _sizes(shape: str) -> tuple[int, ...]:
    return tuple(int(size) for size in shape.strip("()").split(",") if size.strip())


def _shape_advice(got: tuple[int, ...], needed: tuple[int, ...]) -> str:
    """The likely cause of a wrong shape; empty if there is none."""
    if sorted(x for x in got if x > 1) == sorted(x for x in needed if x > 1):
        return "The entries may be right: reshape, squeeze or transpose them."
    if len(got) < len(needed) and _is_part(got, needed):
        return "One axis too many is summed or averaged."
    if len(got) > len(needed) and _is_part(needed, got):
        if len(got) == 2 and got[0] == got[1] and got[:1] == needed:
            return (
                "Tensors of shape (n, 1) and (n,) broadcast to (n, n): give both the "
                "same shape before they are combined."
            )
        return "One axis too few is summed or averaged."
    return ""


def _is_part(short: tuple[int, ...], long: tuple[int, ...]) -> bool:
    rest = iter(long)
    return all(size in rest for size in short)


def _numbers(what: str, got: Tensor, needed: Tensor) -> str:
    got, needed = got.detach().double(), needed.detach().double()
    if not got.isfinite().all() and needed.isfinite().all():
        n = int((~got.isfinite()).sum())
        of = f"{n} of {got.numel()} entries are" if got.numel() > 1 else "It is"
        return f"{of} inf or nan where a finite number is needed."
    if what.startswith("gradient") and not got.any():
        return (
            "It is zero everywhere: no gradient flows back. Look for `.detach()`, "
            "`.item()`, `torch.no_grad()` or a tensor that is built from numbers."
        )
    gaps = (got - needed).abs().nan_to_num(0)
    worst = int(gaps.argmax())
    pair = _pair(float(got.flatten()[worst]), float(needed.flatten()[worst]))
    if got.numel() == 1:
        pair = pair[:1].upper() + pair[1:]
    else:
        index = [int(i) for i in torch.unravel_index(torch.tensor(worst), got.shape)]
        pair = f"At index {index if len(index) > 1 else index[0]}: {pair}"
    return f"{pair}. {_common_relation(got, needed)}".strip()


def _pair(got: float, needed: float) -> str:
    """Both numbers, with enough digits to see the difference."""
    for digits in range(5, 18):
        yours, right = f"{got:.{digits}g}", f"{needed:.{digits}g}"
        if yours != right:
            break
    return f"yours is {yours}, it should be {right}"


def _common_relation(got: Tensor, needed: Tensor) -> str:
    """A relation that holds for all entries, such as a common factor; "" if none."""
    size = float(needed.abs().max())
    if not size > 0 or not needed.isfinite().all():
        return ""
    if float((got + needed).abs().max()) <= CLOSE * size:
        return "The sign is reversed."
    error = float((got - needed).abs().max()) / size
    if error < 1e-3:
        return (
            f"The relative error is {error:.1g}: look for an added epsilon, a clamp, "
            "single precision or another approximation."
        )
    usable = (needed.abs() > CLOSE * size).sum()  # entries that determine the factor
    factor = float((got * needed).sum() / (needed * needed).sum())
    same = float((got - factor * needed).abs().max()) <= CLOSE * size
    if usable < ENTRIES or not same or abs(factor) < CLOSE or abs(factor - 1) < VISIBLE:
        return ""
    return f"All {got.numel()} entries are {factor:.4g} times what they should be."


def common_factor(pairs: Sequence[tuple[Tensor, Tensor]]) -> str:
    """The factor between result and reference in all cases, in words; "" if none.

    ``pairs`` holds the result and the reference of each case, one number each.
    """
    several = [pair for pair in pairs if pair[1].numel() == 1 and bool(pair[1].any())]
    if len(several) < ENTRIES or len({float(right) for _, right in several}) < ENTRIES:
        return ""
    factors = [float(got) / float(needed) for got, needed in several]
    same = max(factors) - min(factors) <= CLOSE * abs(factors[0])
    if not same or abs(factors[0]) < CLOSE or abs(factors[0] - 1) < VISIBLE:
        return ""
    return f"In all cases it is {factors[0]:.4g} times what it should be."


def _raised(error: str, needed: str, message: str, arguments: Mapping[str, Any]) -> str:
    if needed != "nothing":
        if error == "nothing":
            return f"should raise {needed} here, but returned a result."
        return f"should raise {needed} here; it raised {error}: {message}".strip(": ")
    if error in ("SystemExit", "KeyboardInterrupt"):
        return f"raised {error}. A function ends with `return`: leave out `exit()`."
    return f"raised {error}: {message.rstrip('.')}. {_cause(error, message, arguments)}"


def _cause(error: str, message: str, arguments: Mapping[str, Any]) -> str:
    """The usual cause of an exception with this text; "" if unknown."""
    if "in-place operation" in message or "modified by an inplace" in message:
        return (
            "An operation such as `x -= 1` or `x.neg_()` writes into a tensor that the "
            "gradient needs: write `x = x - 1`."
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
    )
    if shapes and any(word in message.lower() for word in about):
        return f"The arguments have these shapes: {', '.join(shapes)}."
    return ""


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


def _changed(what: str, got: str) -> str:
    if what == "changed settings":
        return (
            f"changed {got} for the whole notebook. The setting was restored; remove "
            "that line."
        )
    if got.endswith(".grad"):
        reason = (
            "`.backward()` stores gradients in the caller's tensors; "
            "`torch.autograd.grad` returns them instead."
        )
    else:
        reason = (
            "Work on a copy; in-place operations such as `x -= 1` or `x.relu_()` write "
            "into the caller's tensor."
        )
    return f"changed its argument `{got}`. {reason}"
