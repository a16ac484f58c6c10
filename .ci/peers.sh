#!/usr/bin/env bash
# The tests that need mteb, mlcroissant, tensorboard, trackio, gradio, Ray or scenedetect: makes .venv-peers beside the checkout's
# .venv (whose packages it sees, torch among them) and runs them there. They skip nothing but what hidden fixtures
# answer: a skip that says "pip install" or "could not import" is a failure. Without a network it says so and ends well.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venv-peers
export HF_HUB_DISABLE_TELEMETRY=1 RAY_AUTH_MODE=disabled PYTHONPATH="$PWD"
python="${PYTHON:-.venv/bin/python}"
if ! "$venv/bin/python" -c "import mteb, mlcroissant, tensorboard, trackio, gradio, ray, scenedetect" 2> /dev/null; then
    rm -rf "$venv"
    "$python" -m venv "$venv"
    site='import sysconfig; print(sysconfig.get_path("purelib"))'
    "$python" -c "$site" > "$("$venv/bin/python" -c "$site")/shared.pth"
    # another torch would take gigabytes; of the rest the peers may bring other versions, which come first here
    "$python" -m pip freeze --exclude-editable | grep -i "^torch==" > "$venv/held.txt"
    if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 \
        --constraint "$venv/held.txt" mteb mlcroissant tensorboard trackio "gradio>=6.20" ray scenedetect-headless; then
        echo "the peers cannot be installed here: their tests were not run"
        rm -rf "$venv"
        exit 0
    fi
fi
"$venv/bin/python" -m pytest -q -p no:cacheprovider -rs -m "not nightly and not gpu and not browser" \
    tests/eval/mteb tests/eval/training/test_trackers.py tests/builder/card/test_croissant.py \
    tests/eval/search/app tests/eval/moments/test_scenes.py "$@" | tee "$venv/run.log"
kills=tests/robustness/test_kills.py  # nightly, these two of Ray aside
"$venv/bin/python" -m pytest -q -p no:cacheprovider -rs "$kills::test_actors_that_never_start_are_given_up_in_one_line" \
    "$kills::test_ray_with_three_workers_one_killed" | tee -a "$venv/run.log"
if grep -E "^SKIPPED.*(pip install|could not import|No module named)" "$venv/run.log"; then
    echo "a test of the peers was skipped"
    exit 1
fi
