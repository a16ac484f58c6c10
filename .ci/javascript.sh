#!/usr/bin/env bash
# The gallery's scripts are typed by JSDoc: TypeScript checks them. Without npm or a network it says so and ends well.
set -euo pipefail
cd "$(dirname "$0")/../eval/gallery/site"
tools="${TMPDIR:-/tmp}/svta-typescript-$(id -u)"
if [ ! -x "$tools/node_modules/.bin/tsc" ]; then
    command -v npm > /dev/null || { echo "npm is not installed: the gallery's scripts are not checked"; exit 0; }
    npm install --silent --no-fund --no-audit --prefix "$tools" typescript@7 > /dev/null 2>&1 \
        || { echo "TypeScript cannot be installed here: the gallery's scripts are not checked"; exit 0; }
fi
"$tools/node_modules/.bin/tsc" --noEmit --allowJs --checkJs --strict --target ES2022 --lib ES2022,DOM,DOM.Iterable --types "" ./*.js
