"""Every bad tar, video and json of ../shared/data/bad through verify, import and pack: in 2 GB and without a network.

test_shards.py and test_record.py read the same files by read_shard and Clip.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import resource
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple

import pytest

from svta.builder.errors import SvtaError
from svta.builder.shards import ShardError, read_shard
from svta.builder.shards.index import read_index
from svta.builder.sources.registry import read_source
from svta.builder.taxonomy import load_taxonomy
from svta.builder.video import probe
from svta.generation.captions.answer_parsing import parse_category, parse_prompts

HOME = Path(__file__).resolve().parents[2]
ALONE = """
import io, json, socket, sys
from contextlib import redirect_stderr, redirect_stdout
def refuse(*args, **more):
    raise AssertionError("the network was asked")
socket.socket.connect = socket.create_connection = refuse
from svta.cli import main
done = []
for command in json.loads(sys.argv[1]):
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(command)
        except SystemExit as end:
            code = end.code
    done.append([code or 0, *(text.buffer.getvalue().decode() for text in (out, err))])
json.dump(done, sys.stdout)
"""


class Told(NamedTuple):
    code: int
    out: str
    err: str


def svta_each(*commands: tuple[object, ...]) -> list[Told]:
    """`svta ...`, one command after the other, in a process that has 2 GB of address space and no network."""
    limit = (2 << 30, 2 << 30)
    done = subprocess.run(
        [sys.executable, "-c", ALONE, json.dumps([[str(arg) for arg in command] for command in commands])],
        cwd=HOME,
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limit),
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    ends = [Told(*end) for end in json.loads(done.stdout)]
    for end in ends:
        assert "Traceback" not in end.err and "(not foreseen: " not in end.err, end.err
    return ends


def svta(*args: object) -> Told:
    return svta_each(args)[0]


def tar_of(members: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


GOOD_TARS = {"good_3.tar": 3, "apple_double.tar": 1, "plain_named.tar.gz": 3}


@pytest.mark.slow
def test_verify_of_every_bad_tar(shared: Path) -> None:
    paths = sorted((shared / "data/bad/tar").iterdir())
    assert {path.name for path in paths} > GOOD_TARS.keys()
    ends = svta_each(*(("verify", path, "--deep", "--json") for path in paths))
    for path, (code, out, err) in zip(paths, ends, strict=True):
        told = json.loads(out)
        assert code == (0 if path.name in GOOD_TARS else 1) and told["ok"] is (code == 0), path.name
        assert err.count("\n") == code and "/etc/passwd" not in out and "root:" not in out
        assert told["clips"] == GOOD_TARS.get(path.name, told["clips"])
        for finding in told["findings"]:
            assert finding["file"] == path.name


BROKEN = {
    "audio_only", "bitflips_mdat", "exe_header", "ffconcat", "hls_http_loopback", "html_404", "huge_dims.y4m",
    "moov_missing_truncated", "moov_renamed", "random", "text", "truncated_60pct", "zero_bytes", "zip_named",
}  # fmt: skip


@pytest.mark.slow
def test_import_and_pack_of_every_bad_video(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data/bad/video"
    rows = [{"video": p.name, "caption": f"clip {p.stem}", "num_frames": 33} for p in sorted(folder.iterdir())]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = svta("import", "--videos", folder, "--annotations", tmp_path / "a.jsonl", "--out", tmp_path / "c", "--json")
    assert done.code == 0 and json.loads(done.out)["kept"] + json.loads(done.out)["rejected"] == len(rows)
    refused = [json.loads(line) for line in (tmp_path / "c/rejected.jsonl").read_text().splitlines()]
    assert {row["source_id"].removesuffix(".mp4") for row in refused} == BROKEN
    assert {row["reason"] for row in refused} == {"broken_video"}
    assert svta("pack", tmp_path / "c", "--out", tmp_path / "d").code == 0
    assert svta("verify", tmp_path / "d", "--deep").code == 0
    clips = {row.clip.source_id: row.clip for row in read_index(tmp_path / "d/clips.parquet")}
    assert {name for name, made in clips.items() if "frame_count" in made.flags} == {"frames_32.mp4", "frames_34.mp4"}
    assert clips["static_frames.mp4"].flags == ("static",) and clips["with_audio.mp4"].flags == ("audio_dropped",)
    assert clips["vfr.mp4"].num_frames == 33 and clips["vfr.mp4"].duration == pytest.approx(14.0625)  # its timestamps'
    assert (clips["huge_dims_stsd.mp4"].width, clips["huge_dims_stsd.mp4"].height) == (64, 48)


def test_verify_of_bad_videos_in_a_tar(shared: Path, tmp_path: Path) -> None:
    members = []
    for path in sorted((shared / "data/bad/video").iterdir()):
        key = path.stem.replace(".", "_")
        members += [(f"{key}.mp4", path.read_bytes()), (f"{key}.json", b'{"caption": "x", "num_frames": 33}')]
    (tmp_path / "v.tar").write_bytes(tar_of(members))
    found = {
        (f["key"], f["code"])
        for f in json.loads(svta("verify", tmp_path / "v.tar", "--deep", "--json").out)["findings"]
    }
    want = {(name.replace(".", "_"), "damage" if name == "zero_bytes" else "video") for name in BROKEN}
    want |= {("frames_32", "num_frames"), ("frames_34", "num_frames"), ("webm_named", "container")}
    assert found == want


REASONS = {
    "bool_as_int": "bad_field", "caption_100k": "too_long", "caption_one_token_100k": "too_long",
    "duplicate_keys": "bad_row", "empty_caption": "no_caption", "float_overflow": "bad_field", "huge_int": "bad_field",
    "lone_surrogate": "bad_row", "missing_caption": "no_caption", "negative_frames": "bad_field",
    "truncated": "bad_row", "types_wrong": "bad_field", "unknown_category": "unknown_category", "utf16": "bad_row",
    "video_url": "outside_folder", "yaml_inject": "unknown_category",
}  # fmt: skip


@pytest.mark.slow
def test_import_pack_and_verify_of_every_bad_json(shared: Path, tmp_path: Path) -> None:
    files = sorted((shared / "data/bad/json").iterdir())
    good = shared / "data/bad/video/good_33.mp4"
    (tmp_path / "v").mkdir()
    lines, members, order = [], [], []
    for path in files:
        shutil.copy(good, tmp_path / "v" / f"{path.stem}.mp4")
        data = path.read_bytes().replace(b"\n", b" ")
        at = data.find(b"{") + 1
        if path.stem not in ("utf16", "video_url"):
            data = data[:at] + b'"video": "%s.mp4", ' % path.stem.encode() + data[at:]
        lines.append(data.strip() + b"\n")
        order += [path.stem] * (path.stem in REASONS)
        members += [(f"{path.stem}.mp4", good.read_bytes()), (f"{path.stem}.json", path.read_bytes())]
    (tmp_path / "a.jsonl").write_bytes(b"".join(lines))
    done = svta("import", "--videos", tmp_path / "v", "--annotations", tmp_path / "a.jsonl", "--out", tmp_path / "c")
    assert done.code == 0, done
    refused = [json.loads(line) for line in (tmp_path / "c/rejected.jsonl").read_text().splitlines()]
    assert [row["reason"] for row in refused] == [REASONS[name] for name in order]
    assert svta("pack", tmp_path / "c", "--out", tmp_path / "d").code == 0
    assert svta("verify", tmp_path / "d", "--deep").code == 0
    clips = {row.clip.source_id: row.clip for row in read_index(tmp_path / "d/clips.parquet")}
    assert {name.removesuffix(".mp4") for name in clips} == {path.stem for path in files} - REASONS.keys()
    assert clips["bidi.mp4"].flags == ("bidi",) and "<script" in clips["html_script.mp4"].caption
    assert "<script" not in (tmp_path / "d/README.md").read_text()
    (tmp_path / "j.tar").write_bytes(tar_of(members))
    told = json.loads(svta("verify", tmp_path / "j.tar", "--json").out)
    assert {finding["key"] for finding in told["findings"]} == REASONS.keys()


def header(name: bytes, size: int, kind: bytes = b"0", field: bytes | None = None) -> bytes:
    head = bytearray(512)
    head[: len(name)] = name
    head[100:124] = b"0000644\0" + b"0000000\0" * 2
    head[124:136] = b"%011o\0" % size if field is None else field
    head[136:148], head[156:157], head[257:265] = b"0" * 11 + b"\0", kind, b"ustar\x0000"
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


def member(name: bytes, data: bytes, kind: bytes = b"0") -> bytes:
    return header(name, len(data), kind) + data + bytes(-len(data) % 512)


SAMPLE = member(b"zz.mp4", b"v" * 900) + member(b"zz.json", b'{"caption": "x"}')
END = bytes(1024)
DEEP = b'{"caption":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
HOSTILE = {  # file -> (its bytes, clips that are good all the same)
    "gzip_in_gzip": (gzip.compress(gzip.compress(SAMPLE + END)), 0),
    "two_archives": (SAMPLE + END + SAMPLE + END, 1),
    "text_behind": (SAMPLE + END + b"x" * 512, 1),
    "gzip_and_garbage": (gzip.compress(SAMPLE + END) + b"garbage", 1),
    "folder_of_1_gb": (header(b"d/", 1 << 30, b"5") + SAMPLE + END, 0),
    "folder_of_1_gb_behind": (SAMPLE + header(b"d/", 1 << 30, b"5") + END, 1),
    "junk_cut_off": (SAMPLE + header(b"._zz.mp4", 1 << 30) + END, 1),
    "size_8_gb": (header(b"a.mp4", 0, field=b"77777777777\0") + SAMPLE + END, 0),
    "size_blank": (header(b"a.mp4", 0, field=b" " * 12) + SAMPLE + END, 0),
    "pax_of_8_gb": (header(b"p", 8_589_934_591, b"x") + SAMPLE + END, 0),
    "pax_size": (member(b"p", b"20 size=99999999999\n", b"x") + SAMPLE + END, 0),
    "pax_for_all": (member(b"g", b"19 path=../../evil\n", b"g") + SAMPLE + END, 0),
    "long_names": (member(b"././@LongLink", b"a" * 60_000, b"L") * 200 + SAMPLE + END, 0),
    "hard_link": (header(b"a.mp4", 0, b"1") + member(b"a.json", b'{"caption": "x"}') + SAMPLE + END, 1),
    "one_block_too_long": (header(b"a.mp4", 1412) + b"v" * 900 + bytes(124) + SAMPLE + END, 0),
    "pickle_for_json": (member(b"a.mp4", b"v") + member(b"a.json", b"\x80\x04cos\nsystem\n.") + SAMPLE + END, 1),
    "brackets_for_json": (member(b"a.mp4", b"v") + member(b"a.json", DEEP) + SAMPLE + END, 1),
    "key_of_another": (member(b"a.mp4", b"v") + member(b"a.json", b'{"key":"../x","caption":"x"}') + SAMPLE + END, 1),
    "text_in_latin_1": (SAMPLE[:-1024] + member(b"zz.json", b'{"caption": "x"}') + member(b"zz.txt", b"\xe9") + END, 0),
    "zeros": (bytes(10 << 20), 0),
    "one_zero_block": (bytes(512), 0),
    "html": (b"<html>404</html>" * 40, 0),
    "xz": (b"\xfd7zXZ\0" + b"x" * 600, 0),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_more_hostile_tars(tmp_path: Path, name: str) -> None:
    from svta.builder.verify.folder import verify

    data, good = HOSTILE[name]
    (tmp_path / f"{name}.tar").write_bytes(data)
    told = verify(tmp_path / f"{name}.tar", level="deep" if good == 0 else "full")
    assert not told.ok and told.clips == good
    assert all(str(finding).isprintable() and str(finding).isascii() for finding in told.findings)


def came_of(path: Path, kind: str) -> str:
    """What the function that reads such files makes of one: "read ..." or "refused: ..."."""
    if kind == "video":
        info = probe(path.read_bytes())
        return f"read: {info.num_frames} frames of {info.width}x{info.height}, {info.container}, {info.duration:.2f} s"
    if kind == "tar":
        errors: list[ShardError] = []
        samples = len(list(read_shard(path, on_error=errors.append)))
        return f"{'read' if samples else 'refused'}: {samples} samples" + "".join(f"; {error}" for error in errors[:1])
    if kind == "llm":
        text = path.read_text("utf-8")
        if path.stem.startswith("category"):
            category = parse_category(text, load_taxonomy())
            return f"read: {category}" if category else "refused: no category, for review"
        prompts = parse_prompts(text, category="throw", taxonomy=load_taxonomy())
        return f"read: {len(prompts.prompts)} prompts{', cut' if prompts.cut else ''}"
    rejects: list[dict[str, object]] = []
    kept = len(list(read_source("table", str(path), on_reject=rejects.append)))
    return f"{'read' if kept else 'refused'}: {kept} rows" + "".join(f"; {row['reason']}" for row in rejects[:1])


def test_the_table_of_all_bad_files(shared: Path) -> None:
    """Each file of MANIFEST.json: what it asks for and what came of it; numbers are kept by the tests above."""
    folder = shared / "data/bad"
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    assert {entry["file"] for entry in manifest} == {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.parent != folder
    }
    for entry in manifest:
        try:
            came = came_of(folder / entry["file"], entry["kind"])
        except SvtaError as error:
            came = f"refused: {str(error).removeprefix(str(folder))}"
        print(f"{entry['file']:40} {entry['expect'][:60]:60} {came[:110]}")
        assert came.isprintable(), entry["file"]
        if wanted := re.match(r"(accept|reject)\b(?!/)", entry["expect"]):
            assert came.startswith("read" if wanted[1] == "accept" else "refused"), (entry, came)
