"""Relations between a result and the reference's that hold for every entry.

What is said here was compared with the numbers: a sign is called reversed only if every
entry is minus the reference's, an axis is called summed only if the sum over that axis
gives the result. Where nothing of that kind holds, nothing is said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, permutations
from typing import Any, NamedTuple

import torch
from torch import Tensor

SMALL, APPROXIMATE = 1e-5, 1e-3  # relative errors of an approximation
CLOSE = 1e-4  # relative to the largest entry: a relation holds up to this error
EXACT = 1e-6  # relative error up to which a factor equals a number of entries
VISIBLE = 0.02  # a factor closer to 1 is an approximation error and is not reported
ENTRIES = 3  # the fewest entries, or cases, from which a relation is reported
MAX_AXES = 5
SUM_FOR_MEAN, MEAN_FOR_SUM = "sum in place of the mean", "mean in place of the sum"


class Relation(NamedTuple):
    """A sentence on how a result is related to the reference's, and a name for it.

    The name is None where the relation alone does not show what the mistake is.
    """

    name: str | None
    sentence: str


class CasePair(NamedTuple):
    """One number of the answer, the reference's, and the arguments of the case."""

    got: float
    needed: float
    arguments: Mapping[str, Any]


FUNCTIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "the logarithm of": torch.log,
    "minus the logarithm of": lambda x: -x.log(),
    "the exponential of": torch.exp,
    "the square of": torch.square,
    "the square root of": torch.sqrt,
    "the reciprocal of": torch.reciprocal,
    "1 minus": lambda x: 1 - x,
    "the absolute value of": torch.abs,
    "the sigmoid of": torch.sigmoid,
    "the logit of": torch.logit,
    "the tanh of": torch.tanh,
}


def relation_of_entries(got: Tensor, needed: Tensor) -> Relation | None:
    """The relation between two tensors of one shape; None if none is found.

    Both are finite or may hold equal infinite entries.
    """
    got, needed = got.double(), needed.double()
    finite = needed.isfinite() & got.isfinite()
    if not bool((finite | (got == needed)).all()):
        return None
    if not bool(finite.all()):
        return _where_they_differ(got, needed)
    size = float(needed.abs().max()) if needed.numel() else 0.0
    if not size > 0:
        return _where_they_differ(got, needed)
    if _close(-got, needed):
        return Relation("sign reversed", "The sign is reversed.")
    error = float((got - needed).abs().max()) / size
    if error < SMALL or (error < APPROXIMATE and _all_differ(got, needed, error)):
        return _approximation(got, needed, error)
    if needed.numel() < ENTRIES:
        return _where_they_differ(got, needed)
    relations = (_order, _constant, _function, _where_they_differ)
    return next(filter(None, (relation(got, needed) for relation in relations)), None)


def _close(a: Tensor, b: Tensor, tolerance: float = CLOSE) -> bool:
    if a.shape != b.shape or not a.numel() or not bool(a.isfinite().all()):
        return False
    size = float(b.abs().max())
    return size > 0 and float((a - b).abs().max()) <= tolerance * size


def _all_differ(got: Tensor, needed: Tensor, error: float) -> bool:
    """Whether several entries are wrong, all by a relative error of the same size."""
    errors = (got - needed).abs() / needed.abs()
    return needed.numel() >= ENTRIES and bool((errors > error / 100).all())


def _approximation(got: Tensor, needed: Tensor, error: float) -> Relation:
    rounded = torch.equal(got, got.float().double())
    if rounded and not torch.equal(needed, needed.float().double()):
        return Relation(
            "single precision",
            "The result has float32 precision, but the inputs are float64: look for "
            "`.float()` or a tensor that is created as float32.",
        )
    return Relation(
        None,
        f"The relative error is {error:.1g}: look for an added epsilon, a clamp, "
        "single precision or another approximation.",
    )


def _order(got: Tensor, needed: Tensor) -> Relation | None:
    """Entries that are right, but in another place."""
    axes = [axis for axis in range(needed.ndim) if needed.shape[axis] > 1]
    for axis in axes:
        if _close(got.flip(axis), needed):
            sentence = f"Along axis {axis} the entries are in reverse order."
            return Relation("reverse order", sentence)
    for axis in axes:
        size = needed.shape[axis]
        for steps in range(1, min(3, size - 1)):
            first, last = needed.narrow(axis, 0, size - steps), "later"
            if not _close(got.narrow(axis, steps, size - steps), first):
                first, last = needed.narrow(axis, steps, size - steps), "earlier"
                if not _close(got.narrow(axis, 0, size - steps), first):
                    continue
            if first.numel() >= ENTRIES and float(first.std()) > 0:
                sentence = (
                    f"Along axis {axis} the right entries stand {_positions(steps)} "
                    f"{last} than they should."
                )
                return Relation("entries shifted", sentence)
    for i, j in combinations(axes, 2):
        if needed.shape[i] == needed.shape[j] and _close(got.transpose(i, j), needed):
            return Relation("axes exchanged", f"Axes {i} and {j} are exchanged.")
    if _close(got.flatten().sort().values, needed.flatten().sort().values):
        return Relation(
            "right entries in wrong places",
            "All entries are right, but they are in the wrong places: look at the "
            "order of axes in `view`, `reshape`, `permute` and indices.",
        )
    return None


def _positions(steps: int) -> str:
    return "one position" if steps == 1 else f"{steps} positions"


def _constant(got: Tensor, needed: Tensor) -> Relation | None:
    """A common factor or a common difference."""
    size = float(needed.abs().max())
    usable = int((needed.abs() > CLOSE * size).sum())  # they determine the factor
    factor = float((got * needed).sum() / (needed * needed).sum())
    same = float((got - factor * needed).abs().max()) <= CLOSE * size
    if usable >= ENTRIES and same and CLOSE < abs(factor):
        if abs(factor - 1) < VISIBLE:
            return None
        count = got.numel()
        return Relation(
            None, f"All {count} entries are {factor:.4g} times what they should be."
        )
    gap = got - needed
    middle, spread = float(gap.mean()), float(needed.std())
    if spread > 0.01 * size and float((gap - middle).abs().max()) <= CLOSE * size:
        word = "large" if middle > 0 else "small"
        return Relation(None, f"All entries are {abs(middle):.4g} too {word}.")
    return None


def _function(got: Tensor, needed: Tensor) -> Relation | None:
    """A function that maps every entry of the reference to the answer's."""
    if len(needed.flatten().unique()) < ENTRIES:
        return None
    for words, function in FUNCTIONS.items():
        if _close(got, function(needed)) and not _close(got, needed):
            sentence = f"Every entry is {words} what it should be."
            return Relation(f"{words} the result", sentence)
    return None


def _where_they_differ(got: Tensor, needed: Tensor) -> Relation | None:
    """Which entries are wrong, if only a part is."""
    size = float(needed[needed.isfinite()].abs().max()) if needed.numel() else 0.0
    gap = torch.where(got == needed, 0.0, (got - needed).abs())
    wrong = gap > 1e-7 * max(size, 1e-12)
    count, total = int(wrong.sum()), wrong.numel()
    if not 0 < count < total:
        return None
    for axis in range(wrong.ndim):
        others = [k for k in range(wrong.ndim) if k != axis]
        at = wrong.any(others) if others else wrong
        found, n = [int(i) for i in at.nonzero()], wrong.shape[axis]
        if len(found) <= min(2, n // 2):
            places = " and ".join(str(i) for i in found)
            return Relation(
                None, f"Wrong entries are at index {places} of axis {axis} only."
            )
    return Relation(None, f"{count} of {total} entries are wrong.")


def relation_of_shapes(got: Tensor, needed: Tensor) -> Relation | None:
    """The relation between two tensors of different shapes; None if none is found."""
    got, needed = got.double(), needed.double()
    if max(got.ndim, needed.ndim) > MAX_AXES or not got.numel() or not needed.numel():
        return None
    return next(filter(None, _shape_relations(got, needed)), None)


def _shape_relations(got: Tensor, needed: Tensor) -> Iterator[Relation | None]:
    if got.numel() == needed.numel():
        if _close(got.reshape(needed.shape), needed):
            single = got.squeeze().shape == needed.squeeze().shape
            verb = "remove or add axes of size 1" if single else "reshape them"
            yield Relation(
                "right entries in another shape", f"The entries are right: {verb}."
            )
        if got.ndim == needed.ndim:
            for order in permutations(range(got.ndim)):
                moved = got.permute(order)
                if moved.shape == needed.shape and _close(moved, needed):
                    sentence = (
                        f"The entries are right, but the axes are in another order: "
                        f"`.permute{order}` gives the needed one."
                    )
                    yield Relation("axes in another order", sentence)
    for verb, axes in _reduced(got, needed):
        sentence = f"The result still has to be {verb} over {axes}."
        yield Relation(f"not {verb}", sentence)
    for verb, axes in _reduced(needed, got):
        sentence = f"It is {verb} over {axes} of the needed result, which should stay."
        yield Relation(f"{verb} over too many axes", sentence)
    yield _cut(got, needed)
    if got.ndim == 2 and needed.ndim == 1 and got.shape == needed.shape * 2:
        yield Relation(
            "broadcast to a square",
            "Tensors of shape (n, 1) and (n,) broadcast to (n, n): give both the same "
            "shape before they are combined.",
        )
    if got.numel() == needed.numel():
        yield Relation(
            None,
            "The number of entries is right, the axes are not: `view` and `reshape` "
            "do not move axes, `transpose` does; `stack` makes a new axis, `cat` does "
            "not.",
        )


def _reduced(whole: Tensor, part: Tensor) -> Iterator[tuple[str, str]]:
    """How and over which axes the one has to be reduced to give the other."""
    for count in range(1, whole.ndim + 1):
        kind = "axis" if count == 1 else "axes"
        for axes in combinations(range(whole.ndim), count):
            for keep in (False, True):
                mean = whole.mean(axes, keepdim=keep)
                total = whole.sum(axes, keepdim=keep)
                for verb, value in (("averaged", mean), ("summed", total)):
                    if _close(value, part):
                        yield verb, f"{kind} {' and '.join(map(str, axes))}"


def _cut(got: Tensor, needed: Tensor) -> Relation | None:
    """A result that is a part of the needed one along one axis, or the reverse."""
    if got.ndim != needed.ndim:
        return None
    axes = [k for k in range(got.ndim) if got.shape[k] != needed.shape[k]]
    if len(axes) != 1:
        return None
    (axis,) = axes
    short, long = sorted((got, needed), key=lambda x: x.shape[axis])
    n, more = short.shape[axis], long.shape[axis] - short.shape[axis]
    missing = got is short
    entries = "entry is" if more == 1 else "entries are"
    head = f"{more} {entries} {'missing' if missing else 'too many'} along axis {axis}"
    for start in range(more + 1):
        if _close(long.narrow(axis, start, n), short):
            where = {0: "at the end", more: "at the beginning"}.get(start, "around")
            name = "entries missing" if missing else "entries too many"
            return Relation(name, f"{head}, {where}; the other entries are right.")
    return None


def relation_of_results(
    got: Mapping[str, Tensor], needed: Mapping[str, Tensor]
) -> Relation | None:
    """Whether the results of a tuple are right, but in another order."""
    names = [name for name in needed if name in got and name.startswith("result ")]
    if len(names) < 2 or any(float(got[n].numel()) == 0 for n in names):
        return None
    for i, j in combinations(names, 2):
        a, b = got[i].double(), got[j].double()
        if _close(a, needed[j].double(), EXACT) and _close(
            b, needed[i].double(), EXACT
        ):
            sentence = f"The values of {i} and {j} are exchanged."
            return Relation("results exchanged", sentence)
    return None


def relation_of_kinds(
    got: Mapping[str, Tensor], needed: Mapping[str, Tensor]
) -> Relation | None:
    """How one tensor is made of several needed ones, or the reverse."""
    if "the result" in got:
        return _one_for_several(got["the result"].double(), _parts_of(needed))
    if "the result" in needed:
        return _several_for_one(_parts_of(got), needed["the result"].double())
    return None


def _one_for_several(whole: Tensor, parts: list[Tensor]) -> Relation | None:
    if len(parts) < 2:
        return None
    if len({x.shape for x in parts}) == 1:
        if _close(sum(parts[1:], parts[0]), whole, EXACT):
            return Relation(
                "sum in place of separate results",
                f"This is the sum of the {len(parts)} results: return them separately, "
                "as a tuple.",
            )
        if _stacked_along(parts, whole) is not None:
            return Relation(
                "one tensor in place of a tuple",
                "The values are right: return the results separately, as in "
                "`return a, b`, and not as one tensor.",
            )
    for number, part in enumerate(parts, 1):
        if _close(whole, part, EXACT):
            return Relation(
                "a result is missing",
                f"This is result {number} alone; {len(parts)} are needed.",
            )
    return None


def _several_for_one(parts: list[Tensor], target: Tensor) -> Relation | None:
    if len(parts) == 1 and _close(parts[0], target, EXACT):
        return Relation(
            "tuple in place of a tensor",
            "The value is right: return the tensor itself, without brackets and "
            "without a comma after it.",
        )
    axis = _stacked_along(parts, target)
    if axis is not None:
        return Relation(
            "list in place of a tensor",
            f"The entries are right: join them by `torch.stack(..., dim={axis})`.",
        )
    for number, part in enumerate(parts, 1):
        if _close(part, target, EXACT):
            return Relation(
                "more results than needed", f"Result {number} alone is what is needed."
            )
    return None


def _stacked_along(parts: list[Tensor], whole: Tensor) -> int | None:
    """The axis along which the parts have to be stacked to give the whole."""
    if len({x.shape for x in parts}) != 1:
        return None
    for axis in range(parts[0].ndim + 1):
        if _close(torch.stack(parts, axis), whole, EXACT):
            return axis
    return None


def _parts_of(values: Mapping[str, Tensor]) -> list[Tensor]:
    """The results 1, 2, ... of a tuple."""
    names = [name for name in values if name.startswith("result ")]
    return [values[name].double() for name in names if "." not in name]


def relation_of_cases(pairs: Sequence[CasePair]) -> Relation | None:
    """The relation between single numbers that holds in every case; None if none.

    At least ``ENTRIES`` cases with different numbers are needed.
    """
    pairs = [pair for pair in pairs if pair.needed != 0]
    if len({pair.needed for pair in pairs}) < ENTRIES:
        return None
    got = torch.tensor([pair.got for pair in pairs], dtype=torch.float64)
    needed = torch.tensor([pair.needed for pair in pairs], dtype=torch.float64)
    if not bool(got.isfinite().all() and needed.isfinite().all()):
        return None
    if bool(((got + needed).abs() <= CLOSE * needed.abs()).all()):
        return Relation("sign reversed", "The sign is reversed in all cases.")
    factors = got / needed
    if _equal(factors, factors[0].expand_as(factors)):
        if abs(factors[0]) < CLOSE or abs(factors[0] - 1) < VISIBLE:
            return None
        sentence = f"In all cases it is {factors[0]:.4g} times what it should be."
        return Relation(None, sentence)
    relation = _counted(factors, [pair.arguments for pair in pairs])
    if relation:
        return relation
    gap = got - needed
    if _equal(gap, gap[0].expand_as(gap)) and abs(gap[0]) > CLOSE:
        word = "large" if gap[0] > 0 else "small"
        return Relation(None, f"In all cases it is {abs(gap[0]):.4g} too {word}.")
    for words, function in FUNCTIONS.items():
        value = function(needed)
        if bool(value.isfinite().all()) and _equal(got, value):
            sentence = f"In all cases it is {words} what it should be."
            return Relation(f"{words} the result", sentence)
    return None


def _equal(a: Tensor, b: Tensor) -> bool:
    return bool(((a - b).abs() <= CLOSE * b.abs()).all())


def _counted(
    factors: Tensor, arguments: Sequence[Mapping[str, Any]]
) -> Relation | None:
    """A factor that is a number of entries, or an argument, in every case."""
    tables = [_quantities(given) for given in arguments]
    for words in tables[0]:
        if any(words not in table for table in tables):
            continue
        column = torch.tensor([table[words] for table in tables], dtype=torch.float64)
        if not bool((column > 0).all()) or len(column.unique()) < 2:
            continue
        counts = words.startswith("the number") or words.startswith("the size")
        if _equal(factors, column):
            return Relation(
                SUM_FOR_MEAN if counts else None,
                f"In all cases it is {words} times what it should be.",
            )
        if _equal(factors, 1 / column):
            return Relation(
                MEAN_FOR_SUM if counts else None,
                f"In all cases it should be multiplied by {words}.",
            )
        ratio = factors / column
        if counts and _equal(ratio, ratio[0].expand_as(ratio)):
            size = float(1 / ratio[0])
            if any(abs(size - float(n)) < EXACT * size for n in column):
                return Relation(
                    "size fixed in the code",
                    f"It is right only where {words} is {size:.0f}: that number must "
                    "not be fixed in the code.",
                )
    return None


def _quantities(arguments: Mapping[str, Any]) -> dict[str, int | float]:
    """Numbers that a student may have multiplied or divided by, in words."""
    found: dict[str, int | float] = {}
    for name, value in arguments.items():
        if isinstance(value, Tensor) and value.ndim:
            found[f"the number of entries of `{name}`"] = value.numel()
            found[f"the size of axis 0 of `{name}`"] = len(value)
            if len(value):
                inner = value.numel() / len(value)
                found[f"the number of entries of one item of `{name}`"] = inner
            for axis in range(1, value.ndim):
                found[f"the size of axis {axis} of `{name}`"] = value.shape[axis]
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[f"`{name}`"] = value
    return found
