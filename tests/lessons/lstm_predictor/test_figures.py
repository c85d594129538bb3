"""What lesson 02's pictures say is true: titles, marks and axes against the library."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from figure_checks import (
    assert_controls_change_figure,
    assert_fits,
    corner_cases,
    numbers,
    titles,
)
from matplotlib.colors import to_hex

from course_lib import plotting
from course_lib.data import moving_digits
from course_lib.predictor.hidden_markov import HiddenMarkovModel, ancestral_sample
from course_lib.predictor.model import ConvLSTMSizes, WarpParameters, WarpPredictor
from course_lib.predictor.recall import SYMBOLS
from course_lib.predictor.warping import backward_warp
from lessons.lstm_predictor import figures
from lessons.lstm_predictor.lab import PredictorCurves
from teaching.static_frames import MOST_BYTES


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


CLIP = moving_digits.test_clips(2)[1]
SEEN = (2, 4, 6, 8, 10)
PREDICTED = {n: 0.5 * CLIP[n:] + 0.5 * CLIP[n - 1 : n] for n in SEEN}
forecast = partial(figures.forecast, CLIP, PREDICTED)
CONTROLS: list[tuple[Callable[..., plotting.Figure], dict[str, list], int]] = [
    (
        figures.gates_over_time,
        {"forget_bias": [0.0, 1.0, 5.0], "listening": [0.0, 1.0, 4.0]},
        60,
    ),
    (forecast, {"context": [2, 6, 10], "horizon": [1, 4, 10]}, 45),
    (figures.two_futures, {"share": [0.0, 0.3, 1.0]}, 60),
]  # the last number: as many states as a widget may have

MODEL = HiddenMarkovModel(
    *(
        torch.tensor(table).log()
        for table in (
            [0.6, 0.4],
            [[0.9, 0.1], [0.2, 0.8]],
            [[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]],
        )
    )
)
LAGS = torch.arange(40.0)
NORMS = {
    "RNN": 0.5**LAGS,
    "LSTM": 0.9**LAGS,
    "GRU": 0.8**LAGS,
    "temporal conv.": torch.where(LAGS < 15, 0.3, 0.0),
}
SHARES = {
    "RNN": {4: 1.0, 8: 0.9, 16: 0.2, 32: 0.125},
    "LSTM": {4: 1.0, 8: 1.0, 16: 1.0, 32: 0.4},
    "GRU": {4: 1.0, 8: 1.0, 16: 1.0, 32: 1.0},
    "temporal conv.": {4: 1.0, 8: 1.0, 16: 1.0, 32: 0.13},
}
TRIVIAL = ("black", "mean frame", "copy-last", "linear extrapolation")
ERRORS = {
    name: torch.linspace(first, last, 10)
    for name, first, last in (
        ("black", 110, 110),
        ("mean frame", 95, 96),
        ("copy-last", 80, 200),
        ("linear extrapolation", 40, 230),
        ("LSTM", 60, 95),
        ("ConvLSTM", 12, 60),
        ("warp", 14, 57),
    )
}
FUTURES = {"A": CLIP[10:], "B": CLIP[:10], "C": CLIP[9:10].expand(10, -1, -1, -1)}
SHIFT = WarpParameters(
    torch.tensor([3.0, -2.0]).view(1, 2, 1, 1).expand(1, 2, 64, 64),
    torch.ones(1, 1, 64, 64),
    -torch.ones(1, 1, 64, 64),
)
LOSSES = {step: 40 + 250 * 0.99**step for step in range(0, 500, 10)}
MEDIAN = torch.linspace(280, 50, 26)
BAND = plotting.Band(
    torch.arange(0, 520, 20), MEDIAN * 0.9, MEDIAN, MEDIAN * 1.1, "reference"
)
AHEAD = torch.arange(1, 7)
FAULTY = {
    letter: PredictorCurves(
        torch.arange(4.0, 124, 4),
        torch.linspace(20, 0.01 * (i + 1), 30),
        torch.linspace(14, 0.1 * (i + 1), 30),
        (i + 1.0) * AHEAD,
        8.0 * AHEAD,
    )
    for i, letter in enumerate("ABCDE")
}
HEALTHY = PredictorCurves(
    torch.arange(4.0, 124, 4),
    torch.linspace(18, 1, 30),
    torch.linspace(13, 2, 30),
    0.5 * AHEAD,
    8.0 * AHEAD,
)
BARS = {"mean frame": 240, "copy-last": 310, "black": 265, "a bar": 100}


def chain(length: int) -> plotting.Figure:
    return figures.hidden_path(ancestral_sample(MODEL, 2, length, rng()), MODEL)


def moved() -> plotting.Figure:
    now = CLIP[9:10]
    return figures.predicted_flow(now, SHIFT, backward_warp(now, SHIFT.flow))


STILL: dict[str, Callable[[], plotting.Figure]] = {
    "possible_futures": lambda: figures.possible_futures(CLIP[:10], FUTURES),
    "by_name": lambda: figures.possible_futures(
        CLIP[5:10], {"the very truth": CLIP[10:]}
    ),
    "hidden_path": lambda: chain(12),
    "one_state": lambda: chain(1),
    "gradient_norm_by_lag": lambda: figures.gradient_norm_by_lag(NORMS),
    "recall_accuracy_by_lag": lambda: figures.recall_accuracy_by_lag(SHARES),
    "error_by_horizon": lambda: figures.error_by_horizon(ERRORS, trivial=TRIVIAL),
    "predicted_flow": moved,
    "fault_curves": lambda: figures.fault_curves(FAULTY, HEALTHY),
    "learning_curve": lambda: figures.learning_curve(LOSSES, BAND, BARS),
    "three_steps": lambda: figures.learning_curve({1: 300.0, 2: 200.0, 3: 150.0}),
}


def lines(axes: plotting.Axes) -> dict[str, np.ndarray]:
    """The heights of the lines of a panel by their names."""
    return {
        str(line.get_label()): np.asarray(line.get_ydata(), dtype=float)
        for line in axes.lines
    }


# All pictures


@pytest.mark.parametrize("draw", corner_cases(STILL, (row[:2] for row in CONTROLS)))
def test_a_picture_fits_its_paper_and_no_word_covers_another(draw) -> None:
    drawing = assert_fits(draw)
    assert numbers(plotting.alt_text(drawing)), "alternative text without a number"


@pytest.mark.parametrize(("draw", "controls", "states"), CONTROLS)
def test_every_control_changes_the_picture_and_a_widget_stays_small(
    draw, controls, states
) -> None:
    assert 4 / 3 * assert_controls_change_figure(draw, controls) * states < MOST_BYTES


# 2.1: futures to choose from


def test_each_future_hangs_in_its_row_below_the_past() -> None:
    past, future = figures.possible_futures(CLIP[:10], FUTURES).axes
    assert np.allclose(past.images[0].get_array(), plotting.mosaic(CLIP[:10], 10))
    below = torch.cat([*FUTURES.values()])
    assert np.allclose(future.images[0].get_array(), plotting.mosaic(below, 10))
    assert [label.get_text() for label in future.get_yticklabels()] == [*"ABC"]
    moments = [
        label.get_text() for axes in (past, future) for label in axes.get_xticklabels()
    ]
    assert moments[8:12] == ["\N{MINUS SIGN}1", "0", "+1", "+2"]


def test_futures_of_unequal_length_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"one length.* got lengths \[10, 9\]"):
        figures.possible_futures(CLIP[:5], {"A": CLIP[10:], "B": CLIP[11:]})
    with pytest.raises(ValueError, match="at least one future"):
        figures.possible_futures(CLIP[:5], {})


# 2.2: a chain


def test_a_path_holds_its_share_among_all_paths() -> None:
    sample = ancestral_sample(MODEL, 3, 7, rng(4))
    initial, moves, shows = (table.exp() for table in MODEL)
    seen = sample.symbols[0].tolist()

    def weight(path: tuple[int, ...]) -> float:
        first = initial[path[0]] * shows[path[0], seen[0]]
        rest = [
            moves[a, b] * shows[b, x]
            for (a, b), x in zip(pairwise(path), seen[1:], strict=True)
        ]
        return float(torch.stack([first, *rest]).prod())

    weights = {path: weight(path) for path in product((0, 1), repeat=7)}
    share = weights[tuple(sample.states[0].tolist())] / sum(weights.values())
    drawing = figures.hidden_path(sample, MODEL)
    assert numbers(titles(drawing)[0])[0] == pytest.approx(100 * share, rel=0.05)


def test_arrows_bear_the_probabilities_of_what_happened() -> None:
    sample = ancestral_sample(MODEL, 1, 5, rng(1))
    (axes,) = figures.hidden_path(sample, MODEL).axes
    said = [text.get_text() for text in axes.texts if text.get_text().startswith(".")]
    states, symbols = sample.states[0].tolist(), sample.symbols[0].tolist()
    moves = [MODEL.log_initial[states[0]]]
    moves += [MODEL.log_transition[a, b] for a, b in pairwise(states)]
    shows = [MODEL.log_emission[s, x] for s, x in zip(states, symbols, strict=True)]
    assert [float(words) for words in said[::2]] == pytest.approx(np.exp(moves))
    assert [float(words) for words in said[1::2]] == pytest.approx(np.exp(shows))


def test_a_path_too_long_for_the_page_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"13 frames does not fit.*at most 12"):
        chain(13)


# 2.3 and 2.4: memory


def test_slopes_are_drawn_as_they_came_and_a_cross_ends_what_is_0() -> None:
    drawing = figures.gradient_norm_by_lag(NORMS)
    (axes,) = drawing.axes
    assert axes.get_yscale() == "log"
    drawn = lines(axes)
    assert np.allclose(drawn["LSTM"], NORMS["LSTM"])
    assert np.isnan(drawn["temporal conv."][15:]).all()
    crosses = [line for line in axes.lines if line.get_marker() == "X"]
    assert [float(line.get_xdata()[0]) for line in crosses] == [14]
    assert "then 0" in [text.get_text().strip() for text in axes.texts]
    assert "temporal conv. 0.3 at lag 0, 0.3 at lag 14, 0 behind it" in (
        plotting.alt_text(drawing)
    )


def test_recall_stands_over_chance_at_the_lags_asked() -> None:
    (axes,) = figures.recall_accuracy_by_lag(SHARES).axes
    drawn = lines(axes)
    assert drawn["chance, 1/8"].tolist() == [1 / SYMBOLS] * 2
    assert drawn["RNN"].tolist() == [*SHARES["RNN"].values()]
    assert [label.get_text() for label in axes.get_xticklabels()] == [*"48", "16", "32"]
    assert len({line.get_marker() for line in axes.lines}) == 5


def test_memories_asked_at_other_lags_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"same lags, got \[\[4, 8\], \[4, 16\]\]"):
        figures.recall_accuracy_by_lag({"RNN": {4: 1, 8: 1}, "GRU": {4: 1, 16: 1}})


@pytest.mark.parametrize(("bias", "listening"), [(0.0, 0.0), (1.0, 3.0), (5.0, 0.5)])
def test_the_drawn_memory_is_that_of_torchs_lstm(bias, listening) -> None:
    inputs, _, memory = figures.gates_over_time(bias, listening).axes
    stems = [line for line in inputs.lines if line.get_marker() in ("o", "s")]
    x = torch.zeros(16, 1, 3, dtype=torch.float64)  # a sign, "store", "answer"
    for stem in stems:
        x[int(stem.get_xdata()[0]), 0, 0] = float(stem.get_ydata()[0])
    x[1, 0, 1] = x[15, 0, 2] = 1
    cell = torch.nn.LSTMCell(3, 1, dtype=torch.float64)
    with torch.no_grad():
        for weights in cell.parameters():
            weights.zero_()
        cell.weight_ih[0, 1], cell.weight_ih[2, 0] = 2 * listening, 2
        cell.bias_ih.copy_(torch.tensor([-listening, bias, 0, -6]))
        state, seen = None, []
        for now in x:
            state = cell(now, state and (torch.zeros(1, 1).double(), state[1]))
            seen.append(float(state[1]))
    assert lines(memory)["all of it"] == pytest.approx(seen)


def test_what_was_stored_decays_as_a_power_of_the_forget_gate() -> None:
    drawing = figures.gates_over_time(2.0, 3.0)
    _, gates, memory = drawing.axes
    forget, write = 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-3))
    stored = lines(memory)["stored sign"][1:]
    assert stored == pytest.approx(write * np.tanh(2) * forget ** np.arange(15))
    half_life = np.log(0.5) / np.log(forget)
    assert numbers(titles(drawing)[1]) == [88.1, round(half_life, 1)]
    assert set(lines(gates)["forget"]) == {forget}
    assert numbers(titles(drawing)[2])[1] == round(stored[-1], 2)


def test_only_a_lasting_memory_behind_a_listening_gate_answers_right() -> None:
    for bias, listening, verdict in (
        (0.0, 0.0, "wrong"),
        (0.0, 4.0, "wrong"),  # faded
        (5.0, 0.0, "wrong"),  # overwritten
        (3.0, 4.0, "right"),
    ):
        drawing = figures.gates_over_time(bias, listening)
        assert titles(drawing)[0].endswith(verdict)


# 2.6 and 2.9: forecasts


@pytest.mark.parametrize(("context", "horizon"), [(2, 1), (6, 7), (10, 10)])
def test_a_forecast_is_charged_frame_by_frame_in_squared_pixels(context, horizon):
    drawing = forecast(context=context, horizon=horizon)
    _, below = drawing.axes
    truth = CLIP[context : context + 10].numpy() / 2 + 0.5
    last = CLIP[context - 1].numpy() / 2 + 0.5
    wanted = {
        "model": ((truth - last) ** 2).sum(axis=(1, 2, 3)) / 4,
        "copy-last": ((truth - last) ** 2).sum(axis=(1, 2, 3)),
        "black": (truth**2).sum(axis=(1, 2, 3)),
    }
    for name, errors in wanted.items():
        assert lines(below)[name] == pytest.approx(errors, rel=1e-4)
    here = [errors[horizon - 1] for errors in wanted.values()]
    assert numbers(titles(drawing)[1]) == pytest.approx(here, abs=0.51)
    assert numbers(titles(drawing)[0]) == [context, horizon]


def test_the_rows_of_a_forecast_are_past_truth_prediction_and_error() -> None:
    strip, below = forecast(context=4, horizon=3).axes
    sheet = np.asarray(strip.images[0].get_array())
    rows = [sheet[65 * i :][:64, 65 * 2 :][:, :64] for i in range(4)]  # column 3
    truth, predicted = CLIP[6, 0].numpy(), PREDICTED[4][2, 0].numpy()
    assert np.allclose(rows[0], CLIP[2, 0] / 2 + 0.5, atol=1e-6)
    assert np.allclose(rows[1], truth / 2 + 0.5, atol=1e-6)
    assert np.allclose(rows[2], predicted / 2 + 0.5, atol=1e-6)
    assert np.allclose(rows[3], 1 - np.abs(truth - predicted) / 2, atol=1e-6)
    assert (sheet[:64, 4 * 65 :] == 1).all()  # no fifth frame was seen
    frame = strip.lines[0].get_xdata()
    assert (min(frame), max(frame)) == (129, 194)
    band = below.patches[0].get_extents().transformed(below.transData.inverted())
    assert (band.x0, band.x1) == pytest.approx((2.5, 3.5))


@pytest.mark.parametrize(
    ("context", "horizon", "said"),
    [
        (3, 1, r"for the contexts \[2, 4, 6, 8, 10\]"),
        (10, 11, "After 10 frames seen there are 10 predicted ones to show, got"),
        (2, 0, "got horizon 0"),
    ],
)
def test_a_forecast_that_nobody_made_is_refused_in_words(context, horizon, said):
    with pytest.raises(ValueError, match=said):
        forecast(context=context, horizon=horizon)


def test_a_colour_clip_keeps_its_colours() -> None:
    clip = torch.rand(6, 3, 8, 8, generator=rng()) * 2 - 1
    strip, _ = figures.forecast(clip, {2: clip[2:]}, context=2, horizon=4).axes
    shown = np.asarray(strip.images[0].get_array())[9:17, :8]
    assert np.allclose(shown, clip[2].permute(1, 2, 0) / 2 + 0.5, atol=1e-6)


def test_trivial_rows_stand_back_in_grey_and_models_bear_marks() -> None:
    (axes,) = figures.error_by_horizon(ERRORS, trivial=TRIVIAL).axes
    for line in axes.lines:
        name = str(line.get_label())
        assert np.allclose(line.get_ydata(), ERRORS[name])
        assert (line.get_color() == plotting.FAINT) == (name in TRIVIAL)
        assert (line.get_marker() == "None") == (name in TRIVIAL)
    looks = {(x.get_color(), str(x._dash_pattern), x.get_marker()) for x in axes.lines}
    assert len(looks) == len(ERRORS)
    with pytest.raises(ValueError, match="name rows that are there"):
        figures.error_by_horizon(ERRORS, trivial=("copy last",))


# 2.7: two futures


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
def test_the_best_guess_paints_each_future_by_its_probability(share: float) -> None:
    drawing = figures.two_futures(share)
    frames, costs = drawing.axes
    guess = np.asarray(frames.images[0].get_array())[3 * 11 :]
    assert guess[5, 5] == pytest.approx(share) and guess[5, 20] == pytest.approx(
        1 - share
    )
    w = np.asarray(costs.lines[0].get_xdata())
    expected = 72 * (share * (1 - w) ** 2 + (1 - share) * w**2)
    assert lines(costs)["cost"] == pytest.approx(expected, abs=1e-4)
    dot = next(line for line in costs.lines if line.get_marker() == "D")
    assert dot.get_xdata()[0] == pytest.approx(w[expected.argmin()])
    variance = 72 * share * (1 - share)
    assert dot.get_ydata()[0] == pytest.approx(variance, abs=1e-4)
    assert numbers(titles(drawing)[1]) == pytest.approx([share, variance], abs=0.05)


def test_no_picture_at_all_costs_less_than_the_mean_of_both_futures() -> None:
    frames, costs = figures.two_futures(0.3).axes
    stack = np.asarray(frames.images[0].get_array())
    left, right, guess = (stack[11 * i :][:10] for i in (1, 2, 3))
    least = lines(costs)["variance"][0]
    noise = np.random.default_rng(0).normal(size=(200, *guess.shape))
    for wrong in (guess + 0.1 * noise).clip(0, 1):
        cost = 0.3 * ((wrong - left) ** 2).sum() + 0.7 * ((wrong - right) ** 2).sum()
        assert cost > least


# 2.8: flow


def arrows(drawing: plotting.Figure):
    return drawing.axes[1].collections[0]


def test_an_arrow_points_to_where_its_pixel_was() -> None:
    now = CLIP[9:10]
    then = backward_warp(now, SHIFT.flow)
    drawing = figures.predicted_flow(now, SHIFT, then)
    quiver = arrows(drawing)
    starts = quiver.get_offsets().astype(int)
    assert len(starts) > 10
    for (x, y), u, v in zip(starts, quiver.U, quiver.V, strict=True):
        assert now[0, 0, y + int(v), x + int(u)] == then[0, 0, y, x] > 0
    assert quiver.scale == 1 and quiver.angles == quiver.scale_units == "xy"
    assert numbers(titles(drawing)[1]) == [round(13**0.5, 1)]


def test_where_nothing_moves_there_is_no_arrow() -> None:
    now, still = CLIP[9:10], SHIFT._replace(flow=torch.zeros(1, 2, 64, 64))
    drawing = figures.predicted_flow(now, still, now)
    assert len(arrows(drawing).get_offsets()) == 0
    assert numbers(titles(drawing)[1]) == [0]


def test_an_untrained_predictors_plan_can_be_drawn_with_its_gradients() -> None:
    model = WarpPredictor(ConvLSTMSizes(width=8, kernel=3, depth=1), rng())
    seen = CLIP[None, :3]
    features = model.extract_features(model.initial_state(seen), seen).hidden_states[
        :, -1
    ]
    predicted = model.decode(features, seen[:, -1])
    drawing = figures.predicted_flow(
        seen[:, -1], model.warp_parameters(features), predicted
    )
    column = np.asarray(drawing.axes[0].images[0].get_array())
    expected = predicted.detach()[0, 0] / 2 + 0.5
    assert np.allclose(column[130:, :, 0], expected, atol=1e-6)
    assert plotting.png(drawing)


# A training


def test_a_learner_is_drawn_over_the_band_and_below_the_bars() -> None:
    drawing = figures.learning_curve(LOSSES, BAND, BARS)
    (axes,) = drawing.axes
    drawn = lines(axes)
    assert axes.get_yscale() == "log"
    assert np.allclose(drawn["yours"], [*LOSSES.values()])
    assert np.allclose(drawn["reference"], MEDIAN)
    for name, bar in BARS.items():
        assert set(drawn[name]) == {bar}
    assert to_hex(axes.lines[-1].get_color()).upper() == plotting.DATA
    assert numbers(titles(drawing)[0]) == pytest.approx([490, LOSSES[490]], rel=0.01)


def test_a_training_without_steps_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="train it first"):
        figures.learning_curve({})


# The lab


def test_each_faulty_run_stands_before_the_same_healthy_one() -> None:
    drawing = figures.fault_curves(FAULTY, HEALTHY)
    assert titles(drawing)[:5] == [*"ABCDE"]
    assert len(drawing.axes) == 15
    for i, seen in enumerate(FAULTY.values()):
        for field, axes in zip(
            ("loss", "error", "by_horizon"), drawing.axes[i::5], strict=True
        ):
            assert axes.get_yscale() == "log"
            grey, coloured = axes.lines[:2]
            assert np.allclose(grey.get_ydata(), getattr(HEALTHY, field))
            assert np.allclose(coloured.get_ydata(), getattr(seen, field))
            assert grey.get_color() == plotting.FAINT != coloured.get_color()
        copied = lines(drawing.axes[10 + i])["copy-last"]
        assert np.allclose(copied, seen.copied)
    last = [run for seen in (HEALTHY, *FAULTY.values()) for run in seen[1:3]]
    assert numbers(plotting.alt_text(drawing)) == pytest.approx(
        [float(curve[-1]) for curve in last], rel=0.05
    )


def test_the_lab_counts_steps_in_two_rows_and_frames_ahead_in_the_third() -> None:
    drawing = figures.fault_curves(FAULTY, HEALTHY)
    for i, axes in enumerate(drawing.axes):
        first, last = ("1", "6") if i >= 10 else ("0", "120")
        assert [label.get_text() for label in axes.get_xticklabels()] == [first, last]
        assert axes.get_xlim() == (float(first), float(last))
        assert list(axes.lines[0].get_xdata())[-1] == float(last)
    assert {axes.get_xlabel() for axes in drawing.axes[5:10]} == {"", "step"}
    assert {axes.get_xlabel() for axes in drawing.axes[10:]} == {"", "frames ahead"}


def test_the_lab_names_its_lines_once_at_the_right_edge() -> None:
    drawing = figures.fault_curves(FAULTY, HEALTHY)
    said = [[text.get_text() for text in axes.texts] for axes in drawing.axes]
    assert {i: words for i, words in enumerate(said) if words} == {
        4: ["healthy"],
        9: ["healthy"],
        14: ["copy-last"],
    }
