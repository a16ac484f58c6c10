"""Prompts to embeddings, once a unit: the text encoder comes to the device, reads all prompts, and leaves again.

A GPU with much free memory keeps it. Works for every pipeline whose encode_prompt returns what its call takes (seen in
its source); others get the prompts themselves with every batch. Each prompt is read alone, so that its embedding hangs
on no neighbour.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, cast

from svta.generation.backends.base import FilmError

from .families import family_of
from .model_info import first_line
from .settings import Choices

Texts = tuple[str, str]  # prompt, negative prompt
MAX_EMBEDDING_BYTES: Final = 64 << 20  # of one clip: LTX-2 stacks all layers of its encoder, 390 MB a prompt
ROOMY: Final = 0.6  # of a GPU's memory must be free beside all weights: 85 GB of an H200, 48 of an 80 GB H100


@cache
def embedding_names(pipeline_class: Any) -> tuple[str, ...]:
    """Names of what encode_prompt returns, in order, if the pipeline's call takes them all; else ()."""
    encode = getattr(pipeline_class, "encode_prompt", None)
    if encode is None or not family_of(pipeline_class.__name__).embeds:
        return ()
    tree = ast.parse(textwrap.dedent(inspect.getsource(encode)))
    returned = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]
    taken = inspect.signature(pipeline_class.__call__).parameters
    parts = returned[-1].elts if returned and isinstance(returned[-1], ast.Tuple) else []
    names = tuple(part.id for part in parts if isinstance(part, ast.Name))
    return names if names and len(names) == len(parts) and all(name in taken for name in names) else ()


class Embedder:
    """Holds a pipeline's text encoders, and the embeddings of the unit being filmed (on the host)."""

    def __init__(self, pipe: Any, choices: Choices):
        self.pipe, self.choices = pipe, choices
        self.takes_negative = "negative_prompt" in inspect.signature(type(pipe).__call__).parameters
        guided = not family_of(type(pipe).__name__).guidance or choices.guidance_scale > 1
        self.guided = guided and self.takes_negative
        self.names = embedding_names(cast(Any, type(pipe)))
        self._encoders = {n: part for n, part in pipe.components.items() if n.startswith("text_encoder") and part}
        self._known: dict[Texts, dict[str, Any]] = {}
        self._stays, self.resident = True, False
        self.encoded = 0
        if self.names:
            self._send_away()
        else:
            self._fetch()

    def prepare(self, texts: Sequence[Texts]) -> dict[Texts, str]:
        """Embed the texts of a unit, forgetting the last one's; what went wrong with those that cannot be embedded.

        The last text is the filler's: FilmError where even that fails.
        """
        import torch

        if not self.names:
            return {}
        wanted = list(dict.fromkeys(texts))
        self._known = {text: self._known[text] for text in wanted if text in self._known}
        missing = [text for text in wanted if text not in self._known]
        if not missing:
            return {}
        faults: dict[Texts, str] = {}
        self._fetch()
        for text in reversed(missing):  # the filler first: it tells the shapes that all must have
            try:
                self._known[text] = self._encode(text)
            except torch.OutOfMemoryError:
                raise FilmError(
                    f"{type(self.pipe).__name__}: no memory for its text encoder beside the model"
                ) from None
            except (ValueError, TypeError, RuntimeError, IndexError, KeyError) as error:
                if text == texts[-1]:
                    raise FilmError(f"{type(self.pipe).__name__}: cannot read a prompt ({first_line(error)})") from None
                faults[text] = f"prompt not read: {type(error).__name__}: {first_line(error)}"
            if text == texts[-1] and _num_bytes(self._known[text]) > MAX_EMBEDDING_BYTES:
                self.names, self._known = (), {}
                return {}
        shapes = {tuple((name, tuple(part.shape)) for name, part in rows.items()) for rows in self._known.values()}
        if len(shapes) > 1:  # padded to the longest of a call: cannot be put side by side
            self.names, self._known = (), {}
            return {}
        self._send_away()
        return faults

    def arguments(self, texts: Sequence[Texts]) -> dict[str, Any]:
        """What a call of the pipeline is given for these clips."""
        import torch

        if not self.names:
            prompts = {"prompt": [prompt for prompt, _ in texts]}
            return prompts | ({"negative_prompt": [negative for _, negative in texts]} if self.guided else {})
        rows = [self._known[text] for text in texts]
        words = {"prompt": None} | ({"negative_prompt": None} if self.takes_negative else {})
        return words | {name: torch.cat([row[name] for row in rows]).to(self.choices.device) for name in rows[0]}

    def facts(self, text: Texts) -> dict[str, Any]:
        """What provenance says about a clip's words: the negative prompt, and whether its own was cut off."""
        facts: dict[str, Any] = {"negative_prompt": text[1]} if self.guided else {}
        limit = inspect.signature(type(self.pipe).__call__).parameters.get("max_sequence_length")
        tokenizer = getattr(self.pipe, "tokenizer", None)
        if tokenizer is not None and limit is not None and isinstance(limit.default, int):
            length = len(tokenizer(text[0], truncation=False, verbose=False)["input_ids"])
            facts |= {"prompt_truncated": True} if length > limit.default else {}
        return facts

    def _encode(self, text: Texts) -> dict[str, Any]:
        import torch

        taken = inspect.signature(self.pipe.encode_prompt).parameters
        call = inspect.signature(type(self.pipe).__call__).parameters
        shared = {
            name: call[name].default
            for name in taken
            if name in call and "prompt" not in name and call[name].default is not inspect.Parameter.empty
        } | {name: call[name].default for name in taken if name == "prompt_template" and name in call}
        shared |= {"device": self.choices.device}
        shared |= {name: 1 for name in ("num_videos_per_prompt", "num_images_per_prompt") if name in taken}
        shared |= {name: False for name in ("clean_caption",) if name in taken}
        pair = "negative_prompt" in taken
        if "do_classifier_free_guidance" in taken:
            shared["do_classifier_free_guidance"] = self.guided
        if pair and self.guided:
            shared["negative_prompt"] = [text[1]]
        self.encoded += 1
        with torch.inference_mode():
            found = dict(zip(self.names, self.pipe.encode_prompt(prompt=[text[0]], **shared)))
            if not pair and self.guided:
                negative = self.pipe.encode_prompt(prompt=[text[1]], **shared)
                found |= {f"negative_{name}": part for name, part in zip(self.names, negative)}
        return {name: part.to("cpu") for name, part in found.items() if part is not None}

    def _fetch(self) -> None:
        """The text encoders on the device."""
        for name, part in self._encoders.items():
            setattr(self.pipe, name, part.eval().to(self.choices.device))

    def _send_away(self) -> None:
        """The text encoders out of the pipeline, and off the device where denoising may want their memory."""
        for name in self._encoders:
            setattr(self.pipe, name, None)
        self.resident = self.choices.device == "cuda" and self._stays and _roomy()
        if not self.resident:
            for part in self._encoders.values():
                part.to("cpu")

    def make_room(self) -> bool:
        """Memory ran out: send the text encoders off the device for good; False where they are not on it."""
        self._stays, was_resident = False, self.resident
        if was_resident:
            self._send_away()
        return was_resident


def _roomy() -> bool:
    """Whether so much of the GPU is free that the text encoders may stay: moving 11 GB there and back takes seconds."""
    import torch

    free, total = torch.cuda.mem_get_info()
    return free >= ROOMY * total


def _num_bytes(rows: Mapping[str, Any]) -> int:
    return sum(part.numel() * part.element_size() for part in rows.values())
