"""Start a real JupyterLab in its own folder, and run notebooks in it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Page

# Whether JupyterLab has a connected kernel; requests sent earlier are lost.
CONNECTED = """() => {
  const session = window.jupyterapp?.shell.currentWidget?.sessionContext;
  return session?.isReady
    && session.session?.kernel?.connectionStatus === "connected";
}"""
ANSWERING = """async () => {
  const panel = jupyterapp.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.session.kernel.info;
}"""
RUN_ALL = """() => {
  window.ran = null;
  jupyterapp.commands.execute("notebook:run-all-cells")
    .then(fine => { window.ran = fine; }, error => { window.ran = String(error); });
}"""
FAILURES = """() => [...jupyterapp.shell.currentWidget.content.widgets]
  .flatMap(cell => cell.model.toJSON().outputs ?? [])
  .filter(output => output.output_type === "error")
  .map(output => output.ename + ": " + output.evalue)"""
ALL_LIVE = """() => {
  const [live, players] = [".course-live img", ".course-player"]
    .map(kind => document.querySelectorAll(kind).length);
  return live > 0 && live >= players;
}"""


class Lab(NamedTuple):
    """A running JupyterLab: its address, and the folder that it shows."""

    address: str
    folder: Path


@contextmanager
def jupyterlab(folder: Path, state: Path) -> Iterator[Lab]:
    """JupyterLab on a free port; all its settings and state are in ``state``.

    Raises:
        RuntimeError: with its log, if it does not start within two minutes.
    """
    news = state / "settings/@jupyterlab/apputils-extension"
    news.mkdir(parents=True)
    (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {f"JUPYTER_{kind}_DIR": str(state) for kind in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"IPYTHONDIR": str(state), "COURSE_PROFILE": "smoke"}
    command = [
        *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *("--ServerApp.ip=127.0.0.1", "--IdentityProvider.token="),
        *(f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True"),
        f"--LabApp.user_settings_dir={state / 'settings'}",
        f"--LabApp.workspaces_dir={state / 'workspaces'}",
    ]
    with (state / "log").open("w") as log:
        server = subprocess.Popen(
            command, env=os.environ | own, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _await_answer(server, address, state / "log")
        yield Lab(address, folder)
    finally:
        server.terminate()  # it ends its kernels first
        server.wait(60)


def _await_answer(server: subprocess.Popen, address: str, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urlopen(f"{address}/api/status", timeout=5).close()
            return
        except (URLError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not come up:\n{log.read_text()[-3000:]}")


def open_notebook(page: Page, lab: Lab, name: str, patience: int) -> None:
    """Show a notebook in a workspace of its own, and wait until its kernel answers."""
    stem = Path(name).stem
    page.goto(f"{lab.address}/lab/workspaces/{stem}/tree/{name}", timeout=patience)
    page.wait_for_function(CONNECTED, timeout=patience)
    page.evaluate(ANSWERING)


def run_all(page: Page, patience: int) -> None:
    """Run all cells, and wait until each widget has its live view.

    Raises:
        AssertionError: with the errors, if a cell fails.
    """
    page.evaluate(RUN_ALL)
    page.wait_for_function("() => window.ran !== null", timeout=patience)
    assert page.evaluate("window.ran") is True, page.evaluate(FAILURES)
    page.wait_for_function(ALL_LIVE, timeout=patience)


def save(page: Page) -> None:
    """Write the open notebook, outputs and all, to its file."""
    page.evaluate("() => jupyterapp.shell.currentWidget.context.save()")


def end_kernel(page: Page) -> None:
    """Shut the open notebook's kernel down."""
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
