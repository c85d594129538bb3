"""Move what can be moved on a page, and insist that its picture answers."""

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as Overtime

PATIENCE = 120_000  # milliseconds; the cores may be busy with other tests

# Playwright waits for a truthy answer, and a promise is one: both answer at once.
PIXELS = """picture => {
  if (!picture.complete || !picture.naturalWidth) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return canvas.toDataURL();
}"""
CHANGED = f"""([picture, before]) => {{
  const now = ({PIXELS})(picture);
  return now !== null && now !== before;
}}"""


class Kind(NamedTuple):
    """How to find widgets of one kind on a page, and what in them can be moved."""

    widget: str
    control: str


LIVE = Kind(".course-live", "[role=slider], select")
STILL = Kind(".course-player", "input[type=range], select")


def nudge(control: Locator) -> None:
    """Move a slider by one step with the keyboard; put a menu on another entry."""
    if control.evaluate("it => it.tagName") == "SELECT":
        control.select_option(index=control.evaluate("it => it.selectedIndex ? 0 : 1"))
        return
    at_end = control.evaluate(
        "it => Number(it.ariaValueNow ?? it.value) >= Number(it.ariaValueMax ?? it.max)"
    )
    control.press("ArrowLeft" if at_end else "ArrowRight")


def pixels(widget: Locator) -> str:
    """What the widget's picture shows, as text."""
    picture = widget.locator("img").element_handle()
    shown = widget.page.wait_for_function(PIXELS, arg=picture, timeout=PATIENCE)
    return shown.json_value()


def see_another_picture(
    widget: Locator, act: Callable[[], None], patience: int = PATIENCE
) -> None:
    """Act, and wait until the widget's picture has other pixels.

    Raises:
        AssertionError: if it keeps them for ``patience`` milliseconds.
    """
    page, picture = widget.page, widget.locator("img").element_handle()
    before = pixels(widget)
    act()
    try:
        page.wait_for_function(CHANGED, arg=[picture, before], timeout=patience)
    except Overtime:
        raise AssertionError("a control moved, and the picture stayed") from None


def move_every_control(
    widgets: list[Locator], kind: Kind, patience: int = PATIENCE
) -> int:
    """Move each control of each widget to another picture; return their number."""
    moved = 0
    for widget in widgets:
        widget.scroll_into_view_if_needed(timeout=PATIENCE)
        for control in widget.locator(kind.control).all():
            see_another_picture(widget, lambda c=control: nudge(c), patience)
            moved += 1
    return moved


def drag(handle: Locator, distance: int) -> None:
    """Pull a slider's handle with the mouse, so many pixels to the right."""
    page = handle.page
    handle.hover()
    page.mouse.down()
    box = handle.bounding_box()
    page.mouse.move(box["x"] + distance, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()


def open_every_option(page: Page) -> int:
    """Click on each option of each quiz, and see its answer; return their number."""
    options = page.locator(".course-quiz details").all()
    for option in options:
        answer = option.locator("p")
        assert not answer.is_visible()
        option.locator("summary").click(timeout=PATIENCE)
        answer.wait_for(state="visible", timeout=PATIENCE)
    return len(options)
