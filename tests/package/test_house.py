"""The rules that a reader of the tree relies on: floors, no circles, small folders, a docstring for each of them."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest
from import_graph import ROOMS, circles, graphs, imported_modules, module_name, package_files, parsed

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not (ROOT / "svta.py").exists(), reason="needs the checkout, not an installed wheel")

# room -> the rooms of svta it may import; the command line may import all
ROOM_IMPORTS = {
    "builder": {"builder"},
    "generation": {"builder", "generation"},
    "eval": {"builder", "eval"},
    "cli": {"builder", "generation", "eval", "cli"},
}
# folders from the lowest floor to the highest: imports never go up (docs: CONTRIBUTING.md)
FLOORS = {
    "builder": [
        "errors lazy paths licences versions",
        "io video",
        "record rights taxonomy splits project",
        "shards sources leaks minors",
        "layout dataset",
        "card ingest hf_datasets",
        "packing",
        "verify",
        "hub",
    ],
    "generation": [
        "remote",
        "chat filters video_api storyboard.drawn_tables storyboard.scene storyboard.place_table storyboard.verb_groups "
        "storyboard.shown_verbs "
        "storyboard.parsing storyboard.parsing.phrases storyboard.parsing.sentences "
        "storyboard.parsing.sentences.verb_senses storyboard.drawing storyboard.drawing.marks",
        "storyboard.validation storyboard.choreography storyboard.contrasts storyboard.own_sentences "
        "storyboard.placement storyboard.gesture_table",
        "storyboard.places storyboard.staging storyboard.staging.actions storyboard.staging.animals "
        "storyboard.staging.weather "
        "storyboard.staging.driving storyboard.staging.indoors storyboard.staging.by_hand storyboard.staging.industry "
        "storyboard.staging.denials storyboard.staging.things storyboard.staging.arrangement "
        "storyboard.staging.up_and_down "
        "storyboard.animation storyboard.animation.accidents storyboard.animation.ways "
        "storyboard.user_lexicon storyboard.vocabulary",
        "storyboard.rendering storyboard.faithfulness",
        "storyboard",
        "backends",
        "captions diffusion",
        "annotation planning",
        "executor streams probes",
    ],
    "eval": [
        "distributed metrics encoders",
        "embeddings baselines",
        "training retrieval moments search.store",
        "search.indexing",
        "search mteb probes audit",
        "reports gallery search.app",
    ],
}
MAX_FILES = 15  # in a folder, its __init__ aside
MAX_FUNCTION, MAX_COMMAND, MAX_CLASS = 80, 60, 200  # lines
MAX_ANY = 250  # mentions, imports too


def floor_of(folder: str) -> int:
    room, _, rest = folder.partition(".")
    for level, names in enumerate(FLOORS[room]):
        if rest in names.split():
            return level
    raise AssertionError(f"{folder} stands on no floor: name it in FLOORS, DESIGN and CONTRIBUTING.md")


@pytest.mark.parametrize("path", [ROOT / "svta.py", *package_files()], ids=lambda path: str(path.relative_to(ROOT)))
def test_rooms_import_only_what_is_below_them(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    # cli: behind `if __name__ == "__main__"`; eval: for type checkers alone, open_index is loaded when first used
    allowed = {"builder", "eval", "cli"} if room == "svta.py" else ROOM_IMPORTS[room]
    assert {name.split(".")[0] for name in imported_modules(path)} & set(ROOMS) <= allowed
    for node in ast.walk(parsed(path)):  # the bare folder name would import somebody else's package
        if isinstance(node, ast.ImportFrom) and not node.level:
            assert (node.module or "").split(".")[0] not in ROOMS, f"{path}:{node.lineno}"


def test_no_circles() -> None:
    by_file, by_folder = graphs()
    assert len(by_file) > 150
    assert not circles(by_file)
    assert not circles(by_folder)


def test_folders_never_import_upwards() -> None:
    _, by_folder = graphs()
    upwards = [
        f"{folder} -> {target}"
        for folder, targets in by_folder.items()
        if not folder.startswith("cli")
        for target in targets
        if target.split(".")[0] == folder.split(".")[0] and floor_of(target) > floor_of(folder)
    ]
    assert not upwards


def test_folders_are_small_packages_with_a_docstring() -> None:
    folders = {path.parent for path in package_files()}
    for folder in sorted(folders):
        assert (folder / "__init__.py").exists(), folder
        assert ast.get_docstring(parsed(folder / "__init__.py")), f"{folder}: what goes in, what comes out?"
        assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= MAX_FILES, folder


def test_files_open_with_a_docstring_and_have_names() -> None:
    for path in package_files():
        assert path.stem not in {"util", "utils", "helper", "helpers", "misc", "common"}, path
        assert path.name == "__init__.py" or ast.get_docstring(parsed(path)), f"{path}: no docstring"


def test_functions_and_classes_are_short() -> None:
    """A command takes its options as configs (cli/options.py: options_from), so that it is short too."""
    long = []
    for path in package_files():
        for node in ast.walk(parsed(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                limit = MAX_COMMAND if node.name == "command" else MAX_FUNCTION
            elif isinstance(node, ast.ClassDef):
                limit = MAX_CLASS
            else:
                continue
            lines = (node.end_lineno or 0) - node.lineno + 1
            long += [f"{path}: {node.name} has {lines} lines"] if lines > limit else []
    assert not long


def test_any_stays_at_the_borders() -> None:
    """`Any` is for what torch, diffusers and other libraries give; JSON is Json and JsonObject."""
    assert sum(len(re.findall(r"\bAny\b", path.read_text())) for path in package_files()) <= MAX_ANY


def test_a_submodule_never_bears_the_name_of_what_its_package_exports() -> None:
    for path in package_files():
        if path.name == "__init__.py":
            exported = {
                element.value
                for node in parsed(path).body
                if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "__all__" for t in node.targets)
                for element in ast.walk(node.value)
                if isinstance(element, ast.Constant) and element.value != path.parent.name
            }
            modules = {other.stem for other in path.parent.glob("*.py")}
            registered = {
                name.rpartition(".")[2] for name in imported_modules(path) if name.startswith(module_name(path))
            }
            assert not (exported & modules) - registered, path


def test_tests_mirror_the_tree_and_never_import_each_other() -> None:
    tests = sorted((ROOT / "tests").rglob("test_*.py"))
    assert len(tests) > 90
    names = [path.stem for path in tests]
    assert len(set(names)) == len(names), "two test files of one name"
    for path in tests:
        folder = path.parent.relative_to(ROOT / "tests")
        assert folder.parts[0] in {"package", "robustness", "faults", "fuzz"} or (ROOT / folder).is_dir(), (
            f"{path}: mirrors no folder"
        )
        for node in ast.walk(parsed(path)):
            imported = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            imported += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[-1].startswith("test_") for name in imported), f"{path} imports a test"


def test_version_stands_in_one_place() -> None:
    import svta

    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    assert svta.__version__ == config["metadata"]["version"]


def test_every_command_is_one_file() -> None:
    from svta.cli.app import COMMANDS

    assert next(iter(COMMANDS)) == "demo"
    root = ROOT / "cli" / "commands"
    files = {".".join(path.relative_to(root).with_suffix("").parts) for path in root.rglob("*.py")}
    assert {file for file in files if not file.endswith("__init__")} == set(COMMANDS.values())


def test_bare_checkout_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "svta", "--version"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
