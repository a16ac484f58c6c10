"""Names of a package that are imported at their first use, so that `import svta` stays light (PEP 562).

__getattr__ = lazy_names(__name__, decode=".decoder", probe=".container")
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module


def lazy_names(package: str, **modules: str) -> Callable[[str], object]:
    """A package's `__getattr__`: name=module, a module relative to the package."""

    def attribute(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return vars(import_module(modules[name], package))[name]

    return attribute
