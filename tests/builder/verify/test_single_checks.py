"""Checks of `svta verify` one by one, without a packed dataset: sizes, leaks, the two lists of files, turned videos."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import av
import numpy as np

from svta.builder.card.card_parts import CardParts, card_record
from svta.builder.record import Clip
from svta.builder.shards.index import IndexRow
from svta.builder.verify.card import check_card
from svta.builder.verify.checksums import Checksums, check_checksums
from svta.builder.verify.dataset_folder import DatasetFolder
from svta.builder.verify.finding import Finding
from svta.builder.verify.leaks import Leaks
from svta.builder.verify.shard import check_shard_size
from svta.builder.verify.video import check_video


def row(key: str, split: str = "train", *, offset: int = 512, size: int = 100, **fields: object) -> IndexRow:
    clip = Clip.from_dict({"key": key, "caption": f"caption {key}", "sha256": key * 64, **fields})
    return IndexRow(clip, split, f"data/{split}/svta-{split}-00000.tar", offset, size)


def test_a_shard_ends_two_blocks_behind_its_last_video_or_later() -> None:
    rows = [row("a", offset=4_096, size=900), row("b", offset=512, size=700)]
    assert check_shard_size(4_096 + 900 + 1_024, "x.tar", rows) == []
    [finding] = check_shard_size(4_096 + 900 + 1_023, "x.tar", rows)
    assert (finding.code, finding.file, finding.key) == ("truncated", "x.tar", "a")


def test_every_clip_that_leaks_is_named_with_the_first_that_has_it() -> None:
    told: list[Finding] = []
    leaks = Leaks(lambda *finding: told.append(Finding(*finding)))
    leaks.add_rows([row("a", caption="A man falls."), row("b", "test", caption="a man FALLS")])
    leaks.add_rows([row("c", "test", caption="A man, falls"), row("d", caption="a man falls"), row("e", "test")])
    leaks.add_rows([row("f", "validation", sha256="e" * 64)])
    assert [(finding.code, finding.key) for finding in told] == [("caption_leak", "b"), ("caption_leak", "c")]
    assert all("with key a, in train" in finding.problem for finding in told)
    assert [(copy.code, copy.key) for copy in leaks.copies] == [("video_copy", "f")]
    filmed = json.dumps({"imported": {"footage": "abc"}})
    for key, split, digit in (("g", "train", "7"), ("h", "test", "8"), ("i", "test", "7")):
        leaks.add_rows([row(key, split, provenance=filmed, sha256=digit * 64)])
    # of one recording, cut otherwise; and the same video, which is told once
    assert [(copy.code, copy.key) for copy in leaks.copies[1:]] == [("recording_copy", "h"), ("video_copy", "i")]


def test_quick_compares_the_fields_of_a_card_with_those_packed_if_they_were_recorded(tmp_path: Path) -> None:
    card = CardParts({"license": "mit", "pretty_name": "Port"}, "# Port")
    (tmp_path / "README.md").write_text(card.text().replace("license: mit", "license: cc0-1.0"))
    record = card_record(card)
    older = {name: value for name, value in record.items() if name != "data"}  # of svta before 0.2.0
    for known, codes in ((record, ["card"]), (older, [])):
        sums = Checksums(files={"README.md"}, build={"card": known})
        findings, notes = check_card(DatasetFolder(tmp_path), "quick", sums, None)
        assert [finding.code for finding in findings] == codes and not notes


def test_a_file_that_one_list_names_rightly_is_whole_and_the_other_list_is_damaged(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"rows").hexdigest()
    (tmp_path / "clips.parquet").write_bytes(b"rows")

    def told(in_build: str | None, in_sums: str | None) -> tuple[list[tuple[str, str]], list[str]]:
        build = json.dumps({"files": {"clips.parquet": in_build} if in_build else {}}).encode()
        (tmp_path / "build.json").write_bytes(build)
        lines = [f"{hashlib.sha256(build).hexdigest()}  build.json\n"]
        lines += [f"{in_sums}  clips.parquet\n"] if in_sums else []
        (tmp_path / "SHA256SUMS").write_text("".join(lines))
        found = check_checksums(DatasetFolder(tmp_path))
        return [(finding.code, finding.file) for finding in found.findings], sorted(found.changed)

    other, one_digit = "0" * 64, ("0" if digest[0] != "0" else "1") + digest[1:]
    assert told(digest, digest) == ([], [])
    assert told(other, digest) == ([("sums", "build.json")], [])
    assert told(digest, other) == ([("sums", "SHA256SUMS")], [])
    assert told(digest, None) == ([("sums", "SHA256SUMS")], [])
    assert told(one_digit, one_digit) == ([("sums", "SHA256SUMS"), ("sums", "build.json")], [])
    assert told(other, other) == ([], ["clips.parquet"])
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "more.tar").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("a user's own")
    assert told(digest, digest) == ([("unexpected", "data/more.tar")], [])


def test_a_turned_video_may_be_recorded_as_it_is_stored_or_as_it_is_shown() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt = 80, 48, "yuv420p"
        stream.set_display_rotation(90)
        for shade in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((48, 80, 3), 50 * shade, np.uint8), format="rgb24")
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode())

    def told(width: int, height: int, fps: float = 8.0) -> list[str]:
        clip = row("a", width=width, height=height, fps=fps).clip
        return [finding.code for finding in check_video(clip, buffer.getvalue(), "x.tar")]

    assert told(80, 48) == told(48, 80) == told(48, 80, 8.05) == []
    assert told(80, 80) == ["size"] and told(80, 48, 8.2) == ["fps"]
