"""Interactive figures: sliders and menus that select one of the pre-rendered figures.

mean = slider(-3, 3, step=0.5, start=0, label="mean of p_g")
explore(draw, mean=mean, alt="Both densities and the optimal discriminator.")
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from IPython.display import display
from ipywidgets import HTML, Dropdown, Image, Layout, SelectionSlider, VBox

from course_lib.profile import current
from teaching.static_frames import (
    Control,
    Frames,
    choice,
    describe_state,
    ends_and_start,
    render_frames,
    slider,
)
from teaching.static_player import LIVE, VISUALLY_HIDDEN, player_html

__all__ = ["Control", "Exploration", "choice", "explore", "render_frames", "slider"]


@dataclass(frozen=True)
class Exploration:
    """A figure rendered for all values of its controls; displays itself in a notebook.

    One output holds two views: ipywidgets, which need a kernel, and a static player,
    which does not and is hidden while the widgets work (see ``static_player``).
    """

    frames: Frames
    controls: tuple[Control, ...]
    alt: str

    def live(self) -> VBox:
        """New ipywidgets over the same frames, at their start values."""
        widgets = [_live_control(control, self.controls) for control in self.controls]
        layout = Layout(max_width="100%", align_self="flex-start")
        image = Image(format="png", layout=layout)
        alt_text = HTML().add_class(VISUALLY_HIDDEN)  # ipywidgets.Image has none

        def update(_: Any = None) -> None:
            frame = self.frames[tuple(widget.index for widget in widgets)]
            image.value, alt_text.value = frame.png, escape(frame.words)

        update()
        for widget in widgets:
            widget.observe(update, "index")
        return VBox([*widgets, image, alt_text]).add_class(LIVE)

    def player(self) -> str:
        """The static player of the same frames, as HTML."""
        return player_html(self.frames, self.controls, self.alt)

    def __str__(self) -> str:
        start = tuple(control.start for control in self.controls)
        return (
            f"Widget with {len(self.frames)} pictures. {self.alt} "
            f"It starts at {describe_state(self.controls, start)}."
        )

    def _ipython_display_(self) -> None:
        # Empty text, so that nothing is shown where widgets cannot be displayed.
        view = self.live()._repr_mimebundle_()
        display({**view, "text/html": "", "text/plain": ""}, raw=True)
        display({"text/html": self.player(), "text/plain": str(self)}, raw=True)


def explore(draw: Callable[..., Any], *, alt: str, **controls: Control) -> Exploration:
    """An interactive figure of ``draw(**values) -> Figure``, one control an argument.

    ``draw`` is a pure function that uses ``matplotlib.figure.Figure``, not pyplot. It
    is called here once for each combination of values (about 0.1 s each). ``alt`` is
    the alternative text of the whole widget; the text that ``plotting.describe``
    attaches to a figure is that of a single frame. In the profile ``smoke`` each
    control keeps three values: both ends and the start.

    Raises:
        ValueError: if ``alt`` is empty, or for the reasons of ``render_frames``.
    """
    if not alt.strip():
        raise ValueError(
            "explore needs alt: a sentence that says what the picture shows."
        )
    if current() == "smoke":
        controls = {name: ends_and_start(control) for name, control in controls.items()}
    alt, listed = alt.strip(), tuple(controls.values())
    frames = {
        at: frame._replace(words=frame.words or f"{alt} ({describe_state(listed, at)})")
        for at, frame in render_frames(draw, controls).items()
    }
    return Exploration(frames, listed, alt)


def _live_control(control: Control, controls: tuple[Control, ...]) -> Any:
    kind = SelectionSlider if control.ordered else Dropdown
    widest = max(len(other.label) for other in controls)  # to align all controls
    track = 28 if control.ordered else 22  # a slider shows its value at the end
    return kind(
        options=control.names,
        index=control.start,
        description=control.label,
        style={"description_width": f"{widest}ch"},
        layout=Layout(width=f"calc({widest}ch + {track}em)", max_width="100%"),
    )
