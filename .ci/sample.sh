#!/usr/bin/env bash
# Makes builder/data/sample/: what load_dataset("svta", "sample") finds inside the wheel, offline. Captions by the grammar,
# clips by the storyboard; run again when either changes. The wheel allows 1.4 MB.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
svta() { PYTHONPATH="$PWD" .venv/bin/python -m svta "$@"; }
svta describe --grammar 32 --seed 7 --out "$work/descriptions.jsonl"
svta generate "$work/descriptions.jsonl" --out "$work/clips" --width 256 --height 160
svta pack "$work/clips" --out "$work/dataset" --shard-multiple 1
rm -rf builder/data/sample
mkdir builder/data/sample
cp "$work"/dataset/data/*/*.tar builder/data/sample/
size=$(cat builder/data/sample/*.tar | wc -c)
echo "builder/data/sample: $(ls builder/data/sample | wc -l) shards, $size bytes"
[ "$size" -le 1400000 ] || { echo "more than 1.4 MB: fewer or smaller clips"; exit 1; }
