"""Files of every kind that svta reads, mutated: nothing but SvtaError comes out, in 1 GB and in seconds.

make fuzz                                                             # ten minutes
SVTA_FUZZ_SECONDS=60 SVTA_FUZZ_SEED=7 pytest tests/fuzz/test_mutations.py -s
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fuzz_targets import TARGETS, lay_out_seeds
from fuzzing import Target, fuzz
from writing_commands import World, writing_world

SECONDS = float(os.environ.get("SVTA_FUZZ_SECONDS", "30"))  # all targets together
SEED = int(os.environ.get("SVTA_FUZZ_SEED", "0"))
MAX_MB = 1_000
pytest.importorskip("torch")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(SECONDS + 900)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory):
    with writing_world(tmp_path_factory.mktemp("fuzz") / "home") as made:
        lay_out_seeds(made)
        yield made


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name.replace(" ", "-"))
def test_only_our_errors_come_out(world: World, tmp_path: Path, target: Target) -> None:
    told = fuzz(target, world, tmp_path, SECONDS / len(TARGETS), SEED)
    print(f"{told.name}: {told.cases} cases, {told.refused} refused, peak {told.peak_mb} MB")
    assert not told.escaped, "\n\n".join(f"{kind}: {detail}" for kind, detail in told.escaped.items())
    assert told.cases and told.peak_mb < MAX_MB
