"""The same annotations by every command: describe, import (named and found), eval and --disjoint-from read them alike.

Each table below is a shape that somebody publishes or that a program writes, with what is in it written down: captions,
their videos, times, and the rows that are none. The videos are empty files: nothing is decoded to read annotations.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from svta.builder.ingest.discover import find_annotations
from svta.builder.ingest.plan import ImportConfig, ImportingError, ImportPlan, plan_import
from svta.builder.ingest.video_names import VideoFolder
from svta.builder.io.tables import SourceError
from svta.builder.sources.registry import open_source, read_records
from svta.builder.taxonomy import load_taxonomy
from svta.generation.captions.describe import DescribeConfig, describe, rejected_path

TAXONOMY = load_taxonomy()
ONE, TWO, DOTS = "street/one.mp4", "street/two.mp4", "Day.of.Rain__#01.mp4"
DOOR, RUN, RAIN = "A woman opens a green door.", "Two cyclists ride along a fence.", "Rain falls on an empty road."
PLAIN = [(DOOR, ONE, None, None), (RUN, TWO, None, None), (RAIN, DOTS, None, None)]
TIMED = [(DOOR, ONE, 1.5, 4.0), (RUN, TWO, 62.5, 70.0), (RAIN, DOTS, 0.0, 2.0)]
SEVERAL = [(DOOR, ONE, None, None), (RUN, ONE, None, None), (RAIN, DOTS, None, None)]
PARTS = [(DOOR, ONE, 0.0, 2.5), (RUN, ONE, 2.5, 6.0), (RAIN, DOTS, 1.0, 3.0)]

# name of the file -> (what is in it: text, bytes, JSON or rows of a sheet; captions; reasons of rejects)
Table = tuple[Any, list[tuple[str, str, float | None, float | None]], list[str]]
TABLES: dict[str, Table] = {
    "plain.csv": (f"video,caption\n{ONE},{DOOR}\n{TWO},{RUN}\n{DOTS},{RAIN}\n", PLAIN, []),
    "semicolons.csv": (f"sep=;\r\nfile;text\r\none;{DOOR}\r\ntwo;{RUN}\r\nDay.of.Rain__#01;{RAIN}\r\n", PLAIN, []),
    "bars.csv": (f"clip_name|sentence\none|{DOOR}\ntwo|{RUN}\nDay.of.Rain__#01|{RAIN}\n", PLAIN, []),
    "utf16.csv": (f"vid,description\none,{DOOR}\ntwo,{RUN}\nDay.of.Rain__#01,{RAIN}\n".encode("utf-16"), PLAIN, []),
    "ctrl_z.csv": (f"path,caption\none.mp4,{DOOR}\ntwo.mp4,{RUN}\n{DOTS},{RAIN}\n\x1a", PLAIN, []),
    "blank_rows.csv": (f"video,caption\none,{DOOR}\n\ntwo,\ntwo,{RUN}\n{DOTS},{RAIN}\n", PLAIN, ["no_caption"]),
    "open_quote.csv": (f'video,caption\none,{DOOR}\ntwo,"A cat\ntwo,{RUN}\n{DOTS},{RAIN}\n', PLAIN, ["bad_row"]),
    "latin.csv": (
        f"video,caption,note\none,{DOOR},caf\xe9\ntwo,{RUN},x\n{DOTS},{RAIN},y\n".encode("latin-1"), PLAIN, []
    ),
    "two_lines.csv": (f'youtube_id,caption\none,"A woman opens\na green door."\ntwo,{RUN}\n{DOTS},{RAIN}\n', PLAIN, []),
    "quotes.tsv": (
        f'videoID\tcaption\none\t"Open" stands on a door.\ntwo\t"{RUN}\n{DOTS}\t"{RAIN}"\n',
        [('"Open" stands on a door.', ONE, None, None), (f'"{RUN}', TWO, None, None), PLAIN[2]],
        [],
    ),
    "clocks.csv": (
        f"video,caption,start,end\none,{DOOR},00:00:01.5,4\ntwo,{RUN},01:02.5,1:10\n{DOTS},{RAIN},0,2.0 s\n", TIMED, []
    ),
    "german.csv": (
        f"Datei;Beschreibung;Beginn;Ende\none;{DOOR};1,5;4\ntwo;{RUN};0:01:02,5;1:10\nDay.of.Rain__#01;{RAIN};0;2\n",
        TIMED,
        [],
    ),
    "chinese.tsv": (
        f"视频\t描述\t开始时间\t结束时间\none\t{DOOR}\t1.5\t4\ntwo\t{RUN}\t62.5\t70\n{DOTS}\t{RAIN}\t0\t2\n", TIMED, []
    ),
    "milliseconds.json": (
        [{"clipName": v, "captionText": c, "startMs": s * 1000, "endMs": e * 1000} for c, v, s, e in TIMED], TIMED, []
    ),
    "iso.csv": (
        f"video,caption,start,end\none,{DOOR},PT1.5S,4s\ntwo,{RUN},PT1M2.5S,1m10s\n{DOTS},{RAIN},0s,PT2S\n", TIMED, []
    ),
    "timecodes.tsv": (
        f"video\tcaption\tTC In\tTC Out\tfps\none\t{DOOR}\t00:00:01:12\t00:00:04:00\t24\n"
        f"two\t{RUN}\t00:01:02:12\t00:01:10:00\t24\n{DOTS}\t{RAIN}\t00:00:00:00\t00:00:02:00\t24\n",
        TIMED,
        [],
    ),
    "months.csv": (
        f"video,caption,start,end\none,{DOOR},1.5,4\none,{RUN},P1M,P2M\ntwo,{RUN},62.5,70\n{DOTS},{RAIN},0,2\n",
        TIMED,
        ["bad_field"],
    ),
    "controls.jsonl": (
        "".join(json.dumps({"video": v, "caption": f"{c[:4]}\x07{c[4:]}\x00"}) + "\n" for c, v, *_ in PLAIN), PLAIN, []
    ),
    "frames.csv": (
        f"video,caption,start_frame,end_frame,fps\none,{DOOR},45,120,30\ntwo,{RUN},1875,2100,30\n{DOTS},{RAIN},0,60,30\n",
        TIMED,
        [],
    ),
    "negative.csv": (
        f"video,negative_prompt,prompt\none,blurred static ugly picture,{DOOR}\ntwo,blurred static ugly picture,{RUN}\n"
        f"{DOTS},blurred static ugly picture,{RAIN}\n",
        PLAIN,
        [],
    ),
    "classes.csv": (f"video,label,caption\none,7,{DOOR}\ntwo,3,{RUN}\n{DOTS},3,{RAIN}\n", PLAIN, []),
    "file_lists.csv": (
        f"video,caption\none,{DOOR}\ntwo,\"['a.jpg', 'b.jpg']\"\ntwo,{RUN}\n{DOTS},{RAIN}\n",
        PLAIN,
        ["no_caption", "no_caption"],
    ),
    "lists_in_text.csv": (f"video,caption\none,\"['{DOOR}', '{RUN}']\"\n{DOTS},{RAIN}\n", SEVERAL, []),
    "panda.csv": (
        "videoID,url,timestamp,caption,matching_score\n"
        "one,x,\"[['0:00:00.000', '0:00:02.500'], ['0:00:02.500', '0:00:06.000']]\","
        f"\"['{DOOR}', '{RUN}']\",\"[.4, .5]\"\n"
        f"{DOTS},x,\"[['0:00:01.000', '0:00:03.000']]\",\"['{RAIN}']\",[.4]\n",
        PARTS,
        [],
    ),
    "webvid.csv": (
        "videoid,contentUrl,duration,page_dir,name\n"
        f"one,https://x.example/1.mp4,PT00H00M11S,000001_000050,{DOOR}\n"
        f"two,https://x.example/2.mp4,PT00H00M29S,000051_000100,{RUN}\n"
        f"Day.of.Rain__#01,https://x.example/3.mp4,PT00H00M09S,000051_000100,\"{RAIN}\"\n",
        PLAIN,
        [],
    ),
    "nan.jsonl": (
        f'{{"video": "one", "caption": "{DOOR}", "score": NaN}}\n'
        f'{{"video": "two", "caption": "{RUN}", "score": 1e999}}\n'
        f'{{"video": "{DOTS}", "caption": "{RAIN}", "note": "\\ud800"}}\n{{"video": "two", "caption": 5}}\n',
        PLAIN,
        ["bad_field"],
    ),
    "rows.json": ([{"video": "one", "text": DOOR}, 5, {"video": "two", "text": RUN}, {"video": DOTS, "text": RAIN}],
                  PLAIN, ["bad_row"]),
    "by_name.json": ({"one": DOOR, "two": [RUN], DOTS: {"caption": RAIN}}, PLAIN, []),
    "by_split.json": ({"train": [{"video": "one", "caption": DOOR}], "test": {"two": {"caption": RUN}, DOTS: RAIN}},
                      PLAIN, []),
    "by_category.json": ({"arson": {"one": DOOR}, "walking": {"two": RUN, DOTS: [RAIN]}}, PLAIN, []),
    "beside_a_version.json": (
        {"version": 1, "licence": "x",
         "data": [{"video": v, "caption": c} for c, v, *_ in PLAIN]},
        PLAIN,
        [],
    ),
    "msrvtt.json": (
        {"info": {"year": "2016"},
         "videos": [{"video_id": n, "category": 9, "start time": 5.0, "end time": 9.0, "split": "train"}
                    for n in ("one", "Day.of.Rain__#01")],
         "sentences": [{"caption": c, "video_id": Path(v).name.removesuffix(".mp4"), "sen_id": i}
                       for i, (c, v, *_) in enumerate(SEVERAL)]},
        SEVERAL,
        [],
    ),
    "vatex.json": ([{"videoID": "one", "enCap": [DOOR, RUN], "chCap": ["一个女人", "两个男孩"]},
                    {"videoID": DOTS, "enCap": [RAIN], "chCap": ["雨"]}], SEVERAL, []),
    "open_sora.json": ([{"path": ONE, "cap": [DOOR, RUN], "fps": 30.0, "resolution": {"height": 64}},
                        {"path": DOTS, "cap": [RAIN], "fps": 30.0}], SEVERAL, []),
    "dense.json": ({"one": {"duration": 9.0, "timestamps": [[0.0, 2.5], [2.5, 6.0]], "sentences": [DOOR, RUN]},
                    DOTS: {"duration": 4.0, "timestamps": [[1.0, 3.0]], "sentences": [RAIN]}}, PARTS, []),
    "timestamps.jsonl": (
        "".join(json.dumps({"YoutubeID": v, "Start_timestamp": f"00:00:{s:06.3f}", "End_timestamp": f"00:00:{e:06.3f}",
                            "Caption": c, "UMT_Score": 0.4}) + "\n" for c, v, s, e in PARTS),
        PARTS,
        [],
    ),
    "ts_desc.jsonl": (
        "".join(json.dumps({"vid_name": v, "duration": 9.0, "ts": [s, e], "desc": c, "desc_id": 7}) + "\n"
                for c, v, s, e in PARTS),
        PARTS,
        [],
    ),
    "database.json": (
        {"database": {
            "one": {"duration": 9.0, "subset": "training", "annotations": [
                {"segment": [0.0, 2.5], "id": 0, "sentence": DOOR}, {"segment": [2.5, 6.0], "id": 1, "sentence": RUN}]},
            DOTS: {"duration": 4.0, "subset": "training",
                   "annotations": [{"segment": [1, 3], "id": 0, "sentence": RAIN}]},
        }},
        PARTS,
        [],
    ),
    "results.json": (
        {"version": "1.3 of it", "external_data": {"used": True, "details": "a net"},
         "results": {"one": [{"sentence": DOOR, "timestamp": [0, 2.5]}, {"sentence": RUN, "timestamp": [2.5, 6]}],
                     DOTS: [{"sentence": RAIN, "timestamp": [1, 3]}]}},
        PARTS,
        [],
    ),
    "judges.json": (
        [{"num_segments": 6, "description": DOOR, "times": [[0, 0], [1, 1], [0, 0], [0, 1]], "video": ONE},
         {"num_segments": 6, "description": RUN, "times": [[2, 3], [2, 3], [3, 3], [2, 2]], "video": TWO}],
        [(DOOR, ONE, 0, 5), (RUN, TWO, 10, 20)],
        [],
    ),
    "contents.jsonl": (
        "".join(json.dumps({"video_id": v, "captions": [{"idx": i, "content": c} for i, c in enumerate(cs)]}) + "\n"
                for v, cs in (("one", [DOOR, RUN]), (DOTS, [RAIN]))),
        SEVERAL,
        [],
    ),
    "conversations.json": (
        [{"id": v, "video": v, "conversations": [{"from": "human", "value": "<image>\nDescribe the video."},
                                                  {"from": "gpt", "value": c}]} for c, v, *_ in PLAIN],
        PLAIN,
        [],
    ),
    "messages.jsonl": (
        "".join(json.dumps({"messages": [{"role": "user", "content": "<video>Describe it."},
                                         {"role": "assistant", "content": c}], "videos": [v]}) + "\n"
                for c, v, *_ in PLAIN),
        PLAIN, [],
    ),
    "hivau.json": (
        {"one": {"n_frames": 270, "fps": 30.0, "label": ["Abuse"], "events": [[0.0, 6.0]],
                 "clips": [[[0.0, 2.5]], [[2.5, 6.0]]], "clips_caption": [[DOOR], [RUN]], "video_summary": "x y"},
         DOTS: {"n_frames": 120, "fps": 30.0, "label": ["Normal"], "events": [[1.0, 3.0]],
                "clips": [[[1.0, 3.0]]], "clips_caption": [[RAIN]], "video_summary": "x y"}},
        PARTS,
        [],
    ),
    "dense.txt": (
        f"one 00:00.0 00:02.5 ##{DOOR}\none 2.5 6.0##{RUN}\nno sentence\n{DOTS} 1.0 3.0 ## {RAIN}\n", PARTS, ["bad_row"]
    ),
    "header.txt": (f"file;mood;text\none;calm;{DOOR}\ntwo;calm;{RUN}\nDay.of.Rain__#01;calm;{RAIN}\n", PLAIN, []),
    "names.txt": (f"one\t{DOOR}\ntwo\t{RUN}\nDay.of.Rain__#01\t{RAIN}\n", PLAIN, []),
    "numbered.csv": (
        f"video,clip_id,caption_1,caption_2\none,1,{DOOR},{RUN}\nDay.of.Rain__#01,2,{RAIN},\n", SEVERAL, []
    ),
    "numbered.json": ({"one.mp4": {"caption_1": DOOR, "caption_2": RUN}, DOTS: {"caption_1": RAIN}}, SEVERAL, []),
    "clip_numbers.csv": (f"clip,video_id,caption\n1,one,{DOOR}\n2,one,{RUN}\n1,Day.of.Rain__#01,{RAIN}\n", SEVERAL, []),
    "nothing.csv": (
        f"video,caption,start,end\none,{DOOR},nan,NaN\none,nan,,\none,#N/A,,\none,None,,\n"
        f"two,{RUN},N/A,\n{DOTS},{RAIN},,\n",
        PLAIN, ["no_caption"] * 3,
    ),
    "objects.csv": (
        f"video,caption\none,{DOOR}\none,\"{{\"\"text\"\": [\"\"x y\"\"]}}\"\ntwo,{RUN}\n{DOTS},{RAIN}\n",
        PLAIN, ["no_caption"],
    ),
    "blanks.csv": (
        f'video, caption, start, end\none, "{DOOR}", 1.5, 4\ntwo, {RUN}, 62.5, 70\n{DOTS}, "{RAIN}", 0, 2\n', TIMED, []
    ),
    "spark.csv": (
        'video,caption\none,"A sign says \\"stop\\", a car\nhalts."\n' + f'two,"{RUN}"\n{DOTS},"{RAIN}"\n',
        [('A sign says "stop", a car halts.', ONE, None, None), *PLAIN[1:]], [],
    ),
    "disks.csv": (
        f"video,caption\nfile:///C:/films/street/one.mp4,{DOOR}\n\\\\nas\\films\\two.mp4,{RUN}\nfile:///x/{DOTS},{RAIN}\n",
        PLAIN, [],
    ),
    "label_studio.json": (
        [{"video": f"/data/upload/7/1a2b3c4d-{Path(v).name}", "id": i, "caption": {"text": [c]}, "lead_time": 1.5}
         for i, (c, v, *_) in enumerate(PLAIN)],
        PLAIN, [],
    ),
    "qwen.jsonl": (
        "".join(json.dumps({"messages": [
            {"role": "user", "content": [{"type": "video", "video": v}, {"type": "text", "text": "Describe it."}]},
            {"role": "assistant", "content": [{"type": "text", "text": c}]}]}) + "\n" for c, v, *_ in PLAIN),
        PLAIN, [],
    ),
    "openvid.csv": (
        "video,caption,aesthetic score,motion score,camera motion,frame,fps,seconds,new_id\n"
        + "".join(f"{v},{c},5.2,3.3,pan_left,110,29.97,3.67,1_1_22\n" for c, v, *_ in PLAIN), PLAIN, [],
    ),
    "numbers.json": ({"one.mp4": {"0": DOOR, "1": RUN}, DOTS: {"0": RAIN}}, SEVERAL, []),
    "settings.json": (
        {"settings": {"model": "x", "prompt": "Describe it."}, "metadata": {"name": "y z"},
         "captions": {"one": DOOR, "two": RUN, DOTS: RAIN}},
        PLAIN, [],
    ),
    "list_of_one.jsonl": (
        "".join(json.dumps({"videos": [v], "caption": c}) + "\n" for c, v, *_ in PLAIN), PLAIN, []
    ),
    "annotators.csv": (f"VideoID,Source,Description\none,clean,{DOOR}\none,unverified,{RUN}\n{DOTS},clean,{RAIN}\n",
                       SEVERAL, []),
    "joined.csv": (f"video,caption\none,{DOOR}\nvideo,caption\ntwo,{RUN}\n{DOTS},{RAIN}\n", PLAIN, ["bad_row"]),
    "remarks.csv": (f"# made by Ann, 2024, v2\n# x\nvideo,caption\none,{DOOR}\ntwo,{RUN}\n{DOTS},{RAIN}\n", PLAIN, []),
    "commas.tsv": (f"video,caption\none,{DOOR}\ntwo,{RUN}\n{DOTS},{RAIN}\n", PLAIN, []),
    "markers.csv": (
        f"Media file;Description;Duration\none;{DOOR};00:00:02:13\ntwo;{RUN};long\n{DOTS};{RAIN};-\n".encode("utf-16"),
        PLAIN, [],
    ),
    "lines.json": ("".join(json.dumps({"video": v, "caption": c}) + "\n" for c, v, *_ in PLAIN), PLAIN, []),
    "list.jsonl": (json.dumps([{"video": v, "caption": c} for c, v, *_ in PLAIN]), PLAIN, []),
    "frame.json": (
        {"video": {str(i): v for i, (_, v, *_) in enumerate(PLAIN)},
         "caption": {str(i): c for i, (c, *_) in enumerate(PLAIN)}},
        PLAIN, [],
    ),
    "split.json": ({"columns": ["video", "caption"], "index": [], "data": [[v, c] for c, v, *_ in PLAIN]}, PLAIN, []),
    "lists.json": ({"video": [v for _, v, *_ in PLAIN], "caption": [c for c, *_ in PLAIN]}, PLAIN, []),
    "coco.json": (
        {"images": [{"id": 7 + i, "file_name": v} for i, (_, v, *_) in enumerate(PLAIN)],
         "annotations": [{"id": i, "image_id": 7 + i, "caption": c} for i, (c, *_) in enumerate(PLAIN)]},
        PLAIN, [],
    ),
    "coco_videos.json": (
        {"videos": [{"id": 1, "file_name": ONE}, {"id": 2, "file_name": DOTS}],
         "annotations": [{"id": i, "video_id": 1 + (c == RAIN), "caption": c} for i, (c, *_) in enumerate(SEVERAL)]},
        SEVERAL, [],
    ),
    "karpathy.json": (
        {"dataset": "x",
         "images": [{"filename": ONE, "split": "test", "sentences": [{"raw": DOOR, "tokens": []}, {"raw": RUN}]},
                    {"filename": DOTS, "split": "val", "sentences": [{"raw": RAIN}]}]},
        SEVERAL, [],
    ),
    "key_frames.jsonl": (
        "".join(json.dumps({"video_path": v, "timestamp": [0.0, 2.0], "keyframe": [0, 60],
                            "captions": [{"content": c}]}) + "\n" for c, v, *_ in PLAIN),
        PLAIN, [],
    ),
    "tacos.json": (
        {"one": {"timestamps": [[0, 75], [75, 180]], "sentences": [DOOR, RUN], "fps": 30, "num_frames": 200},
         "Day.of.Rain__#01": {"timestamps": [[30, 90]], "sentences": [RAIN], "fps": 30, "num_frames": 200}},
        PARTS, [],
    ),
    "own_names.json": (
        {"0": {"file_name": ONE, "caption": DOOR}, "x1": {"movie": "two", "sentence": RUN},
         "2": {"path": DOTS, "text": RAIN}},
        PLAIN, [],
    ),
    "rates.csv": (
        f"video,caption,fps,duration\none,{DOOR},0,-1\ntwo,{RUN},fast,long\n{DOTS},{RAIN},25 fps,0:05\n", PLAIN, []
    ),
    "by_span.json": ({"one": {"0-2.5": DOOR, "2.5-6": RUN}, DOTS: {"1-3": RAIN}}, PARTS, []),
    "marks.txt": (f"one.mp4 0:00-0:02.5: {DOOR}\none.mp4 2.5-6: {RUN}\n{DOTS}, 1.0, 3.0, {RAIN}\n", PARTS, []),
    "tabs.txt": (f"one\t0.0\t2.5\t{DOOR}\none\t2.5\t6.0\t{RUN}\n{DOTS}\t1\t3\t{RAIN}\nno times\n", PARTS, ["bad_row"]),
    "one.txt": (f"0.0\t2.5\t{DOOR}\n2.5\t6.0\t{RUN}\n", PARTS[:2], []),
    "remarks.txt": (f"# of Ann\none\t{DOOR}\ntwo\t{RUN}\n{DOTS}\t{RAIN}\n", PLAIN, ["bad_row"]),
    "sheet.xlsx": ([["video", "caption"], ["one", DOOR], ["two", RUN], [DOTS, RAIN]], PLAIN, []),
    "hub.parquet": ([{"video": {"bytes": None, "path": v}, "caption": c} for c, v, *_ in PLAIN], PLAIN, []),
    "table.parquet": ([{"video_path": v, "caption": c, "score": float("nan")} for c, v, *_ in PLAIN], PLAIN, []),
}  # fmt: skip


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    for name in (ONE, TWO, DOTS):
        (tmp_path / "videos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "videos" / name).write_bytes(name.encode())
    return tmp_path / "videos"


def write(path: Path, content: Any) -> Path:
    if path.suffix == ".xlsx":
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.Workbook()
        for row in content:
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(content), path)
    elif isinstance(content, (str, bytes)):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    else:
        path.write_text(json.dumps(content))
    return path


def partition(groups: list[object]) -> list[int]:
    """Which captions share a group, whatever the groups are called; a missing group is nobody's."""
    assert None not in groups
    return [groups.index(group) for group in groups]


def imported(plan: ImportPlan) -> tuple[list[Any], list[int], Counter[str]]:
    rows = [(item.clip.caption, item.video, item.clip.start, item.clip.end) for item in plan.items]
    refused = [row for row in plan.refused if row["detail"] != "no caption file names this video"]
    return rows, partition([item.clip.group for item in plan.items]), Counter(str(row["reason"]) for row in refused)


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_every_command_reads_the_same(name: str, videos: Path, tmp_path: Path) -> None:
    content, captions, reasons = TABLES[name]
    groups = partition([video for _, video, *_ in captions])
    check_routes(name, content, captions, groups, Counter(reasons), videos, tmp_path)


def test_lists_of_lsmdc_have_no_names_of_columns(tmp_path: Path) -> None:
    """A clip lies there cut, named after its film and its times in it: clips of one film are of one group."""
    films = ("0001_Green_Hills", "0002_THE-LONG ROAD")
    times = (("00.00.51.926", "00.00.54.129"), ("00.01.10.000", "00.01.12.500"), ("01.02.03.004", "01.02.06.000"))
    clips = [f"{film}_{a}-{b}" for film, (a, b) in zip((films[0], films[0], films[1]), times)]
    captions = [
        (text, f"{clip[:4]}/{clip}.avi", None, None) for text, clip in zip(('SOMEONE says "yes.', RUN, RAIN), clips)
    ]
    for _, video, *_ in captions:
        (tmp_path / "v" / video).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "v" / video).write_bytes(video.encode())
    lines = ["\t".join((clip, a, b, a, b, text)) for clip, (a, b), (text, *_) in zip(clips, times, captions)]
    lines += ["\t".join((clips[0], *times[0], *times[0])), "no clip"]  # as in a blind test
    rejects = Counter(["no_caption", "bad_row"])
    for name in ("LSMDC16_annos_training.csv", "someone.txt"):
        content = "".join(f"{line}\r\n" for line in lines)
        (tmp_path / name).mkdir()
        check_routes(name, content, captions, [0, 0, 2], rejects, tmp_path / "v", tmp_path / name)


def check_routes(
    name: str, content: Any, captions: list[Any], groups: list[int], rejects: Counter[str], videos: Path, tmp_path: Path
) -> None:
    """That every command reads these captions, groups and rejects in a file of this name and content."""
    path = write(tmp_path / name, content)

    report = describe(DescribeConfig(sources=(str(path),)), tmp_path / "d.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "d.jsonl").read_text().splitlines()]
    assert [(row["caption"], row.get("start"), row.get("end")) for row in rows] == [
        (caption, start, end) for caption, _, start, end in captions
    ]
    assert partition([row.get("group") for row in rows]) == groups
    assert Counter(json.loads(line)["reason"] for line in rejected_path(tmp_path / "d.jsonl").open()) == rejects
    assert report.kept + sum(report.rejected.values()) == sum(report.rows.values())
    assert report.columns["table"]["caption"]

    folder = VideoFolder(videos)
    source = open_source(str(path), is_video=folder.is_video)
    assert imported(plan_import(folder, source, ImportConfig(), TAXONOMY)) == (captions, groups, rejects)

    write(videos / name, content)
    found = plan_import(videos, find_annotations(videos, TAXONOMY), ImportConfig(), TAXONOMY)
    assert imported(found) == (captions, groups, rejects)
    (videos / name).unlink()

    evaluated(path, videos, captions, groups, rejects)


REPEATED: dict[str, Table] = {  # as many captions as --keep-repeats keeps; how many of them repeat a whole row
    "rows.csv": (f"video,caption\none,{DOOR}\none,{RUN}\none,{DOOR}\n", [DOOR, RUN, DOOR], ["duplicate"]),
    "rows.json": ([{"vid": "one", "cap": DOOR}, {"vid": "one", "cap": DOOR}], [DOOR, DOOR], ["duplicate"]),
    "lines.txt": (f"one 1.0 2.0 ##{DOOR}\none 1.0 2.0 ##{DOOR}\n", [DOOR, DOOR], ["duplicate"]),
    "authors.csv": (f"VideoID,WorkerID,Description\none,7,{DOOR}\none,8,{DOOR}\n", [DOOR, DOOR], []),
    "msrvtt.json": (
        {"videos": [{"video_id": "one", "split": "test"}],
         "sentences": [{"caption": DOOR, "video_id": "one", "sen_id": number} for number in range(3)]},
        [DOOR] * 3,
        [],
    ),
    "vatex.json": ([{"videoID": "one", "enCap": [DOOR, RUN, DOOR]}], [DOOR, RUN, DOOR], []),
    "dense.json": ({"one": {"timestamps": [[0, 2], [0, 2]], "sentences": [DOOR, DOOR]}}, [DOOR, DOOR], []),
}  # fmt: skip


@pytest.mark.parametrize("name", REPEATED)
def test_a_row_that_repeats_is_one_by_every_command_and_a_sentence_may_come_again(
    name: str, videos: Path, tmp_path: Path
) -> None:
    """Published figures of MSVD, MSR-VTT and VATEX count a sentence as often as somebody wrote it of a video."""
    from svta.eval.retrieval.folder_gallery import pair_with_videos

    content, captions, reasons = REPEATED[name]
    path = write(tmp_path / name, content)
    for keep, lost in ((True, []), (False, reasons)):
        left = captions[: len(captions) - len(lost)]
        source = open_source(str(path), keep_repeats=keep)
        plan = plan_import(VideoFolder(videos), source, ImportConfig(), TAXONOMY)
        assert [item.clip.caption for item in plan.items] == left
        assert len({item.clip.key for item in plan.items}) == len(left) and len({i.clip.group for i in plan.items}) == 1
        write(videos / name, content)
        found = plan_import(videos, find_annotations(videos, TAXONOMY, keep_repeats=keep), ImportConfig(), TAXONOMY)
        (videos / name).unlink()
        assert [item.clip.caption for item in found.items] == left
        refused: list[dict[str, object]] = []
        records = list(read_records(open_source(str(path), keep_repeats=keep), on_reject=refused.append))
        assert [record.clip.caption for record, _ in pair_with_videos(records, VideoFolder(videos))[0]] == left
        for rejects in (plan.refused, refused):
            assert [row["reason"] for row in rejects] == lost
            assert all(str(row["of"]).startswith((f"{name} row 1", f"{name} line")) for row in rejects)
    describe(DescribeConfig(sources=(str(path),)), tmp_path / "d.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "d.jsonl").read_text().splitlines()]
    assert [row["caption"] for row in rows] == captions and "duplicate" in rows[-1]["flags"]


def evaluated(path: Path, videos: Path, captions: list[Any], groups: list[int], rejects: Counter[str]) -> None:
    """As `svta eval --data FILE --videos DIR` pairs them, and as `--disjoint-from FILE` reads them."""
    from svta.eval.retrieval.caption_sets import training_clips
    from svta.eval.retrieval.folder_gallery import pair_with_videos

    refused: list[dict[str, object]] = []
    source = open_source(str(path), is_video=VideoFolder(videos).is_video)
    records = list(read_records(source, on_reject=refused.append, own_categories=True))
    paired, missing = pair_with_videos(records, VideoFolder(videos), source.folder)
    rows = [(record.clip.caption, video, record.clip.start, record.clip.end) for record, video in paired]
    assert (rows, missing) == (captions, [])
    assert partition([record.clip.group for record, _ in paired]) == groups
    assert Counter(str(row["reason"]) for row in refused) == rejects

    unread: list[dict[str, object]] = []
    clips = training_clips(str(path), unread)
    assert [clip.caption for clip in clips] == [caption for caption, *_ in captions]
    assert partition([clip.group for clip in clips]) == groups
    assert len(unread) == sum(rejects.values())


def test_parts_that_lie_there_as_files_of_their_own_are_found_by_their_seconds(tmp_path: Path) -> None:
    """Kinetics names them ID_000059_000069, MSVD ID_33_46; the whole video wins where it is there too."""
    from svta.eval.retrieval.caption_sets import read_data
    from svta.eval.retrieval.folder_gallery import TransferError

    root = tmp_path / "v"
    for name in ("abseiling/-3B_000059_000069.mp4", "mv89_33_46.avi", "whole.mp4", "whole_1_2.mp4"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    path = tmp_path / "t.csv"
    rows = f"-3B,59,69,{DOOR}\nmv89,33,46,{RUN}\n"
    path.write_text(f"youtube_id,time_start,time_end,label\n{rows}whole,1,2,{RAIN}\n")
    source = open_source(str(path), {"caption": "label"})
    plan = plan_import(
        VideoFolder(root), source, ImportConfig(), TAXONOMY
    )  # a label that is the caption is no category
    assert [(item.is_part, item.clip.flags) for item in plan.items] == [(False, ("already_cut",))] * 2 + [(True, ())]
    assert not plan.refused and [(item.video, item.clip.start, item.clip.end) for item in plan.items] == [
        ("abseiling/-3B_000059_000069.mp4", 59.0, 69.0), ("mv89_33_46.avi", 33.0, 46.0), ("whole.mp4", 1.0, 2.0)
    ]  # fmt: skip
    with pytest.raises(TransferError, match="names a part of whole.mp4 by time, as do 1 of 3"):
        read_data(str(path), "all", root, ["caption=label"])
    path.write_text(f"youtube_id,time_start,time_end,label\n{rows}")
    data = read_data(str(path), "all", root, ["caption=label"])
    assert data.folder is not None and [clip.caption for clip in data.folder.clips] == [DOOR, RUN]


def test_a_clip_that_another_column_names_is_of_the_group_of_its_video(tmp_path: Path) -> None:
    """Panda-70M's kind: the film, which is not there, and the file cut out of it; times would be those of the film."""
    root = tmp_path / "v"
    root.mkdir()
    for name in ("YTx_1.mp4", "YTx_2.mp4", "ID_000010_000020.mp4"):
        (root / name).write_bytes(name.encode())
    head = f"video_id,clip_id,caption,start,end\nYTx,YTx_1,{DOOR},,\nYTx,YTx_2,{RUN},,\nID,,{RAIN},10,20\n"
    (root / "t.csv").write_text(head + f"YTx,YTx_1,{RAIN},700,702\n")
    source = open_source(str(root / "t.csv"))
    for plan in (plan_import(VideoFolder(root), source, ImportConfig(), TAXONOMY),
                 plan_import(root, find_annotations(root, TAXONOMY), ImportConfig(), TAXONOMY)):  # fmt: skip
        assert [(item.video, item.clip.group) for item in plan.items] == [
            ("YTx_1.mp4", "YTx"), ("YTx_2.mp4", "YTx"), ("ID_000010_000020.mp4", "ID")
        ]  # fmt: skip
        assert [row["reason"] for row in plan.refused] == ["missing_video"]


def test_odd_values_under_the_names_of_published_formats(tmp_path: Path) -> None:
    for odd in ({"conversations": True}, {"conversations": 5}, {"messages": [5]}, {"messages": [{"role": "assistant"}]},
                {"num_segments": 6, "times": [3]}, {"num_segments": 6, "times": {"a": 1}},
                {"num_segments": 1, "times": [["x", 1]]},
                {"captions": [{"content": 5}]}, {"videos": [], "annotations": [{"id": []}]}):  # fmt: skip
        (tmp_path / "t.json").write_text(json.dumps([{"video": "one", "caption": DOOR}, odd]))
        assert next(iter(open_source(str(tmp_path / "t.json")).annotations())).fields["caption"] == DOOR


QUESTIONS = {
    "swift.jsonl": '{"video": "one", "query": "Describe the video in detail.", "response": "A door opens."}\n',
    "llm.csv": "video,prompt,answer\none,What happens in it?,A green door opens.\n",
    "alpaca.json": '[{"video": "one", "instruction": "Describe the video.", "output": "A green door opens."}]',
    "qa.json": '[{"video_id": "one", "q": "What happens in it?", "a": "A green door opens."}]',
    "lines.txt": "one.mp4 fighting\ntwo.mp4 normal\n",
    "numbers.txt": "one.mp4 3\ntwo.mp4 4\n",
    "one.txt": "1\n00:00:01,500 --> 00:00:04,000\nA door opens.\n",
    "clocks.txt": "one.mp4\t0:05\tA door opens.\none.mp4\t0:10\tA cat runs.\n",
    "one.mp4.txt": "0:00 Intro of it\n0:05 A door opens.\n",
    "elan.txt": "default\t\t00:00:01.500\t1.5\t00:00:04.000\t4.0\tA door opens.\n" * 2,
    "two.txt": "WEBVTT\n\n00:01.500 --> 00:04.000\nA door opens.\n",
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_classes_and_subtitles_are_no_captions(name: str, videos: Path, tmp_path: Path) -> None:
    source = open_source(str(write(tmp_path / name, QUESTIONS[name])), is_video=VideoFolder(videos).is_video)
    with pytest.raises(SourceError, match="no column of captions|not captions|subtitles|times that svta does not read"):
        list(source.annotations())
    write(videos / name, QUESTIONS[name])
    with pytest.raises(ImportingError, match="no caption file in it"):
        find_annotations(videos, TAXONOMY)


def test_a_prompt_without_an_answer_is_a_caption(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"video,prompt,answer\none,{DOOR},yes\n")
    (row,) = open_source(str(tmp_path / "t.csv"), {"caption": "prompt"}).annotations()
    assert row.fields["caption"] == DOOR
    (tmp_path / "t.csv").write_text(f"video,prompt,seed\none,{DOOR},7\n")
    (row,) = open_source(str(tmp_path / "t.csv")).annotations()
    assert row.fields["caption"] == DOOR


def test_lines_of_frame_numbers_are_no_captions(videos: Path, tmp_path: Path) -> None:
    for text in ("one 195 283 1035 1064\ntwo 0 82\n", "v=8cT__#1_label_B1-0-0 5 90\n", "01_0014,1\n01_0015,0\n"):
        (tmp_path / "anomalies.txt").write_text(text)
        with pytest.raises(SourceError, match="not captions .* columns video,start_frame,end_frame,caption"):
            list(open_source(str(tmp_path / "anomalies.txt"), is_video=VideoFolder(videos).is_video).annotations())


def test_a_name_is_a_caption_in_the_columns_of_webvid_alone(tmp_path: Path) -> None:
    for header in ("videoid,name", "page_dir,name", "contentUrl,duration,name"):
        (tmp_path / "t.csv").write_text(f"{header}\n{header.upper()}\n")
        with pytest.raises(SourceError, match="no column of captions"):
            list(open_source(str(tmp_path / "t.csv")).annotations())
    (tmp_path / "t.csv").write_text("videoid,page_dir,name,title\none,1_50,Ann,A door opens.\ntwo,1_50,Bo,\n")
    row, empty = open_source(str(tmp_path / "t.csv"), {"caption": "title"}).annotations()
    assert row.fields["caption"] == "A door opens." and empty.problem is not None
    source = open_source(str(tmp_path / "t.csv"))
    assert [row.fields["caption"] for row in source.annotations()] == ["Ann", "Bo"]
    assert source.chosen() == {"caption": "name", "video": "videoid", "unread": "page_dir, title"}
