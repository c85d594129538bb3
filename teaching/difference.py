"""Say in words how an answer's result differs from the one needed."""

from torch import Tensor

from teaching.exercise import Case, with_article
from teaching.observation import Difference

CLOSE = 1e-3  # relative; ratios are named when they hold to this precision
_ADVICE = {  # by the beginning of what differs
    "shape": "Check which axes are summed or averaged.",
    "dtype": "The result follows the dtype of the input; do not convert.",
    "way back": (
        "Return the result as it is: no `.backward()` inside, and no in-place "
        "operation on what the gradient still needs."
    ),
}
_KIND_ADVICE = {
    "NoneType": "Is there a `return`?",
    "float": "A plain number carries no gradient: leave out `.item()`.",
    "int": "A plain number carries no gradient: leave out `.item()`.",
    "ndarray": "NumPy carries no gradient: stay with torch from start to end.",
}


def in_words(name: str, case: Case, difference: Difference, message: str) -> str:
    """One or two sentences on the first difference: what came, what was needed."""
    what, got, needed = difference
    where = f"In the case “{case.label}”, `{name}`"
    if isinstance(got, Tensor) and isinstance(needed, Tensor):
        return f"{where}: {what} is wrong. {_numbers(what, got, needed)}"
    if what == "raised":
        return f"{where} {_raised(str(got), str(needed), message)}"
    if what.startswith("changed"):
        return f"{where} {_changed(what, str(got))}"
    if what.startswith("kind of"):
        came, wanted = with_article(str(got)), with_article(str(needed))
        sentence = f"{where}: {what.removeprefix('kind of ')} is {came}, not {wanted}."
        return " ".join([sentence, _KIND_ADVICE.get(str(got), "")]).strip()
    advice = (text for start, text in _ADVICE.items() if what.startswith(start))
    return f"{where}: {what} is {got}; needed is {needed}. {next(advice, '')}".strip()


def _numbers(what: str, got: Tensor, needed: Tensor) -> str:
    got, needed = got.double(), needed.double()
    if not got.isfinite().all() and needed.isfinite().all():
        return "It holds inf or nan where a finite number is needed."
    if what.startswith("gradient") and not got.any():
        return (
            "It is zero everywhere: the path back is cut. Look for `.detach()`, "
            "`.item()`, `torch.no_grad()` or a tensor built from numbers."
        )
    worst = int((got - needed).abs().nan_to_num(0).argmax())
    pair = f"Yours {got.flatten()[worst]:.5g}, needed {needed.flatten()[worst]:.5g}"
    return f"{pair}{_ratio(got, needed)}."


def _ratio(got: Tensor, needed: Tensor) -> str:
    scale = needed.abs().max()
    if not scale > 0 or not needed.isfinite().all():
        return ""
    factor = float((got * needed).sum() / (needed * needed).sum())
    if (got - factor * needed).abs().max() > CLOSE * scale or abs(factor) < CLOSE:
        return ""
    if abs(factor + 1) < CLOSE:
        return ": the same with the sign turned"
    return f": {factor:.4g} times what is needed, everywhere"


def _raised(error: str, needed: str, message: str) -> str:
    if needed != "nothing":
        return f"should refuse with {needed}; it raised {error}."
    if error in ("SystemExit", "KeyboardInterrupt"):
        return f"raised {error}. A function ends with `return`: leave out `exit()`."
    return f"raised {error}: {message}"


def _changed(what: str, got: str) -> str:
    if what == "changed settings":
        return (
            f"switched {got} for the whole notebook. It was put back: drop that line."
        )
    if got.endswith(".grad"):
        reason = (
            "`.backward()` stores gradients in the caller's tensors; "
            "`torch.autograd.grad` hands them over instead."
        )
    else:
        reason = (
            "Work on a copy; in-place operations such as `x -= 1` or `x.relu_()` write "
            "into the caller's tensor."
        )
    return f"changed what it was given: `{got}`. {reason}"
