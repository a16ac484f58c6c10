#!/usr/bin/env bash
# The pages in a headless Chromium. On Debian, as root, Chromium is installed where it is missing; elsewhere the tests
# skip and say why.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v chromium > /dev/null && [ -f /etc/debian_version ] && [ "$(id -u)" = 0 ]; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
        > /dev/null 2>&1 || echo "Chromium cannot be installed here: its tests skip"
fi
make test-browser
