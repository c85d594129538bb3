"""The doctor looks at this very environment, and survives whatever is broken in it."""

from itertools import islice
from pathlib import Path

import pytest

from command_line.doctor import examination
from command_line.doctor.findings import Finding

ROOT = Path(__file__).parents[3]
INSTALLED = ("python", "packages", "torch", "device", "kernel", "widgets", "fonts")
PARTS = (*INSTALLED, "disk", "data", "notebooks", "browser", "sandbox")


def test_a_look_that_breaks_is_a_finding(tmp_path: Path) -> None:
    def look(root: Path) -> Finding:
        raise ModuleNotFoundError("No module named 'jupyter_client'")

    found = examination.survive("kernel", look, tmp_path)
    assert (found.name, found.status) == ("kernel", "fail")
    assert "jupyter_client" in found.what
    assert "-c requirements.lock" in found.mend


def test_a_healthy_installation_is_found_healthy() -> None:
    for found in islice(examination.examine(ROOT), len(INSTALLED)):
        assert found.status == "ok" or found.name == "device", found


def test_an_empty_folder_is_examined_to_the_end(tmp_path: Path) -> None:
    found = {each.name: each.status for each in examination.examine(tmp_path)}
    assert tuple(found) == PARTS
    assert {found[name] for name in ("packages", "data", "notebooks")} == {"fail"}


def test_the_doctor_looks_at_the_environment_that_runs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel that was installed for another Python is caught."""
    spec = tmp_path / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        '{"argv": ["/opt/other/bin/python", "-m", "ipykernel_launcher"],'
        ' "display_name": "Other", "language": "python"}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    found = {each.name: each for each in examination.examine(tmp_path)}
    assert "/opt/other/bin/python" in found["kernel"].what
    assert "unset JUPYTER_PATH" in found["kernel"].mend
