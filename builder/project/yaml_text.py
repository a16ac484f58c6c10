"""YAML text from anywhere as plain data: no merge or repeated keys, no code, at most 1 MB; plain data as YAML text.

Used for svta.yaml, the front matter of a card and eval.yaml.
"""

from __future__ import annotations

import re
from typing import Final

import yaml

from svta.builder.errors import DatasetError, first_line
from svta.builder.io.json_text import JsonObject

_HIDDEN: Final = re.compile("[\x80-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")  # ends or turns a line
MAX_YAML_CHARS: Final = 1_000_000  # 98 categories take 6,000


class _PlainLoader(yaml.SafeLoader):
    """YAML without repeated keys, and without merge keys: nested ones grow a kilobyte to gigabytes."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
            raise yaml.constructor.ConstructorError(None, None, "merge keys are refused", node.start_mark)
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:  # the last one would win in silence
                problem = f"the key {key.value[:60]!r} is there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)


_PlainLoader.yaml_implicit_resolvers = {  # without YAML 1.1's numbers to the base 60: 7:1:2 is a text, as on the Hub
    first: [
        (tag, re.compile(f"(?!.*:){regexp.pattern}", re.VERBOSE) if tag.endswith((":int", ":float")) else regexp)
        for tag, regexp in resolvers
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str, name: str) -> JsonObject:
    """A YAML mapping of at most 1 MB; safe against what nested aliases and brackets would grow to. DatasetError."""
    if len(text) > MAX_YAML_CHARS:
        raise DatasetError(f"{name}: its YAML has over {MAX_YAML_CHARS:,} characters")
    try:
        data = yaml.load(text, _PlainLoader)
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark is not None else ""
        raise DatasetError(f"{name}: its YAML cannot be read:{line} {first_line(str(error.problem))}") from None
    except yaml.YAMLError as error:
        raise DatasetError(f"{name}: its YAML cannot be read: {first_line(error)}") from None
    except (ValueError, RecursionError, OverflowError) as error:  # the 45th of a month; 10,000 open brackets
        raise DatasetError(f"{name}: its YAML cannot be read: {first_line(error, 100)}") from None
    if not isinstance(data, dict):
        raise DatasetError(f"{name}: its YAML is not a mapping")
    return data


def write_yaml(data: object, width: int = 80) -> str:
    """Plain data as YAML in the order it has. Letters stay letters, unless one of them hides: a reader of YAML 1.2, as
    on the Hub, and one of 1.1 disagree about what U+0085 and U+2028 are."""
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=width)
    return text if not _HIDDEN.search(text) else yaml.safe_dump(data, sort_keys=False, width=width)
