"""Move through drawn pictures with no kernel: plain HTML and a few lines of script.

Home: every lesson.

The player stands beside a live widget in the same output. While that lives, the player
is hidden; in an exported page, or in a notebook reopened without a kernel, it is what
remains. It loads nothing, and two players on one page know nothing of each other.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from string import Template

from course_lib.teaching.lattice import Control, Lattice

LIVE = "course-live"  # the class that a live widget carries

# Only a notebook that is open in JupyterLab has an output area that is a `lm-Widget`.
# There the player yields to the live widget, and hides one whose kernel has gone.
STYLE = """
.course-player { margin: .4em 0; max-width: 770px; line-height: 1.5;
  color: var(--jp-ui-font-color1, inherit); font-size: var(--jp-ui-font-size1, 13px);
  font-family: var(--jp-ui-font-family, system-ui, sans-serif); }
.course-dials:not([hidden]) { display: grid; align-items: center; margin: 0 0 .5em;
  grid-template-columns: max-content minmax(6em, 20em) 4em; gap: .35em .8em; }
.course-dials div, .course-dials label { display: contents; }
.course-dials span { text-align: right; }
.course-dials output { font-variant-numeric: tabular-nums; }
.course-dials input { width: 100%; margin: 0;
  accent-color: var(--jp-brand-color1, #1976d2); }
.course-dials select { font: inherit; color: inherit; padding: .15em .4em; width: 100%;
  background: var(--jp-layout-color1, Canvas); border-radius: 3px;
  border: 1px solid var(--jp-border-color1, currentColor); }
.course-player img { display: block; max-width: 100%; height: auto; }
.lm-Widget.jp-OutputArea:has(.course-live:not(.jupyter-widgets-disconnected))
  .course-player, .lm-Widget.jp-OutputArea:has(.course-player)
  :is(.course-live.jupyter-widgets-disconnected,
  .jp-OutputArea-output[data-mime-type$="widget-view+json"]:not(:has(.course-live)))
  { display: none; }
"""

SCRIPT = """
(() => {
  const player = document.currentScript.closest(".course-player");
  const [picture, dials] = ["img", ".course-dials"].map(s => player.querySelector(s));
  const pictures = $pictures;
  const show = () => {
    const said = [];
    let at = 0;
    for (const dial of dials.querySelectorAll("input, select")) {
      const names = JSON.parse(dial.dataset.names), now = Number(dial.value);
      at = at * names.length + now;
      said.push(dial.dataset.label + " = " + names[now]);
      dial.setAttribute("aria-valuetext", names[now]);
      dial.closest("div").querySelector("output").textContent =
        dial.type === "range" ? names[now] : "";
    }
    picture.src = "data:image/png;base64," + pictures[at];
    picture.alt = player.dataset.alt + " (" + said.join(", ") + ")";
  };
  dials.addEventListener("input", show);
  dials.hidden = false;
  player.querySelector(".course-asleep").hidden = true;
  show();
})();
"""

PLAYER = Template("""<div class="course-player" role="group" data-alt="$alt">
<style>$style</style>
<div class="course-dials" hidden>$dials</div>
<p class="course-asleep"><em>A still picture. Run this cell to move it.</em></p>
<img alt="$alt ($said)" src="data:image/png;base64,$first">
<script>$script</script>
</div>""")


def player_html(pictures: Lattice, controls: Sequence[Control], alt: str) -> str:
    """One self-contained piece of HTML that shows ``pictures`` by its own controls.

    The same arguments give the same text. Where scripts do not run, the picture of the
    start values is shown, with a line that says why nothing moves.
    """
    coded = {at: b64encode(png).decode() for at, png in pictures.items()}
    return PLAYER.substitute(
        alt=escape(alt),
        style=STYLE,
        dials="".join(_dial(control) for control in controls),
        said=escape(state_in_words(controls)),
        first=coded[tuple(control.start for control in controls)],
        script=Template(SCRIPT).substitute(pictures=json.dumps([*coded.values()])),
    )


def state_in_words(controls: Sequence[Control]) -> str:
    """Where the controls stand first: "mean = 0.5, loss = hinge"."""
    return ", ".join(f"{c.label} = {c.names[c.start]}" for c in controls)


def _dial(control: Control) -> str:
    known = (
        f'data-label="{escape(control.label)}" autocomplete="off" '
        f'data-names="{escape(json.dumps(control.names))}"'
    )
    if control.ordered:
        body = (
            f'<input type="range" min="0" max="{len(control.values) - 1}" step="1" '
            f'value="{control.start}" {known}>'
        )
    else:
        body = f"<select {known}>{_options(control)}</select>"
    label = f"<label><span>{escape(control.label)}</span>{body}</label>"
    return f"<div>{label}<output></output></div>"


def _options(control: Control) -> str:
    return "".join(
        f'<option value="{i}"{" selected" * (i == control.start)}>{escape(name)}</option>'
        for i, name in enumerate(control.names)
    )
