"""Options that several commands share, each spelled once.

`options_from` makes options of a function's parameters, and gives the command what that function returns: its config.
`generate_options` and `chat_options` are those that several commands share.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svta.cli.console import Prices, parse_prices

if TYPE_CHECKING:
    from svta.generation.backends.config import GenerateConfig

AsJson = Annotated[bool, typer.Option("--json", help="Print only JSON on stdout.")]
Columns = Annotated[
    list[str] | None, typer.Option(help="FIELD=COLUMN,... of a table: caption=Text,start=From; - means none.")
]
OwnTaxonomy = Annotated[Path | None, typer.Option(help="Your own taxonomy.json.")]
License = Annotated[str | None, typer.Option(help="Licence (SPDX name, e.g. CC-BY-4.0) of captions without one.")]


def spdx_or_error(license: str | None) -> str | None:
    """The SPDX name of a licence given on the command line. Raises BadParameter if it is not a licence."""
    from svta.builder.licences import spdx_licence

    if license is not None and (name := spdx_licence(license)) is None:
        example = "give an SPDX name like CC-BY-4.0, MIT or LicenseRef-Mine"
        raise typer.BadParameter(f"{license!r}: {example}", param_hint="--license")
    return None if license is None else name


Device = Annotated[str | None, typer.Option(help="cpu, cuda ...; default: a GPU if there is one.")]
Plugins = Annotated[
    list[Path] | None, typer.Option("--plugin", help="Your Python file with @register_encoder; may repeat.")
]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads; default: one per core.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; default: one per core or GPU.")]
Rate = Annotated[float | None, typer.Option(min=0, max=1e6, help="Price per GPU-hour (or core-hour).")]


def refuse_others(context: typer.Context, task: str, taken: Collection[str]) -> None:
    """Wrong use for options on the command line that `task` does not read; `taken`: parameters that it does."""
    others = [
        option.opts[-1]
        for option in context.command.params
        if option.name and option.name not in taken
        if (source := context.get_parameter_source(option.name)) is not None and source.name == "COMMANDLINE"
    ]
    if others:
        raise typer.BadParameter(f"does not go with {task}", param_hint=", ".join(others))


def text_or_none(path: Path | None) -> str | None:
    """An optional path as a config holds it."""
    return None if path is None else str(path)


@dataclass(frozen=True)
class ChatOptions:
    """Which chat model is asked, with which questions, and at what price; `place` None: none."""

    place: str | None
    model: str | None
    cache: Path | None
    template: str | None
    concurrency: int
    prices: Prices | None
    fields: tuple[str, ...]


def _chat_options(
    chat: Annotated[
        str | None, typer.Option(help="A chat model: URL of an OpenAI-like endpoint, folder or id.")
    ] = None,
    chat_model: Annotated[str | None, typer.Option(help="The model, if the endpoint serves several.")] = None,
    chat_cache: Annotated[Path | None, typer.Option(help="Folder for the answers; default: beside --out.")] = None,
    template: Annotated[Path | None, typer.Option(help="Your own questions (JSON, see templates.json).")] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Questions asked at the same time.")] = 8,
    prices: Annotated[str | None, typer.Option(help="Prices PROMPT,COMPLETION per million tokens.")] = None,
    chat_field: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE added to every request, e.g. reasoning_effort=low; null removes a field."),
    ] = None,
) -> ChatOptions:
    own = text_or_none(template)
    return ChatOptions(chat, chat_model, chat_cache, own, concurrency, parse_prices(prices), tuple(chat_field or ()))


def _generate_config(
    backend: Annotated[
        str, typer.Option(help="storyboard (drawn on the CPU), diffusion, endpoint, or your own as module:class.")
    ] = "storyboard",
    model: Annotated[
        str | None, typer.Option(help="Diffusion: a model folder or Hub id. Endpoint: the model's name.")
    ] = None,
    model_id: Annotated[
        str | None, typer.Option(help="The Hub id (owner/name) of the model in a folder or on a server.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="Diffusion: reference, balanced (default), fast or distilled.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Diffusion, endpoint: NAME=VALUE, e.g. steps=30.")
    ] = None,
    cache_config: Annotated[
        str | None, typer.Option(help="Diffusion: none, mag, teacache, first_block, calibrate, or JSON.")
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            help="Endpoint: URL[,URL...] of servers of the Videos API (docs/serving.md); key in SVTA_ENDPOINT_KEY."
        ),
    ] = None,
    unit_size: Annotated[int, typer.Option(help="Clips per unit; a killed worker loses at most one unit.")] = 32,
    num_frames: Annotated[int | None, typer.Option(help="Frames per clip; default 33.")] = None,
    height: Annotated[int | None, typer.Option(help="Height in pixels; default 192, or the model's.")] = None,
    width: Annotated[int | None, typer.Option(help="Width in pixels; default 320, or the model's.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames per second; default 16, or the model's.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed gives other videos of the same captions.")] = 0,
    taxonomy: OwnTaxonomy = None,
    choreography: Annotated[
        Path | None, typer.Option(help="Storyboard: your own categories or actions as JSON (docs/taxonomy.md).")
    ] = None,
    lexicon: Annotated[
        Path | None, typer.Option(help="Storyboard: your own nouns, places and verbs as YAML (docs/storyboard.md).")
    ] = None,
    min_fidelity: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Storyboard: reject clips that draw less than this share (0 to 1) of their caption."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N descriptions only.")] = None,
    extend_prompts: Annotated[
        str | None,
        typer.Option(help="A chat model (URL or id) that lengthens prompts, or shortens what is too long."),
    ] = None,
) -> GenerateConfig:
    options = locals() | {"settings": tuple(settings or ())}
    from svta.generation.backends.config import GenerateConfig

    return GenerateConfig(**options)


def options_from(
    *, without: tuple[str, ...] = (), **factories: Callable[..., object]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator: each parameter of the command named in `factories` becomes the options of its factory.

    The command gets what the factory makes of them. `without`: parameters of the factories that are not options here.

    @options_from(config=_pack_config)
    def command(clips: ..., config: PackConfig, as_json: AsJson = False) -> None: ...
    """
    return lambda command: _with_options(command, factories, without)


def chat_options(**more: Callable[..., object]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator: the command's `chat` becomes the options of a ChatOptions; `more` as for options_from."""
    return lambda command: _with_options(command, {"chat": _chat_options, **more}, ())


def generate_options(*, without: tuple[str, ...] = ()) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator: the command's `config` becomes the options of a GenerateConfig, but for those named."""
    return options_from(without=without, config=_generate_config)


def _with_options(
    command: Callable[..., None], factories: Mapping[str, Callable[..., object]], without: tuple[str, ...]
) -> Callable[..., None]:
    own = _parameters(command, factories)
    options = {
        target: {name: option for name, option in _parameters(factory).items() if name not in without}
        for target, factory in factories.items()
    }

    @wraps(command)
    def run(**values: Any) -> None:
        made = {target: factories[target](**{name: values.pop(name) for name in options[target]}) for target in options}
        command(**made, **values)

    merged: list[inspect.Parameter] = []
    for name, parameter in own.items():
        merged += options[name].values() if name in options else [parameter]
    merged = [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in merged]
    run.__signature__ = inspect.Signature(merged)  # type: ignore[attr-defined]
    run.__annotations__ = {option.name: option.annotation for option in merged}
    return run


def _parameters(function: Callable[..., object], targets: Collection[str] = ()) -> Mapping[str, inspect.Parameter]:
    """Parameters with their annotations; what the targets are and the function returns only type checkers may know."""
    signature = inspect.signature(function)
    unknown = {signature.return_annotation, *(signature.parameters[name].annotation for name in targets)}
    names = {name: object for name in unknown if isinstance(name, str)}
    return inspect.signature(function, eval_str=True, locals=names).parameters
