"""Keeps a library from running the Python files that come with a model, also where its caller asked for that.

Loaders of mteb set trust_remote_code=True by themselves. All such files are imported by one function of transformers.
Adapter for transformers 4.50 to 5.x; tests/eval/encoders/test_loading.py holds it against the installed one.

    with no_model_code():
        meta.load_model()
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final

_REFUSED: Final = ContextVar("svta loads a model whose code may not run", default=False)


@contextmanager
def no_model_code() -> Iterator[None]:
    """Inside the block, and in this thread alone, a model's own Python file is a ValueError."""
    _wrap_import()
    token = _REFUSED.set(True)
    try:
        yield
    finally:
        _REFUSED.reset(token)


def _wrap_import() -> None:
    try:
        from transformers import dynamic_module_utils
    except ImportError:
        return  # then nothing can be loaded that brings code
    plain = dynamic_module_utils.get_class_in_module
    if hasattr(plain, "svta_wrapped"):
        return

    @wraps(plain)
    def get_class_in_module(class_name: str, module_path: Any, **options: Any) -> Any:
        if _REFUSED.get():
            raise ValueError(f"{str(class_name)[:80]} is code of the model, which needs trust_remote_code")
        return plain(class_name, module_path, **options)

    get_class_in_module.svta_wrapped = True  # type: ignore[attr-defined]
    dynamic_module_utils.get_class_in_module = get_class_in_module
