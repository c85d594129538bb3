"""The whole of lesson 05's table, from nothing, as one command."""

from benchmarks.fresh import in_fresh_processes
from benchmarks.ratio import Work
from benchmarks.tables import duration, markdown, size, within
from course_lib.evaluation import league_table

TITLE = "the league of all shipped models"
LIMIT = 120.0  # seconds
CALLS = 0  # after the first: the real features are computed once in a process
WORDS = """
What `make table` computes: clips of every shipped model are drawn and rated, with all
intervals. Measured once, in a fresh process, its imports aside.
"""


def prepare(name: str, part: str) -> Work:
    """All rows of the table."""
    return league_table.league


def report() -> str:
    """Seconds and memory of the table."""
    (cost,) = in_fresh_processes("league", ("table", "once"))
    cells = ["`league()`", duration(cost.seconds), within(cost.seconds, LIMIT)]
    head = ("", "time", "limit", "memory")
    table = markdown(head, [[*cells, size(cost.bytes)]])
    return f"{table}\n\n{WORDS.strip()}"
