"""What is asked about a clip and its caption, and what an answer says.

The axes and the scale are those of SynTVA (arXiv 2507.02316): object and scene, action, attribute, prompt fidelity,
from 1 to 5. A model gets each question in two forms: graded, how much is shown, and reversed, how much is missing or
wrong. Who says yes to everything, or always the last number, says the opposite to the second: the mean of both cancels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from svta.builder.io.json_text import loose_json, read_json_object

from .config import SCALE, AuditError
from .result import FIDELITY
from .sample import Item

Form = Literal["graded", "reversed"]
FORMS: Final[tuple[Form, ...]] = ("graded", "reversed")
AXES: Final = {
    "object_scene": "the people, things and places of the caption",
    "action": "what happens: who does what, in the order of the caption",
    "attribute": "colours, counts, clothes, time of day and other properties that the caption names",
    FIDELITY: "the caption as a whole",
}
MINOR_NOTE: Final = "Content note: the caption is flagged as depicting a minor."
ANSWER_TOKENS_LIKELY: Final = 60
ANSWER_TOKENS_MOST: Final = 400
SYSTEM: Final = (
    "You compare short video clips with captions. Judge only what the frames show, not what is likely. Clips may be "
    "drawn with flat figures: then the figure counts as what it stands for."
)
_START: Final = 'These {frames} frames, in order, are one clip. The caption is: "{caption}"\n'
TEMPLATES: Final[dict[Form, str]] = {
    "graded": _START + "How much of the caption does the clip show? For each axis give a whole number:\n"
    "1 nothing of it, 2 little, 3 about half, 4 most of it, 5 all of it\n{axes}\n"
    "If the caption names nothing on an axis, leave that axis out. Answer with one JSON object: {example}",
    "reversed": _START
    + "How much of the caption is missing from the clip, or shown otherwise? For each axis give a whole number:\n"
    "1 nothing is missing, 2 little, 3 about half, 4 most of it, 5 all of it is missing or wrong\n{axes}\n"
    "If the caption names nothing on an axis, leave that axis out. Answer with one JSON object: {example}",
}
_EXAMPLE: Final = "{" + ", ".join(f'"{axis}": N' for axis in AXES) + "}"
_PAIR: Final = re.compile(r"""["']?(\w+)["']?\s*[:=]\s*["']?(\d+)(?![\d.]*\d)(?=\s*(?:["',}\n/]|\Z|out))""")
_NUMBER: Final = re.compile(r"\W*(?:(?:score|rating|answer|overall)\W+)?([1-5])(?:\s*(?:/|out of)\s*5)?\W*", re.I)
_THINKING: Final = re.compile(r"\A.*</(?:think|thinking)>", re.S)
MAX_ANSWER_CHARS: Final = 100_000


@dataclass(frozen=True)
class Rating:
    """One rater's answer about one item: scores by axis from 1 to 5, 5 where all is shown, in both forms.

    problem: why there is no score ("content_filter", "cut", "unreadable" ...), "" if there is one.
    """

    item: str
    rater: str
    scores: Mapping[str, float] = field(default_factory=dict)
    form: Form = "graded"
    problem: str = ""


def load_templates(path: str | Path | None) -> dict[Form, str]:
    """The two questions, or the user's own: a JSON object with graded and reversed. Raises AuditError."""
    if path is None:
        return TEMPLATES
    own = read_json_object(Path(path), error=AuditError)
    texts: dict[Form, str] = {}
    for form in FORMS:
        text = own.get(form, TEMPLATES[form])
        if not isinstance(text, str) or "{caption}" not in text:
            raise AuditError(f"{path}: {form} is not a text that contains {{caption}}")
        texts[form] = text
    return texts


def question_text(item: Item, form: Form, num_frames: int, templates: Mapping[Form, str] = TEMPLATES) -> str:
    """The question about an item in one form. Nothing in it tells whether the caption is the clip's own."""
    axes = "\n".join(f"{axis}: {what}" for axis, what in AXES.items())
    values = {"caption": item.caption, "axes": axes, "example": _EXAMPLE, "frames": str(num_frames)}
    text = re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), templates[form])
    return f"{MINOR_NOTE}\n{text}" if item.minor else text


def parse_answer(text: str, form: Form) -> dict[str, float]:
    """Scores by axis, 5 where all is shown; axes that the answer leaves out, or scores beside the scale, are not there.

    Reads a JSON object anywhere in the text, or NAME: NUMBER pairs; of an answer that was cut, what is whole. A number
    alone is the score of the caption as a whole.

    >>> parse_answer('Sure! {"object_scene": 4, "action": 2, "prompt_fid', "reversed")
    {'object_scene': 2.0, 'action': 4.0}
    """
    text = _THINKING.sub("", text[:MAX_ANSWER_CHARS])
    if alone := _NUMBER.fullmatch(text[:100].strip()):
        text = f'{{"{FIDELITY}": {alone[1]}}}'
    start, end = text.find("{"), text.rfind("}")
    value = loose_json(text[start : end + 1], None) if 0 <= start < end else None
    pairs = value.items() if isinstance(value, dict) else _PAIR.findall(text)
    scores: dict[str, float] = {}
    for name, given in pairs:
        axis = re.sub(r"\W+", "_", str(name).strip().lower())
        score = _number(given)
        if axis in AXES and score is not None:
            scores[axis] = float(score if form == "graded" else sum(SCALE) - score)
    return scores


def _number(value: object) -> int | None:
    """A whole number of the scale, also where it comes as text or as 4.0."""
    if isinstance(value, str):
        value = loose_json(value.strip().partition("/")[0], None)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not SCALE[0] <= value <= SCALE[1]:
        return None
    return int(value) if value == int(value) else None
