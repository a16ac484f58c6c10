"""Options that several commands share, each spelled once.

`generate_options` adds those of `svta generate` and `svta plan` to a command, which gets them as one GenerateConfig.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from svta.generation.backends.config import GenerateConfig

AsJson = Annotated[bool, typer.Option("--json", help="Nothing but JSON on stdout.")]
CaptionColumn = Annotated[str | None, typer.Option(help="Where captions are, if not in caption, text, sentence ...")]
VideoColumn = Annotated[str | None, typer.Option(help="Where videos are named, if not in video, file, path ...")]
Columns = Annotated[list[str] | None, typer.Option(help="FIELD=COLUMN of a table, e.g. start=From; may repeat.")]
OwnTaxonomy = Annotated[Path | None, typer.Option(help="Your own taxonomy.json.")]

Workers = Annotated[int | None, typer.Option(min=1, help="Processes; default one a core, or one a GPU.")]
Rate = Annotated[float | None, typer.Option(min=0, max=1e6, help="Money a GPU-hour (or core-hour) costs.")]

# of a chat model: describe and annotate
ChatPlace = Annotated[str | None, typer.Option(help="A chat model: URL of an OpenAI-like endpoint, folder or id.")]
ChatModel = Annotated[str | None, typer.Option(help="Which model, where the endpoint serves several.")]
ChatCache = Annotated[Path | None, typer.Option(help="Folder of answers; default beside --out.")]
OwnTemplate = Annotated[Path | None, typer.Option(help="Your own questions (JSON, see templates.json).")]
Concurrency = Annotated[int, typer.Option(min=1, help="Questions asked at the same time.")]
PriceText = Annotated[str | None, typer.Option(help="PROMPT,COMPLETION price per million tokens.")]


def text_or_none(path: Path | None) -> str | None:
    """An optional path as a config holds it."""
    return None if path is None else str(path)


def _generate_config(
    backend: Annotated[
        str, typer.Option(help="storyboard (drawn on the CPU), diffusion, or your own as module:class.")
    ] = "storyboard",
    model: Annotated[str | None, typer.Option(help="Diffusion: a model folder or Hub id.")] = None,
    model_id: Annotated[str | None, typer.Option(help="Diffusion: whose model a local folder is (owner/name).")] = None,
    preset: Annotated[
        str | None, typer.Option(help="Diffusion: reference, balanced (default), fast or distilled.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Diffusion: NAME=VALUE over the preset, e.g. steps=30.")
    ] = None,
    cache_config: Annotated[
        str | None, typer.Option(help="Diffusion: none, mag, teacache, first_block, calibrate, or JSON.")
    ] = None,
    unit_size: Annotated[int, typer.Option(help="Clips a unit: what a killed worker may lose.")] = 32,
    num_frames: Annotated[int | None, typer.Option(help="Frames a clip; default 33.")] = None,
    height: Annotated[int | None, typer.Option(help="Pixels; default 192, or the model's.")] = None,
    width: Annotated[int | None, typer.Option(help="Pixels; default 320, or the model's.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second; default 16, or the model's.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed gives other videos of the same captions.")] = 0,
    taxonomy: OwnTaxonomy = None,
    choreography: Annotated[
        Path | None, typer.Option(help="Storyboard: your own categories or actions as JSON (docs/taxonomy.md).")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N descriptions only.")] = None,
    extend_prompts: Annotated[
        str | None, typer.Option(help="A chat model (URL or id) that lengthens the prompts.")
    ] = None,
) -> GenerateConfig:
    options = locals() | {"settings": tuple(settings or ())}
    from svta.generation.backends.config import GenerateConfig

    return GenerateConfig(**options)


def generate_options(*, without: tuple[str, ...] = ()) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator: the command's `config` becomes the options of a GenerateConfig, but for those named."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        shared = inspect.signature(_generate_config, eval_str=True, locals={"GenerateConfig": object}).parameters
        options = {name: option for name, option in shared.items() if name not in without}
        own = inspect.signature(command, eval_str=True, locals={"GenerateConfig": object}).parameters

        @wraps(command)
        def run(**values: Any) -> None:
            config = _generate_config(**{name: values.pop(name) for name in options})
            command(config=config, **values)

        merged: list[inspect.Parameter] = []
        for name, parameter in own.items():
            merged += options.values() if name == "config" else [parameter]
        merged = [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in merged]
        run.__signature__ = inspect.Signature(merged)  # type: ignore[attr-defined]
        run.__annotations__ = {option.name: option.annotation for option in merged}
        return run

    return decorate
