"""Try out the sandbox as a grade uses it: its Python, its packages, one worker.

`python -m grading.trial` prints the sandbox that works here, or "none" or
"broken" with the reason. Nothing of a student's is run.
"""

import sys
from contextlib import closing

from grading.connection import ForkServer
from grading.sandbox import Kind, choose
from grading.visible_files import ROOT
from grading.wire import Lost

MODULES = ("torch", "course_lib.shapes", "teaching.torch_settings")


def trouble(kind: Kind) -> str:
    """Why a worker cannot import the course's packages in it; nothing if it can."""
    try:
        with closing(ForkServer(kind, ROOT, MODULES)) as fork_server:
            with fork_server.worker() as link:
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
