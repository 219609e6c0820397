"""Everything is said in pyproject.toml; this file only keeps deleted modules out of wheels.

setuptools copies whatever lies in ``build/lib`` into the wheel, also modules that an earlier build left there and
that have since been deleted from the tree.
"""

from __future__ import annotations

import shutil

from setuptools import setup
from setuptools.command.build import build


class CleanBuild(build):
    """A build that starts from an empty folder."""

    def run(self) -> None:
        """Remove the folder of the previous build, then build."""
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


setup(cmdclass={"build": CleanBuild})
