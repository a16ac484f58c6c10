"""A vision model as the judge: what it is asked about every item, and what it answered.

Reads videos and items, gives Ratings. The model itself comes from outside (a chat model behind a Judge), with its
cache: a run that was killed asks nothing twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from svta.builder.errors import SvtaError

from .clips import ClipSource, frame_urls
from .config import AuditConfig
from .questions import FORMS, SYSTEM, TEMPLATES, Form, Rating, parse_answer, question_text
from .result import FIDELITY
from .sample import Item
from .summarise import JUDGE

AT_ONCE: Final = 64  # questions with their frames in memory: some 20 MB
ATTEMPTS: Final = 2  # of a question whose answer is cut or not readable
NO_VIDEO: Final = "video not readable"


@dataclass(frozen=True)
class Question:
    """One question with its frames, data: URLs. attempt: 1 where it is put again."""

    system: str
    text: str
    frames: tuple[str, ...]
    attempt: int = 0


@dataclass(frozen=True)
class Reply:
    """A model's answer. finished: False if it was cut. problem: why there is none."""

    text: str
    finished: bool = True
    problem: str = ""


class Judge(ABC):
    """A model that answers questions about frames; the same question gets the same answer, from a cache."""

    name: str

    @abstractmethod
    def ask(self, questions: Sequence[Question]) -> list[Reply]:
        """Replies in the order of the questions."""


@dataclass(frozen=True)
class _Asked:
    item: Item
    form: Form
    question: Question


def judge_items(
    judge: Judge,
    source: ClipSource,
    items: Sequence[Item],
    config: AuditConfig,
    templates: Mapping[Form, str] = TEMPLATES,
    *,
    on_answer: Callable[[int], object] = lambda count: None,
) -> list[Rating]:
    """A Rating of every item in every form. A video that cannot be read costs its own questions alone."""
    of_key: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        of_key[item.key].append(item)
    ratings: list[Rating] = []
    waiting: list[_Asked] = []

    def ask() -> None:
        ratings.extend(_answered(judge, waiting))
        on_answer(len(waiting))
        waiting.clear()

    for key, video in source.videos(of_key.keys()):
        try:
            if isinstance(video, SvtaError):
                raise video
            frames = frame_urls(video, config.num_frames, config.size)
        except SvtaError:
            lost = [Rating(i.id, JUDGE + judge.name, {}, form, NO_VIDEO) for i in of_key[key] for form in FORMS]
            ratings += lost
            on_answer(len(lost))
            continue
        for item in of_key[key]:
            for form in FORMS:
                text = question_text(item, form, len(frames), templates)
                waiting.append(_Asked(item, form, Question(SYSTEM, text, frames)))
        if len(waiting) >= AT_ONCE:
            ask()
    if waiting:
        ask()
    return ratings


def _answered(judge: Judge, asked: Sequence[_Asked]) -> list[Rating]:
    """Ratings in the order of the questions; what has no score is asked once more, unless it was refused."""
    ratings: dict[int, Rating] = {}
    left = list(range(len(asked)))
    for attempt in range(ATTEMPTS):
        again = [Question(**{**vars(asked[i].question), "attempt": attempt}) for i in left]
        for i, reply in zip(left, judge.ask(again), strict=True):
            ratings[i] = _rating(judge.name, asked[i], reply)
        left = [i for i in left if ratings[i].problem in ("cut", "unreadable")]
        if not left:
            break
    return [ratings[i] for i in range(len(asked))]


def _rating(name: str, asked: _Asked, reply: Reply) -> Rating:
    scores = {} if reply.problem else parse_answer(reply.text, asked.form)
    problem = reply.problem
    if not problem and FIDELITY not in scores:
        problem = "unreadable" if reply.finished else "cut"
    return Rating(asked.item.id, JUDGE + name, scores, asked.form, problem)
