"""`svta annotate`: a category for every description that has none, and groups of descriptions for a person to judge.

Reads descriptions.jsonl; writes OUT.jsonl (clips, categories filled), OUT.labels.jsonl (who said what, how surely) and
OUT.groups.json (K-Means groups with names, sizes, typical captions; agreement with known tags). Paper, stage 3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from svta.builder.record import Clip
from svta.builder.taxonomy import Category, Taxonomy
from svta.generation.captions.answer_parsing import parse_category
from svta.generation.captions.chat_author import Templates, fill, load_templates
from svta.generation.captions.describe import portable
from svta.generation.chat.client import Chat
from svta.generation.chat.messages import ChatRequest

from .cluster_names import distinct_names, distinct_terms, readable_name, typical
from .clustering import AnnotateError, agreement, kmeans
from .labels import Annotation, By, Group, Label
from .text_vectors import Vectors, encode, tfidf, tfidf_matrix

MAX_ASKS: Final = 3  # a first question and two more where the answer names no category
TYPICAL: Final = 5
EMPTY: Final = "empty"  # the name of a group without a row: fewer captions differ than there are groups
NAME_TERMS: Final = 6
CHAT_CONFIDENCE: Final = (0.9, 0.6, 0.4)  # by the number of attempts
ANSWER_TOKENS: Final = 1_024  # room for a model that thinks before it names a category
ANSWER_TOKENS_LIKELY: Final = 8  # of one that answers with the name; for costs shown before a request is sent


@dataclass(frozen=True)
class AnnotateConfig:
    """How to name and group descriptions; defaults are the command's.

    clusters: K-Means groups, 0 for none. on: what is grouped. encoder: a model folder or id instead of TF-IDF.
    chat: a URL or model for descriptions that neither their source nor their tag names; `template` its questions.
    """

    clusters: int = 0
    on: str = "captions"
    encoder: str | None = None
    chat: str | None = None
    chat_model: str | None = None
    template: str | None = None
    concurrency: int = 8
    chat_fields: tuple[str, ...] = ()
    taxonomy: str | None = None
    seed: int = 0
    limit: int | None = None

    def resolved(self) -> dict[str, object]:
        """What OUT.groups.json records: no path, so that another folder gives the same bytes."""
        encoder = Path(self.encoder).name if self.encoder else None
        return asdict(self) | {
            "encoder": encoder,
            **portable(self.chat, taxonomy=self.taxonomy, template=self.template),
        }


def annotate(
    clips: Sequence[Clip],
    taxonomy: Taxonomy,
    config: AnnotateConfig | None = None,
    *,
    chat: Chat | None = None,
    on_answer: Callable[[], object] = lambda: None,
) -> Annotation:
    """Label what the source, a tag or the chat model names, and group all of it. Raises AnnotateError, ChatError.

    `chat` is the opened model of config.chat, with its cache.
    """
    config = config or AnnotateConfig()
    if config.on not in ("captions", "tags"):
        raise AnnotateError(f"--on {config.on[:40]}: captions or tags")
    labels = [_known(clip, taxonomy) for clip in clips]
    if chat is not None:
        labels = _ask(clips, labels, taxonomy, chat, load_templates(config.template), on_answer)
    filled = [_filled(clip, label, taxonomy) for clip, label in zip(clips, labels)]
    if not config.clusters:
        return Annotation(tuple(filled), tuple(labels))
    members, vectors, texts = _points(filled, config.on, config.encoder, config.seed)
    assigned, _ = kmeans(vectors, config.clusters, config.seed)
    groups = _groups(filled, members, texts, assigned, config.clusters, config.on)
    labels = _proposed(filled, labels, members, assigned, groups, taxonomy)
    clip_clusters = np.full(len(filled), -1)
    for point, rows in enumerate(members):
        clip_clusters[rows] = assigned[point]
    return Annotation(tuple(filled), tuple(labels), groups, agreement(filled, clip_clusters))


def classify_request(clip: Clip, taxonomy: Taxonomy, templates: Templates, attempt: int = 0) -> ChatRequest:
    """The paper's question about one caption, with the names it may answer; normal rows get the normal names."""
    names = ", ".join(category.name for category in _allowed(clip, taxonomy))
    content = fill(templates.classify, categories=names, caption=clip.caption)
    return ChatRequest.user(content, max_tokens=ANSWER_TOKENS, temperature=0.0 if not attempt else 0.7, attempt=attempt)


def questions(clips: Sequence[Clip], taxonomy: Taxonomy, templates: Templates) -> list[ChatRequest]:
    """The first question about every description that neither its source nor its tag names: what a dry run prices."""
    return [classify_request(clip, taxonomy, templates) for clip in clips if _known(clip, taxonomy).needs_review]


def _allowed(clip: Clip, taxonomy: Taxonomy) -> list[Category]:
    return [c for c in taxonomy.categories if clip.is_anomaly is None or c.is_anomaly == clip.is_anomaly]


def _known(clip: Clip, taxonomy: Taxonomy) -> Label:
    if clip.category is not None:
        found = taxonomy.find(clip.category)
        if found is None:
            return Label(clip.key, None, "nobody", 0.0, answer=clip.category)
        return Label(clip.key, found.name, "source", 1.0)
    found = taxonomy.find(clip.tag) if clip.tag else None
    if found is not None and clip.is_anomaly in (None, found.is_anomaly):
        return Label(clip.key, found.name, "tag", 1.0, answer=clip.tag)
    return Label(clip.key, None, "nobody", 0.0)


def _ask(
    clips: Sequence[Clip],
    labels: list[Label],
    taxonomy: Taxonomy,
    chat: Chat,
    templates: Templates,
    on_answer: Callable[[], object],
) -> list[Label]:
    labels = list(labels)
    for attempt in range(MAX_ASKS):
        open_rows = [i for i, label in enumerate(labels) if label.needs_review]
        if not open_rows:
            break
        requests = [classify_request(clips[i], taxonomy, templates, attempt) for i in open_rows]
        for i, answer in zip(open_rows, chat.ask(requests, on_answer=on_answer)):
            name = parse_category(answer.text, taxonomy)
            if name is not None and clips[i].is_anomaly not in (None, taxonomy[name].is_anomaly):
                name = None  # an anomaly's name for a normal row, or the other way: a person decides
            by: By = "chat" if name else "nobody"
            confidence = CHAT_CONFIDENCE[attempt] if name else 0.0
            said = answer.text.strip()[-200:] or (f"{answer.problem}: {answer.detail}"[:200] if answer.problem else "")
            labels[i] = Label(clips[i].key, name, by, confidence, answer=said)
    return labels


def _filled(clip: Clip, label: Label, taxonomy: Taxonomy) -> Clip:
    if label.category is None:
        return clip.model_copy(update={"category": None}) if clip.category else clip
    tag = label.category if clip.tag is None and label.by == "chat" else clip.tag
    is_anomaly = taxonomy[label.category].is_anomaly
    return clip.model_copy(update={"category": label.category, "is_anomaly": is_anomaly, "tag": tag})


def _points(
    clips: Sequence[Clip], on: str, encoder: str | None, seed: int
) -> tuple[list[list[int]], Vectors, list[str]]:
    """(rows of each point, vectors of the points, their texts): a point is a caption, or a tag and all its rows."""
    if on == "tags":
        by_tag: dict[str, list[int]] = {}
        for i, clip in enumerate(clips):
            if clip.tag:
                by_tag.setdefault(" ".join(clip.tag.casefold().split()), []).append(i)
        if not by_tag:
            raise AnnotateError("no description has a tag to group by; use --on captions")
        members, texts = list(by_tag.values()), list(by_tag)
    else:
        members, texts = [[i] for i in range(len(clips))], [clip.caption for clip in clips]
    vectors = encode(texts, encoder) if encoder else tfidf(texts, short=on == "tags", seed=seed)
    return members, vectors, texts


def _groups(
    clips: Sequence[Clip],
    members: list[list[int]],
    texts: list[str],
    assigned: NDArray[np.integer],
    clusters: int,
    on: str,
) -> tuple[Group, ...]:
    terms, matrix = tfidf_matrix(texts if on == "captions" else [clips[rows[0]].tag or "" for rows in members])
    average = np.asarray(matrix.mean(axis=0)).ravel()
    groups, names = [], []
    for cluster in range(clusters):
        points = np.flatnonzero(assigned == cluster)
        rows = [row for point in points for row in members[point]]
        best = distinct_terms(matrix, points, average, terms)
        shown = typical(texts, matrix, points, TYPICAL)
        categories = Counter(clips[row].category for row in rows if clips[row].category)
        top = categories.most_common(1)
        named = top[0][0] if top and top[0][1] > len(rows) / 2 else None
        names.append(str(named or readable_name(best, (texts[i] for i in points)) or (shown or (EMPTY,))[0][:40]))
        counts = {str(name): count for name, count in categories.most_common()}
        groups.append(Group(cluster, names[-1], len(rows), tuple(best[:NAME_TERMS]), counts, shown))
    distinct = distinct_names(names, [group.terms for group in groups])
    return tuple(replace(group, name=name) for group, name in zip(groups, distinct))


def _proposed(
    clips: Sequence[Clip],
    labels: Sequence[Label],
    members: list[list[int]],
    assigned: NDArray[np.integer],
    groups: Sequence[Group],
    taxonomy: Taxonomy,
) -> list[Label]:
    """A row without a category gets its group's most frequent one that fits it, as a proposal."""
    labels = list(labels)
    names = {k: {c.name for c in taxonomy.categories if k in (None, c.is_anomaly)} for k in (None, True, False)}
    for point, rows in enumerate(members):
        group = groups[int(assigned[point])]
        for row in rows:
            label = replace(labels[row], cluster=group.cluster)
            allowed = names[clips[row].is_anomaly]
            top = next(((name, n) for name, n in group.categories.items() if name in allowed), None)
            if label.needs_review and top is not None:
                label = replace(label, by="cluster", proposal=top[0], confidence=round(top[1] / group.size, 4))
            labels[row] = label
    return labels
