"""The YAML front matter of a card, written and read strictly.

huggingface_hub's DatasetCard reads it to the same data (a test holds it). It does not write or read it here: its loader
follows YAML merge keys, by which a kilobyte of a foreign card grows to gigabytes, and its writer orders and folds lines
anew, so that the cards of packed datasets would change without a reason.
"""

from __future__ import annotations

import html
import re
from typing import Final

import yaml

from svta.builder.errors import DatasetError, first_line
from svta.builder.io.json_text import JsonObject
from svta.builder.layout.stats import DatasetStats
from svta.builder.paths import CARD
from svta.builder.record import CLIP_FIELDS, clip_schema
from svta.builder.rights import DatasetRights
from svta.builder.taxonomy import Taxonomy

MAX_YAML_CHARS: Final = 1_000_000  # 98 categories take 6,000
_SIZES: Final = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()#+!|~$@:-])")
_GATE: Final = {
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


def front_matter(
    stats: DatasetStats, rights: DatasetRights, taxonomy: Taxonomy, *, has_proxy: bool = False, gated: bool = True
) -> dict[str, object]:
    """The YAML part as plain data: licence, tags, gate, and for each config its files, features and split sizes."""
    names = ["default", "proxy"] if has_proxy else ["default"]
    size = next((name for limit, name in _SIZES if stats.clips < limit), "1M<n<10M")
    licence: dict[str, object] = {"license": rights.licence}
    if rights.licence == "other":
        licence["license_name"] = "strictest-of-sources"
    kind, tag = ("", []) if stats.is_footage else ("synthetic ", ["synthetic"])
    return {
        "pretty_name": f"SVTA reconstruction: {kind}video-text anomaly retrieval",
        "language": ["en"],
        **licence,
        "task_categories": ["text-retrieval", "video-classification", "text-to-video"],
        "tags": ["video", "text-video-retrieval", "anomaly-detection", *tag, "webdataset", "svta"],
        "size_categories": [size],
        **(_GATE if gated else {}),
        "configs": [_config(name, stats) for name in names],
        "dataset_info": [_dataset_info(name, stats, taxonomy) for name in names],
    }


class _PlainLoader(yaml.SafeLoader):
    """YAML without merge keys: nested ones grow a kilobyte to gigabytes."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
            raise yaml.constructor.ConstructorError(None, None, "merge keys are refused", node.start_mark)


def read_front_matter(text: str) -> JsonObject:
    """The YAML block of a card. Raises DatasetError."""
    matched = re.match(r"---\n(.*?\n)---\n", text, re.DOTALL)
    if matched is None:
        raise DatasetError(f"{CARD}: no YAML block between two lines of ---")
    return read_yaml(matched[1], CARD)


def read_yaml(text: str, name: str) -> JsonObject:
    """A YAML mapping of at most 1 MB; safe against what nested aliases and brackets would grow to. DatasetError."""
    if len(text) > MAX_YAML_CHARS:
        raise DatasetError(f"{name}: its YAML has over {MAX_YAML_CHARS:,} characters")
    try:
        data = yaml.load(text, _PlainLoader)
    except yaml.YAMLError as error:
        raise DatasetError(f"{name}: its YAML cannot be read: {first_line(error)}") from None
    except (ValueError, RecursionError, OverflowError) as error:  # the 45th of a month; 10,000 open brackets
        raise DatasetError(f"{name}: its YAML cannot be read: {first_line(error, 100)}") from None
    if not isinstance(data, dict):
        raise DatasetError(f"{name}: its YAML is no mapping")
    return data


def escape(text: str) -> str:
    """User text as one line of Markdown that renders as itself: no HTML, no links, no table or list marks."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return html.escape(_SPECIAL.sub(r"\\\1", line), quote=False)


def _config(name: str, stats: DatasetStats) -> dict[str, object]:
    folder = "data" if name == "default" else name
    files = [{"split": split, "path": f"{folder}/{split}/svta-{split}-*.tar"} for split in stats.splits]
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
