"""A chat model as author: prompts a category, 50 at a time, until enough usable ones exist. Part of `svta describe`.

Reads the taxonomy and templates.json (or --template FILE); asks through chat.py, so that a killed run asks nothing
twice; gives the raw prompts as clips, each with the request it came from. A shortfall is told, never padded.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from svta.builder.errors import ClipError, SvtaError
from svta.builder.io.json_text import parse_json
from svta.builder.record import MAX_CAPTION_CHARS, Clip, make_key
from svta.builder.sources.base import Reject
from svta.builder.taxonomy import Category, Taxonomy
from svta.generation.chat.client import Chat
from svta.generation.chat.messages import ChatRequest
from svta.generation.filters.duplicates import Duplicates
from svta.generation.filters.screening import fault, screen

from .answer_parsing import parse_prompts

PROMPTS_AT_A_TIME: Final = 50
EXTRA_ASKS: Final = 4  # past the ones that N needs: answers cut, refused, or full of repeats
NAMED_AS_WRITTEN: Final = 12  # earlier captions told to the model as not to repeat
TOKENS_A_PROMPT: Final = 45
_FIELDS: Final = {"category", "definition", "count", "steering", "avoid", "categories", "caption"}


class TemplateError(SvtaError):
    """A file of templates that is none; names what is missing."""


@dataclass(frozen=True)
class Templates:
    """The questions and the words that steer them; see templates.json."""

    system: str
    describe: str
    describe_normal: str
    classify: str
    steering: dict[str, list[str]]


def load_templates(path: str | Path | None = None) -> Templates:
    """The built-in templates, with those of a user's JSON file in their place. Raises TemplateError."""
    table = json.loads(files("svta.generation.captions").joinpath("templates.json").read_text("utf-8"))
    if path is not None:
        try:
            own = parse_json(Path(path).read_bytes())
        except (OSError, ClipError) as error:
            raise TemplateError(f"--template {path}: {error}") from None
        if not isinstance(own, dict) or set(own) - set(table):
            raise TemplateError(f"--template {path}: a JSON object with any of {', '.join(table)} is needed")
        if not _is_steering(own.get("steering", {})):
            raise TemplateError(f"--template {path}: steering holds a list of words by name, none empty")
        table |= own | {"steering": table["steering"] | own.get("steering", {})}
    table.pop("note", None)
    for name, field_name in (("describe", "{category}"), ("describe_normal", "{category}"), ("classify", "{caption}")):
        if not isinstance(table[name], str) or field_name not in table[name]:
            raise TemplateError(f"--template {path}: {name} must hold {field_name}")
    return Templates(**table)


def _is_steering(value: Any) -> bool:
    lists = value.values() if isinstance(value, dict) else [None]
    return all(isinstance(words, list) and words and all(isinstance(w, str) for w in words) for words in lists)


def fill(template: str, **values: Any) -> str:
    """A template with its {fields} filled; braces of anything else stay as they are."""
    for name in _FIELDS & values.keys():
        template = template.replace("{" + name + "}", str(values[name]))
    return template.strip()


def ask_for(
    category: Category, count: int, ask: int, earlier: Sequence[str], templates: Templates, seed: int
) -> ChatRequest:
    """The `ask`-th question for prompts of a category; `earlier` captions are named as not to repeat."""
    template = templates.describe if category.is_anomaly else templates.describe_normal
    avoid = "\n".join(f"- {caption[:200]}" for caption in earlier[-NAMED_AS_WRITTEN:])
    content = fill(
        template,
        category=category.name,
        definition=category.definition,
        count=count,
        steering=steer(category, ask, templates, seed),
        avoid=f"These exist already; write none that is like them:\n{avoid}" if avoid else "",
    )
    return ChatRequest.user(
        content, system=templates.system, seed=seed, attempt=ask, max_tokens=count * 3 * TOKENS_A_PROMPT
    )


def steer(category: Category, ask: int, templates: Templates, seed: int) -> str:
    """Words that spread the prompts: places, times, cameras, and actors by gender, age and build, drawn evenly.

    Minors are offered only where the category's minor_policy is `film`; elsewhere all actors are adults.
    """
    chance = random.Random(f"{seed} {category.name} {ask}")
    lists = {name: list(words) for name, words in templates.steering.items()}
    for words in lists.values():
        chance.shuffle(words)
    people = [f"{g} {age}" for age in lists["adult_age"] for g in lists["gender"]]
    lines = [
        f"Spread them evenly over these places: {', '.join(lists['place'][:8])}.",
        f"Spread them evenly over these times and weathers: {', '.join(lists['time'][:4])}.",
        f"Spread them evenly over these views: {', '.join(lists['camera'][:4])}.",
        f"Let the main actor be each of these equally often: {', '.join(people)}.",
        f"Let the actors' builds be each of these equally often: {', '.join(lists['build'])}.",
    ]
    if category.minor_policy == "film":
        lines.append(f"In some of them the main actor may also be {' or '.join(lists['minor_age'])}.")
    else:
        lines.append("Everyone in them is an adult; no child, teenager, pupil or baby appears.")
    return "\n".join(lines)


def first_requests(
    categories: Sequence[str], per_category: int, templates: Templates, taxonomy: Taxonomy, seed: int
) -> list[ChatRequest]:
    """The first question of each category: what a dry run shows and prices."""
    count = min(PROMPTS_AT_A_TIME, per_category)
    return [ask_for(taxonomy[name], count, 0, [], templates, seed) for name in categories]


@dataclass
class Author:
    """Writes `per_category` usable prompts for each category, as far as the model gives them."""

    chat: Chat
    taxonomy: Taxonomy
    per_category: int
    templates: Templates
    seed: int = 0
    on_ask: Callable[[], Any] = lambda: None
    shortfall: dict[str, int] = field(default_factory=dict)

    def write(self, categories: Sequence[str], *, seen: Duplicates, on_reject: Callable[[Reject], Any]) -> list[Clip]:
        """Usable clips in category order. Every other prompt of the answers goes to `on_reject`.

        Reasons: those of filters.screen, other_category (under another heading), surplus (more than were wanted),
        cut_answer (its last prompt broke off) and no_prompts.
        """
        chosen = [self.taxonomy[name] for name in dict.fromkeys(self.taxonomy[n].name for n in categories)]
        kept: dict[str, list[Clip]] = {category.name: [] for category in chosen}
        for ask in range(self.asks):
            short = [category for category in chosen if len(kept[category.name]) < self.per_category]
            if not short:
                break
            requests = [self._request(category, ask, kept[category.name]) for category in short]
            for category, request, answer in zip(short, requests, self.chat.ask(requests, on_answer=self.on_ask)):
                clips = self._read(category, request, answer.text, answer.finished, on_reject)
                for clip in clips:
                    if len(kept[category.name]) >= self.per_category:  # not screened: nothing may repeat what goes
                        on_reject({"reason": "surplus", **clip.to_dict()})
                        continue
                    kept[category.name] += screen(
                        [clip],
                        on_reject=on_reject,
                        written_by="chat",
                        one_sentence=True,
                        seen=seen,
                        taxonomy=self.taxonomy,
                    )
        self.shortfall = {
            name: self.per_category - len(clips) for name, clips in kept.items() if len(clips) < self.per_category
        }
        return [clip for clips in kept.values() for clip in clips]

    @property
    def asks(self) -> int:
        """How often a category is asked for at most."""
        return -(-self.per_category // PROMPTS_AT_A_TIME) + EXTRA_ASKS

    def _request(self, category: Category, ask: int, kept: Sequence[Clip]) -> ChatRequest:
        count = min(PROMPTS_AT_A_TIME, self.per_category - len(kept))
        return ask_for(category, count, ask, [clip.caption for clip in kept], self.templates, self.seed)

    def _read(
        self, category: Category, request: ChatRequest, text: str, finished: bool, on_reject: Callable[[Reject], Any]
    ) -> list[Clip]:
        found = parse_prompts(text, category=category.name, taxonomy=self.taxonomy, finished=finished)
        source, asked = f"chat:{self.chat.model}"[:500], request.digest(self.chat.model)[:16]
        about = {"source": source, "category": category.name, "request": asked}
        if not found.prompts and not found.others:
            why = fault(text.strip(), "chat") if any(map(str.isalpha, text)) else None
            on_reject({"reason": why or "no_prompts", "detail": text[:300], **about})
        elif found.cut:
            on_reject({"reason": "cut_answer", "detail": text[-200:], **about})
        for prompt in found.others:
            on_reject({"reason": "other_category", "caption": prompt, **about})
        clips = []
        provenance = json.dumps({"chat_model": self.chat.model, "request": asked}, sort_keys=True)
        for number, prompt in enumerate(found.prompts):
            if len(prompt) > MAX_CAPTION_CHARS:
                on_reject({"reason": "too_long", "caption": prompt[:200], **about})
                continue
            source_id = f"{category.name}-{asked}-{number}"
            try:
                clip = Clip.from_dict(
                    {
                        "key": make_key(source, source_id, prompt),
                        "caption": prompt,
                        "category": category.name,
                        "is_anomaly": category.is_anomaly,
                        "source": source,
                        "source_id": source_id,
                        "tag": category.name,
                        "provenance": provenance,
                        "synthetic": True,
                    }
                )
            except ClipError as error:
                on_reject({"reason": "bad_field", "detail": str(error)[:200], "caption": prompt[:200], **about})
                continue
            clips.append(clip)
        return clips
