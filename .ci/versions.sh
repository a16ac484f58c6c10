#!/usr/bin/env bash
# The core (no torch) in other environments: the lowest versions that setup.cfg allows (datasets 4.8, av 17), datasets
# 5.1, and Python 3.12 and 3.13 with the pinned versions. Each has a folder .venv-NAME and runs the smoke tests of
# loading, packing and verifying. What cannot be had here (an interpreter, a network) is said, and is no failure.
set -euo pipefail
cd "$(dirname "$0")/.."
export HF_HUB_DISABLE_TELEMETRY=1 HF_HUB_DISABLE_PROGRESS_BARS=1 PYTHONPATH="$PWD"
main="${PYTHON:-python3}"
tests="tests/package/test_svta.py tests/package/test_light.py tests/builder/hf_datasets/test_load_dataset.py
       tests/builder/dataset/test_dataset.py tests/builder/dataset/test_batches.py tests/builder/dataset/test_source.py
       tests/builder/shards/test_lookup.py tests/builder/packing/test_pack.py tests/builder/verify/test_verify.py"

interpreter() {  # a Python of a version, from the PATH or from pyenv
    for found in "python$1" "$HOME"/.pyenv/versions/"$1".*/bin/python /usr/local/bin/"python$1"; do
        if "$found" -c "import venv, ensurepip" 2> /dev/null; then command -v "$found"; return; fi
    done
    return 1
}

core() {  # what setup.cfg asks for, without the extras
    "$main" - << 'PY'
import configparser
config = configparser.ConfigParser()
config.read("setup.cfg")
print("\n".join(config["options"]["install_requires"].split()))
PY
}

with_uv() {  # uv in an environment of its own: pip has no lowest resolution
    [ -x .venv-uv/bin/uv ] || { "$main" -m venv .venv-uv && .venv-uv/bin/python -m pip install --quiet uv; }
    .venv-uv/bin/uv pip install --quiet --python "$1" "${@:2}"
}

first="tests/package/test_light.py tests/builder/hf_datasets/test_load_dataset.py tests/builder/dataset/test_dataset.py"

check() {  # NAME PYTHON INSTALL...: the lowest versions run all of it, the others what they may break first
    local name=$1 python=$2 venv=".venv-$1" chosen=$first
    [ "$name" != lowest ] || chosen=$tests
    shift 2
    if ! "$venv/bin/python" -c "import datasets, av, pytest" 2> /dev/null; then
        rm -rf "$venv"
        "$python" -m venv --without-pip "$venv"
        if ! "$@" "$venv/bin/python" > "$venv/install.log" 2>&1; then
            echo "$name: cannot be installed here, not tested: $(tail -1 "$venv/install.log")"
            return
        fi
    fi
    "$venv/bin/python" -c "import sys, datasets, av; print(f'$name: Python {sys.version.split()[0]}, datasets {datasets.__version__}, av {av.__version__}')"
    # shellcheck disable=SC2086
    "$venv/bin/python" -m pytest -q -p no:cacheprovider -m "smoke and not slow" $chosen
}

lowest() { with_uv "$1" --resolution lowest-direct --requirement .venv-core.txt pytest==9.2.0 pytest-timeout==2.4.0; }
datasets_5_1() { with_uv "$1" --requirement .venv-core.txt "datasets==5.1.*" pytest pytest-timeout; }
pinned() { with_uv "$1" --constraint constraints.txt --requirement .venv-core.txt pytest pytest-timeout; }

core > .venv-core.txt
check lowest "$main" lowest
check datasets-5.1 "$main" datasets_5_1
for version in 3.12 3.13; do
    if python=$(interpreter "$version"); then check "$version" "$python" pinned; else echo "Python $version is not here: not tested"; fi
done
