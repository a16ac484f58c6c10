"""Whether README.md, croissant.json and eval.yaml say what the dataset beside them holds."""

from __future__ import annotations

import hashlib

from svta.builder.card.card_parts import CardParts, read_card
from svta.builder.card.croissant import CROISSANT
from svta.builder.card.documentation import MAX_CARD_BYTES
from svta.builder.card.eval_yaml import EVAL
from svta.builder.card.front_matter import FROM_DATA, front_matter
from svta.builder.errors import DatasetError
from svta.builder.io.files import sha256_file
from svta.builder.io.json_text import JsonObject, read_json
from svta.builder.io.limits import read_text, regular
from svta.builder.layout.stats import DatasetStats, compute_index_stats, dataset_rights
from svta.builder.paths import CARD, INDEX
from svta.builder.project.yaml_text import MAX_YAML_CHARS, read_yaml
from svta.builder.rights import recorded_licence
from svta.builder.taxonomy import Taxonomy

from .checksums import Checksums
from .dataset_folder import DatasetFolder
from .finding import Finding, Findings


def check_card(
    folder: DatasetFolder, level: str, sums: Checksums, taxonomy: Taxonomy | None
) -> tuple[list[Finding], list[Finding]]:
    """(findings, notes). README.md: its YAML must say what the content is, and its generated part be the one that was
    written; the rest is the owner's. Then croissant.json and eval.yaml."""
    findings = Findings()
    if CARD not in sums.files:
        findings.add("missing", CARD, "the card is missing; load_dataset would guess the features")
        return findings.all(), []
    try:
        text = read_text(folder.file(CARD), MAX_CARD_BYTES)
        card = read_card(text)
    except DatasetError as error:
        return [Finding("card", CARD, str(error).removeprefix(f"{CARD}: "))], []
    except FileNotFoundError:  # of a repo: too large to be fetched, which has a finding
        return [], []
    notes = _check_generated(card, text, sums.build, findings)
    if level == "quick":
        record = sums.build.get("card")
        if isinstance(record, dict) and record.get("data") not in (None, card.data_digest):
            findings.add("card", CARD, "its YAML of licence, splits and features is not the one that was packed")
        return findings.all(), notes
    if INDEX not in sums.whole or taxonomy is None:
        return findings.all(), notes
    try:
        stats = compute_index_stats(folder.file(INDEX), folder.size)
    except DatasetError as error:
        return [*findings.all(), Finding("card", CARD, str(error))], notes
    except FileNotFoundError:
        return findings.all(), notes  # a shard is missing, and its own finding says so
    rights = dataset_rights(stats, sums.project)
    wanted = front_matter(stats, rights, taxonomy, sums.project, has_proxy=f"proxy/{INDEX}" in sums.files)
    damaged = any(name.endswith(".tar") for name in sums.changed)  # then sizes differ, which has a finding already
    outdated = card.front.get("license") != wanted.get("license")
    if outdated and card.front.get("license") == recorded_licence(sums.build):  # the table of rights knew less then
        wanted |= {name: card.front.get(name) for name in ("license", "license_name")}
    for name in FROM_DATA:
        if not (damaged and name == "dataset_info") and card.front.get(name) != wanted.get(name):
            findings.add("card", CARD, f"its YAML field {name} does not match the content")
    if not damaged:
        findings.extend(check_descriptions(folder, stats))
    return findings.all(), notes


def _check_generated(card: CardParts, text: str, build: JsonObject, findings: Findings) -> list[Finding]:
    """Compare the generated part with what build.json says of it; of a card of svta 0.1.0 only a note is possible."""
    record, files = build.get("card"), build.get("files")
    if isinstance(record, dict):
        if card.generated is None:
            findings.add(
                "card", CARD, "the two comments around its generated part are missing; `svta pack` writes it again"
            )
        elif card.digest != record.get("sha256"):
            findings.add("card", CARD, "its generated part was edited; your own words go above or below its two marks")
        return []
    sealed = files.get(CARD) if isinstance(files, dict) else None
    if sealed in (None, hashlib.sha256(text.encode()).hexdigest()):
        return []
    return [Finding("card", CARD, "was edited since it was packed, which its owner may do")]


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
        findings.add("croissant", CROISSANT, f"does not describe {INDEX}")
    try:
        with open(folder.file(EVAL), encoding="utf-8", opener=regular) as file:
            splits = {task["split"] for task in read_yaml(file.read(MAX_YAML_CHARS + 1), EVAL)["tasks"]}
        if absent := sorted(map(str, splits - stats.splits.keys())):
            findings.add("eval", EVAL, f"names the split {absent[0][:80]!a}, which does not exist")
    except FileNotFoundError:
        pass
    except (DatasetError, UnicodeDecodeError, KeyError, TypeError):
        findings.add("eval", EVAL, "contains no tasks with splits")
    return findings.all()
