"""A chat model as the judge of an audit: eval knows no chat client, and the chat client knows no audit."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from svta.eval.audit.judge import Judge, Question, Reply
from svta.eval.audit.questions import ANSWER_TOKENS_MOST
from svta.generation.chat.client import open_chat
from svta.generation.chat.messages import ChatRequest

if TYPE_CHECKING:
    from svta.cli.options import ChatOptions


class ChatJudge(Judge):
    """Asks an endpoint or a model on this machine; every answer is kept in `cache`."""

    def __init__(self, options: ChatOptions, cache: Path):
        self.chat = open_chat(
            str(options.place), cache=cache, model=options.model, concurrency=options.concurrency,
            fields=options.fields, images=True,
        )  # fmt: skip
        self.name = self.chat.model

    def ask(self, questions: Sequence[Question]) -> list[Reply]:
        """Replies in the order of the questions. Raises ChatError."""
        answers = self.chat.ask([request_of(question) for question in questions])
        return [Reply(answer.text, answer.finished, answer.problem) for answer in answers]


def request_of(question: Question) -> ChatRequest:
    """A question as the chat client takes it: the likeliest answer, few tokens."""
    return ChatRequest.user(
        question.text, system=question.system, images=question.frames, attempt=question.attempt,
        max_tokens=ANSWER_TOKENS_MOST, temperature=0.0, top_p=1.0,
    )  # fmt: skip


def leaves_machine(place: str | None) -> bool:
    """Whether what is asked of this model goes to another machine."""
    if place is None or not place.startswith(("http://", "https://")):
        return False
    host = urlsplit(place).hostname or ""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
