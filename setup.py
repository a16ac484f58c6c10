"""svta.py becomes the ordinary package svta: its top file is svta/__init__.py, cli/__main__.py is svta/__main__.py."""

import os
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py


class BuildTop(build_py):
    def find_package_modules(self, package, package_dir):
        if package == "svta":
            return [("svta", "__init__", "svta.py"), ("svta", "__main__", "cli/__main__.py")]
        return super().find_package_modules(package, package_dir)

    def check_package(self, package, package_dir):
        return "svta.py" if package == "svta" else super().check_package(package, package_dir)

    def get_output_mapping(self):
        """Of an editable install the four folders themselves, so that new files in them are found at once."""
        found = super().get_output_mapping()
        if not self.editable_mode or os.name != "posix":
            return found
        top = Path(self.build_lib, "svta")
        rooms = {room.rstrip("*") for room in ROOMS}
        files = {to: file for to, file in found.items() if Path(to).relative_to(top).parts[0] not in rooms}
        return files | {str(top / room): room for room in sorted(rooms)}

    def get_outputs(self, include_bytecode=True):
        return [*self.get_output_mapping()] if self.editable_mode else super().get_outputs(include_bytecode)

    def copy_file(self, infile, outfile, *args, link=None, **options):
        if link == "sym" and Path(infile).is_dir():
            os.symlink(Path(infile).resolve(), outfile, target_is_directory=True)
            return outfile, True
        return super().copy_file(infile, outfile, *args, link=link, **options)


os.environ.setdefault("SOURCE_DATE_EPOCH", "1767225600")  # the times in a wheel: two builds give the same bytes

ROOMS = ("builder*", "generation*", "eval*", "cli*")

setup(
    packages=["svta", *(f"svta.{name}" for name in find_packages(include=ROOMS))],
    package_dir={"svta": "."},
    cmdclass={"build_py": BuildTop},
)
