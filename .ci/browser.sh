#!/usr/bin/env bash
# The pages in a headless Chromium. On Debian, as root, Chromium is installed where it is missing; elsewhere the tests
# skip and say why. Gradio takes an older Pillow than the other tests: the app's page is tested in .venv-app beside the
# checkout's .venv, whose other packages it sees; where Gradio cannot be installed, these tests skip too.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v chromium > /dev/null && [ -f /etc/debian_version ] && [ "$(id -u)" = 0 ]; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
        > /dev/null 2>&1 || echo "Chromium cannot be installed here: its tests skip"
fi
make test-browser

venv=.venv-app
python="${PYTHON:-.venv/bin/python}"
if [ ! -x "$venv/bin/python" ]; then
    "$python" -m venv "$venv"
    "$python" -c "import sysconfig; print(sysconfig.get_path('purelib'))" \
        > "$("$venv/bin/python" -c "import sysconfig; print(sysconfig.get_path('purelib'))")/shared.pth"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 \
    -c <(grep -vi '^pillow==' constraints.txt) "gradio>=6.20" || echo "Gradio cannot be installed here: its tests skip"
PYTHONPATH="$PWD" "$venv/bin/python" -m pytest -q -p no:cacheprovider tests/eval/search/app
