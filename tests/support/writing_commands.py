"""Every command that writes, on inputs so small that it ends in a second: for faults at any moment of it.

`World.run(writer, folder)` runs one in a folder that holds copies of its inputs, in a fork (fork_server.py), with the
faults of fault_points.py; `World.state(writer, folder)` is what it left, apart from what tells the time.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import fork_server
import pyarrow.parquet as pq
from audit_world import dataset as colours_dataset
from audit_world import known_folder, records, vision_server
from chat_server import ChatServer
from clip_videos import film
from colour_encoder import colour_model, write_colours
from finished import clips_folder
from hub_client import Done
from loopback_hub import LoopbackHub, client_env, loopback_hub
from squares import dataset as squares_dataset

from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.verify.folder import verify

MODULES = (  # what the commands load, so that a fork need not
    "svta.cli.app", "svta.builder.hub.pull", "svta.builder.hub.push", "svta.builder.packing.pack", "ftfy", "jinja2",
    "svta.builder.verify.folder", "svta.eval.search.indexing.update", "svta.eval.training.run", "svta.eval.gallery",
    "svta.eval.retrieval.evaluate", "svta.eval.baselines.encoder", "svta.eval.baselines.tiny", "svta.eval.reports.page",
    "svta.eval.baselines.tokens", "svta.cli.commands.measuring.evaluate", "accelerate", "torch._dynamo",
    "svta.generation.captions.describe", "svta.generation.storyboard.staging.read_scene", "sklearn.cluster",
    "svta.generation.storyboard.animation", "svta.generation.storyboard.rendering", "svta.generation.backends.unit",
    "svta.generation.planning.measure", "svta.generation.diffusion.backend", "svta.generation.executor.run",
    "svta.generation.storyboard.choreography", "colour_encoder", "openai", "huggingface_hub.hf_api",
)  # fmt: skip
TOKEN, KEY, PASSWORD = "hf_MarkedToken0123456789", "sk-MarkedKey0123456789", "MarkedPassword01"
SECRETS = tuple(mark.encode() for mark in (TOKEN, KEY, PASSWORD))  # may stand in nothing that a command writes
TIMES = re.compile(rb'"(seconds|date|created|trained|wall_seconds|clips_per_second)": ?("[^"]*"|[0-9.e+-]+)')
DRAWN = "--width 64 --height 64 --num-frames 9 --workers 1"


@dataclass(frozen=True)
class Writer:
    """A command line that writes; {chat}, {vision} and {repo} stand for servers and for a repo of its own."""

    name: str
    args: str
    inputs: tuple[str, ...] = ()
    dataset: str | None = None  # a packed folder among what it writes, verified after each end
    only_once: bool = False  # it refuses to write again what it finished


TRAIN = "train --data squares --baseline tiny --batch-size 8 --num-frames 2 --precision float32 --threads 1 --out ckpt"
EVAL = "eval --data squares --split test --model ckpt --threads 1 --out res"
STREAMS = "streams --out st --hours 0.04 --events-per-hour 30 --stream-minutes 1 --fps 2 --size 64x64 --workers 1"
PROBES = "probes --out pr --factors colour --per-factor 2 --size 96x64 --workers 1"
REVIEW = "review apply decisions.jsonl --descriptions descriptions.jsonl --out reviewed.jsonl"
IMPORT = "import --videos videos --annotations videos.jsonl --out clips --threads 1"
AUDIT = (
    "audit colours --out au --known known --known-clips 4 --num-frames 2 --chat {vision} --chat-model m"
    " --chat-cache answers --concurrency 1 --dataset-out audited"
)
WRITERS = (
    Writer("init", "init mine", only_once=True),
    Writer("describe", "describe --grammar 20 --out d.jsonl"),
    Writer("describe chat", "describe --chat {chat} --category fighting --per-category 6 --out d.jsonl"),
    Writer("annotate", "annotate descriptions.jsonl --clusters 3 --out a.jsonl", ("descriptions.jsonl",)),
    Writer("review export", "review export descriptions.jsonl --out r.html", ("descriptions.jsonl",)),
    Writer("review apply", REVIEW, ("decisions.jsonl", "descriptions.jsonl")),
    Writer("import", IMPORT, ("videos", "videos.jsonl")),
    Writer("generate", f"generate few.jsonl --out clips --unit-size 2 {DRAWN}", ("few.jsonl",)),
    Writer("pack", "pack parts --out ds --shard-multiple 2 --proxy 32 --threads 1", ("parts",), "ds"),
    Writer("append", "pack more --out ds --append --threads 1", ("more", "ds"), "ds"),
    Writer("push", "push ds {repo}", ("ds",), "ds"),
    Writer("pull", "pull ns/base copy", (), "copy"),
    Writer("pull split", "pull ns/base copy --split test", (), "copy"),
    Writer("index", "index footage --model model --out idx --threads 1", ("footage", "model")),
    Writer("search", "search red --index idx --top 2 --page found.html --clips-out cuts", ("idx", "footage", "model")),
    Writer("streams", STREAMS),
    Writer("probes", PROBES, (), "pr"),
    Writer("train", f"{TRAIN} --epochs 2", ("squares",)),
    Writer("eval", f"{EVAL} --cache kept", ("squares", "ckpt")),
    Writer("report", "report res --out page", ("res",)),
    Writer("audit", AUDIT, ("colours", "known"), "audited"),
    Writer("gallery", "gallery squares --out site --run res", ("squares", "res")),
)


@dataclass
class World:
    """The inputs, the servers, and a process that forks for each command."""

    home: Path
    hub: LoopbackHub
    server: subprocess.Popen[str]
    places: dict[str, str]
    repos: int = 0
    repo_of: dict[Path, str] = field(default_factory=dict)

    def shell(self, line: str) -> Done:
        """A command in the home folder."""
        order = {"args": line.split(), "seconds": 300, "cwd": str(self.home)}
        return Done(**fork_server.ask(self.server, order))

    def lay_out(self, writer: Writer, folder: Path) -> Path:
        """A working folder with copies of the inputs."""
        folder.mkdir(parents=True)
        for name in writer.inputs:
            source = self.home / name
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / name)
        self.repos += 1
        self.repo_of[folder] = f"ns/r{self.repos}"
        return folder

    def order(self, writer: Writer, folder: Path, **faults: Any) -> dict[str, Any]:
        text = writer.args.format(**self.places, repo=self.repo_of[folder])
        return {"args": text.split(), "seconds": 300, "cwd": str(folder), "faults": faults}

    def run(self, writer: Writer, folder: Path, *, started: list[int] | None = None, **faults: Any) -> Done:
        """The command, ended by itself or by its fault; what it printed holds no secret."""
        return self.done(fork_server.ask(self.server, self.order(writer, folder, **faults), started))

    @staticmethod
    def done(answer: dict[str, Any]) -> Done:
        ended = Done(**answer)
        assert not any(mark.decode() in ended.out + ended.err for mark in SECRETS), ended
        return ended

    def state(self, writer: Writer, folder: Path) -> dict[str, str]:
        """Name -> hash of every file of the working folder, and of the repo that was pushed to; no times or paths."""
        here = str(folder).encode()
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.endswith(".part")  # what a killed write leaves; never read or pushed
        }
        for name in [name for name in files if name.endswith("files.parquet")]:  # an index's list of footage
            table = pq.read_table(folder / name).drop_columns(["root", "ctime_ns"])
            files[name] = json.dumps(table.to_pylist()).encode()
        for name, data in files.items():
            assert not any(mark in data for mark in SECRETS), name
        if "{repo}" in writer.args and self.repo_of[folder] in self.hub.repos:
            pushed = self.hub.pushed_bytes(self.repo_of[folder])
            files |= {f"hub/{name}": data for name, data in pushed.items()}
        return {
            name: hashlib.sha256(TIMES.sub(b"", data).replace(here, b"")).hexdigest() for name, data in files.items()
        }

    def check(self, writer: Writer, folder: Path) -> None:
        """What a finished command left verifies."""
        if writer.dataset is not None:
            found = verify(folder / writer.dataset, level="deep" if writer.name == "probes" else "full")
            assert not found.findings, found.findings


def chat_reply(message: str, before: int) -> tuple[int, str]:
    """Ten sentences, decided by the question alone."""
    number = int(hashlib.sha256(message.encode()).hexdigest()[:4], 16)
    things = ("bottle", "chair", "bag", "phone", "hat", "book", "cup", "coat", "stick", "box")
    return 200, json.dumps([f"A man number {number + i} hits another man with a {things[i]}." for i in range(10)])


def lay_out_inputs(world: World) -> None:
    """The inputs of all writers, each made once."""
    home = world.home
    captions = ["A man falls on ice.", "A dog runs in a park.", "Two men fight in a bar.", "Smoke rises from a car."]
    rows = [{"key": f"k-{i}", "caption": f"{text[:-1]} at {i} o'clock."} for i, text in enumerate(captions * 5)]
    as_lines = lambda rows: "".join(json.dumps(row) + "\n" for row in rows)  # noqa: E731
    (home / "descriptions.jsonl").write_text(as_lines(rows))
    (home / "few.jsonl").write_text(as_lines(rows[:6]))
    said = {"time": "2026-01-01T00:00:00Z", "reason": "looked at it"}
    dropped = [{"action": "drop", "key": row["key"], **said} for row in rows[::4]]
    (home / "decisions.jsonl").write_text(as_lines(dropped))
    for i, colour in enumerate(("red", "green", "blue", "white")):
        write_colours(home / "videos" / f"{i}.mp4", [(colour, 1 + i / 2)])
        write_colours(home / "footage" / f"{i}.mp4", [("grey", 4), (colour, 3), ("grey", 4)])
    (home / "videos.jsonl").write_text(as_lines([{"video": f"{i}.mp4", "caption": f"Wall {i}."} for i in range(4)]))
    colour_model(home / "model")
    clips_folder(home / "parts", 40, video=film)
    clips_folder(home / "more", 9, source="oops")
    pack(home / "parts", home / "ds", PackConfig(shard_multiple=2), workers=1)
    squares_dataset(home / "squares", {"train": range(24), "validation": range(24, 32), "test": range(32, 40)})
    colours_dataset(home / "colours", records(("red",)))
    known_folder(home / "known")
    for line in (
        "index footage --model model --out idx --threads 1",
        f"{TRAIN} --epochs 1",
        EVAL,
        "push ds ns/base",
    ):
        done = world.shell(line)
        assert done.code == 0, (line, done)


def _with_password(url: str) -> str:
    return url.replace("://", f"://user:{PASSWORD}@")


@contextmanager
def writing_world(home: Path) -> Iterator[World]:
    """Servers on loopback, inputs in `home`, and the process that runs the commands."""
    home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        hub = stack.enter_context(loopback_hub(home.parent / "store"))
        hub.token = TOKEN
        chat = stack.enter_context(ChatServer(chat_reply))
        vision, _ = stack.enter_context(vision_server())
        server = stack.enter_context(_server(hub, home.parent / "hf"))
        world = World(home, hub, server, {"chat": _with_password(chat.url), "vision": _with_password(vision)})
        lay_out_inputs(world)
        yield world


@contextmanager
def other_server(world: World) -> Iterator[World]:
    """The same world with a process of its own: a command there runs beside one of the first."""
    with _server(world.hub, world.home.parent / "hf") as server:
        yield replace(world, server=server)


@contextmanager
def _server(hub: LoopbackHub, cache: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, fork_server.__file__, *MODULES],
        env=client_env(hub, cache, OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false", OPENAI_API_KEY=KEY),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        yield server
        assert server.stdin
        server.stdin.close()
