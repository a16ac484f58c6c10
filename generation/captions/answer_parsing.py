"""The prompts in a chat model's answer, or the one category it names; the rest is left out.

Reads raw text (think blocks, fences, numbering, preambles, JSON cut in the middle); gives validated plain data.
describe takes prompts from here, annotate categories. Text without a category is None, and goes to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from svta.builder.io.json_text import Json, loose_json
from svta.builder.sources.cells import parse_list
from svta.builder.taxonomy import Taxonomy

MAX_ANSWER_CHARS: Final = 200_000

_THINK: Final = re.compile(r"<(think|thinking|reasoning|analysis)>.*?(?:</\1>|\Z)", re.S | re.I)
_THINK_END: Final = re.compile(r"\A.*</(?:think|thinking|reasoning|analysis)>", re.S | re.I)
_DOUBT: Final = re.compile(  # words of an answer that name a category and do not choose it, with usual foreign ones
    r"\b(?:none|no|not|never|neither|nor|or|either|between|cannot|unable|sorry|unclear|unsure|uncertain|except|without"
    r"|rather than|instead of|unlike|kein\w*|nicht|weder|oder|aucune?|pas|ni|ou|ning[uú]n\w*|nessun\w*|non)\b"
    r"|\w+n't\b|[不没無无非]"
)
_FENCE: Final = re.compile(r"^[ \t]*```[\w-]*[ \t]*$", re.M)
_JSON: Final = re.compile(r"""^[ \t]*[\[{]\s*["'\[{\]}]""", re.M)  # a list or an object, perhaps after a sentence
_ITEM: Final = re.compile(
    r"^\s*(?:\*\*)?(?:(?:prompt|caption|scene)\s*)?#?(?:\d{1,4}\s*[.):\-]|[-*•–])(?:\*\*)?\s+(.*)$", re.I
)
_EMPTY_ITEM: Final = re.compile(r"^\s*\d{1,4}\s*[.)]\s*$")
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*+)"')
_AFTER_ITEM: Final = re.compile(r"\s*+[,\]]")
_LABEL: Final = re.compile(r"^\*\*[^*]{1,60}?(?::\*\*|\*\*\s*:)\s*")
_HEADING: Final = re.compile(  # of a line whose blanks are single
    r"(?:#{1,6} ?|\*\*)?(?:(?:next )?(?:anomalous behaviou?r )?category ?: ?)?"
    r"([^*#:.]{2,60}?) ?:? ?(?:\*\*)? ?:?",
    re.I,
)
_MAX_HEADING_CHARS: Final = 200


class PromptList(BaseModel):
    """The prompts of one answer. `cut`: it broke off, its last prompt was left out; `others`: under other headings."""

    model_config = ConfigDict(frozen=True)

    prompts: tuple[Annotated[str, Field(min_length=1, max_length=5_000)], ...] = ()
    cut: bool = False
    others: tuple[str, ...] = ()


_Strings: Final = TypeAdapter(list[str])


def parse_prompts(
    text: str, *, category: str | None = None, taxonomy: Taxonomy | None = None, finished: bool = True
) -> PromptList:
    """The prompts of an answer, each as one clean line. `finished` False: the server says that it was cut by length.

    Prompts under a heading that names another category of the taxonomy are put into `others`.
    """
    text = _without_thoughts(text[:MAX_ANSWER_CHARS])
    text = _FENCE.sub("", text).strip()
    if (begin := _JSON.search(text)) is not None:
        text = text[begin.start() :].strip()
        end = max(text.rfind("]"), text.rfind("}")) + 1
        items, whole = _from_json(text[:end] if finished and end else text)
        return _prompt_list(items, not (whole and finished), [])
    numbered = any(_ITEM.match(line) for line in text.splitlines())
    others: list[str] = []
    prompts: list[str] = []
    current = prompts
    after_item = False
    for line in text.splitlines():
        if not line.strip() or _EMPTY_ITEM.match(line):
            after_item = False
            continue
        if match := _ITEM.match(line):
            current.append(match[1])
            after_item = True
        elif (named := _heading(line, taxonomy)) is not None:
            current = prompts if category is None or _same(named, category, taxonomy) else others
            after_item = False
        elif numbered and after_item and line[:1].isspace():
            current[-1] += " " + line.strip()
        elif not numbered and not line.rstrip().endswith(":"):
            current.append(line)
    if not finished and current:
        current.pop()
    return _prompt_list(prompts, not finished, others)


def parse_category(text: str, taxonomy: Taxonomy) -> str | None:
    """The one category of the taxonomy an answer names, or None: none, several, one denied or doubted, or an essay."""
    text = _FENCE.sub("", _without_thoughts(text[:MAX_ANSWER_CHARS])).strip()
    if text[:1] == "{":
        value = loose_json(text)
        answer = value.get("category") if isinstance(value, dict) else None
        found = taxonomy.find(answer) if isinstance(answer, str) else None
        return found.name if found else None
    plain = re.sub(r"[*_`\"'“”.]+", " ", text)
    if found := taxonomy.find(" ".join(plain.split())):
        return found.name
    if len(text) > 400:
        return None
    if _is_doubtful(text, taxonomy):
        return None
    last = plain.rsplit(":", 1)[-1].strip()
    if ":" in plain and (found := taxonomy.find(" ".join(last.split()))):
        return found.name
    named = _mentioned(plain, taxonomy)
    return named.pop() if len(named) == 1 else None


def _is_doubtful(text: str, taxonomy: Taxonomy) -> bool:
    """Whether the words beside the categories' names deny, refuse or offer a choice: "not a fall", "either A or B"."""
    text = text.casefold().replace("’", "'")
    names = (name.casefold() for c in taxonomy.categories for name in (c.name, *c.aliases))
    for name in sorted(names, key=len, reverse=True):  # "no entry" may be a category
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text)
    return _DOUBT.search(text) is not None


def _mentioned(text: str, taxonomy: Taxonomy) -> set[str]:
    """Names of the categories that are in a text as whole words, longer names before those inside them."""
    text = " " + re.sub(r"[^a-z0-9/-]+", " ", text.casefold()) + " "
    names = {name.casefold(): c.name for c in taxonomy.categories for name in (c.name, *c.aliases)}
    found: set[str] = set()
    for name in sorted(names, key=len, reverse=True):
        if f" {name} " in text:
            found.add(names[name])
            text = text.replace(f" {name} ", "  ")
    return found


def _from_json(text: str) -> tuple[list[str], bool]:
    """Strings of a JSON list (or of {"prompts": [...]}), and whether it was whole; a cut list gives its whole ones."""
    value: Json = loose_json(text, _Strings)
    if value is _Strings and isinstance(listed := parse_list(text), list):  # as Python prints it
        value = listed
    if value is _Strings:
        return list(_whole_strings(text)), False
    if isinstance(value, dict):
        value = next((v for v in value.values() if isinstance(v, list)), [])
    if isinstance(value, list):
        value = [
            next((v for v in item.values() if isinstance(v, str)), "") if isinstance(item, dict) else item
            for item in value
        ]
    try:
        return _Strings.validate_python(value), True
    except ValidationError:
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else [], True


def _whole_strings(text: str) -> Iterator[str]:
    """The items of a JSON list that breaks off: its strings with a comma or the end of the list behind them.

    Every character is read once: an answer of 200,000 quotes takes milliseconds.
    """
    start = text.find('"', text.find("[")) if "[" in text else -1
    while start >= 0 and (string := _STRING.match(text, start)):
        if _AFTER_ITEM.match(text, string.end()):
            yield _unescape(string[1])
        start = text.find('"', string.end())


def _unescape(text: str) -> str:
    return str(loose_json(f'"{text}"', text))


def _without_thoughts(text: str) -> str:
    return _THINK_END.sub("", _THINK.sub("", text))


def _heading(line: str, taxonomy: Taxonomy | None) -> str | None:
    line = " ".join(line[: 2 * _MAX_HEADING_CHARS].split())
    match = _HEADING.fullmatch(line) if len(line) <= _MAX_HEADING_CHARS else None
    if match is None or taxonomy is None:
        return None
    found = taxonomy.find(match[1])
    return found.name if found else None


def _same(named: str, category: str, taxonomy: Taxonomy | None) -> bool:
    known = taxonomy.find(category) if taxonomy else None
    return named == (known.name if known else category)


def _prompt_list(prompts: list[str], cut: bool, others: list[str]) -> PromptList:
    return PromptList(prompts=tuple(_clean(prompts)), cut=cut, others=tuple(_clean(others)))


def _clean(prompts: list[str]) -> list[str]:
    cleaned = (_LABEL.sub("", prompt.strip()) for prompt in prompts)
    cleaned = (re.sub(r"\*\*|__|`|</?[A-Za-z]\w{0,20}>", "", prompt).strip() for prompt in cleaned)
    cleaned = (prompt[1:-1].strip() if prompt[:1] in "\"'“" and prompt[-1:] in "\"'”" else prompt for prompt in cleaned)
    return [" ".join(prompt.split())[:5_000] for prompt in cleaned if prompt.strip()]
