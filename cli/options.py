"""Options that several commands share, each spelled once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Nothing but JSON on stdout.")]
OwnTaxonomy = Annotated[Path | None, typer.Option(help="Your own taxonomy.json.")]

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
