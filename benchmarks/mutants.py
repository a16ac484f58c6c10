"""Faults put into the code one at a time, drawn at random: how many do the tests find?

    pip install mutmut
    python benchmarks/mutants.py --area splits --count 26 --seed 0 --out mutants.jsonl

The faults (mutants) are those of mutmut 3.8: a number one higher, < for <=, and for or, an argument dropped or None, a
string changed ... inside functions. Left out: types, docstrings, messages of `raise`. Each goes into a copy of the
checkout, where the area's fast tests run in a fork; what they let live meets further ones and those marked `slow`.
A line per mutant: file, line, change, and killed, timeout or survived. A survivor is a gap in the tests, or nothing at
all changes (equivalent): read it. Linux, two to ten seconds a mutant.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import libcst
from libcst.matchers import SimpleString, findall
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import Mutation, MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

# area: the code, the tests of it, and further ones for what those let live
AREAS = {
    "metrics": ("eval/metrics/*.py", "tests/eval/metrics tests/eval/reports/test_validity.py", "tests/eval/retrieval"),
    "splits": (
        "builder/splits.py builder/sources/split_file.py builder/packing/selection.py",
        "tests/builder/test_splits.py tests/builder/sources/test_split_file.py tests/builder/packing/test_selection.py",
        "tests/builder/packing tests/builder/minors/test_doors.py",
    ),
    "hydration": (
        "builder/hub/dehydration.py builder/hub/unlicensed.py builder/hub/caption_search.py",
        " ".join(f"tests/builder/hub/test_{name}.py" for name in ("caption_search", "dehydration", "unlicensed")),
        " ".join(f"tests/builder/hub/test_{name}.py" for name in ("licences", "withheld_bytes", "hub", "pull")),
    ),
    "rights": ("builder/rights.py", "tests/builder/test_rights.py", "tests/builder/hub/test_licences.py"),
    "moments": ("eval/moments/*.py", "tests/eval/moments", "tests/cli/test_eval_moments_command.py"),
    "minors": ("builder/minors/*.py", "tests/builder/minors", "tests/generation/storyboard/staging"),
}
LIBRARIES = ("numpy", "torch", "datasets", "huggingface_hub", "pyarrow.parquet", "av", "PIL.Image", "typer", "pytest")


class Places(libcst.CSTVisitor):
    """The line of every node, and the strings of messages, whose wording only people read."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        self.lines: dict[int, int] = {}
        self.messages: set[int] = set()

    def on_visit(self, node: libcst.CSTNode) -> bool:
        place: Any = self.get_metadata(PositionProvider, node, None)
        self.lines[id(node)] = place.start.line if place else 0
        if isinstance(node, libcst.Raise):
            self.messages |= {id(text) for text in findall(node, SimpleString())}
        return True


def mutants(path: Path) -> list[tuple[Path, libcst.Module, Mutation, int]]:
    """Every mutant of one file: the file, its tree, the change and its line."""
    tree = MetadataWrapper(libcst.parse_module(path.read_text("utf-8")))
    found, places = MutationVisitor(mutation_operators, IgnoredCode(set(), set(), set())), Places()
    tree.visit(found)
    tree.visit(places)
    return [
        (path, tree.module, one, places.lines[id(one.original_node)])
        for one in found.mutations
        if one.contained_by_top_level_function is not None and id(one.original_node) not in places.messages
    ]


def run_tests(copy: Path, tests: str, marks: str) -> None:
    """In a fork: the tests of a copy of the checkout; the exit status says how they went."""
    os.setsid()
    os.chdir(copy)
    log = os.open(copy / "tests.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ["PYTHONPATH"] = str(copy)
    sys.path.insert(0, str(copy))
    options = ["-x", "-q", "-p", "no:cacheprovider", "-m", f"not gpu and not browser and not nightly{marks}"]
    os._exit(int(importlib.import_module("pytest").main([*options, *tests.split()])))


def state_of(copy: Path, area: str, seconds: float) -> str:
    """killed, timeout or survived: the fast tests of an area first, then all of them."""
    _, tests, more = AREAS[area]
    for chosen, marks in ((tests, " and not slow"), (f"{tests} {more}", "")):
        fork = multiprocessing.get_context("fork").Process(target=run_tests, args=(copy, chosen, marks))
        fork.start()
        fork.join(seconds)
        if fork.exitcode is None and fork.pid:
            os.killpg(fork.pid, signal.SIGKILL)
            fork.join()
            return "timeout"
        if fork.exitcode:
            return "killed"
    return "survived"


def main() -> None:
    """Draw, run, write a line per mutant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--area", choices=AREAS, action="append", help="may be repeated; none is all")
    parser.add_argument("--count", type=int, default=26, help="mutants an area")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=600, help="limit of one run of tests")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    root = Path(__file__).resolve().parents[1]
    sys.dont_write_bytecode = True  # else a mutant could be read from the bytecode of another
    for name in LIBRARIES:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder, open(options.out, "a", encoding="utf-8") as out:
        copy = Path(folder) / "checkout"
        listed = subprocess.run(["git", "ls-files"], cwd=root, check=True, capture_output=True, text=True).stdout
        for name in listed.splitlines():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy / name)
        for area in options.area or AREAS:
            if state_of(copy, area, options.seconds) != "survived":
                raise SystemExit(f"{area}: tests fail without a mutant:\n{(copy / 'tests.log').read_text()[-2000:]}")
            every = [
                one for glob in AREAS[area][0].split() for path in sorted(root.glob(glob)) for one in mutants(path)
            ]
            for path, module, one, line in random.Random(options.seed).sample(every, min(options.count, len(every))):
                changed = module.deep_replace(one.original_node, one.mutated_node)
                assert isinstance(changed, libcst.Module)
                target = copy / path.relative_to(root)
                target.write_text(changed.code, "utf-8")
                state = state_of(copy, area, options.seconds)
                target.write_text(module.code, "utf-8")
                before, after = module.code.splitlines(), changed.code.splitlines()
                diff = list(difflib.unified_diff(before, after, n=0, lineterm=""))[3:]
                row = {"area": area, "file": str(path.relative_to(root)), "line": line, "state": state, "diff": diff}
                print(json.dumps(row), file=out, flush=True)
                print(f"{state:9}{row['file']}:{line}", *diff, sep="  ", flush=True)


if __name__ == "__main__":
    main()
