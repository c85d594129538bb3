"""Move through drawn pictures with no kernel: plain HTML and a few lines of script.

The player stands beside a live widget in the same output. While that lives, the player
is hidden; in an exported page, or in a notebook reopened without a kernel, it is what
remains. It loads nothing, and two players on one page know nothing of each other.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from string import Template
from typing import Any

from teaching.static_frames import Control, Lattice

LIVE = "course-live"  # the class of a live widget
OWN_KEYS = 'data-lm-suppress-shortcuts="true"'  # or JupyterLab takes arrows and Enter
UNSEEN = "course-unseen"  # the class of what is only read aloud

# The last rule: a notebook that is open in JupyterLab, and no exported page, has output
# areas that are a `lm-Widget`. There the player yields to a live widget. It hides one
# whose kernel has gone, one in an exported page, and the place of one that is missing.
STYLE = """
.course-player { margin: .4em .6em; max-width: 770px; line-height: 1.5;
  color: var(--jp-ui-font-color1, inherit); font-size: var(--jp-ui-font-size1, 13px);
  font-family: var(--jp-ui-font-family, system-ui, sans-serif); }
.course-dials { display: grid; align-items: center; margin: 0 0 .5em;
  grid-template-columns: max-content minmax(6em, 20em) 4em; gap: .35em .8em; }
.course-dials div, .course-dials label { display: contents; }
.course-dials span { text-align: right; }
.course-dials output { font-variant-numeric: tabular-nums; }
.course-dials input { width: 100%; margin: 0;
  accent-color: var(--jp-brand-color1, #1976d2); }
.course-dials select { font: inherit; color: inherit; padding: .15em .4em; width: 100%;
  background: var(--jp-layout-color1, Canvas); border-radius: 3px;
  border: 1px solid var(--jp-border-color1, currentColor); }
.course-unseen { position: absolute; width: 1px; height: 1px; clip-path: inset(50%); }
.course-player img { display: block; max-width: 100%; height: auto; }
.lm-Widget.jp-OutputArea:has(.course-live:not(.jupyter-widgets-disconnected))
  .course-player,
.course-live.jupyter-widgets-disconnected,
.jp-OutputArea:not(.lm-Widget) .course-live,
.jp-OutputArea:has(.course-player)
  [data-mime-type$="widget-view+json"]:not(:has(.course-live)) { display: none; }
"""

SCRIPT = """
(() => {
  const player = document.currentScript.closest(".course-player");
  const picture = player.querySelector("img");
  const pictures = $pictures, words = $words;
  const dials = document.createElement("div");
  const show = () => {
    let at = 0;
    for (const dial of dials.querySelectorAll("input, select")) {
      const names = JSON.parse(dial.dataset.names), now = Number(dial.value);
      at = at * names.length + now;
      dial.setAttribute("aria-valuetext", names[now]);
      dial.closest("div").querySelector("output").textContent =
        dial.type === "range" ? names[now] : "";
    }
    picture.src = "data:image/png;base64," + pictures[at];
    picture.alt = words[at];
  };
  dials.className = "course-dials";
  dials.innerHTML = $dials;
  dials.addEventListener("input", show);
  player.querySelector("p").replaceWith(dials);
  show();
})();
"""

PLAYER = Template("""<div class="course-player" role="group" aria-label="$alt">
<style>$style</style>
<p><em>A still picture. Run this cell to move it.</em></p>
<img alt="$words" src="data:image/png;base64,$first">
<script>$script</script>
</div>""")


def player_html(pictures: Lattice, controls: Sequence[Control], alt: str) -> str:
    """One self-contained piece of HTML that shows ``pictures`` by its own controls.

    The same arguments give the same text. Where scripts do not run, the picture of the
    start values is shown, with a line that says why nothing moves.
    """
    coded = {at: b64encode(shown.png).decode() for at, shown in pictures.items()}
    start = tuple(control.start for control in controls)
    return PLAYER.substitute(
        alt=escape(alt),
        style=STYLE,
        words=escape(pictures[start].words),
        first=coded[start],
        script=Template(SCRIPT).substitute(
            pictures=_in_script([*coded.values()]),
            words=_in_script([shown.words for shown in pictures.values()]),
            dials=_in_script("".join(_dial(control) for control in controls)),
        ),
    )


def _in_script(value: Any) -> str:
    return json.dumps(value).replace("<", "\\u003c")  # no label can end the script


def _dial(control: Control) -> str:
    names = escape(json.dumps(control.names))
    known = f'data-names="{names}" autocomplete="off" {OWN_KEYS}'
    if control.ordered:
        body = (
            f'<input type="range" min="0" max="{len(control.values) - 1}" step="1" '
            f'value="{control.start}" {known}>'
        )
    else:
        options = "".join(_option(control, at) for at in range(len(control.names)))
        body = f"<select {known}>{options}</select>"
    label = f"<label><span>{escape(control.label)}</span>{body}</label>"
    return f"<div>{label}<output></output></div>"


def _option(control: Control, at: int) -> str:
    chosen = " selected" if at == control.start else ""
    return f'<option value="{at}"{chosen}>{escape(control.names[at])}</option>'
