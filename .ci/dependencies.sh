#!/usr/bin/env bash
# Licences of all that svta requires, and known vulnerabilities of what constraints.txt pins (pip-audit in a venv of its
# own). A licence that is none of those allowed fails; a vulnerability is told and does not: it may be known since today,
# of a package that this change does not touch. Without a network it says what was not audited.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python .ci/licences.py > /dev/null || { .venv/bin/python .ci/licences.py; exit 1; }
echo "licences: $(.venv/bin/python .ci/licences.py | tail -1)"
tools="${TMPDIR:-/tmp}/svta-audit-$(id -u)"
if [ ! -x "$tools/bin/pip-audit" ]; then
    "${PYTHON:-.venv/bin/python}" -m venv "$tools"
    timeout 60 "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 "pip-audit>=2.9" \
        || { echo "pip-audit cannot be installed here: nothing was audited"; rm -rf "$tools"; exit 0; }
fi
report=$(mktemp)
trap 'rm -f "$report"' EXIT
timeout 60 "$tools/bin/pip-audit" --disable-pip --no-deps --timeout 10 --progress-spinner off -f json -r constraints.txt \
    > "$report" 2> /dev/null || true
.venv/bin/python - "$report" <<'PYTHON'
import json, sys
try:
    packages = json.load(open(sys.argv[1]))["dependencies"]
except ValueError:
    sys.exit(print("pip-audit: no answer in a minute, nothing was audited"))
skipped = [one["name"] for one in packages if "skip_reason" in one]
hit = [one for one in packages if one.get("vulns")]
for one in hit:
    for found in one["vulns"]:
        print(f"{one['name']} {one['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'no version'}")
print(f"pip-audit: {len(packages)} packages, {len(hit)} with known vulnerabilities, {len(skipped)} not audited (unknown there)")
PYTHON
