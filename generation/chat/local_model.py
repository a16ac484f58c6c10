"""A chat model of transformers on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from svta.builder.errors import MissingExtra
from svta.builder.io.hub_client import limited
from svta.generation.remote.address import one_line

from .messages import ChatAnswer, ChatEngine, ChatError, ChatRequest


class LocalModel(ChatEngine):
    """A causal language model of transformers, from a folder or a Hub id; batched chat templates, padded left."""

    def __init__(self, model: str, *, batch_size: int = 8, device: str | None = None):
        try:
            import torch
            import transformers
        except ImportError:
            raise MissingExtra("transformers", "generate") from None
        self.model = Path(model).name if Path(model).is_dir() else model
        self.batch_size = batch_size
        self._torch = torch
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        try:
            # without the False transformers would ask on stdin whether to run Python files that come with the model
            dtype = torch.bfloat16 if self.device == "cuda" else torch.float32
            with limited():
                self._tokenizer = transformers.AutoTokenizer.from_pretrained(
                    model, padding_side="left", trust_remote_code=False
                )
                loaded: Any = transformers.AutoModelForCausalLM.from_pretrained(
                    model, dtype=dtype, trust_remote_code=False
                )
            self._model = loaded.to(self.device).eval()
        except Exception as error:  # only transformers' code runs above, over files that may hold anything
            raise ChatError(f"--chat {model}: no language model there: {why_not_loaded(error)}") from None
        if self._tokenizer.chat_template is None:
            raise ChatError(f"--chat {model}: its tokenizer has no chat template; take an instruct model")
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token

    def answers(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer]]:
        """Answers batch by batch; sampling is seeded by the first request of a batch."""
        for start in range(0, len(requests), self.batch_size):
            batch = requests[start : start + self.batch_size]
            for offset, answer in enumerate(self._batch(batch)):
                yield start + offset, answer

    def _batch(self, batch: Sequence[ChatRequest]) -> Iterator[ChatAnswer]:
        torch, first = self._torch, batch[0]
        try:
            prompts = [
                self._tokenizer.apply_chat_template(r.as_messages(), add_generation_prompt=True, tokenize=False)
                for r in batch
            ]
        except Exception as error:  # the chat template is a program of the model's folder (sandboxed by transformers)
            raise ChatError(f"{self.model}: its chat template fails: {one_line(error)}") from None
        inputs = self._tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False).to(self.device)
        torch.manual_seed(first.seed + first.attempt)
        room = getattr(self._model.config, "max_position_embeddings", 1 << 20) - inputs["input_ids"].shape[1]
        if room < 1:
            raise ChatError(f"{self.model}: the prompt of {inputs['input_ids'].shape[1]:,} tokens leaves no room")
        with torch.inference_mode():
            output = self._model.generate(
                **inputs,
                max_new_tokens=min(room, max(request.max_tokens for request in batch)),
                do_sample=first.temperature > 0,
                temperature=first.temperature or None,
                top_p=first.top_p if first.temperature > 0 else None,
                pad_token_id=self._tokenizer.pad_token_id,
            )
        ends = self._model.generation_config.eos_token_id
        ends = set(ends) if isinstance(ends, list) else {ends}
        for prompt, row in zip(inputs["attention_mask"], output[:, inputs["input_ids"].shape[1] :]):
            tokens = row.tolist()
            end = next((i for i, token in enumerate(tokens) if token in ends), None)
            tokens = tokens if end is None else tokens[:end]
            text = self._tokenizer.decode(tokens, skip_special_tokens=True)
            yield ChatAnswer(str(text), end is not None, int(prompt.sum()), len(tokens))


def why_not_loaded(error: Exception) -> str:
    """Why transformers could not load a model folder, on one line: it may need Python code that is never run.

    >>> why_not_loaded(ValueError("... requires you to execute ... `trust_remote_code=True`"))
    'it comes with Python code of its own, which is never run'
    """
    text = one_line(error)
    return "it comes with Python code of its own, which is never run" if "trust_remote_code" in str(error) else text
