"""Interleaved rounds: every method once a round, in turn, timed in CPU seconds, so that a busy machine hurts all alike.

times = interleaved({"limit": f, "ours": g}, rounds=7)      # medians; used by decode.py and shards.py
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any


def interleaved(methods: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Median user + system seconds of each method; one unmeasured round first."""
    times: dict[str, list[float]] = {name: [] for name in methods}
    for number in range(rounds + 1):
        for name, method in methods.items():
            start = time.process_time()
            method()
            if number:
                times[name].append(time.process_time() - start)
        print(f"\rround {number}/{rounds}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def show(rows: list[dict[str, Any]], targets: list[dict[str, Any]], missing: Mapping[str, str], as_json: bool) -> None:
    """The rows and what was asked of them, as a table or as JSON; `missing` says what was not measured, and why."""
    if as_json:
        print(json.dumps({"rows": rows, "targets": targets, "not_measured": dict(missing)}, indent=2))
        return
    names = list(rows[0])
    widths = {name: max(len(name), *(len(_cell(row[name])) for row in rows)) for name in names}
    print("  ".join(name.ljust(widths[name]) for name in names))
    for row in rows:
        print("  ".join(_cell(row[name]).ljust(widths[name]) for name in names))
    for name, why in missing.items():
        print(f"{name}: not measured ({why})")
    for target in targets:
        state = "met" if target["met"] else "MISSED"
        print(f"{target['name']}: {target['value']:.2f}, asked {target['asked']}: {state}")


def target(name: str, value: float, *, at_least: float | None = None, at_most: float | None = None) -> dict[str, Any]:
    """One line of what was asked, with whether it holds."""
    met = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    asked = f">= {at_least}" if at_least is not None else f"<= {at_most}"
    return {"name": name, "value": round(value, 3), "asked": asked, "met": met}


def _cell(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
