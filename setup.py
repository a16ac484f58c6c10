"""svta.py becomes the ordinary package svta: its top file is svta/__init__.py, cli/__main__.py is svta/__main__.py."""

import os

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py


class BuildTop(build_py):
    def find_package_modules(self, package, package_dir):
        if package == "svta":
            return [("svta", "__init__", "svta.py"), ("svta", "__main__", "cli/__main__.py")]
        return super().find_package_modules(package, package_dir)

    def check_package(self, package, package_dir):
        return "svta.py" if package == "svta" else super().check_package(package, package_dir)


os.environ.setdefault("SOURCE_DATE_EPOCH", "1767225600")  # the times in a wheel: two builds give the same bytes

ROOMS = ("builder*", "generation*", "eval*", "cli*")

setup(
    packages=["svta", *(f"svta.{name}" for name in find_packages(include=ROOMS))],
    package_dir={"svta": "."},
    cmdclass={"build_py": BuildTop},
)
