#!/usr/bin/env bash
# The loading tests on the older datasets: makes .venv-datasets-4.8 with datasets 4.8 and svta's core dependencies
# alone (no torch), and runs what loads. From a fresh clone, no input; about a minute.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venv-datasets-4.8
export HF_HUB_DISABLE_TELEMETRY=1 HF_HUB_DISABLE_PROGRESS_BARS=1 PYTHONPATH="$PWD"
if ! "$venv/bin/python" -c "import datasets, av, pytest; assert datasets.__version__.startswith('4.8.')" 2> /dev/null; then
    rm -rf "$venv"
    "${PYTHON:-python3}" -m venv "$venv"
    core=$(mktemp)
    trap 'rm -f "$core" "$core.pins"' EXIT
    "$venv/bin/python" - setup.cfg > "$core" << 'PY'
import configparser, sys
config = configparser.ConfigParser()
config.read(sys.argv[1])
wanted = config["options"]["install_requires"].split()
print("\n".join(line for line in wanted if not line.startswith(("datasets", "huggingface_hub"))))
PY
    # what 4.8 needs otherwise (an older huggingface_hub, fsspec, ...) is left to pip
    grep -E '^(av|numpy|pyarrow|pillow|pydantic|pydantic_core|typer|click|ftfy|rich|pytest|pytest-timeout)==' constraints.txt > "$core.pins"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$core.pins" \
        --requirement "$core" "datasets==4.8.*" pytest pytest-timeout
fi
"$venv/bin/python" -m pytest -q -p no:cacheprovider -m "smoke and not nightly" \
    tests/package/test_svta.py tests/builder/hf_datasets/test_load_dataset.py tests/builder/dataset/test_dataset.py tests/builder/dataset/test_batches.py tests/builder/dataset/test_source.py tests/builder/shards/test_lookup.py tests/package/test_light.py "$@"
