"""Which svta.yaml a command follows: the one beside its input, else the nearest above the working folder.

found = find_project("clips/")
found.project.title, found.path          # path None: there is none, and all values are the defaults
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .config import PROJECT_FILE, Project, check_project, read_project


@dataclass(frozen=True)
class FoundProject:
    """A project, and the file it was read from (None: the default project)."""

    project: Project
    path: Path | None = None

    def origins(self) -> dict[str, dict[str, object]]:
        """Every key with its value and where that comes from: for `svta info`."""
        values = self.project.model_dump(mode="json")
        given = self.project.model_fields_set
        return {
            key: {"value": value, "from": str(self.path) if key in given else "default"}
            for key, value in values.items()
        }


def find_project(*inputs: str | Path) -> FoundProject:
    """The project of a command that reads these files or folders. Raises ProjectError for an invalid file."""
    for place in inputs:
        for folder in (Path(place), Path(place).absolute().parent):
            if folder.is_dir() and (path := folder / PROJECT_FILE).is_file():
                return FoundProject(read_project(path), path)
    for folder in _upwards(Path.cwd()):
        if (path := folder / PROJECT_FILE).is_file():
            return FoundProject(read_project(path), path)
    return FoundProject(Project())


def packed_project(build: Mapping[str, object], place: str = "build.json") -> Project:
    """The project that a dataset was packed under, from its build.json; the default one where it names none."""
    fields = build.get("project")
    return check_project(fields, f"{place}: project") if isinstance(fields, dict) else Project()


def _upwards(folder: Path) -> list[Path]:
    """The folder and those above it, up to the root of a git checkout or of the file system."""
    found = []
    device = folder.stat().st_dev
    for place in (folder, *folder.parents):
        if place.stat().st_dev != device:
            break
        found.append(place)
        if (place / ".git").exists():
            break
    return found
