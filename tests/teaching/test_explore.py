"""A moved control shows the frame of its value, and the output holds both views."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import RichOutput, capture_output
from ipywidgets import HTML, Dropdown, Image, SelectionSlider
from matplotlib.figure import Figure

from course_lib.plotting import describe
from teaching.explore import choice, explore, slider

pytestmark = pytest.mark.usefixtures("full_controls")
VIEW = "application/vnd.jupyter.widget-view+json"


def line(slope, colour):
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1], [0, slope], color=colour)
    return figure


def recording_draw():
    """A list, and a draw function that appends each slope to it."""
    slopes = []

    def draw(slope):
        slopes.append(slope)
        return line(slope, "red")

    return slopes, draw


@pytest.fixture
def full_controls(monkeypatch):
    """All values of a control, as outside of the tests."""
    monkeypatch.setenv("COURSE_PROFILE", "laptop")


@pytest.fixture
def widget():
    return explore(
        line,
        alt="A line through 0.",
        slope=slider(0, 2, step=1, start=1, label="slope"),
        colour=choice(("red", "blue"), label="colour"),
    )


def parts(box, kind):
    return [child for child in box.children if isinstance(child, kind)]


def test_slider_shows_the_frame_of_its_value(widget):
    box = widget.live()
    (scale,), (menu,), (picture,) = (
        parts(box, kind) for kind in (SelectionSlider, Dropdown, Image)
    )
    assert picture.value == widget.frames[1, 0].png
    scale.value = "2"
    assert picture.value == widget.frames[2, 0].png
    menu.value = "blue"
    assert picture.value == widget.frames[2, 1].png


def test_alt_text_follows_the_slider(widget):
    box = widget.live()
    (scale,), (spoken,) = parts(box, SelectionSlider), parts(box, HTML)
    assert spoken.value == "A line through 0. (slope = 1, colour = red)"
    scale.value = "2"
    assert spoken.value == "A line through 0. (slope = 2, colour = red)"


def test_described_figure_keeps_its_alt_text():
    ramp = slider(0, 1, step=1, start=0, label="slope")
    described = explore(
        lambda slope: describe(line(slope, "red"), "Flat."), alt="A.", slope=ramp
    )
    assert [frame.words for frame in described.frames.values()] == ["Flat.", "Flat."]


def test_moving_a_control_draws_nothing():
    slopes, draw = recording_draw()
    ramp = slider(0, 2, step=1, start=0, label="slope")
    (scale,) = parts(explore(draw, alt="A line.", slope=ramp).live(), SelectionSlider)
    for name in ("1", "2", "0", "2"):
        scale.value = name
    assert slopes == [0, 1, 2]


def test_smoke_profile_keeps_ends_and_start_of_each_control(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    slopes, draw = recording_draw()
    ramp = slider(0, 9, step=1, start=2, label="slope")
    (scale,) = parts(explore(draw, alt="A line.", slope=ramp).live(), SelectionSlider)
    assert slopes == [0, 2, 9]
    assert (scale.value, scale.options) == ("2", ("0", "2", "9"))


def test_two_views_of_one_widget_are_independent(widget):
    one, other = widget.live(), widget.live()
    parts(one, SelectionSlider)[0].value = "2"
    assert parts(other, Image)[0].value == widget.frames[1, 0].png


def test_widget_as_text(widget):
    words = str(widget)
    assert words == (
        "Widget with 6 pictures. A line through 0. "
        "It starts at slope = 1, colour = red."
    )
    assert words == str(widget)


def test_output_holds_live_view_and_static_player(widget):
    shell = InteractiveShell.instance()
    try:
        with capture_output() as shown:
            widget._ipython_display_()
    finally:
        shell.clear_instance()
    live, player = (output.data for output in shown.outputs)
    assert all(isinstance(output, RichOutput) for output in shown.outputs)
    assert VIEW in live
    assert live["text/plain"] == live["text/html"] == ""
    assert player == {"text/html": widget.player(), "text/plain": str(widget)}


def test_widget_without_alt_text_raises():
    with pytest.raises(ValueError, match="a sentence that says what the picture shows"):
        explore(line, alt=" ", slope=slider(0, 1, step=1, start=0, label="slope"))
