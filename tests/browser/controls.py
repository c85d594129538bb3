"""Move the controls of widgets on a page, and assert that their images change."""

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as Overtime

PATIENCE = 120_000  # milliseconds; the cores may be busy with other tests

# These functions are synchronous: a promise would be truthy for wait_for_function.
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
    """The CSS selectors of one kind of widgets and of their controls."""

    widget: str
    control: str


LIVE = Kind(".course-live", "[role=slider], select")
STATIC = Kind(".course-player", "input[type=range], select")


def move_one_step(control: Locator) -> None:
    """Move a slider by one step with the keyboard, or select another menu entry."""
    if control.evaluate("it => it.tagName") == "SELECT":
        control.select_option(index=control.evaluate("it => it.selectedIndex ? 0 : 1"))
        return
    at_end = control.evaluate(
        "it => Number(it.ariaValueNow ?? it.value) >= Number(it.ariaValueMax ?? it.max)"
    )
    control.press("ArrowLeft" if at_end else "ArrowRight")


def pixels(widget: Locator) -> str:
    """The pixels of the widget's image, as a data URL."""
    image = widget.locator("img").element_handle()
    url = widget.page.wait_for_function(PIXELS, arg=image, timeout=PATIENCE)
    return url.json_value()


def assert_image_changes(
    widget: Locator, act: Callable[[], None], patience: int = PATIENCE
) -> None:
    """Call ``act``, and wait until the pixels of the widget's image change.

    Raises:
        AssertionError: if they do not change within ``patience`` milliseconds.
    """
    page, picture = widget.page, widget.locator("img").element_handle()
    before = pixels(widget)
    act()
    try:
        page.wait_for_function(CHANGED, arg=[picture, before], timeout=patience)
    except Overtime:
        raise AssertionError("a control moved, and the image did not change") from None


def move_every_control(
    widgets: list[Locator], kind: Kind, patience: int = PATIENCE
) -> int:
    """Move each control and assert that its image changes; return their number."""
    count = 0
    for widget in widgets:
        widget.scroll_into_view_if_needed(timeout=PATIENCE)
        for control in widget.locator(kind.control).all():
            assert_image_changes(widget, lambda c=control: move_one_step(c), patience)
            count += 1
    return count


def drag(handle: Locator, distance: int) -> None:
    """Drag a slider's handle with the mouse by a number of pixels to the right."""
    page = handle.page
    handle.hover()
    page.mouse.down()
    box = handle.bounding_box()
    page.mouse.move(box["x"] + distance, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()


def open_every_option(page: Page) -> int:
    """Open each option of each quiz and its explanation; return their number."""
    options = page.locator(".course-quiz details").all()
    for option in options:
        answer = option.locator("p")
        assert not answer.is_visible()
        option.locator("summary").click(timeout=PATIENCE)
        answer.wait_for(state="visible", timeout=PATIENCE)
    return len(options)
