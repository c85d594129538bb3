"""Build what is stale, executing the solutions; or only name it.

python -m lessons.build              build what is stale
python -m lessons.build --check      name what is stale; exit 1 if anything is
"""

import argparse
import os
import sys

from lessons.build.editions import ROOT, build, stale


def main() -> int:
    """The command line: build, or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only name what is stale")
    parser.add_argument("--force", action="store_true", help="rebuild everything")
    arguments = parser.parse_args()
    if arguments.check:
        late = stale()
        for path in late:
            print(f"stale: {path.relative_to(ROOT)} (mend: make build)")
        return 1 if late else 0
    os.environ.setdefault("COURSE_PROFILE", "laptop")
    for path in build(force=arguments.force):
        print(f"built {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
