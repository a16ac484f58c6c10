"""Values of the user's svta.yaml as defaults of the commands' options: what is given on the command line wins."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

# command -> option (its name in Python) -> key of svta.yaml
_GENERATION: Final = {
    name: name for name in ("taxonomy", "lexicon", "choreography", "num_frames", "fps", "height", "width")
}
_OPTIONS: Final = {
    "describe": {"taxonomy": "taxonomy", "license": "caption_license"},
    "annotate": {"taxonomy": "taxonomy"},
    "plan": _GENERATION,
    "generate": _GENERATION,
    "import": {"taxonomy": "taxonomy", "license": "license"},
    "pack": {"taxonomy": "taxonomy", "splits": "splits"},
    "push": {"license": "caption_license"},
    "probes": {"num_frames": "num_frames", "fps": "fps"},
    "eval": {"taxonomy": "taxonomy"},
    "info": {"lexicon": "lexicon"},
}
_GRAMMAR: Final = {"lexicon": "lexicon", "choreography": "choreography"}  # of describe, with --grammar alone
_DRAWN: Final = {"lexicon", "choreography"}  # of backends that accept them: the storyboard, perhaps one of the user's
_OUTPUTS: Final = ("--out", "-o")


def project_defaults(args: list[str]) -> dict[str, dict[str, Any]]:
    """The defaults of the command that these arguments call, by its name. Raises ProjectError."""
    verb = args[0] if args else ""
    if verb not in {*_OPTIONS, "review"} or "--help" in args or "-h" in args:
        return {}
    from svta.builder.project.find import find_project

    project = find_project(*input_places(args[1:])).project
    if verb == "review":
        return {"review": {name: {"taxonomy": project.taxonomy} for name in ("export", "apply", "balance")}}
    keys = _OPTIONS[verb]
    if verb == "describe" and any(arg.partition("=")[0] == "--grammar" for arg in args):
        keys = {**keys, **_GRAMMAR}
    if verb in ("plan", "generate"):
        taken = _taken_by_backend(args)
        keys = {option: key for option, key in keys.items() if option not in _DRAWN or option in taken}
    values = {option: getattr(project, key) for option, key in keys.items()}
    if "license" in values:
        captions = None if verb == "import" else project.caption_license  # which says nothing about footage
        values["license"] = values["license"] or captions or project.license
    return {verb: {option: value for option, value in values.items() if value is not None}}


def _taken_by_backend(args: list[str]) -> Collection[str]:
    """Options that the backend on the command line accepts; nothing of an unknown one, which the command reports."""
    from svta.generation.backends.registry import backend_class
    from svta.generation.backends.spec import PlanError

    given = [
        after if arg == "--backend" else arg.partition("=")[2]
        for arg, after in zip(args, [*args[1:], ""])
        if arg.partition("=")[0] == "--backend"
    ]
    if not given or given[-1] == "storyboard":
        return _DRAWN
    try:
        return backend_class(given[-1]).accepts
    except PlanError:
        return ()


def input_places(args: list[str]) -> list[Path]:
    """What of a command's arguments is there as a file or folder, its output left out; NAME=FILE counts as FILE."""
    places = []
    for before, arg in zip(["", *args], args):
        if before in _OUTPUTS or arg.startswith("-"):
            continue
        place = Path(arg if Path(arg).exists() else arg.partition("=")[2] or arg)
        if place.exists():
            places.append(place)
    return places
