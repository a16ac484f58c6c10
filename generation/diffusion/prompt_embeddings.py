"""Prompts to embeddings, once per unit: the text encoder comes to the device, reads all prompts, and leaves again.

A GPU with much free memory keeps it. For pipelines whose row of families.py names the embeddings; others are given the
prompts themselves with every batch. Each prompt is read alone, so that its embedding depends on no neighbour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from svta.builder.errors import first_line
from svta.generation.backends.base import GenerationError
from svta.generation.backends.spec import JsonObject, RenderSpec

from .families import Pipe, family_of
from .model_info import Arguments, call_arguments, pipeline_class
from .settings import DiffusionSettings

if TYPE_CHECKING:
    from torch import Tensor

Texts = tuple[str, str]  # prompt, negative prompt
Rows = dict[str, "Tensor"]  # the embeddings of one text, by argument of the call
MAX_EMBEDDING_BYTES: Final = 64 << 20  # of one clip: LTX-2 stacks all layers of its encoder, 390 MB a prompt
ROOMY: Final = 0.6  # of a GPU's memory must be free beside all weights: 85 GB of an H200, 48 of an 80 GB H100


NO_LIMIT: Final = 100_000  # tokenizers without a limit name a huge one
WORDS_A_TOKEN: Final = 0.6  # of English prose, with a margin: .75 is usual


@dataclass(frozen=True)
class PromptLimit:
    """A tokenizer and the tokens of a prompt, special ones included, that the text encoder is given."""

    tokenizer: Any
    tokens: int

    @property
    def words(self) -> int:
        """Words of English that surely fit."""
        return int(self.tokens * WORDS_A_TOKEN)

    def exceeds(self, text: str) -> bool:
        """Whether the end of a prompt is not read."""
        return len(self.tokenizer(text, truncation=False, verbose=False)["input_ids"]) > self.tokens

    def num_exceeding(self, texts: Sequence[str]) -> int:
        """How many prompts are not read to their end."""
        if not texts:
            return 0
        tokens = self.tokenizer(list(texts), truncation=False, verbose=False)["input_ids"]
        return sum(len(row) > self.tokens for row in tokens)


def prompt_limit(pipeline: str, call: Arguments, tokenizer: Any) -> PromptLimit | None:
    """The limit of a pipeline class: its family's, else its call's max_sequence_length, else the tokenizer's own.

    None if there is no tokenizer, or none of the three is known.
    """
    if tokenizer is None or not callable(tokenizer):
        return None
    default = call["max_sequence_length"].default if "max_sequence_length" in call else None
    own = getattr(tokenizer, "model_max_length", NO_LIMIT)
    tokens = family_of(pipeline).text_tokens or (default if isinstance(default, int) else own)
    return PromptLimit(tokenizer, int(tokens)) if tokens < NO_LIMIT else None


def planned_limit(spec: RenderSpec) -> PromptLimit | None:
    """The limit of a planned model, from its tokenizer's files; None if they are not there or cannot be read."""
    folder, pipeline = Path(spec.local["configs"]) / "tokenizer", str(spec.options["pipeline"])
    if not folder.is_dir():
        return None
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except (
        Exception
    ):  # only transformers' code runs above, over files that may hold anything; the plan says "not known"
        return None
    return prompt_limit(pipeline, call_arguments(pipeline_class(pipeline)), tokenizer)


class PromptEmbedder:
    """Holds a pipeline's text encoders, and the embeddings of the unit being generated (on the host).

    names: the arguments of the call that encode_prompt computes; () where the call is given prompts.
    """

    def __init__(self, pipe: Pipe, settings: DiffusionSettings):
        self.pipe, self.settings = pipe, settings
        family = family_of(type(pipe).__name__)
        self.call = call_arguments(type(pipe))
        self._limit = prompt_limit(type(pipe).__name__, self.call, pipe.components.get("tokenizer"))
        self.takes_negative = "negative_prompt" in self.call
        self.guided = self.takes_negative and (not family.guidance or settings.guidance_scale > 1)
        self.names = family.embeddings
        self._encoders = {n: part for n, part in pipe.components.items() if n.startswith("text_encoder") and part}
        self._rows: dict[Texts, Rows] = {}
        self._stays, self.resident = True, False
        self.encoded = 0
        if self.names:
            self._send_away()
        else:
            self._fetch()

    def prepare(self, texts: Sequence[Texts]) -> dict[Texts, str]:
        """Embed the texts of a unit, forgetting the last one's; what went wrong with those that cannot be embedded.

        The last text is the filler's: GenerationError where even that fails.
        """
        if not self.names:
            return {}
        wanted = list(dict.fromkeys(texts))
        self._rows = {text: self._rows[text] for text in wanted if text in self._rows}
        missing = [text for text in wanted if text not in self._rows]
        if not missing:
            return {}
        faults: dict[Texts, str] = {}
        self._fetch()
        for text in reversed(missing):  # the filler first: it gives the shapes that all must have
            if fault := self._embed(text, is_filler=text == texts[-1]):
                faults[text] = fault
            if text == texts[-1] and _num_bytes(self._rows[text]) > MAX_EMBEDDING_BYTES:
                return self._give_prompts()
        shapes = {tuple((name, tuple(part.shape)) for name, part in rows.items()) for rows in self._rows.values()}
        if len(shapes) > 1:  # padded to the longest of a call: cannot be put side by side
            return self._give_prompts()
        self._send_away()
        return faults

    def _embed(self, text: Texts, is_filler: bool) -> str | None:
        """Keep the embeddings of a text, or say why it has none. Raises GenerationError for the filler."""
        import torch

        try:
            self._rows[text] = self._encode(text)
        except torch.OutOfMemoryError:
            name = type(self.pipe).__name__
            raise GenerationError(f"{name}: no memory for its text encoder beside the model") from None
        except (ValueError, TypeError, RuntimeError, IndexError, KeyError) as error:
            if is_filler:
                name = type(self.pipe).__name__
                raise GenerationError(f"{name}: cannot read a prompt ({first_line(error)})") from None
            return f"prompt not read: {type(error).__name__}: {first_line(error)}"
        return None

    def _give_prompts(self) -> dict[Texts, str]:
        """From now on the call is given the prompts themselves."""
        self.names, self._rows = (), {}
        return {}

    def arguments(self, texts: Sequence[Texts]) -> JsonObject:
        """What a call of the pipeline is given for these clips."""
        import torch

        if not self.names:
            prompts = {"prompt": [prompt for prompt, _ in texts]}
            return prompts | ({"negative_prompt": [negative for _, negative in texts]} if self.guided else {})
        rows = [self._rows[text] for text in texts]
        empty: JsonObject = {"prompt": None} | ({"negative_prompt": None} if self.takes_negative else {})
        return empty | {name: torch.cat([row[name] for row in rows]).to(self.settings.device) for name in rows[0]}

    def provenance(self, text: Texts) -> JsonObject:
        """What provenance says about a clip's words: the negative prompt, and whether its own was cut off."""
        facts: JsonObject = {"negative_prompt": text[1]} if self.guided else {}
        if self._limit is not None and self._limit.exceeds(text[0]):
            facts["prompt_truncated"] = True
        return facts

    def _encode(self, text: Texts) -> Rows:
        import torch

        taken = signature(self.pipe.encode_prompt).parameters
        shared: JsonObject = {}
        for name in taken:
            has_default = name in self.call and self.call[name].default is not Parameter.empty
            if has_default and ("prompt" not in name or name == "prompt_template"):
                shared[name] = self.call[name].default
        shared |= {"device": self.settings.device}
        shared |= {name: 1 for name in ("num_videos_per_prompt", "num_images_per_prompt") if name in taken}
        shared |= {name: False for name in ("clean_caption",) if name in taken}
        pair = "negative_prompt" in taken
        if "do_classifier_free_guidance" in taken:
            shared["do_classifier_free_guidance"] = self.guided
        if pair and self.guided:
            shared["negative_prompt"] = [text[1]]
        self.encoded += 1
        with torch.inference_mode():
            rows = dict(zip(self.names, self.pipe.encode_prompt(prompt=[text[0]], **shared)))
            if not pair and self.guided:
                negative = self.pipe.encode_prompt(prompt=[text[1]], **shared)
                rows |= {f"negative_{name}": part for name, part in zip(self.names, negative)}
        return {name: part.to("cpu") for name, part in rows.items() if part is not None}

    def _fetch(self) -> None:
        """The text encoders on the device."""
        for name, part in self._encoders.items():
            setattr(self.pipe, name, part.eval().to(self.settings.device))

    def _send_away(self) -> None:
        """The text encoders out of the pipeline, and off the device where denoising may want their memory."""
        for name in self._encoders:
            setattr(self.pipe, name, None)
        self.resident = self.settings.device == "cuda" and self._stays and _roomy()
        if not self.resident:
            for part in self._encoders.values():
                part.to("cpu")

    def make_room(self) -> bool:
        """Memory ran out: send the text encoders off the device for good; False if they are not on it."""
        self._stays, was_resident = False, self.resident
        if was_resident:
            self._send_away()
        return was_resident


def _roomy() -> bool:
    """Whether so much of the GPU is free that the text encoders may stay: moving 11 GB there and back takes seconds."""
    import torch

    free, total = torch.cuda.mem_get_info()
    return free >= ROOMY * total


def _num_bytes(rows: Mapping[str, Tensor]) -> int:
    return sum(part.numel() * part.element_size() for part in rows.values())
