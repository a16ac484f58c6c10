"""The licence of every package that svta[all] installs, as its metadata tells it; exit 1 for one that is refused.

.venv/bin/python .ci/licences.py        # no network: what is installed is read
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REFUSED = re.compile(
    r"\b(A?GPL|GNU (Affero )?General Public|SSPL|BUSL|Commons Clause|proprietary|non-?commercial)\b", re.IGNORECASE
)
LESSER = re.compile(r"LGPL|Lesser General Public", re.I)  # used as a library, unchanged: fine
TORCH_PARTS = ("nvidia-", "cuda-")  # what torch's own CUDA builds bring; never a requirement of svta's


def needed(root: str) -> dict[str, Distribution]:
    """Every installed distribution that `root` with all its extras requires, by name."""
    found: dict[str, Distribution] = {}
    todo = [(root, frozenset({"all"}))]
    seen = set()
    while todo:
        name, extras = todo.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue  # of another platform or Python
        found[canonicalize_name(name)] = installed
        for text in installed.requires or ():
            wanted = Requirement(text)
            if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
                todo.append((canonicalize_name(wanted.name), frozenset(wanted.extras)))
    return found


def licence(installed: Distribution) -> str:
    """Its SPDX expression, else its classifiers, else the first line of its licence field."""
    data = installed.metadata
    if expression := data.get("License-Expression"):
        return expression
    classifiers = [
        line.rpartition(" :: ")[2] for line in data.get_all("Classifier") or () if line.startswith("License ::")
    ]
    named = [name for name in classifiers if name != "OSI Approved"]
    return " and ".join(named) or (data.get("License") or "").strip().partition("\n")[0][:80]


def main() -> int:
    packages = needed("svta")
    packages.pop("svta", None)
    unknown, refused = [], []
    for name in sorted(packages):
        said = licence(packages[name])
        print(f"{name:32} {packages[name].version:16} {said or 'not told'}")
        if not said:
            unknown.append(name)
        elif not name.startswith(TORCH_PARTS) and REFUSED.search(LESSER.sub("", said)):
            refused.append(name)
    for names, problem in ((unknown, "tell no licence: read what its files say"), (refused, "may not be required")):
        if names:
            print(f"{', '.join(names)}: {problem}", file=sys.stderr)
    print(f"{len(packages)} packages, {len(unknown)} without a licence, {len(refused)} refused")
    return 1 if unknown or refused else 0


if __name__ == "__main__":
    sys.exit(main())
