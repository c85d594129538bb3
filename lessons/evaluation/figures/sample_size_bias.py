"""Draw how far two equal crowds seem apart, over how many samples were drawn."""

from collections.abc import Mapping

from course_lib.plotting import (
    DATA,
    INK,
    Figure,
    Layout,
    Number,
    course_style,
    describe,
    figure,
    format_number,
    label_lines,
    title,
)

Interval = tuple[Number, Number, Number]


def expected_bias(n_features: int, n_samples: Number) -> float:
    """The distance of two sets of n from one N(0, I), to first order in 1 / n."""
    return (2 * n_features + n_features * (n_features + 1) / 2) / n_samples


@course_style
def bias_by_size(measured: Mapping[int, Interval], n_features: int) -> Figure:
    """Frechet distances of two sets from one law: low, mean and high, by their size.

    The truth is 0. Dashed is the formula; both axes are logarithmic.

    Raises:
        ValueError: unless there are two sizes or more, above 1, each with
            0 < low <= mean <= high.
    """
    wrong = [
        n for n, (low, mean, high) in measured.items() if not 0 < low <= mean <= high
    ]
    if wrong or len(measured) < 2 or min(measured) < 2:
        raise ValueError(
            "The curve needs two sizes or more, above 1, with 0 < low <= mean <= high; "
            f"got sizes {[*measured]}, wrong are {wrong}."
        )
    sizes = sorted(measured)
    low, mean, high = zip(*(measured[n] for n in sizes), strict=True)
    drawing, (axes,) = figure(7, 3.3, Layout(left=0.7, right=1.1, bottom=0.55))
    axes.fill_between(sizes, low, high, color=DATA, alpha=0.2, linewidth=0)
    axes.plot(sizes, mean, color=DATA, ls="-", marker="o", ms=4, label="measured")
    formula = [expected_bias(n_features, n) for n in sizes]
    axes.plot(sizes, formula, color=INK, lw=1.2, ls=(0, (4, 3)), label="formula")
    axes.set(xscale="log", yscale="log", xlim=(sizes[0], sizes[-1]))
    axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
    axes.set_xticks([], minor=True)
    axes.set(xlabel="samples in each set", ylabel="Fréchet distance")
    label_lines(axes)
    first, last = format_number(mean[0]), format_number(mean[-1])
    title(axes, f"One law, {n_features} features: {first} apart, then {last}")
    ends = "; ".join(
        f"{n} samples {format_number(m)} (formula {format_number(f)})"
        for n, m, f in zip(sizes, mean, formula, strict=True)
    )
    return describe(drawing, f"Fréchet distance of two sets from one law: {ends}.")
