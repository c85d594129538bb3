"""Build the notebooks that are out of date, or list them.

python -m lessons.build              build what is out of date; solutions are executed
python -m lessons.build gan_math     the same for one lesson; several may run at once
python -m lessons.build --check      list what is out of date; exit status 1 if any is
"""

import argparse
import os
import sys

from lessons.build.editions import NOTEBOOKS, ROOT, build, stale


def main() -> int:
    """The command line: build, or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lesson", nargs="*", help="all lessons, if none is named")
    parser.add_argument("--check", action="store_true", help="only list what is stale")
    parser.add_argument("--force", action="store_true", help="rebuild everything")
    arguments = parser.parse_args()
    if unknown := {*arguments.lesson} - {*NOTEBOOKS}:
        parser.error(f"{', '.join(unknown)}? The lessons are: {', '.join(NOTEBOOKS)}.")
    if arguments.check:
        paths = stale()
        for path in paths:
            print(f"stale: {path.relative_to(ROOT)} (to rebuild it: make build)")
        return 1 if paths else 0
    os.environ.setdefault("COURSE_PROFILE", "laptop")
    for path in build(names=arguments.lesson, force=arguments.force):
        print(f"built {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
