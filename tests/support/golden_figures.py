"""Golden figures of public protocols: JSON where "NaN" and "Infinity" are texts, and what differs from them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LEFT_OUT = ("script", "script_match_number_false", "per_query")  # of a reference's run, not figures of ours


def golden(path: Path) -> Any:
    """A file of cases with its numbers as floats."""
    return numbers(json.loads(path.read_text()))


def numbers(value: Any) -> Any:
    """`value` with "NaN", "Infinity" and "-Infinity" as floats."""
    if value in ("NaN", "Infinity", "-Infinity") and isinstance(value, str):
        return float(value)
    if isinstance(value, dict):
        return {key: numbers(item) for key, item in value.items()}
    return [numbers(item) for item in value] if isinstance(value, list) else value


def differences(expected: Any, got: Any, tolerance: float = 1e-9, where: str = "") -> Iterator[str]:
    """Where two results differ. What the reference could not compute ("error: ...") must be None."""
    if isinstance(expected, str) and expected.startswith("error"):
        expected = None
    if isinstance(expected, dict) and isinstance(got, dict):
        wanted = {key for key in expected if key not in LEFT_OUT and not key.endswith("_script")}
        yield from (f"{where}/{key}: only in one" for key in sorted(wanted ^ set(got)))
        for key in wanted & set(got):
            yield from differences(expected[key], got[key], tolerance, f"{where}/{key}")
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for i, pair in enumerate(zip(expected, got, strict=True)):
            yield from differences(*pair, tolerance, f"{where}[{i}]")
    elif _is_number(expected) and _is_number(got):
        both_nan = math.isnan(expected) and math.isnan(got)
        if not both_nan and not abs(expected - got) <= tolerance * max(1.0, abs(expected)):
            yield f"{where}: {expected} is {got}"
    elif expected != got:
        yield f"{where}: {expected} is {got}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
