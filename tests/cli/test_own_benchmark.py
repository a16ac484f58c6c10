"""One's own benchmark under one's own name, the whole way: twelve rare events of a port, from a table to a report.

No flag is given twice (svta.yaml holds them), and no output speaks of the benchmark that svta was made for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_server import ChatServer
from hub_client import Done, HubClient, hub_client
from loopback_hub import Blob, LoopbackHub, git_oid, loopback_hub

from svta.builder.shards.index import read_index

REPO = "port/rare-events"
EVENTS = (
    ("forklift tip-over", "A forklift tips over beside a stack of pallets."),
    ("container fall", "A container falls from a crane onto the quay."),
    ("oil spill", "Oil spills from a barrel in the warehouse."),
    ("crane swing", "A crane swings its load against a parked truck."),
    ("rack collapse", "A rack of boxes collapses in the warehouse."),
    ("gate breakthrough", "A truck drives through a closed gate."),
    ("man overboard", "A worker falls from the quay into the water."),
    ("cable snap", "A cable snaps and a worker jumps aside."),
    ("conveyor jam", "Boxes pile up on a conveyor belt."),
    ("pallet fire", "A pallet burns in the yard at night."),
    ("loading", "A worker loads boxes into a truck."),
    ("patrol", "A guard walks along the fence at dusk."),
)
PROJECT = """
title: Port and warehouse rare events
description: Twelve events of a port, drawn from captions.
authors: [Ada Harbour]
homepage: https://example.org/port
contact: ada@example.org
license: CC-BY-4.0
citation: "@misc{port2026, title={Port and warehouse rare events}, author={Harbour, Ada}, year={2026}}"
taxonomy: taxonomy.json
num_frames: 5
height: 64
width: 64
splits: "2:1:1"
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, LoopbackHub, HubClient]]:
    folder = tmp_path_factory.mktemp("port")
    with loopback_hub(tmp_path_factory.mktemp("store")) as hub, hub_client(hub, folder) as client:
        yield folder, hub, client


def chat_reply(message: str, _: int) -> tuple[int, str]:
    name = next(name for name, _ in EVENTS if f"category: {name}." in message)
    return 200, f"1. Two workers in orange stand near the harbour office while a {name} happens behind them at noon."


def edit_card(hub: LoopbackHub, change: tuple[str, str]) -> None:
    """What the Hub's "Edit dataset card" does: another README.md in a commit of its own."""
    text = hub.pushed_bytes(REPO)["README.md"].decode()
    assert change[0] in text
    data, repo = text.replace(*change).encode(), hub.repos[REPO]
    blob = Blob(len(data), hashlib.sha256(data).hexdigest(), git_oid(data), False)
    (hub.store / blob.sha256).write_bytes(data)
    repo.refs["main"] = repo.commit({**repo.commits[repo.refs["main"]], "README.md": blob}, "edit")


@pytest.mark.slow
def test_twelve_events_from_a_table_to_a_report(port: tuple[Path, LoopbackHub, HubClient]) -> None:
    folder, hub, client = port
    outputs: list[str] = []

    def run(*line: object, code: int = 0) -> Done:
        done = client.run(*line)
        assert done.code == code, (line, done.out, done.err)
        outputs.append(f"{done.out}\n{done.err}")
        return done

    run("init", "port-events")
    with open(folder / "svta.yaml", "a") as project:
        project.write(PROJECT.replace("title: Port and warehouse rare events\n", "", 1))
    text = (folder / "svta.yaml").read_text().replace("title: Port events", "title: Port and warehouse rare events")
    (folder / "svta.yaml").write_text(text)
    categories = [
        {"name": name, "is_anomaly": i < 10, "definition": caption, "minor_policy": "film"}
        for i, (name, caption) in enumerate(EVENTS)
    ]
    (folder / "taxonomy.json").write_text(json.dumps({"name": "port-12", "version": 1, "categories": categories}))
    rows = [
        f'"{caption[:-1]}, seen from the {side}.",{name}\n' for name, caption in EVENTS for side in ("left", "roof")
    ]
    (folder / "captions.csv").write_text("caption,category\n" + "".join(rows))
    with ChatServer(chat_reply, models=("harbour-chat",)) as server:
        run("describe", "--source", "table=captions.csv", "--chat", server.url, "--per-category", "1")
    assert len((folder / "descriptions.jsonl").read_text().splitlines()) == 36
    run("annotate", "descriptions.jsonl")
    run("generate", "annotated.jsonl")
    run("pack", "clips", "--out", "port", "--proxy", "32")
    run("verify", "port")
    run("push", "port", REPO)
    pushed = hub.pushed_bytes(REPO)
    assert "data/train/port-events-train-00000.tar" in pushed and "proxy/test/port-events-test-00000.tar" in pushed
    edit_card(hub, ("<!-- generated: end -->", "<!-- generated: end -->\n\n## Thanks\n\nTo the crane drivers.\n"))
    edit_card(hub, ("pretty_name: Port and warehouse rare events", "pretty_name: Rare events of a port"))
    run("verify", REPO)
    run("pull", REPO, "copy")
    run("verify", "copy")
    assert "To the crane drivers." in (folder / "copy" / "README.md").read_text()
    more = [f'"{caption[:-1]}, seen by a drone.",{name}\n' for name, caption in EVENTS]
    (folder / "more.csv").write_text("caption,category\n" + "".join(more))
    run("describe", "--source", "table=more.csv", "--out", "more.jsonl")
    run("generate", "more.jsonl", "--out", "more-clips")
    run("pack", "more-clips", "--out", "port", "--append")
    run("verify", "port")
    done = run("push", "port", REPO)
    assert "To the crane drivers" not in done.out  # it is there before and after
    card = hub.pushed_bytes(REPO)["README.md"].decode()
    assert "To the crane drivers." in card and "pretty_name: Rare events of a port" in card
    assert "48 video-caption pairs" in card and "12 clips added, 48 in all" in card
    run("verify", REPO)
    run("train", "--data", "port", "--baseline", "tiny", "--epochs", "1", "--out", "model")
    run("eval", "--data", "port", "--model", "model", "--out", "results")
    run("report", "results")
    rows_of = [row.clip for row in read_index(folder / "port" / "clips.parquet")]
    assert len(rows_of) == 48 and {clip.license for clip in rows_of} == {"CC-BY-4.0"}
    published = hub.pushed_bytes(REPO)
    assert not any("dehydrated" in clip.flags or clip.caption.startswith("sha256:") for clip in rows_of)
    assert published["clips.parquet"] == (folder / "port" / "clips.parquet").read_bytes()  # all captions went out
    build = json.loads(published["build.json"])
    assert build["rights"]["licence"] == "cc-by-4.0" and build["rights"]["redistribute_text"] is True
    assert "license: cc-by-4.0" in card and '"license": "cc-by-4.0"' in published["croissant.json"].decode()
    assert "license: cc-by-4.0" in (folder / "model" / "README.md").read_text()
    texts = {
        name: data.decode() for name, data in published.items() if name.endswith((".md", ".json", ".yaml", ".svg"))
    }
    texts |= {path.name: path.read_text() for path in (folder / "model").glob("*.md")}
    texts |= {
        path.name: path.read_text() for path in (folder / "results").glob("*.*") if path.suffix in (".md", ".tex")
    }
    texts |= {path.name: path.read_text() for path in (folder / "results").glob("*.html")}
    for name, text in (*texts.items(), *((f"output {i}", text) for i, text in enumerate(outputs))):
        assert "SVTA" not in text and "2506.01466" not in text, name
