"""GenerateConfig: what a user wants generated. Commands fill it, Python calls take it, plan.json has the result.

plan_request(Path("descriptions.jsonl"), GenerateConfig(backend="diffusion", model="models/wan", preset="fast"))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from .spec import JsonObject, Options


@dataclass(frozen=True)
class GenerateConfig:
    """Options of `svta generate` and `svta plan`; None leaves a value to the backend.

    `settings` are a model's NAME=VALUE texts, or the same as a mapping with typed values; `endpoint`: URLs with commas.
    """

    backend: str = "storyboard"
    model: str | None = None
    model_id: str | None = None
    preset: str | None = None
    settings: Sequence[str] | Options = ()
    cache_config: str | None = None
    endpoint: str | None = None
    num_frames: int | None = None
    height: int | None = None
    width: int | None = None
    fps: float | None = None
    seed: int = 0
    unit_size: int = 32
    taxonomy: Path | None = None
    choreography: Path | None = None
    lexicon: Path | None = None
    min_fidelity: float | None = None
    limit: int | None = None
    extend_prompts: str | None = None

    def changed(self) -> JsonObject:
        """The options that differ from their defaults."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) != f.default}
