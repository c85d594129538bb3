"""The Frechet distance of two sets from one distribution, by the number of samples."""

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
    """Expected distance of two sets from N(0, I), to first order in 1 / n_samples."""
    return (2 * n_features + n_features * (n_features + 1) / 2) / n_samples


@course_style
def bias_by_size(measured: Mapping[int, Interval], n_features: int) -> Figure:
    """Frechet distances of two sets from one distribution, by the size of the sets.

    ``measured`` holds low, mean and high values; the true distance is 0. The dashed
    line is the expected bias. Both axes are logarithmic.

    Raises:
        ValueError: unless there are two sizes or more, above 1, each with
            0 < low <= mean <= high.
    """
    wrong = [
        n for n, (low, mean, high) in measured.items() if not 0 < low <= mean <= high
    ]
    if wrong or len(measured) < 2 or min(measured) < 2:
        raise ValueError(
            "The figure needs two sizes or more, above 1, and 0 < low <= mean <= high, "
            f"but got sizes {[*measured]}, of which {wrong} are wrong."
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
    title(
        axes, f"One distribution, {n_features} features: distance {first}, then {last}"
    )
    values = "; ".join(
        f"{n} samples {format_number(m)} (formula {format_number(f)})"
        for n, m, f in zip(sizes, mean, formula, strict=True)
    )
    return describe(
        drawing, f"Fréchet distance of two sets from one distribution: {values}."
    )
