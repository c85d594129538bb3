"""A lattice holds every picture of a widget, drawn once, small, and always the same."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from course_lib.plotting import describe
from teaching.static_frames import choice, lattice, slider, state_in_words


def line(slope=1.0, colour="tab:blue"):
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1], [0, slope], color=colour)
    return figure


def never(slope, colour):
    raise AssertionError("a picture was drawn")


def test_slider_reaches_both_ends_in_equal_steps():
    values = slider(-0.3, 0.3, step=0.1, start=0, label="x").values
    assert values == (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3)


def test_slider_of_whole_numbers_stays_whole():
    values = slider(0, 4, step=2, start=2, label="n").values
    assert values == (0, 2, 4)
    assert all(type(value) is int for value in values)


def test_values_are_written_with_equal_decimals_and_a_true_minus():
    scale = slider(-1, 1, step=0.25, start=0.5, label="x")
    assert scale.names[0] == "\N{MINUS SIGN}1.00"
    assert scale.names[scale.start] == "0.50"


def test_menu_starts_where_it_is_told_and_else_at_the_first():
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
def test_slider_that_cannot_stand_on_its_steps_is_refused(change, words):
    sizes = {"low": 0, "high": 1, "step": 0.5, "start": 0.5} | change
    low, high = sizes.pop("low"), sizes.pop("high")
    with pytest.raises(ValueError, match=words):
        slider(low, high, **sizes, label="x")


@pytest.mark.parametrize("values", [(), ("one",), ("same", "same"), (1, "1")])
def test_menu_without_a_choice_is_refused(values):
    with pytest.raises(ValueError, match="at least two values"):
        choice(values, label="loss")


def test_menu_that_starts_at_none_of_its_values_is_refused():
    with pytest.raises(ValueError, match="starts at 'c', not one of"):
        choice(("a", "b"), label="loss", start="c")


def test_lattice_draws_each_combination_once_the_last_control_fastest():
    asked = []

    def draw(slope, colour):
        asked.append((slope, colour))
        return line(slope, colour)

    pictures = lattice(
        draw,
        {
            "slope": slider(0, 1, step=1, start=0, label="slope"),
            "colour": choice(("red", "blue"), label="colour"),
        },
    )
    assert asked == [(0, "red"), (0, "blue"), (1, "red"), (1, "blue")]
    assert list(pictures) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len(set(pictures.values())) == 4


def test_lattice_drawn_twice_is_the_same_to_the_byte():
    controls = {"slope": slider(0, 2, step=1, start=0, label="slope")}
    assert lattice(line, controls) == lattice(line, controls)


def test_picture_keeps_the_words_that_were_attached_to_it():
    def told(slope):
        return describe(line(slope), f"A line of slope {slope}.")

    slopes = {"slope": slider(0, 1, step=1, start=0, label="slope")}
    words = [picture.words for picture in lattice(told, slopes).values()]
    assert words == ["A line of slope 0.", "A line of slope 1."]
    assert {picture.words for picture in lattice(line, slopes).values()} == {""}


def test_state_is_told_as_label_and_value():
    controls = [
        slider(0, 1, step=0.5, start=0, label="mean"),
        choice(("saturating", "hinge"), label="loss"),
    ]
    assert state_in_words(controls, (1, 1)) == "mean = 0.5, loss = hinge"


def test_crowded_lattice_is_refused_before_a_picture_is_drawn():
    controls = {
        "slope": slider(0, 1, step=0.05, start=0, label="the slope"),
        "colour": choice(("red", "green", "blue"), label="colour"),
    }
    with pytest.raises(
        ValueError, match=r"21 \(the slope\) x 3 \(colour\) = 63"
    ) as told:
        lattice(never, controls)
    assert "Thin out 'the slope', which has 21 values, by a larger step" in str(
        told.value
    )


def test_heavy_lattice_is_refused_with_its_weight():
    noise = np.random.default_rng(0)

    def snow(seed):
        figure = Figure(figsize=(9, 9))
        figure.figimage(noise.random((990, 990)))
        return figure

    seeds = {"seed": choice((1, 2, 3), label="seed")}
    with pytest.raises(ValueError, match=r"take \d\.\d MB .* leaving values out"):
        lattice(snow, seeds)


def test_control_that_the_picture_does_not_know_is_refused():
    with pytest.raises(ValueError, match="one control of the same name"):
        lattice(line, {"tilt": slider(0, 1, step=1, start=0, label="tilt")})


def test_picture_without_controls_is_refused():
    with pytest.raises(ValueError, match="at least one control"):
        lattice(line, {})


def test_drawing_that_returns_no_figure_is_refused():
    with pytest.raises(
        ValueError, match="must return a matplotlib Figure, got NoneType"
    ):
        lattice(lambda x: None, {"x": slider(0, 1, step=1, start=0, label="x")})
