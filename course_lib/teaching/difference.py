"""Say in words how an answer's result differs from the one needed.

Home: every lesson.
"""

from torch import Tensor

from course_lib.teaching.exercise import Case
from course_lib.teaching.observation import Difference

CLOSE = 1e-3  # relative; ratios are named when they hold to this precision


def in_words(name: str, case: Case, difference: Difference, message: str) -> str:
    """One or two sentences on the first difference: what came, what was needed."""
    what, got, needed = difference
    where = f"In the case “{case.label}”, {name}"
    if isinstance(got, Tensor) and isinstance(needed, Tensor):
        return f"{where}: {what} is wrong. {_numbers(what, got, needed)}"
    if what == "raised" and needed == "nothing":
        return f"{where} raised {got}: {message}"
    if what == "changed arguments" and needed == "none":
        return (
            f"{where} changed what it was given: {got}. Work on a copy; in-place "
            "operations such as `x -= 1` or `x.relu_()` write into the caller's tensor."
        )
    if what == "kind of result":
        return (
            f"{where} returns {_article(got)}; needed is {_article(needed)}."
            + _kind(str(got))
        )
    return f"{where}: {what} is {got}; needed is {needed}." + _form(what)


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


def _kind(got: str) -> str:
    if got == "NoneType":
        return " Is there a `return`?"
    if got in ("float", "int"):
        return " A plain number carries no gradient: leave out `.item()`."
    return ""


def _form(what: str) -> str:
    if what.startswith("shape"):
        return " Check which axes are summed or averaged."
    if what.startswith("dtype"):
        return " The result follows the dtype of the input; do not convert."
    return ""


def _article(noun: str | Tensor) -> str:
    text = {"NoneType": "None"}.get(str(noun), str(noun))
    return text if text == "None" else f"a {text}"
