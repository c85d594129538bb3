"""Measure the empirical statements of the lessons, and keep their figures.

python -m lessons.claims            run all claims in full, write data/claims.json
python -m lessons.claims C1.7 C1.8  only these
"""

import html
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from course_lib.atomic_write import write_atomically
from lessons import CLAIMS
from teaching.claims import ClaimRecord, as_json, read_records, record

RECORDS = Path(__file__).resolve().parents[1] / "data" / "claims.json"
CITED = re.compile(r"\[(C\d\.\d+\w?)\]")


def cited(text: str) -> list[str]:
    """The ids of the claims that a text cites, as in "[C1.7]", in their order."""
    return CITED.findall(text)


def with_figures(text: str, records: Mapping[str, ClaimRecord]) -> str:
    """A text whose citations show the measured figures when they are pointed at."""

    def mark(found: re.Match[str]) -> str:
        id = found[1]
        if id not in records:
            return found[0]
        known = records[id]
        figures = "; ".join(f"{name}: {x:g}" for name, x in known.figures.items())
        words = f"{known.statement} Measured with {known.seeds} seeds, {known.day}: "
        title = html.escape(words + figures, quote=True)
        return f'<abbr title="{title}">[{id}]</abbr>'

    return CITED.sub(mark, text)


def main(ids: Sequence[str]) -> int:
    """Run the claims named, or all; 1 if a statement does not hold."""
    unknown = [id for id in ids if id not in CLAIMS]
    if unknown:
        print(f"There is no claim {', '.join(unknown)}; there are {', '.join(CLAIMS)}.")
        return 2
    records, failed = read_records(RECORDS), []
    for id in ids or CLAIMS:
        try:
            records[id] = record(CLAIMS[id])
        except AssertionError as error:
            failed.append(id)
            print(f"{id} does not hold: {CLAIMS[id].statement} {error}")
            continue
        print(f"{id} holds: {records[id].figures}, {records[id].seconds} s")
        write_atomically(RECORDS, as_json(records).encode())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
