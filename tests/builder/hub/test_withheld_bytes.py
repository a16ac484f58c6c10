"""Real captions with all that may repeat them around: pushed, every byte searched by another way, pulled, put back."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from finished import clip, contents
from hub_client import HubClient, failed
from loopback_hub import LoopbackHub

from svta.builder.hub.dehydration import is_dehydrated
from svta.builder.layout import stats
from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.layout.manifest import read_build, seal
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.record import Clip
from svta.builder.shards.index import read_index
from svta.builder.sources.registry import read_source
from svta.builder.verify.folder import verify
from svta.builder.video.container import probe
from svta.builder.video.encoder import encode
from svta.builder.video.marking import synthetic_mark

pytest_plugins = ["hub_fixtures"]
WORD = re.compile(r"[^\W_]+")


def runs_of(texts: Iterable[str], words: int = 5) -> Counter[tuple[str, ...]]:
    """How many of the texts hold each run of five words."""
    counts: Counter[tuple[str, ...]] = Counter()
    for text in {" ".join(WORD.findall(text.casefold())) for text in texts}:
        found = text.split()
        counts.update({tuple(found[i : i + words]) for i in range(len(found) - words + 1)})
    return counts


def said_by(files: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """(place, text) of everything in a repo that can be read: raw bytes, members, tags, columns, decoded JSON."""
    for name, data in files.items():
        yield name, data.decode("latin-1") + " " + data.decode("utf-8", "ignore")
        if name.endswith(".parquet"):
            yield name, json.dumps(pq.read_table(io.BytesIO(data)).to_pylist(), ensure_ascii=False)
        elif name.endswith(".tar"):
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                for member in tar:
                    content = tar.extractfile(member).read()
                    yield f"{name}:{member.name}", member.name + " " + content.decode("utf-8", "ignore")
                    if member.name.endswith(".mp4") and b"ftyp" in content[:12]:
                        yield f"{name}:{member.name} tags", json.dumps(dict(probe(content).metadata))
        elif name.endswith((".json", ".jsonl")):
            for line in data.decode().splitlines() if name.endswith("l") else [data.decode()]:
                yield name, json.dumps(json.loads(line), ensure_ascii=False)


def repeated(files: dict[str, bytes], captions: Iterable[str]) -> list[tuple[str, str]]:
    """(place, run) of what repeats a caption, five words in a row; runs of 20 and more captions are phrases."""
    wanted = {run for run, count in runs_of(captions).items() if count < 20}
    return [(place, " ".join(run)) for place, text in said_by(files) for run in runs_of([text]) if run in wanted]


def cluster_tags(captions: list[str], clusters: int) -> list[str]:
    """K-means over the captions' words; a caption's tag is made of its cluster's most frequent words."""
    cluster = pytest.importorskip("sklearn.cluster")
    text = pytest.importorskip("sklearn.feature_extraction.text")
    vectorizer = text.TfidfVectorizer(ngram_range=(4, 6))
    labels = cluster.KMeans(clusters, random_state=0, n_init=1).fit(vectorizer.fit_transform(captions)).labels_
    names = []
    for label in range(clusters):
        runs = runs_of([c for c, at in zip(captions, labels) if at == label], 6).most_common(1)
        names.append(" ".join(runs[0][0]) if runs else f"cluster {label}")
    return [names[label] for label in labels]


def decorated(number: int, made: Clip, tag: str) -> Clip:
    """A clip as a model and a reviewer leave it: its caption stands in a prompt, notes, tags and names."""
    words = made.caption.rstrip(".")
    facts = {
        "model": "storyboard", "attempt": 1,
        "film_prompt": f"A steady shot at eye level shows how {words}, in grey light.",
        "film_prompt_model": "Qwen/Qwen3-8B", "review": {"note": f"checked: {words}?", "by": "somebody"},
        "cluster": {"terms": tag.split()}, "negative_prompt": words.upper(),
    }  # fmt: skip
    return made.replace(
        synthetic=True, generator="storyboard", tag=tag, provenance=json.dumps(facts), flags=["tiny", words[:100]],
        source_id="-".join(WORD.findall(words.casefold()))[:300], license=words[:200],
        key=made.key if number % 5 else re.sub(r"[^a-z]+", "_", words.casefold())[:70] + str(number),
    )  # fmt: skip


def mp4_of(made: Clip) -> bytes:
    frames = np.random.default_rng(len(made.caption)).integers(0, 255, (4, 48, 64, 3), np.uint8)
    tags = {"title": made.caption, "description": made.caption.replace(" ", "_")}
    return encode(frames, fps=16, metadata={**synthetic_mark("algorithmicMedia", made.key), **tags})


def real_clips(shared: Path, count: int) -> tuple[list[Clip], list[str]]:
    """`count` rows of UCFCrime-AR and UCA by turns, spread over their files; the --source options for them."""
    folder = shared / "data" / "captions"
    sources = {"ucfcrime-ar": folder / "ucfcrime_ar", "uca": folder / "uca"}
    rows = [list(read_source(n, str(p), on_reject=lambda row: pytest.fail(str(row)))) for n, p in sources.items()]
    some = [row for source in rows for row in source[:: max(1, 2 * len(source) // count)][: count // 2]]
    options = [text for name, path in sources.items() for text in ("--source", f"{name}={path}")]
    return some, options


def push_and_pull(client: HubClient, hub: LoopbackHub, shared: Path, folder: Path, count: int) -> None:
    rows, options = real_clips(shared, count + 40)
    tags = cluster_tags([row.caption for row in rows], 12)
    dressed = [decorated(i, row, tag) for i, (row, tag) in enumerate(zip(rows, tags))]
    clips, rejects = dressed[20:-20], dressed[:20] + dressed[-20:]
    assert len(clips) == count
    write_plan(folder / "c", {"kind": "test", "spec": "real", "units": 1})
    write_part(folder / "c", 0, ((made, mp4_of(made)) for made in clips), spec="real")
    lines = [{**row.to_dict(), "reason": "too_dark", "detail": f"like {row.caption}"} for row in rejects]
    lines += [{"reason": "bad_row", "detail": rows[0].caption, "source": "uca", "place": rows[0].caption}]
    (folder / "c" / "rejected.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    kept = pack(folder / "c", folder / "d", PackConfig(shard_multiple=2, splits="6:2:2")).clips
    assert kept > 0.9 * count  # captions of violence with minors are rejected
    captions = [row.caption for row in rows]
    assert len(repeated({"clips.parquet": (folder / "d" / "clips.parquet").read_bytes()}, captions)) > count

    done = client.run("push", folder / "d", "ns/real", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["withheld"] == told["clips"] == kept and not told["left_out"]
    files = hub.pushed_bytes("ns/real")
    assert any(name.endswith(".svg") for name in files) and repeated(files, captions) == []
    everything = b"".join(files.values()) + json.dumps([*said_by(files)]).encode()
    assert not [row.caption for row in rows if row.caption.encode() in everything and len(row.caption) > 12]

    done = client.run("pull", "ns/real", folder / "p", *options, "--json")
    assert done.code == 0, done.err
    assert not json.loads(done.out)["withheld"] and sum(json.loads(done.out)["restored"].values()) == kept
    before, after = contents(folder / "d"), contents(folder / "p")
    same = ("data/", "plots/", "clips.parquet", "taxonomy.json", "rejected.jsonl", "croissant.json", "eval.yaml")
    names = {name for name in before if name.startswith(same)}
    assert len(names) >= 9 and {name: after.get(name) for name in names} == {name: before[name] for name in names}
    assert verify(folder / "p").ok


@pytest.mark.slow
def test_nothing_withheld_is_in_any_byte(lfs: HubClient, fresh: LoopbackHub, shared: Path, tmp_path: Path) -> None:
    push_and_pull(lfs, fresh, shared, tmp_path, 60)


@pytest.mark.nightly
def test_nothing_of_400_real_captions_is_in_any_byte(
    client: HubClient, fresh: LoopbackHub, shared: Path, tmp_path: Path
) -> None:
    push_and_pull(client, fresh, shared, tmp_path, 400)


CAPTION = "A man in a green hat throws a heavy stone at the window of the corner shop."


def one_withheld(folder: Path, **fields: object) -> Path:
    """Nine clips that may be published, the first with some fields set, and one that may not."""
    made = [clip(i) for i in range(10)]
    made[0] = made[0].replace(**{"provenance": None, **fields})
    made[9] = made[9].replace(source="uca", caption=CAPTION)
    write_plan(folder / "c", {"kind": "test", "spec": "s", "units": 1})
    write_part(folder / "c", 0, ((one, b"video" * 20) for one in made), spec="s")
    pack(folder / "c", folder / "d")
    return folder / "d"


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        {"provenance": json.dumps({"model": "storyboard", "film_prompt": "Throws a HEAVY stone, at the window"})},
        {"tag": "green hat throws a heavy"},
        {"group": "video_of_man-in-a-green-hat"},
        {"flags": ["the window of the corner"]},
    ],
)
def test_push_refuses_what_another_clip_repeats(
    lfs: HubClient, fresh: LoopbackHub, tmp_path: Path, fields: dict[str, object]
) -> None:
    folder = one_withheld(tmp_path, **fields)
    done = lfs.run("push", folder, "ns/one")
    failed(done, 1, "words of captions that may not be published; nothing is pushed")
    assert "clips.parquet" in done.err and "svta-" in done.err and "ns/one" not in fresh.repos
    assert lfs.run("push", folder, "ns/one", "--i-have-rights", "mine").code == 0


@pytest.mark.slow
def test_a_model_s_near_copy_counts_as_the_caption(lfs: HubClient, fresh: LoopbackHub, tmp_path: Path) -> None:
    copy = "At noon somebody throws a heavy stone at the window and runs off."
    folder = one_withheld(tmp_path, source="chat:Qwen/Qwen3-8B", caption=copy, tag="stone")
    dry = json.loads(lfs.run("push", folder, "ns/one", "--dry-run", "--json").out)
    done = lfs.run("push", folder, "ns/one", "--json")
    assert json.loads(done.out)["withheld"] == dry["withheld"] == 2, done.err
    assert not repeated(fresh.pushed_bytes("ns/one"), [CAPTION])
    (tmp_path / "source.csv").write_text(f'caption\n"{CAPTION}"\n')
    assert lfs.run("pull", "ns/one", tmp_path / "p", "--source", f"table={tmp_path / 'source.csv'}").code == 0
    rows = [row.clip for row in read_index(tmp_path / "p" / "clips.parquet")]
    assert not any(is_dehydrated(row) for row in rows) and copy in [row.caption for row in rows]
    before, after = contents(folder), contents(tmp_path / "p")
    assert all(after[name] == before[name] for name in before if name.startswith(("data/", "clips")))


@pytest.mark.slow
def test_people_s_captions_share_phrases_by_chance(lfs: HubClient, fresh: LoopbackHub, tmp_path: Path) -> None:
    """A run in common makes no copy of what a grammar or a person wrote; most of a caption in common does."""
    chance = "In the park a tall woman in blue slips on ice, as a man in a green hat waves to her from the far side."
    prompted = json.dumps({"model": "storyboard", "film_prompt": "Ice.", "film_prompt_model": "Qwen/Qwen3-8B"})
    folder = one_withheld(tmp_path, caption=chance, provenance=prompted)
    assert json.loads(lfs.run("push", folder, "ns/one", "--json").out)["withheld"] == 1
    assert chance.encode() in b"".join(fresh.pushed_bytes("ns/one").values())
    copy = CAPTION.replace("heavy", "big")
    folder = one_withheld(tmp_path / "copy", caption=copy)
    assert json.loads(lfs.run("push", folder, "ns/two", "--json").out)["withheld"] == 2


@pytest.mark.slow
def test_a_licence_of_an_older_table_is_verified_and_published_anew(
    lfs: HubClient, fresh: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dataset packed before LoRAs counted: its card says what build.json says, and push writes today's licence."""
    from svta.builder import rights

    hub_lora = json.dumps({"model": "Wan-AI/Wan2.1-T2V-1.3B-Diffusers", "lora": "tencent/HunyuanVideo-LoRA"})
    made = [clip(i).replace(provenance=hub_lora, generator="diffusion") for i in range(9)]
    write_plan(tmp_path / "c", {"kind": "test", "spec": "s", "units": 1})
    write_part(tmp_path / "c", 0, ((one, b"video" * 20) for one in made), spec="s")
    monkeypatch.setattr(rights, "PARTS_IN_PROVENANCE", {})
    stats._parts.cache_clear()
    pack(tmp_path / "c", tmp_path / "d")
    monkeypatch.undo()
    stats._parts.cache_clear()
    card = (tmp_path / "d" / "README.md").read_text()
    assert "license: apache-2.0" in card and verify(tmp_path / "d").ok
    assert lfs.run("push", tmp_path / "d", "ns/old").code == 0
    assert "license: other" in fresh.pushed_bytes("ns/old")["README.md"].decode()
    (tmp_path / "d" / "README.md").write_text(card.replace("license: apache-2.0", "license: mit"))
    seal(tmp_path / "d", {name: value for name, value in read_build(tmp_path / "d").items() if name != "files"})
    assert "license" in " ".join(map(str, verify(tmp_path / "d").findings))
