"""Probes and audits in a gallery: facets of factors, of sets that a model got right, and of what was found out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from packed import make_dataset

from svta.builder.shards.audit_columns import AuditMark, write_marks
from svta.builder.shards.index import read_index
from svta.eval.gallery.export import GalleryConfig, GalleryError, export_gallery
from svta.eval.probes.grids import ProbesError
from svta.eval.probes.minimal_sets import PROBES

PLAIN = GalleryConfig(media=False)


def facets(site: Path) -> dict[str, dict[str, object]]:
    core = re.search(r'receive\("core",(.*)\);', (site / "data" / "core.js").read_text())
    assert core is not None
    return {facet["name"]: facet for facet in json.loads(core[1])["facets"]}


def named(site: Path, name: str) -> list[str]:
    """The values of a facet, a clip each, in the order of the site."""
    facet = facets(site)[name]
    return [facet["values"][code] for code in facet["codes"]]


@pytest.fixture
def probes(tmp_path) -> tuple[Path, Path]:
    """(five sets of two clips, RESULTS that got one right, two in half, one wrong and one not run)."""
    folder = make_dataset(tmp_path / "probes", {"test": 11}, shards=1, real=False)
    keys = [row.clip.key for row in read_index(folder / "clips.parquet")]
    sets = [
        {"probe_id": f"p{i}", "factor": ("order", "colour")[i % 2],
         "variants": [{"key": key, "caption": "c"} for key in keys[2 * i : 2 * i + 2]]}
        for i in range(5)
    ]  # fmt: skip
    (folder / PROBES).write_text("".join(json.dumps(line) + "\n" for line in sets))
    results = tmp_path / "results"
    results.mkdir()
    (results / "config.json").write_text(json.dumps({"task": "probes", "name": "tiny <b>"}))
    # scores of two captions (rows) for two clips (columns): own scores on the diagonal
    grids = [[[0.9, 0.1], [0.2, 0.8]], [[0.9, 0.95], [0.2, 0.99]], [[0.9, 0.1], [0.95, 0.97]],
             [[0.5, 0.5], [0.5, 0.5]], None]  # fmt: skip
    rows = [{"probe_id": f"p{i}", "scores": {"model": grid}} for i, grid in enumerate(grids)]
    (results / "scores.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder, results


def test_sets_can_be_filtered_by_factor_and_by_outcome(probes, tmp_path) -> None:
    folder, results = probes
    made = export_gallery(folder, tmp_path / "site", PLAIN, runs=[results])
    assert made.clips == 11 and made.runs == 1
    pairs = [name for name in ("order", "colour", "order", "colour", "order") for _ in range(2)]
    assert named(tmp_path / "site", "factor") == [*pairs, "not stated"]
    outcomes = ["right", "captions alone", "clips alone", "wrong", "could not be run"]
    assert named(tmp_path / "site", "probes-0") == [*(o for o in outcomes for _ in range(2)), "not stated"]
    assert facets(tmp_path / "site")["probes-0"]["title"] == "Set by tiny <b>"


def test_what_an_audit_found_out(probes, tmp_path) -> None:
    folder, _ = probes
    keys = [row.clip.key for row in read_index(folder / "clips.parquet")]
    export_gallery(folder, tmp_path / "site", PLAIN)
    assert "audit" not in facets(tmp_path / "site")
    write_marks(folder / "clips.parquet", {keys[0]: AuditMark(True, "people"), keys[1]: AuditMark(False, "judge")})
    export_gallery(folder, tmp_path / "site", PLAIN)
    found = named(tmp_path / "site", "audit")
    assert found[:3] == ["shows its caption (people)", "does not (judge)", "not audited"]


def test_runs_that_fit_no_dataset_are_one_line(probes, tmp_path) -> None:
    folder, results = probes
    with pytest.raises(GalleryError, match="beside its dataset"):
        export_gallery(None, tmp_path / "site", PLAIN, runs=[results], streams=tmp_path)
    (folder / PROBES).unlink()
    with pytest.raises(ProbesError, match="which contains probes.jsonl"):
        export_gallery(folder, tmp_path / "site", PLAIN, runs=[results])
    (results / "scores.jsonl").write_text('{"probe_id": "p0"}\n')
    (folder / PROBES).write_text('{"probe_id": "p0", "factor": "order", "variants": [{"key": "k"}]}\n')
    with pytest.raises(ProbesError, match="line 1: not the scores"):
        export_gallery(folder, tmp_path / "site", PLAIN, runs=[results])
    assert not (tmp_path / "site").exists()
