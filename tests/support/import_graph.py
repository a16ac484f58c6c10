"""Who imports whom: the arrows between files and between folders of a checkout, and the circles in them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("builder", "generation", "eval", "cli")
Graph = dict[str, set[str]]


def package_files(root: Path = ROOT) -> list[Path]:
    """Every Python file of the four rooms, in order."""
    return sorted(path for room in ROOMS for path in (root / room).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def module_name(path: Path, root: Path = ROOT) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def imported_modules(path: Path, root: Path = ROOT) -> Iterator[str]:
    """What a file imports of svta, without the leading `svta.`: at the top, inside functions and for types alike."""
    package = module_name(path, root).split(".")[: None if path.name == "__init__.py" else -1]
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ["svta", *package[: len(package) - node.level + 1]] if node.level else []
            base += node.module.split(".") if node.module else []
            names = [".".join([*base, alias.name]) for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith("svta."):
                yield name.removeprefix("svta.")


def graphs(root: Path = ROOT) -> tuple[Graph, Graph]:
    """(file -> files, folder -> folders). Files directly in a room or in storyboard/ count as folders of their own."""
    files = {module_name(path, root): path for path in package_files(root)}

    def folder(module: str) -> str:
        name = module if files[module].name == "__init__.py" else module.rpartition(".")[0]
        return module if name in (*ROOMS, "generation.storyboard") else name

    by_file: Graph = defaultdict(set)
    by_folder: Graph = defaultdict(set)
    for module, path in files.items():
        for name in imported_modules(path, root):
            target = name if name in files else name.rpartition(".")[0]
            if target not in files or target == module:
                continue
            if path.name != "__init__.py" and files[target].name != "__init__.py":  # package faces load lazily
                by_file[module].add(target)
            if path.name != "__init__.py" and folder(module) != folder(target):
                by_folder[folder(module)].add(folder(target))
    return by_file, by_folder


def circles(graph: Graph) -> list[list[str]]:
    """The strongly connected parts of more than one node (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph.get(node, ()):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            at = stack.index(node)
            part = stack[at:]
            del stack[at:]
            if len(part) > 1:
                found.append(sorted(part))

    for node in list(graph):
        if node not in index:
            visit(node)
    return found
