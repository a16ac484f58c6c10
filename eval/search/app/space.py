"""The app as a folder that is a Gradio Space: push it to the Hub as it is.

SPACE/app.py  requirements.txt  README.md      what the Hub starts
SPACE/index-1/ ...                             each index, without the machine's paths; footage is not copied
SPACE/model-1/ ...                             each encoder that is a folder; one of the Hub is named
SPACE/plugin-1.py ...                          your encoders

`svta app --index IDX --export SPACE`
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from svta.builder.io.disk import disk_full_as_error
from svta.builder.io.files import write_text
from svta.builder.io.safe_path import Root
from svta.builder.layout.guards import check_foreign, check_output
from svta.builder.versions import svta_version
from svta.eval.search.store.content import Stored, read_index
from svta.eval.search.store.layout import FileRow, write_files, write_normal
from svta.eval.search.store.segments import segment_files
from svta.eval.training.checkpointing import STATE

from .interface import AppConfig
from .sources import SearchError

APP: Final = "app.py"
REQUIREMENTS: Final = "requirements.txt"
README: Final = "README.md"
_APP: Final = '''"""A search page over indexed footage. Made by `svta app --export`."""

from pathlib import Path

from svta.eval.search.app import AppConfig, open_sources, run_app

FOLDER = Path(__file__).resolve().parent
LOCAL = [name if "/" in name else str(FOLDER / name) for name in {models!r}]

if __name__ == "__main__":
    config = AppConfig(
        indexes=[FOLDER / name for name in {indexes!r}],
        models=LOCAL,
        plugins=[FOLDER / name for name in {plugins!r}],
    )
    run_app(open_sources(config), alarms_per_hour={alarms!r}, host=None)
'''
_README: Final = """---
title: Find the moment
sdk: gradio
sdk_version: {gradio}
app_file: app.py
pinned: false
---

Search by words, by a picture or by a video in {hours:.2f} hours of indexed footage. The footage is not part of
this Space: moments are listed with file, start, end and score, and have no pictures.
"""


def export_space(config: AppConfig, folder: str | Path) -> list[str]:
    """Write the Space; the names of what is in it. Raises SvtaError."""
    config.check()
    if config.data is not None:
        raise SearchError(
            "--export takes indexes; a dataset on the Hub has a viewer, and `svta gallery` writes a Space"
        )
    check_output(folder, kind="folder")
    check_foreign(folder, ("index-1/manifest.json",), "exported app", r"(model|index)-\d+")
    folder = Path(folder)
    with disk_full_as_error(folder):
        indexes = [read_index(Path(index)) for index in config.indexes]
        models = config.models or [index.manifest.encoder.model for index in indexes]
        named = [_model(model, folder, f"model-{n}") for n, model in enumerate(models, 1)]
        for n, (stored, model) in enumerate(zip(indexes, named, strict=True), 1):
            _write_index(Path(config.indexes[n - 1]), stored, model, folder / f"index-{n}")
        plugins = [f"plugin-{n}.py" for n in range(1, len(config.plugins) + 1)]
        for source, name in zip(config.plugins, plugins):
            shutil.copyfile(source, folder / name)
        _write_texts(folder, config, named, plugins, sum(_hours(stored) for stored in indexes))
    return sorted(path.name for path in folder.iterdir())


def _write_texts(folder: Path, config: AppConfig, models: Sequence[str], plugins: Sequence[str], hours: float) -> None:
    from .interface import load_gradio

    gradio = str(load_gradio().__version__)
    indexes = [f"index-{n}" for n in range(1, len(config.indexes) + 1)]
    code = _APP.format(models=list(models), indexes=indexes, plugins=list(plugins), alarms=config.alarms_per_hour)
    write_text(folder / APP, code)
    write_text(folder / REQUIREMENTS, f"svta[app,search]=={svta_version()}\ngradio=={gradio}\n")
    write_text(folder / README, _README.format(gradio=gradio, hours=hours))


def _hours(stored: Stored) -> float:
    return sum(video.duration for video in stored.videos) / 3600


def _model(model: str, folder: Path, name: str) -> str:
    """The name of the copy of a model folder, or the Hub id as it is."""
    if not Path(model).is_dir():
        return model
    for relative, path in Root(model).files():
        if path.name != STATE:
            target = Root(folder).path(f"{name}/{relative}")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return name


def _write_index(source: Path, stored: Stored, model: str, target: Path) -> None:
    """A copy of one generation; its files are named below `footage`, on every machine."""
    for entry in stored.manifest.segments:
        own, copies = segment_files(source, entry.number), segment_files(target, entry.number)
        for name, path in own.items():
            if path.exists():
                copies[name].parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copies[name])
    target.mkdir(parents=True, exist_ok=True)
    write_files(target, _without_places(stored.files))
    write_normal(target, [video.sha256 for video in stored.videos if video.is_normal])
    replace(stored.manifest, encoder=replace(stored.manifest.encoder, model=model)).write(target)


def _without_places(rows: Sequence[FileRow]) -> list[FileRow]:
    """Rows with short names for their roots, and without what is said of files that were not read."""
    roots = {root: f"footage-{n}" for n, root in enumerate(sorted({row.root for row in rows}), 1)}
    return [replace(row, root=roots[row.root], problem=None) for row in rows if row.is_indexed]
