"""Whether README.md, croissant.json and eval.yaml say what the dataset beside them holds."""

from __future__ import annotations

from typing import Final

from svta.builder.card.croissant import CROISSANT
from svta.builder.card.eval_yaml import EVAL
from svta.builder.card.front_matter import MAX_YAML_CHARS, front_matter, read_front_matter, read_yaml
from svta.builder.errors import DatasetError
from svta.builder.io.files import sha256_file
from svta.builder.io.json_text import read_json
from svta.builder.io.limits import read_text, regular
from svta.builder.layout.stats import DatasetStats, compute_index_stats
from svta.builder.paths import CARD, INDEX
from svta.builder.rights import recorded_licence, strictest_of
from svta.builder.taxonomy import Taxonomy

from .checksums import Checksums
from .dataset_folder import DatasetFolder
from .finding import Finding, Findings

MAX_CARD_BYTES: Final = 16_000_000


def check_card(folder: DatasetFolder, level: str, sums: Checksums, taxonomy: Taxonomy | None) -> list[Finding]:
    """README.md: its YAML must say what the content is; the words below it are the user's. Then the other two."""
    findings = Findings()
    if CARD not in sums.files and CARD not in sums.changed:
        findings.add("missing", CARD, "the card is not there; load_dataset would guess the features")
    if not {CARD, INDEX} <= sums.whole or taxonomy is None or level == "quick":
        return findings.all()
    try:
        card = read_front_matter(read_text(folder.file(CARD), MAX_CARD_BYTES))
        stats = compute_index_stats(folder.file(INDEX), folder.size)
    except DatasetError as error:
        return [Finding("card", CARD, str(error))]
    except FileNotFoundError:
        return []  # a shard is missing, and its own finding says so
    rights = strictest_of(stats.made_of, stats.footage)
    wanted = front_matter(stats, rights, taxonomy, has_proxy=f"proxy/{INDEX}" in sums.files)
    damaged = any(name.endswith(".tar") for name in sums.changed)  # then sizes differ, which has a finding already
    outdated = card.get("license") != wanted.get("license")
    if outdated and card.get("license") == recorded_licence(sums.build):  # written when the table of rights knew less
        wanted |= {name: card.get(name) for name in ("license", "license_name")}
    for name in ("configs", "license", "license_name", "size_categories", *(() if damaged else ("dataset_info",))):
        if card.get(name) != wanted.get(name):
            findings.add("card", CARD, f"its YAML field {name} is not what the content is")
    if not damaged:
        findings.extend(check_descriptions(folder, stats))
    return findings.all()


def check_descriptions(folder: DatasetFolder, stats: DatasetStats) -> list[Finding]:
    """Whether croissant.json and eval.yaml, where they are there, speak of this very index and of splits it has."""
    findings = Findings()
    try:
        croissant = read_json(folder.file(CROISSANT))
        sums = [part.get("sha256") for part in croissant["distribution"] if part.get("@id") == INDEX]
        if sums != [sha256_file(folder.file(INDEX))]:
            findings.add("croissant", CROISSANT, f"names another {INDEX}")
    except FileNotFoundError:
        pass
    except (DatasetError, KeyError, TypeError, AttributeError):
        findings.add("croissant", CROISSANT, f"is no description of {INDEX}")
    try:
        with open(folder.file(EVAL), encoding="utf-8", opener=regular) as file:
            splits = {task["split"] for task in read_yaml(file.read(MAX_YAML_CHARS + 1), EVAL)["tasks"]}
        if absent := sorted(map(str, splits - stats.splits.keys())):
            findings.add("eval", EVAL, f"names the split {absent[0][:80]!a}, which is not there")
    except FileNotFoundError:
        pass
    except (DatasetError, UnicodeDecodeError, KeyError, TypeError):
        findings.add("eval", EVAL, "names no tasks with splits")
    return findings.all()
