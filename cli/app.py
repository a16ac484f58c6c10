"""The typer app: a table of commands, loaded one by one, and the one place where errors become exit codes."""

from __future__ import annotations

import io
import os
import re
import sys
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from traceback import extract_tb, format_exception
from typing import Any, Final
from urllib.parse import urlsplit

import typer
from typer.core import TyperGroup

from svta.builder.errors import MissingExtra, NothingUsable, SvtaError, first_line, redact

from .console import note
from .old_names import with_new_names
from .project_defaults import project_defaults

# verb -> module below commands/, in the order of the data's way; `command` (or `app`) is what it offers
COMMANDS: Final = {
    "demo": "demo",
    "init": "descriptions.init",
    "describe": "descriptions.describe",
    "annotate": "descriptions.annotate",
    "review": "descriptions.review",
    "plan": "clips.plan",
    "streams": "clips.streams",
    "probes": "clips.probes",
    "generate": "clips.generate",
    "pack": "datasets.pack",
    "import": "clips.import_videos",
    "verify": "datasets.verify",
    "push": "datasets.push",
    "pull": "datasets.pull",
    "diff": "datasets.diff",
    "train": "measuring.train",
    "eval": "measuring.evaluate",
    "report": "measuring.report",
    "audit": "measuring.audit",
    "gallery": "measuring.gallery",
    "index": "measuring.index",
    "search": "measuring.search",
    "app": "measuring.app",
    "info": "datasets.info",
}

# what pip installs only with an extra -> that extra
EXTRAS: Final = {
    **dict.fromkeys(("torch", "transformers", "accelerate", "safetensors"), "eval"),
    **dict.fromkeys(("diffusers", "openai", "rensa", "sklearn", "py3langid", "openpyxl"), "generate"),
    **{
        "torchao": "fp8",
        "ray": "ray",
        "webdataset": "webdataset",
        "mteb": "mteb",
        "numkong": "search",
        "scenedetect": "cuts",
    },
    "gradio": "app",
    "sentence_transformers": "sentence",
}

COMPLETE: Final = "_SVTA_COMPLETE"  # set by the script that `svta --install-completion` puts into the shell's settings

# variables that libraries read without a check of their own
NUMBERS: Final = ("WORLD_SIZE", "RANK", "LOCAL_RANK", "SLURM_ARRAY_TASK_MIN", "SLURM_PROCID", "SLURM_NTASKS")
URLS: Final = ("HF_ENDPOINT", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class CheckFailed(SvtaError):
    """A check or gate said no (damage found, a metric below --min, nothing kept): exit 1, not 2."""


class LazyGroup(TyperGroup):
    """Looks a verb up in COMMANDS and imports its module only then."""

    def list_commands(self, ctx: object) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"svta.cli.commands.{COMMANDS[cmd_name]}")
        if (app := vars(module).get("app")) is None:
            app = typer.Typer(add_completion=False)
            app.command(cmd_name)(module.command)
        command = typer.main.get_command(app)
        command.name = cmd_name
        command.short_help = (command.help or "").partition("\n")[0]  # else cut in the middle of a sentence
        if COMPLETE not in os.environ:
            _keep_brackets(command)
        return command


def _keep_brackets(command: Any) -> None:
    """rich, which prints --help, takes the [@revision] of ns/name[@revision] for a style and leaves it out."""
    from rich.markup import escape

    for text in (command, *command.params):
        if getattr(text, "help", None):
            text.help = escape(text.help)
    for below in getattr(command, "commands", {}).values():
        _keep_brackets(below)


app = typer.Typer(
    cls=LazyGroup,
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
    """Run a command line. Exit 0 fine; 1 a check failed; 2 wrong use or wrong input, in one line; 130 Ctrl-C."""
    args = sys.argv[1:] if args is None else args
    if COMPLETE in os.environ:  # the shell asks what may follow, with the line so far in other variables
        typer.main.get_command(app)(prog_name="svta")
    _prepare_streams()
    debug = "--debug" in args
    args = with_new_names([arg for arg in args if arg != "--debug"])
    if args[:1] == ["help"]:
        args = [*args[1:], "--help"]
    verb = f"svta {args[0]}" if args and args[0] in COMMANDS else "svta"
    if not debug:  # libraries log every retry; the one line at the end is ours
        for library in ("HF_HUB", "TRANSFORMERS", "DIFFUSERS"):
            os.environ.setdefault(f"{library}_VERBOSITY", "error")
    try:
        _check_arguments(args)
        code = _run(args)
        sys.stdout.flush()
    except typer.Exit as end:
        code = end.exit_code
    except SystemExit as end:  # rich, which prints --help, ends the process itself when its output is closed
        code = 0 if isinstance(end.__context__, BrokenPipeError) else end.code
    except BrokenPipeError:  # `svta info --categories | head` has read what it wanted
        code = 0
    except (KeyboardInterrupt, typer.Abort):
        print(f"{verb}: interrupted; finished work is kept, the same command resumes", file=sys.stderr)
        code = 130
    except Exception as error:
        if debug:  # not by raising: a server's words in it may repeat a token
            print(redact("".join(format_exception(error))), file=sys.stderr)
        code = _explain(verb, args, error)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code if isinstance(code, int) else 0)


def _prepare_streams() -> None:
    """Text that the terminal's encoding lacks is printed escaped; a closed stdout ends the command before any work."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for the whole process
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.stdout is None:
        os.open(os.devnull, os.O_WRONLY)  # takes number 1, or the first file that is opened would get it
        note("svta: the standard output is closed; give it a file, or > /dev/null")
        sys.exit(2)


def _check_arguments(args: list[str]) -> None:
    """Refuse a name that is not text: Python holds its bytes as halves of surrogate pairs, which no JSON can record."""
    for arg in args:
        if not arg.isascii() and any("\ud800" <= letter <= "\udfff" for letter in arg):
            raise SvtaError(f"{arg.encode('utf-8', 'backslashreplace').decode()}: is not UTF-8 text; rename it first")
    if fault := _url_fault("HF_ENDPOINT"):  # huggingface_hub reads it, and fails, when it is imported
        raise SvtaError(fault)


def _run(args: list[str]) -> object:
    """What the command gives. Not typer's own main(): that one hides Ctrl-C and turns a closed pipe into exit 1."""
    try:
        with typer.main.get_command(app).make_context("svta", list(args)) as context:
            context.default_map = project_defaults(args)
            return context.command.invoke(context)
    except Exception as error:
        if type(error).__name__ != "NoArgsIsHelpError":
            raise
        print(error.format_message())  # type: ignore[attr-defined]
        return 0


def _explain(verb: str, args: list[str], error: Exception) -> int:
    """Print one line for what went wrong and give its exit code."""
    if hasattr(error, "format_message"):  # a usage error of the option parser
        return _usage(verb, args, error)
    if isinstance(error, ModuleNotFoundError) and (module := (error.name or "").partition(".")[0]) in EXTRAS:
        error = MissingExtra(module, EXTRAS[module])
    if isinstance(error, SvtaError):
        problem = str(error)
    elif isinstance(error, OSError) and error.strerror:
        problem = _refused(error)
    else:
        problem = f"{type(error).__name__}: {first_line(str(error), 300)}"
        if plugin := _plugin_line(error):
            problem = f"{plugin}: {problem} (in your plugin; --debug shows the traceback)"
        elif fault := _environment_fault():
            problem = f"{fault} ({problem})"
        else:
            problem += " (not foreseen: --debug shows where; please report it)"
    note(f"{verb}: {problem}")
    return 1 if isinstance(error, CheckFailed | NothingUsable) else 2


def _plugin_line(error: Exception) -> str | None:
    """`FILE, line N` of the last step an error took through a --plugin file, if it took any."""
    from svta.eval.encoders.registry import PLUGIN

    files = {getattr(module, "__file__", None) for name, module in sys.modules.items() if name.startswith(PLUGIN)}
    steps = [step for step in extract_tb(error.__traceback__) if step.filename in files]
    return f"{steps[-1].filename}, line {steps[-1].lineno}" if steps else None


def _environment_fault() -> str | None:
    """The first environment variable whose value cannot be meant: libraries fail on it far from its name."""
    for name in NUMBERS:
        value = os.environ.get(name, "0")
        if not (value.isascii() and value.isdigit()):
            return f"{name}={value[:80]}: a whole number is needed"
    return next(filter(None, (_url_fault(name) for name in (*URLS, *map(str.lower, URLS)))), None)


def _url_fault(name: str) -> str | None:
    """What is wrong with the URL in an environment variable, if it is set."""
    value = os.environ.get(name, "")
    try:
        url = urlsplit(value)
        usable = not value or (bool(url.hostname) and url.port != 0)
    except ValueError:  # of urlsplit and of .port
        usable = False
    return None if usable else f"{name}={value[:200]}: a URL like http://HOST:PORT is needed"


def _usage(verb: str, args: list[str], error: Any) -> int:
    """An invalid command line, with the step that fixes it."""
    verb = getattr(error.ctx, "command_path", verb) if getattr(error, "ctx", None) else verb
    problem = error.format_message().rstrip(".")
    later = next((arg for arg in args[1:] if arg in COMMANDS), None)
    if verb == "svta" and args[0] not in COMMANDS:
        near = get_close_matches(args[0], COMMANDS, 1)
        if later is not None:
            rest = " ".join(arg for arg in args if arg != later)
            problem += f"; the command comes first: svta {later} {rest}"
        elif near:
            problem += f"; did you mean `svta {near[0]}`?"
    elif verb == "svta pack" and "extra argument" in problem:
        problem += "; pack one clips folder, then add the next with --append"
    note(f"{verb}: {problem} (see `{verb} --help`)")
    return 2


def _refused(error: OSError) -> str:
    """What the operating system refused, in a user's words."""
    place = re.sub(r"\.\d+\.part$", "", str(error.filename)) if error.filename else ""  # as files.py writes
    if isinstance(error, IsADirectoryError):
        return f"{place}: is a folder; a file is needed there"
    if isinstance(error, (NotADirectoryError, FileExistsError)):
        whole = Path(place)
        place = next((str(path) for path in (whole, *whole.parents) if path.is_file()), place)
        return f"{place}: is a file; a folder is needed there"
    return f"{place}: {error.strerror}" if place else str(error.strerror)
