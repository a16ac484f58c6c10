"""Whether croissant.json and eval.yaml speak of the dataset beside them."""

from __future__ import annotations

from pathlib import Path

from svta.builder.card.croissant import CROISSANT
from svta.builder.card.eval_yaml import EVAL
from svta.builder.card.front_matter import MAX_YAML_CHARS, read_yaml
from svta.builder.errors import ClipError, DatasetError
from svta.builder.io.files import sha256_file
from svta.builder.io.json_text import parse_json
from svta.builder.layout.stats import Facts
from svta.builder.paths import INDEX

from .finding import Finding


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
