"""Names out of data are joined to a folder by Root.path alone: no other join of a variable name in what reads data."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

BUILDER = Path(__file__).resolve().parents[3] / "builder"
READERS = sorted(
    path
    for folder in ("dataset", "shards", "layout", "hf_datasets")
    for path in (BUILDER / folder).glob("*.py")
    if path.name != "__init__.py"
)
OWN_NAMES = {  # joins of names that are svta's own, not out of data
    "layout/detect.py": {"path / name", "folder / name"},  # names of constants in a loop
    "layout/manifest.py": {"dataset / folder"},
    "hf_datasets/registration.py": {"room / name"},  # source files of the package
    "shards/lookup.py": {  # a hash
        "Path(cached_assets_path('svta', namespace='index', subfolder='arrow')) / f'{name}.arrow'"
    },
}


def joins(path: Path) -> set[str]:
    """The source of every `folder / name`, Path(folder, name) and os.path.join whose name is no constant."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        parts: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            parts = [node.right]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("Path", "os.path.join", "PurePosixPath"):
            parts = node.args[1:]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "joinpath":
            parts = node.args
        for part in parts:
            constant = isinstance(part, ast.Constant) or (isinstance(part, ast.Name) and part.id.isupper())
            texts = isinstance(part, (ast.BinOp, ast.JoinedStr))
            if not constant and not (texts and not any(isinstance(n, ast.Name) for n in ast.walk(part))):
                found.add(ast.unparse(node))
    return found


@pytest.mark.parametrize("path", READERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_other_join(path: Path) -> None:
    own = OWN_NAMES.get(f"{path.parent.name}/{path.name}", set())
    assert joins(path) - own == set()


def test_the_search_finds_joins(tmp_path: Path) -> None:
    source = "a = folder / name\nb = Path(root, shard)\nc = folder / 'x'\nd = folder / PLAN\ne = os.path.join(x, y)\n"
    (tmp_path / "m.py").write_text(source)
    assert joins(tmp_path / "m.py") == {"folder / name", "Path(root, shard)", "os.path.join(x, y)"}
