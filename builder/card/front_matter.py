"""The YAML front matter of a card, written and read strictly.

huggingface_hub's DatasetCard reads it to the same data (a test holds it). It does not write or read it here: its loader
follows YAML merge keys, by which a kilobyte of a foreign card grows to gigabytes, and its writer orders and folds lines
anew, so that the cards of packed datasets would change without a reason.
"""

from __future__ import annotations

import html
import re
from typing import Final

from svta.builder.errors import DatasetError
from svta.builder.io.json_text import JsonObject
from svta.builder.layout.stats import DatasetStats
from svta.builder.paths import CARD
from svta.builder.project.config import DEFAULT_PROJECT, Project
from svta.builder.project.yaml_text import read_yaml
from svta.builder.record import CLIP_FIELDS, clip_schema
from svta.builder.rights import DatasetRights, find
from svta.builder.taxonomy import Taxonomy

_SIZES: Final = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()#+!|~$@:-])")
PAPER_SOURCES: Final = frozenset(("ucfcrime-ar", "uca", "ucf-crime", "oops", "msrvtt", "svta-kaggle"))
UNNAMED_TITLE: Final = "Video-text retrieval dataset"
_GATE: Final[dict[str, object]] = {
    "extra_gated_prompt": (
        "The clips and captions depict violence, accidents and crime. By asking for access you agree to use them for "
        "research on video retrieval and anomaly detection, not to identify or track people, and not to train "
        "systems that decide about individuals."
    ),
    "extra_gated_fields": {
        "Affiliation": "text",
        "Purpose": "text",
        "I agree to use this dataset for research only": "checkbox",
    },
}


# the fields that follow from the data: verify compares them, all others are the owner's
FROM_DATA: Final = ("license", "license_name", "size_categories", "configs", "dataset_info")


def front_matter(
    stats: DatasetStats,
    rights: DatasetRights,
    taxonomy: Taxonomy,
    project: Project = DEFAULT_PROJECT,
    *,
    has_proxy: bool = False,
    gated: bool = True,
) -> JsonObject:
    """The YAML part as plain data: licence, tags, gate, and for each config its files, features and split sizes."""
    names = ["default", "proxy"] if has_proxy else ["default"]
    size = next((name for limit, name in _SIZES if stats.clips < limit), "1M<n<10M")
    licence: dict[str, object] = {"license": rights.licence}
    if rights.licence == "other":
        licence["license_name"] = rights.licence_name or "strictest-of-sources"
    is_reconstruction = of_the_paper(stats, taxonomy, project)
    return {
        "pretty_name": project.heading or (_reconstruction(stats) if is_reconstruction else UNNAMED_TITLE),
        "language": list(project.language),
        **licence,
        "task_categories": ["text-retrieval", "video-classification", "text-to-video"],
        "tags": _tags(stats, is_reconstruction),
        "size_categories": [size],
        **(_gate(project) if gated else {}),
        "configs": [_config(name, stats, project.name) for name in names],
        "dataset_info": [_dataset_info(name, stats, taxonomy) for name in names],
    }


def of_the_paper(stats: DatasetStats, taxonomy: Taxonomy, project: Project) -> bool:
    """Whether a dataset is one of the SVTA paper's kind: of its sources, or of the tool's own captions and categories.

    Only such a dataset speaks of the paper.
    """
    sources = {find(part.name, part.kind).name for part in stats.made_of if part.kind == "source"}
    if sources & PAPER_SOURCES:
        return True
    own_captions = "grammar" in sources or any(part.kind == "chat" for part in stats.made_of)
    return own_captions and not project.is_given and taxonomy.is_built_in


def _reconstruction(stats: DatasetStats) -> str:
    return f"SVTA reconstruction: {'' if stats.is_footage else 'synthetic '}video-text anomaly retrieval"


def _tags(stats: DatasetStats, is_reconstruction: bool) -> list[str]:
    if is_reconstruction:
        made = [] if stats.is_footage else ["synthetic"]
        return ["video", "text-video-retrieval", "anomaly-detection", *made, "webdataset", "svta"]
    kinds = {"anomaly-detection": stats.anomalies[True], "synthetic": stats.synthetic[True]}
    return ["video", "text-video-retrieval", *(tag for tag, count in kinds.items() if count), "webdataset"]


def _gate(project: Project) -> dict[str, object]:
    """What the Hub asks before it gives access: of a project what it says, and nothing if it says nothing."""
    if not project.is_given:
        return _GATE
    if project.gate is None:
        return {}
    fields = {"extra_gated_fields": dict(project.gate.fields)} if project.gate.fields else {}
    return {"extra_gated_prompt": project.gate.text, **fields}


def read_front_matter(text: str) -> JsonObject:
    """The YAML block of a card. Raises DatasetError."""
    matched = re.match(r"---\n(.*?\n)---\n", text, re.DOTALL)
    if matched is None:
        raise DatasetError(f"{CARD}: no YAML block between two lines of ---")
    return read_yaml(matched[1], CARD)


def escape(text: str) -> str:
    """User text as one line of Markdown that renders as itself: no HTML, no links, no table or list marks."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return html.escape(_SPECIAL.sub(r"\\\1", line), quote=False)


def _config(name: str, stats: DatasetStats, prefix: str) -> dict[str, object]:
    folder = "data" if name == "default" else name
    files = [{"split": split, "path": f"{folder}/{split}/{prefix}-{split}-*.tar"} for split in stats.splits]
    return {"config_name": name, **({"default": True} if name == "default" else {}), "data_files": files}


def _dataset_info(name: str, stats: DatasetStats, taxonomy: Taxonomy) -> dict[str, object]:
    kinds = {"double": "float64"}
    columns: list[dict[str, object]] = []
    for column in clip_schema():
        if column.name == "category":
            labels = {str(i): label for i, label in enumerate(taxonomy.names)}
            columns.append({"name": "category", "dtype": {"class_label": {"names": labels}}})
        elif column.name == "flags":
            columns.append({"name": "flags", "sequence": "string"})
        else:
            columns.append({"name": column.name, "dtype": kinds.get(str(column.type), str(column.type))})
    assert [column["name"] for column in columns] == list(CLIP_FIELDS)
    return {
        "config_name": name,
        "features": [
            {"name": "json", "struct": columns},
            {"name": "mp4", "dtype": {"video": {"decode": False}}},
            {"name": "txt", "dtype": "string"},
            {"name": "__key__", "dtype": "string"},
            {"name": "__url__", "dtype": "string"},
        ],
        "splits": [
            {"name": split, "num_bytes": stats.bytes[split], "num_examples": count}
            for split, count in stats.splits.items()
        ],
    }
