"""Any order of pack, append, edit of the card, push and pull: verify stays clean, no clip is lost, nor any word.

A model beside the dataset knows which clips there are and which words the owner wrote; after each step both are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hub_client import HubClient, hub_client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback_hub import Blob, LoopbackHub, git_oid, loopback_hub

from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.layout.manifest import read_build
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.record import Clip, make_key
from svta.builder.shards.index import read_index
from svta.builder.verify.folder import verify
from svta.builder.video.encoder import encode

MULTIPLE = 4
STEPS = (
    "append 1",
    "append 3",
    "append 9",
    "append again",
    "edit here",
    "edit on the Hub",
    "push",
    "pull",
    "pack again",
)
FRAMES = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3), dtype=np.uint8)
MP4 = encode(FRAMES, fps=8)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LoopbackHub, HubClient]]:
    home = tmp_path_factory.mktemp("home")
    with loopback_hub(tmp_path_factory.mktemp("store")) as server, hub_client(server, home) as client:
        yield server, client


class Owner:
    """A dataset, its repo, and what its owner knows of both: clips of the folder and of the repo, words of the card."""

    def __init__(self, folder: Path, hub: LoopbackHub, client: HubClient, repo: str, proxy: int | None, first: int):
        self.folder, self.hub, self.client, self.repo, self.proxy = folder, hub, client, repo, proxy
        self.dataset, self.count, self.pulls = folder / "ds", 0, 0
        self.clips: set[str] = set()
        self.words: set[str] = set()
        self.pushed: set[str] = set()
        self.remote_words: set[str] = set()
        self.last = self._clips(first)
        self.first = self.last
        self._pack(self.last, append=False)

    def do(self, step: str) -> None:
        name, _, argument = step.partition(" ")
        if step == "append again":
            self._pack(self.last, append=True)  # clips that are there already
        elif step == "pack again":  # the same pack, of what was packed last
            self._pack(self.last, append=self.last != self.first)
        elif name == "append":
            self.last = self._clips(int(argument))
            self._pack(self.last, append=True)
        elif name == "edit":
            self._edit(at_hub=argument == "on the Hub")
        elif name == "push":
            self._run("push", self.dataset, self.repo)
            self.pushed, self.words = set(self.clips), self.words | self.remote_words
            self.remote_words = set(self.words)
        elif self.pushed:
            self._pull()
        self.check(self.dataset, self.clips, self.words)

    def check(self, dataset: Path, clips: set[str], words: set[str]) -> None:
        found = verify(dataset)
        assert not found.findings, found.findings
        variants = [dataset / "clips.parquet"]
        variants += [dataset / "proxy" / "clips.parquet"] if self.proxy else []
        for index in variants:
            assert {row.clip.key for row in read_index(index)} == clips
        card = (dataset / "README.md").read_text()
        assert all(card.count(word) == 1 for word in words), words
        assert read_build(dataset)["clips"] == len(clips)

    def _clips(self, count: int) -> Path:
        place = self.folder / f"clips{self.count}"
        write_plan(place, {"kind": "test", "spec": str(self.count), "units": 1})
        clips = []
        for _ in range(count):
            self.count += 1
            key = make_key("grammar", str(self.count), "clip")
            number = str(self.count)
            clips.append(Clip(key=key, caption=f"event number {number}", source="grammar", source_id=number,
                              generator="storyboard", synthetic=True, num_frames=2, fps=8.0, width=64,
                              height=64))  # fmt: skip
        write_part(place, 0, [(clip, MP4) for clip in clips], spec=place.name.removeprefix("clips"))
        self.new = {clip.key for clip in clips}
        return place

    def _pack(self, clips: Path, *, append: bool) -> None:
        before = {path: path.read_bytes() for path in self.dataset.glob("data/*/*.tar")}
        config = PackConfig() if append else PackConfig(shard_multiple=MULTIPLE, proxy=self.proxy, splits="2:1:1")
        pack(clips, self.dataset, config, append=append, workers=1)
        self.clips |= self.new
        assert all(path.read_bytes() == data for path, data in before.items())  # no shard is rewritten

    def _edit(self, *, at_hub: bool) -> None:
        word = f"Thanks to number {len(self.words | self.remote_words)} of the ward."
        if not at_hub:
            path = self.dataset / "README.md"
            path.write_text(path.read_text() + f"\n{word}\n")
            self.words.add(word)
        elif self.pushed:
            text = self.hub.pushed_bytes(self.repo)["README.md"].decode() + f"\n{word}\n"
            data, repo = text.encode(), self.hub.repos[self.repo]
            blob = Blob(len(data), hashlib.sha256(data).hexdigest(), git_oid(data), False)
            (self.hub.store / blob.sha256).write_bytes(data)
            repo.refs["main"] = repo.commit({**repo.commits[repo.refs["main"]], "README.md": blob}, "edit")
            self.remote_words.add(word)

    def _pull(self) -> None:
        self.pulls += 1
        copy = self.folder / f"copy{self.pulls}"  # another revision goes into another folder
        self._run("pull", self.repo, copy)
        self.check(copy, self.pushed, self.remote_words)

    def _run(self, *line: object) -> None:
        done = self.client.run(*line)
        assert done.code == 0, (line, done.out, done.err)


def play(folder: Path, hub: tuple[LoopbackHub, HubClient], name: str, proxy: int | None, first: int, steps: list[str]):
    owner = Owner(folder, *hub, f"ward/{name}", proxy, first)
    for number, step in enumerate(steps):
        try:
            owner.do(step)
        except Exception as error:
            error.add_note(f"step {number} of {steps}, proxy {proxy}, {first} clips at first")
            raise


@pytest.mark.slow
def test_a_long_way_with_small_videos(tmp_path: Path, hub: tuple[LoopbackHub, HubClient]) -> None:
    steps = ["edit here", "push", "edit on the Hub", "pull", "append 3", "edit here", "push", "append again", "pull"]
    play(tmp_path, hub, "long", 32, 5, steps)


@pytest.mark.slow
def test_an_append_before_the_first_push(tmp_path: Path, hub: tuple[LoopbackHub, HubClient]) -> None:
    play(
        tmp_path,
        hub,
        "early",
        None,
        1,
        ["pack again", "append 9", "append 1", "push", "edit on the Hub", "push", "pull"],
    )


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    proxy=st.sampled_from([None, 32]),
    first=st.integers(1, 12),
    steps=st.lists(st.sampled_from(STEPS), min_size=3, max_size=9),
)
def test_any_order(
    tmp_path_factory: pytest.TempPathFactory,
    hub: tuple[LoopbackHub, HubClient],
    proxy: int | None,
    first: int,
    steps: list[str],
) -> None:
    folder = tmp_path_factory.mktemp("order")
    play(folder, hub, folder.name, proxy, first, steps)
