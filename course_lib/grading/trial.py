"""Try out the sandbox as a grade uses it: its Python, its packages, one worker.

Home: every lesson.

`python -m course_lib.grading.trial` prints the sandbox that works here, or "none" or
"broken" with the reason. Nothing of a student's is run.
"""

import sys
from contextlib import closing

from course_lib.grading.frames import Lost
from course_lib.grading.library import ROOT
from course_lib.grading.link import Zygote
from course_lib.grading.sandbox import Kind, choose

MODULES = ("torch", "course_lib.shapes", "course_lib.teaching.settings")


def trouble(kind: Kind) -> str:
    """Why a worker cannot import the course's packages in it; nothing if it can."""
    try:
        with closing(Zygote(kind, ROOT.parent, MODULES)) as zygote:
            with zygote.worker() as link:
                reply, _ = link.ask({"do": "read"})
    except (Lost, OSError) as error:
        return str(error)
    return "" if "unreadable" in reply else "a worker gave no sense"


def main() -> None:
    """Print what works."""
    kind, why = choose()
    if kind is None:
        print("none", why)
        return
    found = trouble(kind)
    print(*(("broken", f"{kind}: {found}") if found else (kind, why)))


if __name__ == "__main__":
    sys.exit(main())
