"""Clips of one colour each, whose captions name it, and a vision endpoint that sees the colours and errs on command."""

from __future__ import annotations

import io
import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from chat_server import picky_server

from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.record import Clip, make_key
from svta.builder.video.encoder import encode
from svta.eval.audit.questions import AXES
from svta.eval.audit.result import FIDELITY

COLOURS = {
    "red": (220, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 220), "yellow": (230, 220, 20),
    "white": (240, 240, 240), "black": (10, 10, 10), "purple": (150, 20, 150), "orange": (240, 130, 10),
    "grey": (125, 125, 125), "cyan": (20, 210, 210), "brown": (110, 70, 30), "pink": (250, 160, 190),
}  # fmt: skip
CATEGORIES = ("walking", "arson")


def film(colour: str) -> bytes:
    """Half a second of one colour."""
    return encode(np.full((8, 48, 64, 3), COLOURS[colour], np.uint8), fps=16)


def records(wrong: tuple[str, ...] = (), **fields: object) -> list[Clip]:
    """A clip of each colour; those of `wrong` have a caption of the next colour."""
    names = list(COLOURS)
    said = {name: names[(i + 1) % len(names)] if name in wrong else name for i, name in enumerate(names)}
    return [
        Clip(
            key=make_key("colours", name, ""),
            caption=f"The {said[name]} wall fills the view of {said[name]} paint.",
            category=CATEGORIES[i % 2],
            is_anomaly=bool(i % 2),
            tag=name,
            **{"source": "grammar", "source_id": name, "source_split": "test", "generator": "storyboard",
               "synthetic": True, **fields},
        )
        for i, name in enumerate(names)
    ]  # fmt: skip


def clips_folder(folder: Path, clips: list[Clip]) -> Path:
    """A finished clips folder of these records."""
    write_plan(folder, {"kind": "test", "spec": "test", "units": 1})
    write_part(folder, 0, ((clip, film(str(clip.tag))) for clip in clips), spec="test")
    return folder


def dataset(folder: Path, clips: list[Clip]) -> Path:
    """The same, packed."""
    parts = clips_folder(folder.with_name(folder.name + "-clips"), clips)
    pack(parts, folder, PackConfig(splits="source", shard_multiple=1), workers=1)
    return folder


def known_folder(folder: Path) -> Path:
    """Clips that their provenance says to show all of their caption."""
    return clips_folder(folder, records(provenance=json.dumps({"fidelity": 1.0})))


def colour_in(url: str) -> str:
    """The colour of a data: URL's picture."""
    from PIL import Image

    picture = Image.open(io.BytesIO(b64decode(url.partition(",")[2]))).convert("RGB")
    mean = np.asarray(picture, float).mean((0, 1))
    return min(COLOURS, key=lambda name: float(np.abs(mean - COLOURS[name]).sum()))


Error = Callable[[str, str, bool, str], object | None]
"""(caption, form, whether it is shown, the fair answer) -> another: text, a completion, (status, error), or None."""


def completion(text: str, finish: str = "stop") -> dict[str, object]:
    """A chat completion."""
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 1000, "completion_tokens": 40}
    return {"choices": [{"index": 0, "finish_reason": finish, "message": message}], "usage": usage}


@contextmanager
def vision_server(error: Error = lambda *_: None) -> Iterator[tuple[str, list[dict]]]:
    """(URL, bodies of all requests) of an endpoint that looks at the frames, and errs where `error` says so."""

    def answer(body: dict) -> object:
        parts = body["messages"][-1]["content"]
        urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
        text = next(part["text"] for part in parts if part["type"] == "text")
        caption = re.search(r'The caption is: "(.*)"', text)[1]
        form = "reversed" if "missing" in text else "graded"
        colours = {colour_in(url) for url in urls}
        shown = len(colours) == 1 and colours <= set(caption.split())
        score = 5 if shown == (form == "graded") else 1
        fair = json.dumps(dict.fromkeys(AXES, score))
        made = error(caption, form, shown, fair)
        if made is None:
            return completion(fair)
        return completion(made) if isinstance(made, str) else made

    with picky_server({}, answer) as served:
        yield served


def scores(value: int) -> str:
    """An answer with one number on every axis."""
    return json.dumps({**dict.fromkeys(AXES, value), FIDELITY: value})
