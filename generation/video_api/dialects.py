"""Which fields a request for a video has, and how they are sent: one row an engine, its refusals learnt from.

The engines share the paths of the OpenAI Videos API and little else: SGLang Diffusion reads JSON, vLLM-Omni a form,
Dynamo keeps its fields in an object `nvext` and answers with the video, OpenAI takes seconds and a size alone.
docs/serving.md has the table with its sources.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from svta.builder.io.json_text import Json, JsonObject
from svta.generation.remote.error_replies import ErrorReply

NEEDED: Final = ("prompt", "model", "size")  # fields that no refusal takes out
_STEPS: Final = {"steps": "num_inference_steps", "guidance_scale": "guidance_scale"}
_SAME: Final = {name: name for name in ("num_frames", "fps", "seed", "negative_prompt")}
_EXTENSIONS: Final = {**_SAME, **_STEPS}
_FORM_NEEDED: Final = re.compile(r"\bprompt\b[^;]{0,40}\brequired\b|\brequired\b[^;]{0,40}\bprompt\b", re.I)
_JSON_NEEDED: Final = re.compile(r"input_reference[^;]{0,40}required|valid json|unsupported media type", re.I)


@dataclass(frozen=True)
class Dialect:
    """How one engine is asked for a video.

    fields: svta's name of a value -> the field's; values that are in no row are not sent. nest: the object of the
    request that holds the fields of `nested`. form: multipart/form-data instead of JSON. fixed: fields of every
    request. sync_path: where a POST answers with the video itself; jobs: whether there are jobs at all. marks: whether
    a job repeats the request's `model` as it was sent, so that a mark in it shows whose job it is.
    without: fields that this server refused.
    """

    name: str
    fields: Mapping[str, str]
    nested: Mapping[str, str] = field(default_factory=dict)
    nest: str = ""
    form: bool = False
    fixed: Mapping[str, Json] = field(default_factory=dict)
    sync_path: str = ""
    jobs: bool = True
    marks: bool = False
    without: tuple[str, ...] = ()

    def body(self, values: Mapping[str, Json], own: Mapping[str, Json]) -> JsonObject:
        """The fields of a request; `own` fields of the user go before, null leaves one out."""
        body = {name: values[ours] for ours, name in self.fields.items() if values.get(ours) is not None}
        if nested := {name: values[ours] for ours, name in self.nested.items() if values.get(ours) is not None}:
            body[self.nest] = {name: value for name, value in nested.items() if name not in self.without}
        body |= {**self.fixed, **own}
        return {name: value for name, value in body.items() if value is not None and name not in self.without}

    def marked(self, body: JsonObject, ticket: str) -> JsonObject:
        """The request with its ticket behind the model's name, for a server whose jobs repeat that."""
        return {**body, "model": f"{body['model']}#{ticket}"} if self.marks and "model" in body else body

    def sends(self, name: str) -> bool:
        """Whether the engine gets this value of svta's."""
        return any(table.get(name, name) not in self.without for table in (self.fields, self.nested) if name in table)

    def learn(self, sent: Mapping[str, Json], error: ErrorReply) -> Dialect | None:
        """The dialect that avoids this refusal, or None if the error is about something else."""
        text = f"{error.message} {error.param}"
        if not self.form and not self.nest and _FORM_NEEDED.search(text):
            return DIALECTS["vllm-omni"]
        if self.form and _JSON_NEEDED.search(text):
            return DIALECTS["sglang"]
        optional = [*(set(sent) - {*NEEDED, self.nest}), *self.nested.values()]
        named = [name for name in sorted(optional) if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
        new = tuple(name for name in named if name not in self.without)
        return replace(self, without=(*self.without, *new)) if new else None


DIALECTS: Final[Mapping[str, Dialect]] = {
    dialect.name: dialect
    for dialect in (
        Dialect("sglang", {"prompt": "prompt", "model": "model", "size": "size", **_EXTENSIONS}, marks=True),
        Dialect(
            "vllm-omni",
            {"prompt": "prompt", "model": "model", "size": "size", **_EXTENSIONS, "flow_shift": "flow_shift"},
            form=True,
            sync_path="/videos/sync",
        ),
        Dialect(
            "dynamo",
            {"prompt": "prompt", "model": "model", "size": "size"},
            nested=_EXTENSIONS,
            nest="nvext",
            fixed={"response_format": "b64_json"},
            sync_path="/videos",
            jobs=False,
        ),
        Dialect("openai", {"prompt": "prompt", "model": "model", "size": "size", "seconds": "seconds"}),
    )
}
