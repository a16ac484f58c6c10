"""The typer app: a table of commands, loaded one by one, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

from svta.builder.errors import MissingExtra, SvtaError

# verb -> module of this package, in the order of the data's way; `command` (or `app`) is what it offers
COMMANDS: Final = {
    "demo": "demo",
    "describe": "describe",
    "annotate": "annotate",
    "review": "review",
    "plan": "plan",
    "generate": "generate",
    "pack": "pack",
    "import": "import_videos",
    "verify": "verify",
    "push": "push",
    "pull": "pull",
    "train": "train",
    "eval": "evaluate",
    "report": "report",
    "info": "info",
}

# what pip installs only with an extra -> that extra
EXTRAS: Final = {
    **dict.fromkeys(("torch", "transformers", "accelerate", "safetensors", "matplotlib"), "eval"),
    **dict.fromkeys(("diffusers", "openai", "rensa", "sklearn", "py3langid", "openpyxl"), "generate"),
    **{"torchao": "fp8", "ray": "ray", "webdataset": "webdataset"},
}


class CheckFailed(SvtaError):
    """A check or gate said no (damage found, a metric below --min, nothing kept): exit 1, not 2."""


class LazyGroup(TyperGroup):
    """Looks a verb up in COMMANDS and imports its module only then."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"svta.cli.{COMMANDS[cmd_name]}")
        if (app := getattr(module, "app", None)) is None:
            app = typer.Typer(add_completion=False)
            app.command(cmd_name)(module.command)
        command = typer.main.get_command(app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _top(
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    """Make, publish, load, train on and measure synthetic video-anomaly retrieval datasets.

    Start with `svta demo`. Every command takes --help; --debug anywhere shows tracebacks.
    """
    if version:
        import svta

        print(svta.__version__)
        raise typer.Exit()


def main(args: list[str] | None = None) -> None:
    """Run a command line. Exit 0 fine; 1 a check failed; 2 wrong use or wrong input, told in one line."""
    args = sys.argv[1:] if args is None else args
    debug = "--debug" in args
    args = [arg for arg in args if arg != "--debug"]
    verb = f"svta {args[0]}" if args and args[0] in COMMANDS else "svta"
    try:
        sys.exit(app(args, prog_name="svta", standalone_mode=False) or 0)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        print(f"{verb}: interrupted; the same command again goes on", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        if debug:
            raise
        sys.exit(_explain(verb, error))


def _explain(verb: str, error: Exception) -> int:
    """Print one line for an error a user can mend and give its exit code; re-raise what is a bug of ours."""
    if hasattr(error, "format_message"):  # a usage error of the option parser
        hint = f" (see `{verb} --help`)"
        print(f"{verb}: {error.format_message()}{hint}", file=sys.stderr)
        return 2
    if type(error).__name__ == "Abort":
        return 130
    if isinstance(error, ModuleNotFoundError) and (module := (error.name or "").partition(".")[0]) in EXTRAS:
        error = MissingExtra(module, EXTRAS[module])
    if isinstance(error, SvtaError):
        print(f"{verb}: {error}", file=sys.stderr)
        return 1 if isinstance(error, CheckFailed) else 2
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        print(f"{verb}: {place}{error.strerror}", file=sys.stderr)
        return 2
    raise error
