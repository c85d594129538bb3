"""Browser tests: every control changes its figure, with and without a kernel.

A notebook created here tests the procedure itself, including that it detects failures;
then every lesson is tested.
"""

import html
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from classroom import only
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Page, sync_playwright

from grading import tables
from grading.feedback import feedback
from grading.grader import Row
from grading.journal import current
from grading.markup import POLICY
from grading.report import report
from grading.submissions import Student

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from controls import (  # noqa: E402
    LIVE,
    PATIENCE,
    STATIC,
    assert_image_changes,
    drag,
    move_every_control,
    open_every_option,
    pixels,
)
from lab import Lab, end_kernel, jupyterlab, open_notebook, run_all, save  # noqa: E402

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
by_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
SHORT = 3_000  # milliseconds; for what is expected never to happen

SETUP = """
import os
os.environ["COURSE_PROFILE"] = "laptop"  # every place of every control
from matplotlib.figure import Figure
from teaching.explore import choice, explore, slider
from teaching.quiz import Option, Question, quiz

def draw(slope, colour):
    figure = Figure(figsize=(7, 3))
    figure.subplots().plot([0, 1], [0, slope], color=colour)
    return figure

slopes = slider(-1, 1, step=0.5, start=1, label="slope of the line")
colours = choice(("red", "blue"), label="colour")
"""
WIDGET = 'explore(draw, alt="A line through 0.", slope=slopes, colour=colours)'
QUIZ = """
quiz([Question("Who descends?", (
    Option("`D`", False, "It ascends."),
    Option("`G`", True, "It is a game."),
    Option("Both", False, "They walk in opposite directions."),
))])
"""
DISCONNECTED = f"""
disconnected = {WIDGET}.live()
for dial in disconnected.children:
    dial.unobserve_all("index")
disconnected
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    wanted = os.environ.get("COURSE_CHROMIUM", "chromium")
    found = shutil.which(wanted)
    if not found:
        missing = f"no browser {wanted!r}; on Debian: apt-get install chromium"
        if os.environ.get("COURSE_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        browser = chromium.launch(executable_path=found, args=FLAGS, timeout=PATIENCE)
        yield browser
        browser.close()


@contextmanager
def watched_page(browser: Browser, *, online: bool = True) -> Iterator[Page]:
    """A new page; asserts at the end that no script on it has raised an error."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 1400}, offline=not online
    )
    page, raised = context.new_page(), []
    page.on("pageerror", lambda error: raised.append(str(error)))
    yield page
    context.close()
    assert raised == []


@pytest.fixture(scope="module")
def lab(browser: Browser, tmp_path_factory) -> Iterator[Lab]:
    folder, state = (tmp_path_factory.mktemp(name) for name in ("notebooks", "state"))
    with jupyterlab(folder, state) as lab:
        yield lab


@pytest.fixture(scope="module")
def practice(lab: Lab) -> Path:
    """A notebook with two widgets, a quiz, and a widget without event handlers."""
    cells = [
        nbformat.v4.new_code_cell(c)
        for c in (SETUP, WIDGET, WIDGET, QUIZ, DISCONNECTED)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel}  # or JupyterLab would ask for one
    path = lab.folder / "practice.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


@pytest.fixture(scope="module")
def live(browser: Browser, lab: Lab, practice: Path) -> Iterator[Page]:
    with watched_page(browser) as page:
        open_notebook(page, lab, practice.name, PATIENCE)
        run_all(page, PATIENCE)
        yield page


def test_live_widgets_work_and_hide_their_static_players(live: Page) -> None:
    assert move_every_control(live.locator(LIVE.widget).all()[:2], LIVE) == 4
    assert not any(player.is_visible() for player in live.locator(STATIC.widget).all())


def test_live_slider_follows_the_mouse(live: Page) -> None:
    widget = live.locator(LIVE.widget).first
    handle = widget.get_by_role("slider")
    assert_image_changes(widget, lambda: drag(handle, -120))


def test_disconnected_widget_is_detected(live: Page) -> None:
    with pytest.raises(AssertionError, match="the image did not change"):
        move_every_control(live.locator(LIVE.widget).all()[2:], LIVE, SHORT)


def test_quiz_opens_by_mouse_and_keyboard(live: Page) -> None:
    assert open_every_option(live) == 3
    last = live.locator(".course-quiz details").last
    last.locator("summary").press("Enter")
    last.locator("p").wait_for(state="hidden")


@pytest.fixture(scope="module")
def exported(live: Page, practice: Path) -> Path:
    """The notebook that the browser ran, as a page without a kernel."""
    save(live)
    return export(practice, practice.parent)


def export(notebook: Path, folder: Path) -> Path:
    page = folder / f"{notebook.stem}.html"
    page.write_text(HTMLExporter().from_filename(str(notebook))[0])
    return page


def test_exported_players_work_without_kernel_and_network(
    browser: Browser, exported: Path
) -> None:
    with watched_page(browser, online=False) as page:
        page.goto(exported.as_uri())
        one, other = page.locator(STATIC.widget).all()
        untouched = pixels(other)
        assert move_every_control([one], STATIC) == 2
        assert pixels(other) == untouched
        assert_image_changes(one, lambda: drag(one.get_by_role("slider"), -120))
        assert open_every_option(page) == 3


def test_player_shows_the_frame_of_its_controls(
    browser: Browser, exported: Path
) -> None:
    with watched_page(browser, online=False) as page:
        page.goto(exported.as_uri())
        player = page.locator(STATIC.widget).first
        for key, entry in (("Home", "blue"), ("ArrowRight", "red"), ("End", "blue")):
            player.get_by_label("slope of the line").press(key)
            player.get_by_label("colour").select_option(entry)
            slope = player.locator("output").first.inner_text()
            state = f"(slope of the line = {slope}, colour = {entry})"
            player.get_by_alt_text(state).wait_for(timeout=PATIENCE)


def test_player_without_event_listener_is_detected(
    browser: Browser, exported: Path, tmp_path: Path
) -> None:
    whole = exported.read_text()
    disconnected = whole.replace('dials.addEventListener("input", show);', "")
    assert disconnected != whole
    path = tmp_path / "disconnected.html"
    path.write_text(disconnected)
    with watched_page(browser, online=False) as page:
        page.goto(path.as_uri())
        widgets = page.locator(STATIC.widget).all()
        with pytest.raises(AssertionError, match="the image did not change"):
            move_every_control(widgets, STATIC, SHORT)


def test_images_are_not_wider_than_the_page(browser: Browser, exported: Path) -> None:
    with watched_page(browser, online=False) as page:
        page.set_viewport_size({"width": 420, "height": 800})
        page.goto(exported.as_uri())
        for picture in page.locator(".course-player img").all():
            assert 0 < picture.bounding_box()["width"] < 420


def test_players_replace_widgets_without_a_kernel(
    browser: Browser, lab: Lab, practice: Path, live: Page
) -> None:
    save(live)
    end_kernel(live)
    with watched_page(browser) as page:
        open_notebook(page, lab, practice.name, PATIENCE)
        page.locator(".course-player .course-dials").first.wait_for(timeout=PATIENCE)
        assert page.locator(LIVE.widget).count() == 0
        assert move_every_control(page.locator(STATIC.widget).all(), STATIC) == 4


@by_lesson
def test_lesson_works_in_jupyterlab(browser: Browser, lab: Lab, lesson: Path) -> None:
    shutil.copy(lesson, lab.folder)
    with watched_page(browser) as page:
        open_notebook(page, lab, lesson.name, PATIENCE)
        run_all(page, 5 * PATIENCE)
        widgets = page.locator(LIVE.widget).all()
        assert len(widgets) >= 2
        assert move_every_control(widgets, LIVE) >= len(widgets)
        assert open_every_option(page) >= 18
        end_kernel(page)


@by_lesson
def test_stored_lesson_works_without_a_kernel(
    browser: Browser, lesson: Path, tmp_path: Path
) -> None:
    path = export(ROOT / "solutions" / lesson.name, tmp_path)
    with watched_page(browser, online=False) as page:
        page.goto(path.as_uri())
        widgets = page.locator(STATIC.widget).all()
        assert len(widgets) >= 2
        assert move_every_control(widgets, STATIC) >= len(widgets)
        assert open_every_option(page) >= 18


SCRIPT_TEXT = (
    "<script>document.body.dataset.ran = 1</script>"
    '<img src="nowhere" onerror="document.body.dataset.ran = 1">'
)


@pytest.fixture(params=[report, lambda table: feedback(table, 0)], ids=["all", "one"])
def page_with_scripts(request) -> str:
    """A page of grades in which every text and name is a script."""
    row = Row(
        SCRIPT_TEXT,
        "X1.4",
        "died",
        0,
        SCRIPT_TEXT,
        SCRIPT_TEXT,
        (SCRIPT_TEXT,),
        seconds=1.0,
    )
    people = [Student(SCRIPT_TEXT, SCRIPT_TEXT, ())]
    table = tables.complete(current([row]), people, only("X1.4"))
    return request.param(table).decode()


def ran(page: Page, content: str, folder: Path) -> bool:
    (folder / "page.html").write_text(content)
    page.goto((folder / "page.html").as_uri())
    return page.evaluate("'ran' in document.body.dataset")


def test_script_in_an_answer_is_escaped_on_the_pages(
    browser: Browser, page_with_scripts: str, tmp_path: Path
) -> None:
    with watched_page(browser, online=False) as page:
        assert not ran(page, page_with_scripts, tmp_path)
        assert page.locator("h1, h2, td, p").get_by_text(SCRIPT_TEXT).count() >= 2
        assert page.locator("script, img").count() == 0


def test_escaping_and_policy_each_block_scripts(
    browser: Browser, page_with_scripts: str, tmp_path: Path
) -> None:
    raw = html.unescape(page_with_scripts)
    with watched_page(browser, online=False) as page:
        assert not ran(page, raw, tmp_path)
        assert not ran(page, page_with_scripts.replace(POLICY, ""), tmp_path)
        assert ran(page, raw.replace(POLICY, ""), tmp_path)


def test_report_fits_a_narrow_window(
    browser: Browser, page_with_scripts: str, tmp_path: Path
) -> None:
    with watched_page(browser, online=False) as page:
        page.set_viewport_size({"width": 420, "height": 800})
        ran(page, page_with_scripts, tmp_path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 420
