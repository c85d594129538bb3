"""The figures of lesson 02: curves, labels and titles agree with the data."""

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
from teaching.static_frames import MAX_BYTES


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


CLIP = moving_digits.test_clips(2)[1]
CONTEXTS = (2, 4, 6, 8, 10)
PREDICTED = {n: 0.5 * CLIP[n:] + 0.5 * CLIP[n - 1 : n] for n in CONTEXTS}
forecast = partial(figures.forecast, CLIP, PREDICTED)
CONTROLS: list[tuple[Callable[..., plotting.Figure], dict[str, list], int]] = [
    (
        figures.gates_over_time,
        {"forget_bias": [0.0, 1.0, 5.0], "input_gate_gain": [0.0, 1.0, 4.0]},
        60,
    ),
    (forecast, {"context": [2, 6, 10], "horizon": [1, 4, 10]}, 45),
    (figures.two_futures, {"p_left": [0.0, 0.3, 1.0]}, 60),
]  # the last number: how many states the widget has at most

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
ACCURACY = {
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
BASELINES = {"mean frame": 240, "copy-last": 310, "black": 265, "other": 100}


def path(length: int) -> plotting.Figure:
    return figures.hidden_path(ancestral_sample(MODEL, 2, length, rng()), MODEL)


def shifted_frame() -> plotting.Figure:
    frame = CLIP[9:10]
    return figures.predicted_flow(frame, SHIFT, backward_warp(frame, SHIFT.flow))


WITHOUT_CONTROLS: dict[str, Callable[[], plotting.Figure]] = {
    "possible_futures": lambda: figures.possible_futures(CLIP[:10], FUTURES),
    "by_name": lambda: figures.possible_futures(
        CLIP[5:10], {"the very truth": CLIP[10:]}
    ),
    "hidden_path": lambda: path(12),
    "one_state": lambda: path(1),
    "gradient_norm_by_lag": lambda: figures.gradient_norm_by_lag(NORMS),
    "recall_accuracy_by_lag": lambda: figures.recall_accuracy_by_lag(ACCURACY),
    "error_by_horizon": lambda: figures.error_by_horizon(ERRORS, trivial=TRIVIAL),
    "predicted_flow": shifted_frame,
    "fault_curves": lambda: figures.fault_curves(FAULTY, HEALTHY),
    "learning_curve": lambda: figures.learning_curve(LOSSES, BAND, BASELINES),
    "three_steps": lambda: figures.learning_curve({1: 300.0, 2: 200.0, 3: 150.0}),
}


def lines(axes: plotting.Axes) -> dict[str, np.ndarray]:
    """The y values of the lines of a panel, by label."""
    return {
        str(line.get_label()): np.asarray(line.get_ydata(), dtype=float)
        for line in axes.lines
    }


# All figures


@pytest.mark.parametrize(
    "draw", corner_cases(WITHOUT_CONTROLS, (row[:2] for row in CONTROLS))
)
def test_all_text_fits_into_the_figure_and_does_not_overlap(draw) -> None:
    drawing = assert_fits(draw)
    assert numbers(plotting.alt_text(drawing)), "no number in the alternative text"


@pytest.mark.parametrize(("draw", "controls", "states"), CONTROLS)
def test_every_control_changes_the_figure_and_all_states_fit_the_size_limit(
    draw, controls, states
) -> None:
    assert 4 / 3 * assert_controls_change_figure(draw, controls) * states < MAX_BYTES


# Possible futures


def test_each_future_is_in_its_row_below_the_context() -> None:
    past, future = figures.possible_futures(CLIP[:10], FUTURES).axes
    assert np.allclose(past.images[0].get_array(), plotting.mosaic(CLIP[:10], 10))
    below = torch.cat([*FUTURES.values()])
    assert np.allclose(future.images[0].get_array(), plotting.mosaic(below, 10))
    assert [label.get_text() for label in future.get_yticklabels()] == [*"ABC"]
    numbers_of_frames = [
        label.get_text() for axes in (past, future) for label in axes.get_xticklabels()
    ]
    assert numbers_of_frames[8:12] == ["\N{MINUS SIGN}1", "0", "+1", "+2"]


def test_futures_of_unequal_length_raise() -> None:
    with pytest.raises(ValueError, match=r"one length.* got the lengths \[10, 9\]"):
        figures.possible_futures(CLIP[:5], {"A": CLIP[10:], "B": CLIP[11:]})
    with pytest.raises(ValueError, match="at least one future"):
        figures.possible_futures(CLIP[:5], {})


# The path of a hidden Markov model


def test_the_title_states_the_posterior_probability_of_the_path() -> None:
    sample = ancestral_sample(MODEL, 3, 7, rng(4))
    initial, transition, emission = (table.exp() for table in MODEL)
    symbols = sample.symbols[0].tolist()

    def joint(path: tuple[int, ...]) -> float:
        first = initial[path[0]] * emission[path[0], symbols[0]]
        rest = [
            transition[a, b] * emission[b, x]
            for (a, b), x in zip(pairwise(path), symbols[1:], strict=True)
        ]
        return float(torch.stack([first, *rest]).prod())

    joints = {path: joint(path) for path in product((0, 1), repeat=7)}
    posterior = joints[tuple(sample.states[0].tolist())] / sum(joints.values())
    drawing = figures.hidden_path(sample, MODEL)
    assert numbers(titles(drawing)[0])[0] == pytest.approx(100 * posterior, rel=0.05)


def test_arrows_are_labelled_with_transition_and_emission_probabilities() -> None:
    sample = ancestral_sample(MODEL, 1, 5, rng(1))
    (axes,) = figures.hidden_path(sample, MODEL).axes
    labels = [x.get_text() for x in axes.texts if x.get_text().startswith(".")]
    states, symbols = sample.states[0].tolist(), sample.symbols[0].tolist()
    transitions = [MODEL.log_initial[states[0]]]
    transitions += [MODEL.log_transition[a, b] for a, b in pairwise(states)]
    emissions = [MODEL.log_emission[s, x] for s, x in zip(states, symbols, strict=True)]
    assert [float(x) for x in labels[::2]] == pytest.approx(np.exp(transitions))
    assert [float(x) for x in labels[1::2]] == pytest.approx(np.exp(emissions))


def test_a_path_of_more_than_12_frames_raises() -> None:
    with pytest.raises(ValueError, match=r"at most 12 frames, but the sample has 13"):
        path(13)


# Gradient norms, recall and gates


def test_gradient_norms_are_drawn_and_a_cross_marks_the_last_positive_one() -> None:
    drawing = figures.gradient_norm_by_lag(NORMS)
    (axes,) = drawing.axes
    assert axes.get_yscale() == "log"
    curves = lines(axes)
    assert np.allclose(curves["LSTM"], NORMS["LSTM"])
    assert np.isnan(curves["temporal conv."][15:]).all()
    crosses = [line for line in axes.lines if line.get_marker() == "X"]
    assert [float(line.get_xdata()[0]) for line in crosses] == [14]
    assert "then 0" in [text.get_text().strip() for text in axes.texts]
    assert "temporal conv. 0.3 at lag 0, 0.3 at lag 14, then 0" in (
        plotting.alt_text(drawing)
    )


def test_accuracy_is_drawn_at_equally_spaced_lags_beside_chance() -> None:
    (axes,) = figures.recall_accuracy_by_lag(ACCURACY).axes
    curves = lines(axes)
    assert curves["chance, 1/8"].tolist() == [1 / SYMBOLS] * 2
    assert curves["RNN"].tolist() == [*ACCURACY["RNN"].values()]
    assert [label.get_text() for label in axes.get_xticklabels()] == [*"48", "16", "32"]
    assert len({line.get_marker() for line in axes.lines}) == 5


def test_models_evaluated_at_different_lags_raise() -> None:
    with pytest.raises(ValueError, match=r"same lags.* got \[\[4, 8\], \[4, 16\]\]"):
        figures.recall_accuracy_by_lag({"RNN": {4: 1, 8: 1}, "GRU": {4: 1, 16: 1}})


@pytest.mark.parametrize(("bias", "gain"), [(0.0, 0.0), (1.0, 3.0), (5.0, 0.5)])
def test_the_drawn_cell_state_is_that_of_torchs_lstm(bias, gain) -> None:
    inputs, _, cell_state = figures.gates_over_time(bias, gain).axes
    stems = [line for line in inputs.lines if line.get_marker() in ("o", "s")]
    x = torch.zeros(16, 1, 3, dtype=torch.float64)  # value, store flag, output flag
    for stem in stems:
        x[int(stem.get_xdata()[0]), 0, 0] = float(stem.get_ydata()[0])
    x[1, 0, 1] = x[15, 0, 2] = 1
    cell = torch.nn.LSTMCell(3, 1, dtype=torch.float64)
    with torch.no_grad():
        for weights in cell.parameters():
            weights.zero_()
        cell.weight_ih[0, 1], cell.weight_ih[2, 0] = 2 * gain, 2
        cell.bias_ih.copy_(torch.tensor([-gain, bias, 0, -6]))
        state, expected = None, []
        for row in x:
            state = cell(row, state and (torch.zeros(1, 1).double(), state[1]))
            expected.append(float(state[1]))
    assert lines(cell_state)["cell state"] == pytest.approx(expected)


def test_the_stored_input_decays_as_a_power_of_the_forget_gate() -> None:
    drawing = figures.gates_over_time(2.0, 3.0)
    _, gates, cell_state = drawing.axes
    forget_gate, input_gate = 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-3))
    stored = lines(cell_state)["stored input"][1:]
    decay = forget_gate ** np.arange(15)
    assert stored == pytest.approx(input_gate * np.tanh(2) * decay)
    half_life = np.log(0.5) / np.log(forget_gate)
    assert numbers(titles(drawing)[1]) == [88.1, round(half_life, 1)]
    assert set(lines(gates)["forget"]) == {forget_gate}
    assert numbers(titles(drawing)[2])[1] == round(stored[-1], 2)


def test_the_answer_is_right_only_with_high_forget_bias_and_input_gate_gain() -> None:
    for bias, gain, answer in (
        (0.0, 0.0, "wrong"),
        (0.0, 4.0, "wrong"),  # decayed
        (5.0, 0.0, "wrong"),  # overwritten
        (3.0, 4.0, "right"),
    ):
        drawing = figures.gates_over_time(bias, gain)
        assert titles(drawing)[0].endswith(answer)


# Forecasts


@pytest.mark.parametrize(("context", "horizon"), [(2, 1), (6, 7), (10, 10)])
def test_forecast_errors_are_squared_errors_of_pixels_in_0_to_1(context, horizon):
    drawing = forecast(context=context, horizon=horizon)
    _, below = drawing.axes
    truth = CLIP[context : context + 10].numpy() / 2 + 0.5
    last = CLIP[context - 1].numpy() / 2 + 0.5
    expected = {
        "model": ((truth - last) ** 2).sum(axis=(1, 2, 3)) / 4,
        "copy-last": ((truth - last) ** 2).sum(axis=(1, 2, 3)),
        "black": (truth**2).sum(axis=(1, 2, 3)),
    }
    for name, errors in expected.items():
        assert lines(below)[name] == pytest.approx(errors, rel=1e-4)
    at_horizon = [errors[horizon - 1] for errors in expected.values()]
    assert numbers(titles(drawing)[1]) == pytest.approx(at_horizon, abs=0.51)
    assert numbers(titles(drawing)[0]) == [context, horizon]


def test_the_rows_of_a_forecast_are_context_truth_prediction_and_error() -> None:
    strip, below = forecast(context=4, horizon=3).axes
    sheet = np.asarray(strip.images[0].get_array())
    rows = [sheet[65 * i :][:64, 65 * 2 :][:, :64] for i in range(4)]  # column 3
    truth, predicted = CLIP[6, 0].numpy(), PREDICTED[4][2, 0].numpy()
    assert np.allclose(rows[0], CLIP[2, 0] / 2 + 0.5, atol=1e-6)
    assert np.allclose(rows[1], truth / 2 + 0.5, atol=1e-6)
    assert np.allclose(rows[2], predicted / 2 + 0.5, atol=1e-6)
    assert np.allclose(rows[3], 1 - np.abs(truth - predicted) / 2, atol=1e-6)
    assert (sheet[:64, 4 * 65 :] == 1).all()  # the context has four frames
    frame = strip.lines[0].get_xdata()
    assert (min(frame), max(frame)) == (129, 194)
    band = below.patches[0].get_extents().transformed(below.transData.inverted())
    assert (band.x0, band.x1) == pytest.approx((2.5, 3.5))


@pytest.mark.parametrize(
    ("context", "horizon", "message"),
    [
        (3, 1, r"for the contexts \[2, 4, 6, 8, 10\]"),
        (10, 11, "a horizon of 1 to 10 after 10 frames of context, but got 11"),
        (2, 0, "but got 0"),
    ],
)
def test_a_missing_context_or_horizon_raises(context, horizon, message):
    with pytest.raises(ValueError, match=message):
        forecast(context=context, horizon=horizon)


def test_clips_in_colour_are_drawn_in_colour() -> None:
    clip = torch.rand(6, 3, 8, 8, generator=rng()) * 2 - 1
    strip, _ = figures.forecast(clip, {2: clip[2:]}, context=2, horizon=4).axes
    image = np.asarray(strip.images[0].get_array())[9:17, :8]
    assert np.allclose(image, clip[2].permute(1, 2, 0) / 2 + 0.5, atol=1e-6)


def test_baselines_are_grey_lines_and_models_have_markers() -> None:
    (axes,) = figures.error_by_horizon(ERRORS, trivial=TRIVIAL).axes
    for line in axes.lines:
        name = str(line.get_label())
        assert np.allclose(line.get_ydata(), ERRORS[name])
        assert (line.get_color() == plotting.FAINT) == (name in TRIVIAL)
        assert (line.get_marker() == "None") == (name in TRIVIAL)
    styles = {(x.get_color(), str(x._dash_pattern), x.get_marker()) for x in axes.lines}
    assert len(styles) == len(ERRORS)
    with pytest.raises(ValueError, match="trivial baselines among"):
        figures.error_by_horizon(ERRORS, trivial=("copy last",))


# Two futures


@pytest.mark.parametrize("p_left", [0.0, 0.2, 0.5, 0.9])
def test_the_best_prediction_weights_each_future_by_its_probability(
    p_left: float,
) -> None:
    drawing = figures.two_futures(p_left)
    frames, errors = drawing.axes
    prediction = np.asarray(frames.images[0].get_array())[3 * 11 :]
    assert prediction[5, 5] == pytest.approx(p_left)
    assert prediction[5, 20] == pytest.approx(1 - p_left)
    w = np.asarray(errors.lines[0].get_xdata())
    expected = 72 * (p_left * (1 - w) ** 2 + (1 - p_left) * w**2)
    assert lines(errors)["error"] == pytest.approx(expected, abs=1e-4)
    minimum = next(line for line in errors.lines if line.get_marker() == "D")
    assert minimum.get_xdata()[0] == pytest.approx(w[expected.argmin()])
    variance = 72 * p_left * (1 - p_left)
    assert minimum.get_ydata()[0] == pytest.approx(variance, abs=1e-4)
    assert numbers(titles(drawing)[1]) == pytest.approx([p_left, variance], abs=0.05)


def test_no_other_frame_has_less_error_than_the_mean_of_both_futures() -> None:
    frames, errors = figures.two_futures(0.3).axes
    stack = np.asarray(frames.images[0].get_array())
    left, right, mean = (stack[11 * i :][:10] for i in (1, 2, 3))
    least = lines(errors)["variance"][0]
    noise = np.random.default_rng(0).normal(size=(200, *mean.shape))
    for frame in (mean + 0.1 * noise).clip(0, 1):
        error = 0.3 * ((frame - left) ** 2).sum() + 0.7 * ((frame - right) ** 2).sum()
        assert error > least


# Flow


def arrows(drawing: plotting.Figure):
    return drawing.axes[1].collections[0]


def test_an_arrow_points_to_the_source_of_its_pixel() -> None:
    frame = CLIP[9:10]
    warped = backward_warp(frame, SHIFT.flow)
    drawing = figures.predicted_flow(frame, SHIFT, warped)
    quiver = arrows(drawing)
    starts = quiver.get_offsets().astype(int)
    assert len(starts) > 10
    for (x, y), u, v in zip(starts, quiver.U, quiver.V, strict=True):
        assert frame[0, 0, y + int(v), x + int(u)] == warped[0, 0, y, x] > 0
    assert quiver.scale == 1 and quiver.angles == quiver.scale_units == "xy"
    assert numbers(titles(drawing)[1]) == [round(13**0.5, 1)]


def test_a_flow_of_0_has_no_arrow() -> None:
    frame, no_flow = CLIP[9:10], SHIFT._replace(flow=torch.zeros(1, 2, 64, 64))
    drawing = figures.predicted_flow(frame, no_flow, frame)
    assert len(arrows(drawing).get_offsets()) == 0
    assert numbers(titles(drawing)[1]) == [0]


def test_outputs_of_a_predictor_that_require_gradients_can_be_drawn() -> None:
    model = WarpPredictor(ConvLSTMSizes(width=8, kernel=3, depth=1), rng())
    context = CLIP[None, :3]
    state = model.initial_state(context)
    features = model.extract_features(state, context).hidden_states[:, -1]
    predicted = model.decode(features, context[:, -1])
    parameters = model.warp_parameters(features)
    drawing = figures.predicted_flow(context[:, -1], parameters, predicted)
    column = np.asarray(drawing.axes[0].images[0].get_array())
    expected = predicted.detach()[0, 0] / 2 + 0.5
    assert np.allclose(column[130:, :, 0], expected, atol=1e-6)
    assert plotting.png(drawing)


# Training curves


def test_losses_are_drawn_with_the_reference_band_and_the_baselines() -> None:
    drawing = figures.learning_curve(LOSSES, BAND, BASELINES)
    (axes,) = drawing.axes
    curves = lines(axes)
    assert axes.get_yscale() == "log"
    assert np.allclose(curves["yours"], [*LOSSES.values()])
    assert np.allclose(curves["reference"], MEDIAN)
    for name, loss in BASELINES.items():
        assert set(curves[name]) == {loss}
    assert to_hex(axes.lines[-1].get_color()).upper() == plotting.DATA
    assert numbers(titles(drawing)[0]) == pytest.approx([490, LOSSES[490]], rel=0.01)


def test_no_losses_raise() -> None:
    with pytest.raises(ValueError, match="train first"):
        figures.learning_curve({})


# The lab


def test_each_column_has_a_faulty_run_and_the_same_healthy_one() -> None:
    drawing = figures.fault_curves(FAULTY, HEALTHY)
    assert titles(drawing)[:5] == [*"ABCDE"]
    assert len(drawing.axes) == 15
    for i, run in enumerate(FAULTY.values()):
        for field, axes in zip(
            ("loss", "error", "by_horizon"), drawing.axes[i::5], strict=True
        ):
            assert axes.get_yscale() == "log"
            grey, coloured = axes.lines[:2]
            assert np.allclose(grey.get_ydata(), getattr(HEALTHY, field))
            assert np.allclose(coloured.get_ydata(), getattr(run, field))
            assert grey.get_color() == plotting.FAINT != coloured.get_color()
        copy_last = lines(drawing.axes[10 + i])["copy-last"]
        assert np.allclose(copy_last, run.copy_last)
    last = [curve for run in (HEALTHY, *FAULTY.values()) for curve in run[1:3]]
    assert numbers(plotting.alt_text(drawing)) == pytest.approx(
        [float(curve[-1]) for curve in last], rel=0.05
    )


def test_two_rows_of_the_lab_have_steps_and_the_third_has_horizons() -> None:
    drawing = figures.fault_curves(FAULTY, HEALTHY)
    for i, axes in enumerate(drawing.axes):
        first, last = ("1", "6") if i >= 10 else ("0", "120")
        labels = [label.get_text() for label in axes.get_xticklabels()]
        assert labels == ([] if i < 5 else [first, last])
        assert axes.get_xlim() == (float(first), float(last))
        assert list(axes.lines[0].get_xdata())[-1] == float(last)
    assert {axes.get_xlabel() for axes in drawing.axes[5:10]} == {"", "step"}
    assert {axes.get_xlabel() for axes in drawing.axes[10:]} == {"", "frames ahead"}


def test_lines_of_the_lab_are_labelled_once_at_the_right_edge() -> None:
    drawing = figures.fault_curves(FAULTY, HEALTHY)
    labels = [[text.get_text() for text in axes.texts] for axes in drawing.axes]
    assert {i: texts for i, texts in enumerate(labels) if texts} == {
        4: ["healthy"],
        14: ["copy-last"],
    }
