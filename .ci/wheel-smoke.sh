#!/usr/bin/env bash
# Builds the wheel, installs it with core dependencies alone into an empty environment, and runs the smoke
# tests against it from another folder, where nothing of the checkout is importable.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/.venv/bin/python" -m build --wheel --outdir "$work/dist" "$root" > "$work/build.log" 2>&1 || { tail -20 "$work/build.log"; exit 1; }
"$root/.venv/bin/python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$root/constraints.txt" \
    "$work"/dist/*.whl pytest pytest-timeout
grep -q 'svta/builder/data/sample/' <("$work/venv/bin/python" -m zipfile -l "$work"/dist/*.whl)
cp -r "$root/tests" "$work/tests"
cp "$root/setup.cfg" "$work/"
cd "$work"
SVTA_SHARED=${SVTA_SHARED:-$root/../shared} "$work/venv/bin/python" -m pytest -c setup.cfg -q -m "smoke and not nightly" $(grep -rl "mark.smoke" tests --include="test_*.py")
"$work/venv/bin/svta" --version
