"""The card's words about an audit: how many clips of a sample show their caption, who judged, and how certain that is.

Reads what `svta audit --dataset-out` left in build.json, which anybody may have edited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from svta.builder.errors import DatasetError

from .front_matter import escape


def audit_section(audit: Mapping[str, object]) -> str:
    """A section of the card. Raises DatasetError for what is not an audit."""
    try:
        lines = [_headline(audit)]
        if isinstance(people := audit.get("people"), Mapping):
            alpha = people.get("alpha")
            agreement = f", Krippendorff's alpha (ordinal) {_number(alpha):.2f}" if alpha is not None else ""
            found = _rate(people.get("found_out"))
            lines.append(
                f"People: {_whole(people['raters']):,} raters{agreement}. Swapped captions found out: {found}."
            )
        if isinstance(judge := audit.get("judge"), Mapping):
            named = {name: _rate(judge.get(name)) for name in ("raw", "sensitivity", "specificity", "found_out")}
            lines.append(
                f"Judge {escape(str(judge['model'])[:120])}: {named['raw']} as it says; sensitivity "
                f"{named['sensitivity']}, specificity {named['specificity']}, measured on drawn clips whose truth is "
                f"known. Swapped captions found out: {named['found_out']}."
            )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise DatasetError("build.json: its audit is not svta's; see `svta verify`") from None
    lines.append("The columns `audit_*` of clips.parquet say it of each audited clip.")
    return "## Audit\n\n" + "\n\n".join(lines) + "\n"


def _headline(audit: Mapping[str, object]) -> str:
    sampled, population = _whole(audit["sampled"]), _whole(audit["population"])
    by = escape(str(audit["by"])[:80])
    threshold, shown = _number(audit["threshold"]), _rate(audit["shown"])
    return (
        f"Does a clip show its caption? Of a sample of {sampled:,} of {population:,} clips: **{shown}** "
        f"(prompt fidelity of at least {threshold:g} on SynTVA's scale of 1 to 5), by {by}."
    )


def _rate(rate: object) -> str:
    """[percent, low, high, clips] as text."""
    if rate is None:
        return "not known"
    if not isinstance(rate, Sequence) or len(rate) != 4:
        raise TypeError("no rate")
    percent, low, high = (_number(value) for value in rate[:3])
    return f"{percent:.1f} % (95 % interval {low:.1f} to {high:.1f}, {_whole(rate[3]):,} clips)"


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no number")
    return float(value)


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError("no whole number")
    return value
