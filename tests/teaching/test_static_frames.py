"""Controls are validated, and every combination of values is rendered once."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from course_lib.plotting import describe
from teaching.static_frames import choice, describe_state, render_frames, slider


def line(slope=1.0, colour="tab:blue"):
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1], [0, slope], color=colour)
    return figure


def failing_draw(slope, colour):
    raise AssertionError("a picture was drawn")


def test_slider_includes_both_ends():
    values = slider(-0.3, 0.3, step=0.1, start=0, label="x").values
    assert values == (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3)


def test_slider_of_integers_has_integer_values():
    values = slider(0, 4, step=2, start=2, label="n").values
    assert values == (0, 2, 4)
    assert all(type(value) is int for value in values)


def test_labels_have_equal_decimals_and_a_minus_sign():
    scale = slider(-1, 1, step=0.25, start=0.5, label="x")
    assert scale.names[0] == "\N{MINUS SIGN}1.00"
    assert scale.names[scale.start] == "0.50"


def test_menu_starts_at_the_first_value_by_default():
    assert choice(("a", "b"), label="loss").start == 0
    assert choice(("a", "b"), label="loss", start="b").start == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"step": 0}, "step above 0"),
        ({"high": -1}, "low < high"),
        ({"step": 0.7}, "Choose another step"),
        ({"start": 0.25}, "Choose another step"),
        ({"start": 1.5}, "between 0 and 1"),
    ],
)
def test_invalid_slider_raises(change, words):
    sizes = {"low": 0, "high": 1, "step": 0.5, "start": 0.5} | change
    low, high = sizes.pop("low"), sizes.pop("high")
    with pytest.raises(ValueError, match=words):
        slider(low, high, **sizes, label="x")


@pytest.mark.parametrize("values", [(), ("one",), ("same", "same"), (1, "1")])
def test_menu_without_a_choice_raises(values):
    with pytest.raises(ValueError, match="at least two values"):
        choice(values, label="loss")


def test_menu_with_unknown_start_raises():
    with pytest.raises(ValueError, match="starts at 'c', not one of"):
        choice(("a", "b"), label="loss", start="c")


def test_each_combination_is_drawn_once_in_order():
    calls = []

    def draw(slope, colour):
        calls.append((slope, colour))
        return line(slope, colour)

    frames = render_frames(
        draw,
        {
            "slope": slider(0, 1, step=1, start=0, label="slope"),
            "colour": choice(("red", "blue"), label="colour"),
        },
    )
    assert calls == [(0, "red"), (0, "blue"), (1, "red"), (1, "blue")]
    assert list(frames) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len(set(frames.values())) == 4


def test_frames_are_deterministic():
    controls = {"slope": slider(0, 2, step=1, start=0, label="slope")}
    assert render_frames(line, controls) == render_frames(line, controls)


def test_frame_keeps_its_alt_text():
    def described(slope):
        return describe(line(slope), f"A line of slope {slope}.")

    slopes = {"slope": slider(0, 1, step=1, start=0, label="slope")}
    words = [picture.words for picture in render_frames(described, slopes).values()]
    assert words == ["A line of slope 0.", "A line of slope 1."]
    assert {picture.words for picture in render_frames(line, slopes).values()} == {""}


def test_state_is_described_by_labels_and_values():
    controls = [
        slider(0, 1, step=0.5, start=0, label="mean"),
        choice(("saturating", "hinge"), label="loss"),
    ]
    assert describe_state(controls, (1, 1)) == "mean = 0.5, loss = hinge"


def test_too_many_frames_raise_before_drawing():
    controls = {
        "slope": slider(0, 1, step=0.05, start=0, label="the slope"),
        "colour": choice(("red", "green", "blue"), label="colour"),
    }
    with pytest.raises(
        ValueError, match=r"21 \(the slope\) x 3 \(colour\) = 63"
    ) as error:
        render_frames(failing_draw, controls)
    assert "Thin out 'the slope', which has 21 values, by a larger step" in str(
        error.value
    )


def test_too_many_bytes_raise():
    noise = np.random.default_rng(0)

    def snow(seed):
        figure = Figure(figsize=(9, 9))
        figure.figimage(noise.random((990, 990)))
        return figure

    seeds = {"seed": choice((1, 2, 3), label="seed")}
    with pytest.raises(ValueError, match=r"take \d\.\d MB .* leaving values out"):
        render_frames(snow, seeds)


def test_control_without_argument_raises():
    with pytest.raises(ValueError, match="one control of the same name"):
        render_frames(line, {"tilt": slider(0, 1, step=1, start=0, label="tilt")})


def test_no_controls_raise():
    with pytest.raises(ValueError, match="at least one control"):
        render_frames(line, {})


def test_draw_without_figure_raises():
    with pytest.raises(
        ValueError, match="must return a matplotlib Figure, got NoneType"
    ):
        render_frames(lambda x: None, {"x": slider(0, 1, step=1, start=0, label="x")})
