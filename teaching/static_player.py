"""The static player: the frames of a figure with working controls, without a kernel.

It is plain HTML with a few lines of JavaScript, in the same output as the live widget.
It is hidden while the live widget works, and takes its place in an exported page or in
a notebook that is opened without a kernel. It loads nothing, and several players on one
page do not share any state.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from string import Template
from typing import Any

from teaching.static_frames import Control, Frames

LIVE = "course-live"  # the class of a live widget
# without this attribute JupyterLab would handle the arrow keys and Enter itself
IGNORE_JUPYTERLAB_KEYS = 'data-lm-suppress-shortcuts="true"'
VISUALLY_HIDDEN = "course-unseen"  # the class of text for screen readers only

# The last rule decides which view is shown. Only in JupyterLab, not in an exported
# page, output areas have the class `lm-Widget`: there a connected live widget hides
# the player. Live widgets are hidden if their kernel is gone or if the page is
# exported. The placeholder of a missing widget is hidden too.
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


def player_html(frames: Frames, controls: Sequence[Control], alt: str) -> str:
    """Self-contained HTML that shows the frames, with controls of its own.

    The result is deterministic. Where scripts do not run, the frame of the start values
    is shown with a note.
    """
    encoded = {at: b64encode(frame.png).decode() for at, frame in frames.items()}
    start = tuple(control.start for control in controls)
    return PLAYER.substitute(
        alt=escape(alt),
        style=STYLE,
        words=escape(frames[start].words),
        first=encoded[start],
        script=Template(SCRIPT).substitute(
            pictures=_script_literal([*encoded.values()]),
            words=_script_literal([frame.words for frame in frames.values()]),
            dials=_script_literal("".join(map(_control_html, controls))),
        ),
    )


def _script_literal(value: Any) -> str:
    # "<" is escaped so that no label can end the script element
    return json.dumps(value).replace("<", "\\u003c")


def _control_html(control: Control) -> str:
    names = escape(json.dumps(control.names))
    attributes = f'data-names="{names}" autocomplete="off" {IGNORE_JUPYTERLAB_KEYS}'
    if control.ordered:
        body = (
            f'<input type="range" min="0" max="{len(control.values) - 1}" step="1" '
            f'value="{control.start}" {attributes}>'
        )
    else:
        options = "".join(_option_html(control, i) for i in range(len(control.names)))
        body = f"<select {attributes}>{options}</select>"
    label = f"<label><span>{escape(control.label)}</span>{body}</label>"
    return f"<div>{label}<output></output></div>"


def _option_html(control: Control, i: int) -> str:
    selected = " selected" if i == control.start else ""
    return f'<option value="{i}"{selected}>{escape(control.names[i])}</option>'
