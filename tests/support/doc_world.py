"""What a reader of the docs has at hand, in small: captions in published shapes, clips, a dataset, a model, footage.

`make_world` fills one folder, once a session; each page gets a copy of it, under the names that the page uses.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl

from svta.builder.video.encoder import encode

Svta = Callable[..., object]
EVENTS = ("walks in", "falls over a box", "runs to the door", "kicks a bin", "waves to a friend", "drops a bag")
PLACES = ("shop", "street", "garage", "station")
SMALL = ("--width", "96", "--height", "64", "--num-frames", "9")
VIDEOS = ("Abuse001_x264", "Fighting002_x264", "Normal_Videos_003_x264", "Normal_Videos_004_x264")


def mp4(path: Path, seconds: int = 12) -> Path:
    """A recording: a block that crosses the picture, in another colour for each name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = [40 * (sum(map(ord, path.stem)) >> shift) % 200 + 40 for shift in range(3)]
    frames = np.full((seconds * 8, 48, 64, 3), 90, np.uint8)
    for i, frame in enumerate(frames):
        frame[10:30, i % 50 : i % 50 + 14] = colour
    path.write_bytes(encode(frames, fps=8, preset="ultrafast"))
    return path


def uca(folder: Path, name: str, first: int) -> None:
    """Captions with times, in the shape that UCA publishes."""
    videos = {
        video: {
            "duration": 12.0,
            "timestamps": [[2.0 * i, 2.0 * i + 2] for i in range(len(EVENTS))],
            "sentences": [f"A man in red number {first + 10 * v + i} {event}." for i, event in enumerate(EVENTS)],
        }
        for v, video in enumerate(VIDEOS)
    }
    (folder / name).write_text(json.dumps(videos))


def workbook(path: Path, side: str, more: int = 0) -> None:
    """Captions of whole videos, `more` of which nobody has, in the shape that UCFCrime-AR publishes."""
    book = openpyxl.Workbook()
    book.active.append(["Video Name", "English Text"])
    for video in (*VIDEOS, *(f"Arrest{i:03}_x264" for i in range(more))):
        book.active.append(
            [
                f"{video}.mp4",
                f"A woman in blue with bag {video[-8:-5]} seen from the {side} of the {video[:5].lower()} camera.",
            ]
        )
    book.save(path)


def write_inputs(folder: Path) -> None:
    """Tables and videos that a reader brings."""
    for name, first in (("UCFCrime_Train.json", 1), ("UCFCrime_Test.json", 501)):
        uca(folder, name, first)
    workbook(folder / "ucf_crime_train.xlsx", "left", more=36)
    workbook(folder / "ucf_crime_test.xlsx", "right")
    for video in VIDEOS:
        mp4(folder / "UCF" / f"{video}.mp4")
    mp4(folder / "footage/door.mp4", 20)
    mp4(folder / "calm/night.mp4", 20)
    mp4(folder / "holiday.mp4", 20)
    shutil.copytree(folder / "UCF", folder / "UCF_Crimes", copy_function=os.link)
    times = f"{VIDEOS[0]}.mp4  Abuse  10  40  -1  -1\n{VIDEOS[1]}.mp4  Fighting  20  50  60  90\n"
    (folder / "Temporal_Anomaly_Annotation.txt").write_text(times)
    names = [mp4(folder / f"MY_CLIPS/{i}.mp4", 2).name for i in range(4)]
    rows = [f'"A man in green {EVENTS[i]}.",{name},walking\n' for i, name in enumerate(names)]
    (folder / "captions.csv").write_text("caption,video,category\n" + "".join(rows))
    (folder / "more.csv").write_text("caption\nA guard in grey walks at night.\nA nurse in white runs to the door.\n")
    (folder / "my-captions.csv").write_text("Text,File\n" + "".join(row.rpartition(",")[0] + "\n" for row in rows))


def make_world(folder: Path, svta: Svta) -> Path:
    """The inputs, and what the commands make of them: 48 clips of 96x64, a tiny model, its figures, an index."""
    write_inputs(folder)
    svta("describe", "--grammar", 48, "--out", "descriptions.jsonl")
    svta("generate", "descriptions.jsonl", "--out", "clips", *SMALL)
    svta("pack", "clips", "--out", "dataset", "--splits", "2:1:1", "--proxy", 32)
    svta("train", "--data", "dataset", "--baseline", "tiny", "--epochs", 1, "--out", "model")
    svta("eval", "--data", "dataset", "--model", "model", "--out", "results")
    svta("streams", "--out", "streams", "--hours", "0.02", "--size", "96x64", "--fps", 8)
    svta("index", "footage", "--model", "model", "--normal", "calm", "--out", "index")
    return folder


def copied(world: Path, folder: Path, names: dict[str, str]) -> Path:
    """A copy of the world (hard links: writers replace files and change none), with more names for its parts."""
    shutil.copytree(world, folder, copy_function=os.link)
    for name, of in names.items():
        if (world / of).is_dir():
            shutil.copytree(world / of, folder / name, copy_function=os.link, dirs_exist_ok=True)
        else:
            (folder / name).unlink(missing_ok=True)
            os.link(world / of, folder / name)
    return folder
