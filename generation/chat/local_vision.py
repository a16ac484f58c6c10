"""A model of transformers on this machine that answers questions about images (image-text-to-text)."""

from __future__ import annotations

import io
from base64 import b64decode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from svta.builder.errors import MissingExtra
from svta.builder.io.hub_client import limited
from svta.builder.io.json_text import JsonObject
from svta.generation.remote.address import one_line

from .local_model import why_not_loaded
from .messages import ChatAnswer, ChatEngine, ChatError, ChatRequest


class LocalVisionModel(ChatEngine):
    """A folder or a Hub id of an image-text-to-text model, asked one question at a time, without sampling."""

    def __init__(self, model: str, *, device: str | None = None):
        try:
            import torch
            import transformers
        except ImportError:
            raise MissingExtra("transformers", "generate") from None
        self.model = Path(model).name if Path(model).is_dir() else model
        self._torch = torch
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        try:
            dtype = torch.bfloat16 if self.device == "cuda" else torch.float32
            with limited():
                self._processor: Any = transformers.AutoProcessor.from_pretrained(model, trust_remote_code=False)
                loaded: Any = transformers.AutoModelForImageTextToText.from_pretrained(
                    model, dtype=dtype, trust_remote_code=False
                )
            self._model = loaded.to(self.device).eval()
        except Exception as error:  # only transformers' code runs above, over files that may hold anything
            raise ChatError(f"--chat {model}: no model that sees images there: {why_not_loaded(error)}") from None
        if getattr(self._processor, "chat_template", None) is None:
            raise ChatError(f"--chat {model}: its processor has no chat template; take an instruct model")

    def answers(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer]]:
        """Answers in the order of the requests."""
        for index, request in enumerate(requests):
            yield index, self._one(request)

    def _one(self, request: ChatRequest) -> ChatAnswer:
        try:
            prompt = self._processor.apply_chat_template(_messages(request), add_generation_prompt=True, tokenize=False)
            pictures = [_picture(url) for url in request.images] or None
            inputs = self._processor(text=[prompt], images=pictures, return_tensors="pt")
        except Exception as error:  # the processor's code over a template and settings of the model's folder
            raise ChatError(f"{self.model}: its processor fails: {one_line(error)}") from None
        inputs = inputs.to(self.device, dtype=self._model.dtype)  # of pictures; whole numbers stay
        start = inputs["input_ids"].shape[1]
        with self._torch.inference_mode():
            output = self._model.generate(**inputs, max_new_tokens=request.max_tokens, do_sample=False)[0, start:]
        ends = self._model.generation_config.eos_token_id
        ends = set(ends) if isinstance(ends, list) else {ends}
        tokens = output.tolist()
        end = next((i for i, token in enumerate(tokens) if token in ends), None)
        text = self._processor.decode(tokens if end is None else tokens[:end], skip_special_tokens=True)
        return ChatAnswer(str(text), end is not None, int(start), len(tokens))


def _messages(request: ChatRequest) -> list[JsonObject]:
    """As processors' chat templates take them: every content is parts, an image's place has no data."""
    messages: list[JsonObject] = [
        {"role": role, "content": [{"type": "text", "text": content}]} for role, content in request.messages
    ]
    messages[-1]["content"] = [{"type": "image"} for _ in request.images] + messages[-1]["content"]
    return messages


def _picture(url: str) -> Any:
    from PIL import Image

    picture = Image.open(io.BytesIO(b64decode(url.partition(",")[2])))
    return picture.convert("RGB")
