"""Put a picture under the learner's hand: move a control, see the picture answer.

mean = slider(-3, 3, step=0.5, start=0, label="mean of p_g")
explore(draw, mean=mean, alt="Both densities, and the best judge between them.")
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
    Lattice,
    choice,
    lattice,
    slider,
    state_in_words,
    thinned,
)
from teaching.static_player import LIVE, UNSEEN, player_html

__all__ = ["Control", "Exploration", "choice", "explore", "lattice", "slider"]


@dataclass(frozen=True)
class Exploration:
    """A picture in all its states, shown as the last value of a cell.

    It is shown twice in one output: live, and as a player that needs no kernel and
    hides behind the live one (see ``player``).
    """

    pictures: Lattice
    controls: tuple[Control, ...]
    alt: str

    def live(self) -> VBox:
        """New ipywidgets over the same pictures; the controls stand at their start."""
        dials = [_live_dial(control, self.controls) for control in self.controls]
        own_size = Layout(max_width="100%", align_self="flex-start")
        picture = Image(format="png", layout=own_size)
        spoken = HTML().add_class(UNSEEN)  # for Image has no alternative text

        def show(_: Any = None) -> None:
            shown = self.pictures[tuple(dial.index for dial in dials)]
            picture.value, spoken.value = shown.png, escape(shown.words)

        show()
        for dial in dials:
            dial.observe(show, "index")
        return VBox([*dials, picture, spoken]).add_class(LIVE)

    def player(self) -> str:
        """The HTML of the same pictures for a page without a kernel."""
        return player_html(self.pictures, self.controls, self.alt)

    def __str__(self) -> str:
        start = tuple(control.start for control in self.controls)
        return (
            f"Widget with {len(self.pictures)} pictures. {self.alt} "
            f"It starts at {state_in_words(self.controls, start)}."
        )

    def _ipython_display_(self) -> None:
        # Where the live view cannot be drawn, an empty text stands in for it.
        view = self.live()._repr_mimebundle_()
        display({**view, "text/html": "", "text/plain": ""}, raw=True)
        display({"text/html": self.player(), "text/plain": str(self)}, raw=True)


def explore(draw: Callable[..., Any], *, alt: str, **controls: Control) -> Exploration:
    """A widget of ``draw(**values) -> Figure``: one control for each of its arguments.

    ``draw`` is pure and builds on ``matplotlib.figure.Figure``, not on pyplot. It is
    called here, once for each combination of values (about 0.1 s each), and never
    again. ``alt`` says in a sentence or two what the widget shows, for those who
    cannot see it; what ``plotting.describe`` attached is said of the single picture.
    In the profile ``smoke`` each control keeps three places: both ends and its start.

    Raises:
        ValueError: if ``alt`` is empty, or for the reasons of ``lattice``.
    """
    if not alt.strip():
        raise ValueError(
            "explore needs alt: a sentence that says what the picture shows."
        )
    if current() == "smoke":
        controls = {name: thinned(control) for name, control in controls.items()}
    alt, dials = alt.strip(), tuple(controls.values())
    pictures = {
        at: shown._replace(words=shown.words or f"{alt} ({state_in_words(dials, at)})")
        for at, shown in lattice(draw, controls).items()
    }
    return Exploration(pictures, dials, alt)


def _live_dial(control: Control, beside: tuple[Control, ...]) -> Any:
    kind = SelectionSlider if control.ordered else Dropdown
    widest = max(len(other.label) for other in beside)  # so that all tracks are in line
    track = 28 if control.ordered else 22  # a slider shows its value at the end
    return kind(
        options=control.names,
        index=control.start,
        description=control.label,
        style={"description_width": f"{widest}ch"},
        layout=Layout(width=f"calc({widest}ch + {track}em)", max_width="100%"),
    )
