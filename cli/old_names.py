"""Options under the names that they had in 0.1.0: taken for one more version, shown in no help."""

from __future__ import annotations

from typing import Final

_THREADS: Final = {"--workers": "--threads"}
_RENAMED: Final = {
    **{verb: _THREADS for verb in ("pack", "verify", "push", "pull")},
    "import": {**_THREADS, "--source": "--source-name"},
}
_COLUMNS: Final = {
    "--caption-column": "caption",
    "--video-column": "video",
    "--category-column": "category",
}
_WITH_COLUMNS: Final = ("describe", "import", "pull", "eval")


def with_new_names(args: list[str]) -> list[str]:
    """The arguments with today's names.

    >>> with_new_names(["import", "--caption-column", "Text", "--workers=2"])
    ['import', '--columns', 'caption=Text', '--threads=2']
    """
    verb = args[0] if args else ""
    renamed, now = _RENAMED.get(verb, {}), [*args]
    for at, arg in enumerate(args):
        name, equals, value = arg.partition("=")
        if name in renamed:
            now[at] = f"{renamed[name]}{equals}{value}"
        elif verb in _WITH_COLUMNS and name in _COLUMNS:
            now[at] = f"--columns={_COLUMNS[name]}={value}" if equals else "--columns"
            if not equals and at + 1 < len(args):
                now[at + 1] = f"{_COLUMNS[name]}={args[at + 1]}"
    return now
