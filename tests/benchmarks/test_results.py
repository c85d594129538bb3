"""RESULTS.md names every case, and a case that is run replaces its own section only."""

from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.__main__ import main
from benchmarks.cases import CASES, case_of
from benchmarks.results import RESULTS, conditions, heading, merged, sections


def test_the_results_have_a_section_for_every_case_in_order() -> None:
    text = RESULTS.read_text()
    assert tuple(sections(text)) == CASES
    assert merged(text, {}) == text
    for name, section in sections(text).items():
        first, _, body = section.partition("\n")
        assert first == heading(name)
        assert f'`make bench ARGS="{name}"`' in body


def test_a_measured_section_says_on_what_it_was_measured() -> None:
    for section in sections(RESULTS.read_text()).values():
        if "Not measured yet" not in section:
            line = section.splitlines()[2]
            assert " cores, " in line and " threads" in line and "torch " in line


@pytest.mark.parametrize("name", CASES)
def test_every_case_can_report(name: str) -> None:
    case = case_of(name)
    assert callable(case.report) and case.TITLE == case.TITLE.strip(".")


def test_an_unknown_case_is_refused_by_name(capsys) -> None:
    with pytest.raises(ValueError, match=r"'speed'.*mocogan"):
        case_of("speed")
    with pytest.raises(SystemExit):
        main(["speed"])
    assert "no case speed" in capsys.readouterr().err


def test_a_run_replaces_its_own_section(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(case_of("ssim"), "report", lambda: "Measured.")
    monkeypatch.setattr(results, "taken_by_others", lambda: 0.25)
    out = tmp_path / "RESULTS.md"
    out.write_text(merged("", {"league": f"{heading('league')}\n\nAn old figure.\n"}))
    main(["ssim", "--out", str(out)])
    found = sections(out.read_text())
    assert tuple(found) == CASES
    expected = f"{heading('ssim')}\n\n{conditions('ssim', 0.25)}\n\nMeasured.\n"
    assert found["ssim"] == expected
    assert "An old figure." in found["league"]
    assert "Not measured yet" in found["clips"]
