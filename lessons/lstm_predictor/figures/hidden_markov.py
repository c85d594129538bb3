"""See a chain as its arrows: states that nobody sees, and what each of them shows."""

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

MOST_FRAMES = 12
Place = tuple[Number, Number]  # frame, row
COLOURS = (DATA, MODEL, ACCENT, *MORE_COLOURS)


@course_style
def hidden_path(chain: HMMSample, model: HiddenMarkovModel) -> Figure:
    """The first sequence of a chain: circles are hidden states, squares were seen.

    Every arrow bears its probability. The title says how much of the probability of
    these symbols this one path holds; all the others share the rest.

    Raises:
        ValueError: if the sequence is longer than 12 frames.
    """
    states, symbols = chain.states[0].tolist(), chain.symbols[0].tolist()
    if len(states) > MOST_FRAMES:
        raise ValueError(
            f"A path of {len(states)} frames does not fit the page; draw a sample of "
            f"at most {MOST_FRAMES} frames."
        )
    path = _steps(chain, model)
    whole = forward_algorithm(*model, chain.symbols[:1])
    share = 100 * float((path.sum() - whole[0]).exp())
    layout = Layout(left=0.75, right=0.1, bottom=0.1, top=0.4)
    drawing, (axes,) = figure(7, 2.0, layout)
    axes.set(xlim=(-0.8, len(states) - 0.5), ylim=(-0.4, 1.5), xticks=[])
    axes.set_yticks([0, 1], ["symbol,\nseen", "state,\nhidden"])
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    moves, shows = path.exp().tolist()
    for at, (state, symbol) in enumerate(zip(states, symbols, strict=True)):
        colour = COLOURS[state % len(COLOURS)]
        _arrow(axes, (max(at - 1, -0.8), 1), (at, 1), moves[at])
        _arrow(axes, (at, 1), (at, 0), shows[at])
        _node(axes, (at, 1), "o", colour, str(state))
        _node(axes, (at, 0), "s", "#EDEDED", str(symbol))
    title(axes, f"One hidden path: {share:.2g} % of the probability of these symbols")
    return describe(
        drawing,
        f"A sampled chain. HiddenState states {', '.join(map(str, states))} showed the "
        f"symbols {', '.join(map(str, symbols))}. This path holds {share:.2g} % of "
        "the probability of these symbols.",
    )


def _steps(chain: HMMSample, model: HiddenMarkovModel) -> Tensor:
    """Logarithms of what happened, (2, time): into each state, and to its symbol."""
    states, symbols = chain.states[0], chain.symbols[0]
    moves = model.log_transition[states[:-1], states[1:]]
    first = model.log_initial[states[:1]]
    shows = model.log_emission[states, symbols]
    return first.new_tensor([[*first, *moves], [*shows]])


def _node(axes: Axes, at: Place, marker: str, colour: str, name: str) -> None:
    axes.scatter(*at, s=290, c=colour, marker=marker, zorder=3)
    ink = INK if marker == "s" else "white"
    axes.text(*at, name, color=ink, ha="center", va="center", zorder=4, weight="bold")


def _arrow(axes: Axes, start: Place, end: Place, share: float) -> None:
    look = {"arrowstyle": "-|>", "color": FAINT, "shrinkA": 9, "shrinkB": 9}
    axes.annotate("", end, start, arrowprops=look)
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    away = (0, 7) if start[1] == end[1] else (10, 0)
    axes.annotate(
        f"{share:.2g}".removeprefix("0"),
        middle,
        away,
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=7,
    )
