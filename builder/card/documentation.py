"""What a dataset folder says about itself: the card, its plots, croissant.json and eval.yaml, all from the data.

Reads the facts of the index, the rights and the taxonomy; `svta pack` writes these files, push and pull write them anew
for the datasets they derive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from .card import MAX_YAML_CHARS, read_yaml, write_card
from .croissant import CROISSANT, write_croissant
from .errors import ClipError, DatasetError
from .facts import Facts
from .files import sha256_file, write_text
from .findings import Finding
from .index import INDEX
from .plots import write_plots
from .record import parse_json
from .rights import DatasetRights
from .taxonomy import Taxonomy

EVAL: Final = "eval.yaml"


def write_about(
    dataset: str | Path,
    facts: Facts,
    rights: DatasetRights,
    taxonomy: Taxonomy,
    *,
    notice: str = "",
    results: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write README.md, plots/, croissant.json and eval.yaml; clips.parquet and the shards have to be there."""
    plots = write_plots(dataset, facts)
    write_card(dataset, facts, rights, taxonomy, notice=notice, plots=plots, results=results)
    write_croissant(dataset, facts, rights)
    write_text(Path(dataset) / EVAL, yaml.safe_dump(evaluation(facts), sort_keys=False, width=120))


def evaluation(facts: Facts) -> dict[str, Any]:
    """eval.yaml as plain data. Prepared: the Hub shows results only of benchmarks its staff have listed."""
    split = "test" if "test" in facts.splits else next(iter(facts.splits))
    tasks = [{"id": task, "config": "default", "split": split} for task in ("text-to-video", "video-to-text")]
    return {
        "name": "SVTA reconstruction",
        "description": "Text-video retrieval of anomalous and normal events: R@1 in percent over the split's clips.",
        "evaluation_framework": "mteb",
        "tasks": tasks,
    }


def check_about(dataset: Path, facts: Facts) -> list[Finding]:
    """Whether croissant.json and eval.yaml, where they are there, speak of this very index and of splits it has."""
    findings = []
    try:
        told = parse_json((dataset / CROISSANT).read_bytes())
        sums = [part.get("sha256") for part in told["distribution"] if part.get("@id") == INDEX]
        if sums != [sha256_file(dataset / INDEX)]:
            findings.append(Finding("croissant", CROISSANT, f"names another {INDEX}"))
    except FileNotFoundError:
        pass
    except (ClipError, KeyError, TypeError, AttributeError):
        findings.append(Finding("croissant", CROISSANT, f"is no description of {INDEX}"))
    try:
        with open(dataset / EVAL, encoding="utf-8") as file:
            splits = {task["split"] for task in read_yaml(file.read(MAX_YAML_CHARS + 1), EVAL)["tasks"]}
        if absent := sorted(map(str, splits - facts.splits.keys())):
            findings.append(Finding("eval", EVAL, f"names the split {absent[0][:80]!a}, which is not there"))
    except FileNotFoundError:
        pass
    except (DatasetError, UnicodeDecodeError, KeyError, TypeError):
        findings.append(Finding("eval", EVAL, "names no tasks with splits"))
    return findings
