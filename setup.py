"""Everything is said in pyproject.toml; this file only keeps out of wheels what has no place there.

setuptools copies whatever lies in ``build/lib`` into the wheel, also modules that an earlier build left behind and
that have since been deleted; and as the root of the repository is the package, it takes this file for a module.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class CleanBuild(build_py):
    """A build of the package alone, that starts from an empty folder."""

    def run(self) -> None:
        """Remove what the previous build left, then build."""
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """Return the modules of a package, without this file."""
        found = super().find_package_modules(package, package_dir)
        return [module for module in found if Path(module[2]).resolve() != Path(__file__).resolve()]


setup(cmdclass={"build_py": CleanBuild})
