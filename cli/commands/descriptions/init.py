"""`svta init`: a project file of your own, so that no command needs its flags twice.

svta init port-events
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from svta.cli.options import AsJson
from svta.cli.outputs import FOLDER, writes


@writes(out=FOLDER)  # a file, of which it replaces none
def command(
    name: Annotated[str, typer.Argument(help="The dataset's name: letters, digits, - and _.")],
    out: Annotated[Path, typer.Option(help="The project file to write.")] = Path("svta.yaml"),
    as_json: AsJson = False,
) -> None:
    """Write svta.yaml, with a comment for every key: title, authors, licences, citation, gate, taxonomy, sizes.

    Example: svta init port-events
    """
    from svta.builder.errors import DatasetError
    from svta.builder.io.files import write_text
    from svta.builder.layout.guards import check_output
    from svta.builder.project.config import check_project
    from svta.builder.project.template import project_text
    from svta.cli.console import emit

    check_project({"name": name})
    check_output(out, kind="file")
    if out.exists():
        raise DatasetError(f"{out}: already exists; edit it, or give another --out")
    write_text(out, project_text(name))
    emit({"name": name, "out": str(out)}, as_json=as_json, text=f"{out} is written: fill in what you know of {name}")
