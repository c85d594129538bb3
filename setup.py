"""Put data/ into a wheel, as course_lib/shipped; all else is in pyproject.toml.

An editable install reads data/ itself.
"""

from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

from setuptools import setup
from setuptools.command.build_py import build_py


class WithData(build_py):
    """The packages, and what they read: digits, film, weights, bands."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            shipped = Path(self.build_lib, "course_lib", "shipped")
            rmtree(shipped, ignore_errors=True)  # of an earlier build
            copytree("data", shipped, ignore=ignore_patterns("unfinished"))


setup(cmdclass={"build_py": WithData})
