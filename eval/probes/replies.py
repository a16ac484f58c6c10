"""Multiple choice between A and B by language models: VELOCITI's both orders, Vinoground's pairs by category, percent.

In: replies as text; out: accuracy over all items. A reply counts by its first word, any case, without punctuation and
quotes; one that is neither A nor B is wrong and stays in the denominator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from .grids import ProbesError, check_lists

CHOICES: Final = ("A", "B")
_STRIPPED: Final = ".,:;()\"'`\u2018\u2019\u201c\u201d"


def choice_of(reply: object) -> str | None:
    """A or B, or None for a reply that is neither; a list of one reply is that reply."""
    if isinstance(reply, (list, tuple)):
        reply = reply[0] if reply else None
    words = reply.split() if isinstance(reply, str) else []
    word = words[0].strip(_STRIPPED).upper() if words else ""
    return word if word in CHOICES else None


def score_choices(replies_a: Sequence[object], replies_b: Sequence[object]) -> dict[str, float | int | None]:
    """Items asked in both orders: replies where A is right, and where B is; `both`: right in both. Percent."""
    check_lists(replies_a=replies_a, replies_b=replies_b)
    if len(replies_a) != len(replies_b):
        raise ProbesError(f"{len(replies_a)} and {len(replies_b)} replies do not pair")
    items = [(choice_of(a), choice_of(b)) for a, b in zip(replies_a, replies_b, strict=True)]

    def percent(right: int) -> float | None:
        return 100 * right / len(items) if items else None

    return {
        "num_items": len(items),
        "num_unparsed": sum(None in item for item in items),
        "gt_A": percent(sum(a == "A" for a, _ in items)),
        "gt_B": percent(sum(b == "B" for _, b in items)),
        "both": percent(sum(item == CHOICES for item in items)),
    }


def score_replies(
    categories: Sequence[Sequence[str]], text: Sequence[Mapping[str, object]], video: Sequence[Mapping[str, object]]
) -> dict[str, dict[str, float | int]]:
    """Vinoground's reply files: text, video and group accuracy of pairs, over all and by category. Percent.

    categories: the names of each pair's categories, several joined by ";"; text and video: {idx, GT, response}, where
    items 2i and 2i + 1 are the two of pair i. A missing reply is wrong for its own score alone. Raises ProbesError.
    """
    check_lists(categories=categories, text=text, video=video)
    for number, names in enumerate(categories):
        check_lists(**{f"categories of pair {number}": names})
    right_text, right_video = _right_items(text, "text"), _right_items(video, "video")
    pairs: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for number, names in enumerate(categories):
        both = {2 * number, 2 * number + 1}
        score = (both <= right_text, both <= right_video)
        split = [name.strip() for joined in names for name in str(joined).split(";")]
        for name in dict.fromkeys(["all", *filter(None, split)]):
            pairs[name].append(score)
    return {
        name: {
            "text": 100 * sum(text for text, _ in scores) / len(scores),
            "video": 100 * sum(video for _, video in scores) / len(scores),
            "group": 100 * sum(text and video for text, video in scores) / len(scores),
            "pairs": len(scores),
        }
        for name, scores in pairs.items()
    }


def _right_items(items: Sequence[Mapping[str, object]], name: str) -> set[object]:
    seen: set[object] = set()
    right: set[object] = set()
    for number, item in enumerate(items):
        if not isinstance(item, Mapping) or not isinstance(index := item.get("idx"), int):
            raise ProbesError(f"{name} reply {number}: an object with idx, GT and response is needed")
        if index in seen:
            raise ProbesError(f"{name} replies: item {index} twice")
        seen.add(index)
        if choice_of(item.get("response")) == str(item.get("GT")).upper():
            right.add(index)
    return right
