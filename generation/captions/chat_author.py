"""A chat model as author: prompts a category, 50 at a time, until enough usable ones exist. Part of `svta describe`.

Reads the taxonomy and templates.json (or --template FILE); asks through chat/client.py, so that a killed run asks
nothing twice; gives the prompts as clips, each with the request it came from. A shortfall is reported, never padded.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Final

from svta.builder.errors import ClipError, SvtaError, first_line
from svta.builder.io.json_text import read_json_object
from svta.builder.record import MAX_CAPTION_CHARS, Clip, make_key
from svta.builder.sources.base import OnReject
from svta.builder.taxonomy import Category, Taxonomy, load_taxonomy
from svta.generation.chat.client import Chat
from svta.generation.chat.messages import CONTENT_FILTER, CONTEXT_TOO_SMALL, ChatAnswer, ChatRequest
from svta.generation.filters.duplicates import Duplicates
from svta.generation.filters.screening import ENGLISH, fault, screen

from .answer_parsing import parse_prompts

PROMPTS_AT_A_TIME: Final = 50
EXTRA_ASKS: Final = 4  # past the ones that N needs: answers cut, refused, or full of repeats
NAMED_AS_WRITTEN: Final = 12  # earlier captions that a request names as not to repeat
TOKENS_A_PROMPT: Final = 45
SPARE: Final = 3  # times so many tokens an answer may have: models number, repeat and explain
MAX_TEMPLATE_BYTES: Final = 1_000_000
_OWN_LISTS: Final = {"places": "place", "times": "time"}  # of a taxonomy -> of the templates
_FIELDS: Final = {"category", "definition", "count", "steering", "avoid", "categories", "caption"}


class TemplateError(SvtaError):
    """An invalid file of templates; names what is missing."""


@dataclass(frozen=True)
class Templates:
    """The questions and the words that steer them; see templates.json."""

    system: str
    describe: str
    describe_normal: str
    classify: str
    steering: dict[str, list[str]]
    given: frozenset[str] = frozenset()  # the lists that the user's file names


def load_templates(path: str | Path | None = None) -> Templates:
    """The built-in templates, with those of a user's JSON file in their place. Raises TemplateError."""
    table = json.loads(files("svta.generation.captions").joinpath("templates.json").read_text("utf-8"))
    place = f"--template {path}"
    if path is not None:
        try:
            own = read_json_object(path, MAX_TEMPLATE_BYTES, error=TemplateError)
        except FileNotFoundError:
            raise TemplateError(f"{place}: no such file") from None
        if unknown := sorted(set(own) - set(table)):
            raise TemplateError(f"{place}: {unknown[0][:40]!r} is not one of {', '.join(table)}")
        if not _is_steering(own.get("steering", {})):
            raise TemplateError(f"{place}: steering must contain a list of words by name")
        table |= own | {"steering": table["steering"] | own.get("steering", {})}
        table["given"] = frozenset(own.get("steering", {}))
    table.pop("note", None)
    for name, needed in (("system", ""), ("describe", "{category}"), ("describe_normal", "{category}"),
                         ("classify", "{caption}")):  # fmt: skip
        if not isinstance(table[name], str) or needed not in table[name]:
            raise TemplateError(f"{place}: {name} must be a text" + (f" that contains {needed}" if needed else ""))
    return Templates(**table)


def _is_steering(value: object) -> bool:
    lists = value.values() if isinstance(value, dict) else [None]
    return all(isinstance(words, list) and all(isinstance(w, str) for w in words) for words in lists)


def fill(template: str, **values: object) -> str:
    """A template with its {fields} filled; braces of anything else stay as they are."""
    for name in _FIELDS & values.keys():
        template = template.replace("{" + name + "}", str(values[name]))
    return template.strip()


def ask_for(
    category: Category,
    count: int,
    attempt: int,
    earlier: Sequence[str],
    templates: Templates,
    seed: int,
    taxonomy: Taxonomy | None = None,
) -> ChatRequest:
    """The `attempt`-th question for prompts of a category; `earlier` captions are named as not to repeat."""
    template = templates.describe if category.is_anomaly else templates.describe_normal
    avoid = "\n".join(f"- {caption[:200]}" for caption in earlier[-NAMED_AS_WRITTEN:])
    content = fill(
        template,
        category=category.name,
        definition=category.definition,
        count=count,
        steering=steer(category, attempt, templates, seed, taxonomy),
        avoid=f"These exist already; write none that is like them:\n{avoid}" if avoid else "",
    )
    return ChatRequest.user(
        content, system=templates.system, seed=seed, attempt=attempt, max_tokens=count * SPARE * TOKENS_A_PROMPT
    )


def steer(category: Category, attempt: int, templates: Templates, seed: int, taxonomy: Taxonomy | None = None) -> str:
    """Words that spread the prompts: places, times, cameras, and actors by gender, age and build, drawn evenly.

    The category's own places, actors and times count, then those of its taxonomy, then those of the user's template;
    the built-in places and minors are offered for built-in categories alone: none of them may fit others. Minors are
    offered only where the category's minor_policy is `film`; elsewhere all actors are adults.
    """
    taxonomy = taxonomy or load_taxonomy()
    chance = random.Random(f"{seed} {category.name} {attempt}")
    lists = {name: list(words) for name, words in templates.steering.items()}
    own = taxonomy.steering_of(category)
    built_in = set(load_taxonomy().names)
    if not (built_in <= set(taxonomy.names) and category.name in built_in):
        lists |= {name: [] for name in ("place", "minor_age") if name not in templates.given}
    lists |= {list_name: list(own[name]) for name, list_name in _OWN_LISTS.items() if name in own}
    for words in lists.values():
        chance.shuffle(words)
    people = own.get("actors", [f"{g} {age}" for age in lists["adult_age"] for g in lists["gender"]])
    lines = [
        ("Spread them evenly over these places: {}.", lists["place"][:8]),
        ("Spread them evenly over these times and weathers: {}.", lists["time"][:4]),
        ("Spread them evenly over these views: {}.", lists["camera"][:4]),
        ("Let the main actor be each of these equally often: {}.", people),
        ("Let the actors' builds be each of these equally often: {}.", [] if "actors" in own else lists["build"]),
    ]
    said = [line.format(", ".join(words)) for line, words in lines if words]
    if category.minor_policy != "film":
        said.append("Everyone in them is an adult; no child, teenager, pupil or baby appears.")
    elif lists["minor_age"] and "actors" not in own:
        said.append(f"In some of them the main actor may also be {' or '.join(lists['minor_age'])}.")
    return "\n".join(said)


def first_requests(
    categories: Sequence[str], per_category: int, templates: Templates, taxonomy: Taxonomy, seed: int
) -> list[ChatRequest]:
    """The first question of each category: what a dry run shows and prices."""
    count = min(PROMPTS_AT_A_TIME, per_category)
    return [ask_for(taxonomy[name], count, 0, [], templates, seed, taxonomy) for name in categories]


@dataclass
class Problem:
    """Why questions had no answer to use: the server's words at the first one, and how many a category."""

    words: str
    questions: dict[str, int] = field(default_factory=dict)


@dataclass
class ChatAuthor:
    """Writes `per_category` usable prompts for each category, if the model gives them."""

    chat: Chat
    taxonomy: Taxonomy
    per_category: int
    templates: Templates
    seed: int = 0
    languages: tuple[str, ...] = ENGLISH
    shortfall: dict[str, int] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)
    at_a_time: int = PROMPTS_AT_A_TIME  # prompts a question; fewer once a server has left less room for an answer

    def write(self, categories: Sequence[str], *, seen: Duplicates, on_reject: OnReject) -> list[Clip]:
        """Usable clips in category order. Every other prompt of the answers goes to `on_reject`.

        Reasons: those of filters.screen, other_category (under another heading), surplus (more than were wanted),
        cut_answer (its last prompt broke off), no_prompts, content_filter and context_too_small (the question's).
        """
        chosen = [self.taxonomy[name] for name in dict.fromkeys(self.taxonomy[n].name for n in categories)]
        kept: dict[str, list[Clip]] = {category.name: [] for category in chosen}
        attempt = 0
        while short := [category for category in chosen if len(kept[category.name]) < self.per_category]:
            if attempt >= self.max_attempts:
                break
            requests = [self._request(category, attempt, kept[category.name]) for category in short]
            attempt += 1
            for category, request, answer in zip(short, requests, self.chat.ask(requests)):
                self._note(category, answer)
                for clip in list(self._clips(category, request, answer, on_reject)):
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
                        languages=self.languages,
                    )
        self.shortfall = {
            name: self.per_category - len(clips) for name, clips in kept.items() if len(clips) < self.per_category
        }
        return [clip for clips in kept.values() for clip in clips]

    @property
    def max_attempts(self) -> int:
        """Requests for one category at most."""
        return -(-self.per_category // self.at_a_time) + EXTRA_ASKS

    def _note(self, category: Category, answer: ChatAnswer) -> None:
        """Count what kept a question from being answered, and ask for no more prompts than an answer has room for."""
        if answer.problem:
            problem = self.problems.setdefault(answer.problem, Problem(answer.detail))
            problem.questions[category.name] = problem.questions.get(category.name, 0) + 1
        if answer.room:
            self.at_a_time = min(self.at_a_time, max(1, answer.room // (SPARE * TOKENS_A_PROMPT)))

    def _request(self, category: Category, attempt: int, kept: Sequence[Clip]) -> ChatRequest:
        count = min(self.at_a_time, self.per_category - len(kept))
        captions = [clip.caption for clip in kept]
        return ask_for(category, count, attempt, captions, self.templates, self.seed, self.taxonomy)

    def _clips(
        self, category: Category, request: ChatRequest, answer: ChatAnswer, on_reject: OnReject
    ) -> Iterator[Clip]:
        """The prompts of one answer as clips, with the request they came from."""
        found = parse_prompts(answer.text, category=category.name, taxonomy=self.taxonomy, finished=answer.finished)
        source, digest = f"chat:{self.chat.model}"[:500], request.digest(self.chat.model)[:16]
        origin = {"source": source, "category": category.name, "request": digest}
        if answer.problem in (CONTENT_FILTER, CONTEXT_TOO_SMALL):
            on_reject({"reason": answer.problem, "detail": answer.detail, **origin})
        elif answer.problem:
            on_reject({"reason": "no_prompts", "detail": answer.detail, **origin})
        elif not found.prompts and not found.others:
            text = answer.text.strip()[:MAX_CAPTION_CHARS]
            why = fault(text, "chat", languages=self.languages) if any(map(str.isalpha, text)) else None
            on_reject({"reason": why or "no_prompts", "detail": answer.text[:300], **origin})
        elif found.cut:
            on_reject({"reason": "cut_answer", "detail": answer.text[-200:], **origin})
        for prompt in found.others:
            on_reject({"reason": "other_category", "caption": prompt, **origin})
        provenance = json.dumps({"chat_model": self.chat.model, "request": digest}, sort_keys=True)
        for number, prompt in enumerate(found.prompts):
            if len(prompt) > MAX_CAPTION_CHARS:
                on_reject({"reason": "too_long", "caption": prompt[:200], **origin})
                continue
            source_id = f"{category.name}-{digest}-{number}"
            fields = {
                "key": make_key(source, source_id, prompt), "caption": prompt, "category": category.name,
                "is_anomaly": category.is_anomaly, "source": source, "source_id": source_id, "tag": category.name,
                "provenance": provenance, "synthetic": True,
            }  # fmt: skip
            try:
                yield Clip.from_dict(fields)
            except ClipError as error:
                on_reject({"reason": "bad_field", "detail": first_line(error), "caption": prompt[:200], **origin})
