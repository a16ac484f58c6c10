"""Makes load_dataset("svta") work: enters the name among the builders packaged with the datasets library.

Called by `import svta`. datasets takes a second to import, so nothing is loaded for it: if it is not there yet, the
name is entered when somebody imports it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

from .torchcodec import mend_datasets

if TYPE_CHECKING:
    from datasets.load import DatasetModule, PackagedDatasetModuleFactory

NAME: Final = "svta"
_MODULE: Final = "svta.builder.hf_datasets.builder"


def register_when_imported() -> None:
    """Register the name now if datasets is loaded, else at the end of its first import."""
    when_imported("datasets", register)


def when_imported(module: str, action: Callable[[], None]) -> None:
    """Run `action` now if a top-level module is loaded, else at the end of its first import, once per module."""
    if module in sys.modules:
        action()
    elif not any(isinstance(finder, _Watch) and finder.module == module for finder in sys.meta_path):
        sys.meta_path.insert(0, _Watch(module, action))


def register() -> None:
    """Enter the name "svta". Works on datasets 4.8 to 5.2; doing it twice changes nothing.

    An entry alone is not enough: without data_files, get_module would take every file of the current folder as data.
    """
    from datasets.load import DatasetModule, PackagedDatasetModuleFactory
    from datasets.packaged_modules import _PACKAGED_DATASETS_MODULES, _hash_python_lines

    if NAME in _PACKAGED_DATASETS_MODULES:
        return
    mend_datasets()
    room = Path(__file__).parents[1]
    lines = [
        line for name in ("hf_datasets/builder.py", "shards/reader.py", "record.py") for line in _lines(room / name)
    ]
    _PACKAGED_DATASETS_MODULES[NAME] = (_MODULE, _hash_python_lines(lines))
    stock = PackagedDatasetModuleFactory.get_module

    @wraps(stock)
    def get_module(self: PackagedDatasetModuleFactory) -> DatasetModule:
        if self.name != NAME or self.data_files is not None:
            return stock(self)
        from datasets.data_files import DataFilesDict

        path, code_hash = _PACKAGED_DATASETS_MODULES[NAME]
        return DatasetModule(path, code_hash, {"data_files": DataFilesDict(), "dataset_name": NAME})

    PackagedDatasetModuleFactory.get_module = get_module


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


class _Watch(MetaPathFinder):
    """Lets the first import of a module pass, and runs an action at its end."""

    def __init__(self, module: str, action: Callable[[], None]):
        self.module, self.action = module, action

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.module:
            return None
        sys.meta_path.remove(self)
        try:
            spec = find_spec(self.module)
        finally:
            sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            spec.loader = _Registering(spec.loader, self)
        return spec


class _Registering(Loader):
    """A module's own loader, with one step more after the module ran."""

    def __init__(self, loader: Loader, watch: _Watch):
        self._loader, self._watch = loader, watch

    def __getattr__(self, name: str) -> object:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        if self._watch in sys.meta_path:
            sys.meta_path.remove(self._watch)
        self._watch.action()
