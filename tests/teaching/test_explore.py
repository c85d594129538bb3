"""A control that moves shows the picture of its value, live and in a still page."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import RichOutput, capture_output
from ipywidgets import HTML, Dropdown, Image, SelectionSlider
from matplotlib.figure import Figure

from course_lib.plotting import describe
from teaching.explore import choice, explore, slider

pytestmark = pytest.mark.usefixtures("every_place")
VIEW = "application/vnd.jupyter.widget-view+json"


def line(slope, colour):
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1], [0, slope], color=colour)
    return figure


def recorded():
    """A list, and a way to draw that writes each slope down in it."""
    drawn = []

    def draw(slope):
        drawn.append(slope)
        return line(slope, "red")

    return drawn, draw


@pytest.fixture
def every_place(monkeypatch):
    """All places of a control, as outside of the tests."""
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


def test_moved_slider_shows_the_picture_of_its_value(widget):
    box = widget.live()
    (scale,), (menu,), (picture,) = (
        parts(box, kind) for kind in (SelectionSlider, Dropdown, Image)
    )
    assert picture.value == widget.pictures[1, 0].png
    scale.value = "2"
    assert picture.value == widget.pictures[2, 0].png
    menu.value = "blue"
    assert picture.value == widget.pictures[2, 1].png


def test_words_for_the_unseen_picture_follow_the_slider(widget):
    box = widget.live()
    (scale,), (spoken,) = parts(box, SelectionSlider), parts(box, HTML)
    assert spoken.value == "A line through 0. (slope = 1, colour = red)"
    scale.value = "2"
    assert spoken.value == "A line through 0. (slope = 2, colour = red)"


def test_picture_that_was_described_speaks_for_itself():
    ramp = slider(0, 1, step=1, start=0, label="slope")
    told = explore(
        lambda slope: describe(line(slope, "red"), "Flat."), alt="A.", slope=ramp
    )
    assert [picture.words for picture in told.pictures.values()] == ["Flat.", "Flat."]


def test_moving_draws_nothing_anew():
    drawn, draw = recorded()
    ramp = slider(0, 2, step=1, start=0, label="slope")
    (scale,) = parts(explore(draw, alt="A line.", slope=ramp).live(), SelectionSlider)
    for name in ("1", "2", "0", "2"):
        scale.value = name
    assert drawn == [0, 1, 2]


def test_a_short_run_keeps_the_ends_and_the_start_of_each_control(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    drawn, draw = recorded()
    ramp = slider(0, 9, step=1, start=2, label="slope")
    (scale,) = parts(explore(draw, alt="A line.", slope=ramp).live(), SelectionSlider)
    assert drawn == [0, 2, 9]
    assert (scale.value, scale.options) == ("2", ("0", "2", "9"))


def test_two_views_of_one_widget_move_apart(widget):
    one, other = widget.live(), widget.live()
    parts(one, SelectionSlider)[0].value = "2"
    assert parts(other, Image)[0].value == widget.pictures[1, 0].png


def test_widget_tells_in_words_what_it_is_the_same_each_time(widget):
    words = str(widget)
    assert words == (
        "Widget with 6 pictures. A line through 0. "
        "It starts at slope = 1, colour = red."
    )
    assert words == str(widget)


def test_output_holds_a_live_view_and_beside_it_a_player(widget):
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


def test_widget_without_alt_text_is_refused():
    with pytest.raises(ValueError, match="a sentence that says what the picture shows"):
        explore(line, alt=" ", slope=slider(0, 1, step=1, start=0, label="slope"))
