"""A sampled path of a hidden Markov model, with its probabilities."""

from torch import Tensor

from course_lib.plotting import (
    ACCENT,
    DATA,
    FAINT,
    INK,
    MODEL,
    MORE_COLOURS,
    Axes,
    Figure,
    Layout,
    Number,
    course_style,
    describe,
    figure,
    title,
)
from course_lib.predictor.hidden_markov import (
    HiddenMarkovModel,
    HMMSample,
    forward_algorithm,
)

MAX_FRAMES = 12
Position = tuple[Number, Number]  # frame, row
COLOURS = (DATA, MODEL, ACCENT, *MORE_COLOURS)


@course_style
def hidden_path(sample: HMMSample, model: HiddenMarkovModel) -> Figure:
    """The first sequence of a sample: hidden states as circles, symbols as squares.

    Every arrow has its probability. The title states the posterior probability of this
    path, p(states | symbols), in percent.

    Raises:
        ValueError: if the sequence is longer than 12 frames.
    """
    states, symbols = sample.states[0].tolist(), sample.symbols[0].tolist()
    if len(states) > MAX_FRAMES:
        raise ValueError(
            f"hidden_path has room for at most {MAX_FRAMES} frames, but the sample has "
            f"{len(states)}."
        )
    log_p = _log_probabilities(sample, model)
    log_total = forward_algorithm(*model, sample.symbols[:1])
    percent = 100 * float((log_p.sum() - log_total[0]).exp())
    layout = Layout(left=0.75, right=0.1, bottom=0.1, top=0.4)
    drawing, (axes,) = figure(7, 2.0, layout)
    axes.set(xlim=(-0.8, len(states) - 0.5), ylim=(-0.4, 1.5), xticks=[])
    axes.set_yticks([0, 1], ["symbol,\nobserved", "state,\nhidden"])
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    transitions, emissions = log_p.exp().tolist()
    for at, (state, symbol) in enumerate(zip(states, symbols, strict=True)):
        colour = COLOURS[state % len(COLOURS)]
        _arrow(axes, (max(at - 1, -0.8), 1), (at, 1), transitions[at])
        _arrow(axes, (at, 1), (at, 0), emissions[at])
        _node(axes, (at, 1), "o", colour, str(state))
        _node(axes, (at, 0), "s", "#EDEDED", str(symbol))
    title(axes, f"This path has {percent:.2g} % of the probability of these symbols")
    return describe(
        drawing,
        f"A sampled sequence. Hidden states {', '.join(map(str, states))} emitted the "
        f"symbols {', '.join(map(str, symbols))}. This path has {percent:.2g} % of "
        "the probability of these symbols.",
    )


def _log_probabilities(sample: HMMSample, model: HiddenMarkovModel) -> Tensor:
    """Log probabilities of transitions (first row) and emissions, (2, time)."""
    states, symbols = sample.states[0], sample.symbols[0]
    transitions = model.log_transition[states[:-1], states[1:]]
    first = model.log_initial[states[:1]]
    emissions = model.log_emission[states, symbols]
    return first.new_tensor([[*first, *transitions], [*emissions]])


def _node(axes: Axes, at: Position, marker: str, colour: str, name: str) -> None:
    axes.scatter(*at, s=290, c=colour, marker=marker, zorder=3)
    ink = INK if marker == "s" else "white"
    axes.text(*at, name, color=ink, ha="center", va="center", zorder=4, weight="bold")


def _arrow(axes: Axes, start: Position, end: Position, probability: float) -> None:
    style = {"arrowstyle": "-|>", "color": FAINT, "shrinkA": 9, "shrinkB": 9}
    axes.annotate("", end, start, arrowprops=style)
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    offset = (0, 7) if start[1] == end[1] else (10, 0)
    axes.annotate(
        f"{probability:.2g}".removeprefix("0"),
        middle,
        offset,
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=7,
    )
