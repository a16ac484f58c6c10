"""Captions that may not be published never leave; whoever has the source gets every one back. Mirrors hydration.py."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from finished import clip, clips_folder, contents
from hub_client import HubClient, failed
from loopback_hub import LoopbackHub

from svta.builder.hub.caption_search import CaptionSearch, words_of
from svta.builder.hub.dehydration import Hydration, Withholding, caption_hash, dehydrate, is_dehydrated, may_publish
from svta.builder.hub.sealing import seal
from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.record import Clip, write_clips
from svta.builder.rights import public_name
from svta.builder.shards.index import read_index
from svta.builder.sources.registry import read_source
from svta.builder.verify.folder import verify

pytest_plugins = ["hub_fixtures"]

CAPTION = "A man in a red coat falls over \"a\" box; <b>é</b>"  # fmt: skip


def of(source: str, **more) -> Clip:
    return clip(1).replace(source=source, caption=CAPTION, **more)


RICH = {
    "film_prompt": f"A wide shot. {CAPTION} The light is grey, the camera stands still.",
    "film_prompt_model": "Qwen/Qwen3-8B", "model": "storyboard", "request": "as the caption says", "attempt": 2,
    "steps": 30, "preset": "balanced", "a man in a red coat": 1, "review": {"note": "he falls over the box"},
    "spec": "0123456789abcdef", "versions": {"av": "15.0"},
}  # fmt: skip


def rich(**more: object) -> Clip:
    """A clip that repeats its caption wherever it can."""
    fields = {
        "source_id": "man-in-red-coat-falls.mp4", "source_split": "Train", "group": "videos/red coat",
        "tag": "coat box", "license": "CC-BY: the man in the red coat", "flags": ["tiny", "man falls"],
        "start": 1.5, "end": 3.5,
    }  # fmt: skip
    return of("uca").replace(**{**fields, "provenance": json.dumps(RICH), **more})


def test_a_dehydrated_clip_says_what_cannot_hold_its_words() -> None:
    clip_before = rich()
    held = dehydrate(clip_before)
    assert held is not None and held.caption == caption_hash(CAPTION) and len(held.caption) == 71
    assert held.flags == ("tiny", "dehydrated") and dehydrate(held) == held
    facts = json.loads(held.provenance or "")
    sealed = facts.pop("sealed")
    assert facts == {
        "film_prompt_model": "Qwen/Qwen3-8B", "model": "storyboard", "attempt": 2, "steps": 30, "preset": "balanced",
        "spec": "0123456789abcdef",
    }  # fmt: skip
    assert 100 < len(sealed) < 1_000
    same = ("key", "category", "is_anomaly", "source", "source_split", "start", "end", "num_frames", "fps", "seed")
    assert all(getattr(held, name) == getattr(clip_before, name) for name in same)
    assert (held.source_id, held.tag, held.license) == (None, None, None) and held.group.startswith("sha256:")
    text = held.to_json().casefold()
    assert not [word for word in ("man", "coat", "falls", "box", "grey", "camera") if word in text]


def test_whoever_has_the_caption_gets_the_record_back() -> None:
    held = dehydrate(rich())
    assert held is not None and Hydration([of("uca")])(held) == rich()
    assert Hydration([of("uca")])(held).to_bytes() == rich().to_bytes()
    for provenance in (None, '{"attempt":1}', '{"attempt": 1}'):
        one = of("uca").replace(provenance=provenance)
        assert Hydration([one])(dehydrate(one)) == one
    plain = of("uca").replace(provenance=None, group=None, source_id=None)
    bare = dehydrate(plain)
    assert bare is not None and bare.provenance is None and Hydration([plain])(bare) == plain
    told = plain.replace(provenance='{"film_prompt":"as the caption says"}')  # nothing else of it is withheld
    bare = dehydrate(told)
    assert bare is not None and "says" not in str(bare.provenance) and Hydration([plain])(bare) == told


def test_a_flag_alone_withholds_no_caption() -> None:
    """Whoever made a clip may have given it the flag; its caption still stands there, and is withheld like any."""
    flagged = rich(flags=["dehydrated"])
    assert not is_dehydrated(flagged)
    sent = Withholding()(flagged, lambda: b"")
    assert isinstance(sent, Clip) and sent.caption == caption_hash(CAPTION) and is_dehydrated(sent)
    assert not {"man", "coat", "falls"} & set(words_of(sent.to_json()))


def test_sources_are_known_by_the_names_that_push_gives_them() -> None:
    own = Hydration([of("uca"), of("my red coat videos"), of("uca").replace(source=None)])
    assert own.sources == {"uca", public_name("my red coat videos", "source"), ""}
    held = dehydrate(rich(source="my red coat videos"))
    assert held is not None and held.source in own.sources


def test_the_group_is_hashed_and_still_ties_clips() -> None:
    held = [dehydrate(rich(key=key)) for key in ("0123456789abcdef", "0123456789abcdee")]
    assert held[0].group == held[1].group != dehydrate(rich(group="another")).group
    rows = [dehydrate(rich(key=key, group=None)) for key in ("0123456789abcdef", "0123456789abcdee")]
    assert rows[0].group == rows[1].group is not None


@pytest.mark.parametrize("key", ["man-in-a-red-coat", "fight_1", "abc", "0123456789abcdef-man-in-a-red-coat"])
def test_a_key_made_of_words_is_hashed(key: str) -> None:
    held = dehydrate(rich(key=key))
    assert held is not None and len(held.key) == 20 and held.key != key and dehydrate(held).key == held.key
    assert Hydration([of("uca")])(held).key == key


@pytest.mark.parametrize("source", ["my red coat videos", "chat:a man in a red coat", "grammar: a man falls"])
def test_a_source_of_ones_own_is_hashed(source: str) -> None:
    held = dehydrate(rich(source=source, generator="coat/model"))
    assert held is not None and not {"coat", "man", "falls"} & set(words_of(held.to_json()))
    assert Hydration([of("uca")])(held) == rich(source=source, generator="coat/model")


LOOKS_LIKE = "a man in a red coat falls"


@pytest.mark.parametrize(
    "fields",
    [
        {"source_split": LOOKS_LIKE},
        {"flags": ["tiny", "man_in_a_red_coat"]},
        {"group": f"sha256:{'0' * 64} {LOOKS_LIKE}"},
        {"provenance": json.dumps({"spec": f"0123456789abcdef {LOOKS_LIKE}"})},
        {"provenance": json.dumps({"model": "storyboard", "lora": ["me/lora", LOOKS_LIKE]})},
        {"provenance": json.dumps({"lora": f"me/lora,{LOOKS_LIKE}"})},
        {"provenance": json.dumps({"sealed": f"abc {LOOKS_LIKE}", "sealed_with": f"sha256:{'0' * 64} {LOOKS_LIKE}"})},
        {"provenance": json.dumps({"steps": [LOOKS_LIKE], "attempt": {"coat": 1}})},
    ],
)
def test_what_begins_as_an_open_value_is_none(fields: dict[str, object]) -> None:
    clip_before = rich(**fields)
    held = dehydrate(clip_before)
    assert held is not None and not {"man", "coat", "falls"} & set(words_of(held.to_json()))
    assert Hydration([of("uca")])(held) == clip_before
    again = held.replace(**fields)  # as a repo of somebody else might hold it: withheld, and cleaned all the same
    again = again.model_copy(update={"flags": (*again.flags, "dehydrated")})
    sent = Withholding()(again, lambda: b"")
    if "lora" in str(fields):  # of unknown rights
        assert sent == "video_rights"
        sent = dehydrate(again)
    assert isinstance(sent, Clip) and is_dehydrated(sent)
    assert not {"man", "coat", "falls"} & set(words_of(sent.to_json()))


def test_a_video_s_tags_are_emptied_before_it_is_searched() -> None:
    words = CAPTION.encode()
    mp4 = b"\0\0\0\x0cmdat1234" + (8 + len(words)).to_bytes(4, "big") + b"free" + words
    packed = of("uca").replace(sha256=hashlib.sha256(mp4).hexdigest())
    sent = Withholding()(packed, lambda: mp4)
    assert isinstance(sent, tuple) and len(sent[1]) == len(mp4) and words not in sent[1] and is_dehydrated(sent[0])
    assert sent[0].sha256 == hashlib.sha256(sent[1]).hexdigest() != packed.sha256
    assert Hydration([of("uca")])(sent[0], lambda: sent[1]) == (packed, mp4)


def test_a_video_that_repeats_another_withheld_caption_is_left_out() -> None:
    withholding = Withholding()
    withholding.search = CaptionSearch(["Two women carry a ladder across the wet yard."])
    assert withholding(of("uca"), lambda: b"mdat women carry a ladder across moov") == "caption_in_video"
    assert is_dehydrated(withholding(of("uca"), lambda: b"mdat women carry a table moov"))


def test_a_clip_that_nearly_repeats_a_withheld_caption_is_withheld() -> None:
    withholding = Withholding()
    withholding.search = CaptionSearch([CAPTION])
    own = clip(1, "grammar")
    assert withholding.verdict(own) is None
    assert withholding.verdict(own.replace(caption=CAPTION.replace("box", "bag"))) == "dehydrated"


def test_rejects_that_nearly_repeat_a_withheld_caption_are_held_back() -> None:
    withholding = Withholding()
    withholding.search = CaptionSearch([CAPTION])
    row = {"key": "k1", "source": "grammar", "reason": "too_dark", "caption": CAPTION.replace("box", "bag")}
    kept = withholding.reject(row)
    assert kept["sealed_with"] == caption_hash(CAPTION) and not {"man", "coat"} & set(words_of(json.dumps(kept)))
    assert Hydration([of("uca")]).reject(kept) == row
    odd = Withholding().reject({**row, "source": "uca", "reason": "dark:man-in-a-red-coat"})
    assert odd["reason"] == "unnamed"
    named = {
        **row,
        "source": "uca",
        "key": "man-in-a-red-coat",
        "of": "red coat",
        "source_split": "a man in a red coat",
    }
    kept = Withholding().reject(named)
    assert not {"man", "coat"} & set(words_of(json.dumps(kept))) and "source_split" not in kept
    assert kept["key"] == hashlib.sha256(b"man-in-a-red-coat").hexdigest()[:20] and kept["of"] != kept["key"]
    assert Hydration([of("uca").replace(caption=row["caption"])]).reject(kept) == named
    foreign = {"source": "uca", "caption": caption_hash(CAPTION), "reason": "dark", "sealed_with": "man-in-red-coat"}
    assert "sealed_with" not in Withholding().reject(foreign)


def test_what_cannot_be_sealed_is_left_out() -> None:
    noise = base64.b85encode(random.Random(1).randbytes(15_900)).decode()
    clip_before = rich(provenance=json.dumps({"model": "storyboard", "noise": noise}))
    assert dehydrate(clip_before) is None
    assert Withholding()(clip_before, lambda: b"") == "too_long_to_seal"


def test_damaged_seals_leave_the_clip_withheld() -> None:
    held = dehydrate(rich())
    facts = json.loads(held.provenance)
    for text in (facts["sealed"][:-6], "abc", "~" * 40):
        damaged = held.replace(provenance=json.dumps({**facts, "sealed": text}))
        assert Hydration([of("uca")])(damaged) == damaged
    foreign = seal({"tag": 5}, CAPTION)
    damaged = held.replace(provenance=json.dumps({**facts, "sealed": foreign}))
    assert Hydration([of("uca")])(damaged) == damaged
    other = seal({"caption": "Another caption."}, CAPTION)
    damaged = held.replace(provenance=json.dumps({**facts, "sealed": other}))
    assert Hydration([of("uca")])(damaged) == damaged


def test_clips_dehydrated_by_0_1_0_are_put_back() -> None:
    old = of("uca").model_copy(update={"caption": caption_hash(CAPTION), "flags": ("dehydrated",)})
    assert Hydration([of("uca")])(old) == of("uca")


@pytest.mark.parametrize(
    ("made", "allowed"),
    [
        (of("grammar"), (True, True)),
        (of("uca"), (False, True)),
        (of("nobody-knows"), (False, True)),
        (of("oops", synthetic=False, generator=None, provenance=None), (True, False)),
        (of("ucf-crime", synthetic=False, generator=None, provenance=None), (False, False)),
        (of("grammar", generator="unknown/model", provenance=None), (True, False)),
        (of("chat:Qwen/Qwen3-8B"), (True, True)),
        (of("chat:gpt-9"), (False, True)),
    ],
)
def test_what_may_be_published(made: Clip, allowed: tuple[bool, bool]) -> None:
    assert may_publish(made) == allowed
    result = Withholding()(made, lambda: b"")
    text, video = allowed
    assert (result == "video_rights") is not video
    assert not video or (is_dehydrated(result) is not text)
    assert Withholding(claimed=True)(made, lambda: b"") == made
    assert not video or is_dehydrated(Withholding(everything=True)(made, lambda: b""))
    assert is_dehydrated(
        Withholding(everything=True, claimed=True)(made, lambda: b"")
    )  # rights are no wish to use them


def test_a_video_that_holds_the_caption_is_left_out() -> None:
    assert Withholding()(of("uca"), lambda: b"moov" + CAPTION.encode() + b"mdat") == "caption_in_video"
    assert Withholding()(of("grammar"), CAPTION.encode) == of("grammar")


def test_rejects_are_held_back_as_well() -> None:
    row = {
        **of("uca").to_dict(), "reason": "too_long", "detail": f"caption: {CAPTION[:30]}", "of": "a man in a red coat",
        "place": "man-in-red-coat.mp4", "question": {"notes": [CAPTION]}, "flags": ["tiny", "red coat"],
    }  # fmt: skip
    kept = Withholding().reject(row)
    assert set(kept) == {"key", "of", "source", "source_split", "reason", "flags", "caption", "sealed"}
    assert kept["caption"] == caption_hash(CAPTION) and kept["reason"] == "too_long" and kept["flags"] == ["tiny"]
    assert not {"man", "coat", "box"} & set(words_of(json.dumps(kept)))
    assert Withholding().reject(kept) == kept
    restored = Hydration([of("uca")]).reject(kept)
    assert restored == row and list(restored) == list(row)
    assert Hydration([of("grammar").replace(caption="Another one.")]).reject(kept) == kept
    assert Withholding().reject({**row, "source": "grammar"}) == {**row, "source": "grammar"}
    assert Hydration([]).reject({**row, "caption": "sha256:no hash"})["caption"] == "sha256:no hash"
    old = {"key": "k", "caption": caption_hash(CAPTION), "reason": "too_dark"}  # by svta 0.1.0
    assert Hydration([of("uca")]).reject(old)["caption"] == CAPTION
    assert Withholding().reject({**row, "reason": "a man in a red coat"})["reason"] == "unnamed"


def test_a_reject_without_a_caption_opens_with_another_of_its_source(tmp_path: Path) -> None:
    clips_folder(tmp_path / "c", 30, make=sourced)
    row = {"reason": "bad_row", "detail": "a quote is never closed in this long line", "source": "uca", "place": "7"}
    (tmp_path / "c" / "rejected.jsonl").write_text(json.dumps(row) + "\n")
    pack(tmp_path / "c", tmp_path / "d")
    withholding = Withholding().prepare(tmp_path / "d")
    kept = withholding.reject(row)
    assert "quote" not in json.dumps(kept) and kept["sealed_with"].startswith("sha256:")
    assert Hydration(sourced(i) for i in range(30) if i % 3 == 1).reject(kept) == row  # uca's captions
    assert Hydration(sourced(i) for i in range(30) if i % 3 == 0).reject(kept) == kept
    assert set(Withholding().reject(row)) == {"reason", "source"}  # nothing known that could be a key


@pytest.mark.slow
def test_rejects_alone_are_a_reason_to_withhold(lfs: HubClient, fresh: LoopbackHub, tmp_path: Path) -> None:
    """All clips may be published; only rejected.jsonl holds a caption that may not."""
    clips_folder(tmp_path / "c", 20, make=clip)
    (tmp_path / "c" / "rejected.jsonl").write_text(json.dumps({**clip(1, "uca").to_dict(), "reason": "dark"}) + "\n")
    pack(tmp_path / "c", tmp_path / "d")
    assert lfs.run("push", tmp_path / "d", "ns/rejects").code == 0
    text = text_of(fresh.pushed_bytes("ns/rejects"))
    assert not found_in(text, [clip(1, "uca").caption]) and found_in(text, [clip(1).caption])


def test_a_caption_comes_back_only_if_its_hash_is_right() -> None:
    held = dehydrate(of("uca"))
    assert Hydration([of("uca")])(held) == of("uca")
    assert Hydration([of("uca").replace(caption=CAPTION + " ")])(held) == held
    assert Hydration([])(of("uca")) == of("uca")


def sourced(i: int) -> Clip:
    return clip(i, ("grammar", "uca", "ucfcrime-ar")[i % 3])


def text_of(files: dict[str, bytes]) -> bytes:
    """All bytes of a repo, and what its parquet files hold uncompressed."""
    import io

    pieces = list(files.values())
    for name, data in files.items():
        if name.endswith(".parquet"):
            pieces.append(json.dumps(pq.read_table(io.BytesIO(data)).to_pylist(), ensure_ascii=False).encode())
    return b"\n".join(pieces)


def found_in(text: bytes, captions: Iterable[str]) -> list[str]:
    """The captions that stand in `text`, JSON-escaped or not: by their first eight bytes, then whole."""
    wanted: dict[bytes, list[bytes]] = {}
    for caption in captions:
        for form in {
            caption.encode(),
            json.dumps(caption)[1:-1].encode(),
            json.dumps(caption, ensure_ascii=False)[1:-1].encode(),
        }:
            wanted.setdefault(form[:8], []).append(form)
    starts = np.frombuffer(b"".join(key.ljust(8, b"\0") for key in wanted), np.uint64)
    found = []
    for shift in range(8):
        words = np.frombuffer(text[shift : shift + (len(text) - shift) // 8 * 8], np.uint64)
        for place in np.flatnonzero(np.isin(words, starts)):
            at = shift + 8 * int(place)
            found += [form.decode() for form in wanted.get(text[at : at + 8], ()) if text[at : at + len(form)] == form]
    return found


def test_the_search_finds_what_is_there() -> None:
    text = b"xyz" + CAPTION.encode() + b"." + json.dumps({"c": "Ein Mann f\u00e4llt hin."}).encode()
    assert len(found_in(text, [CAPTION, "Ein Mann f\u00e4llt hin.", "A woman in a red coat"])) == 2


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 clips, 40 of them from sources that forbid publishing; 10 rejects; small stand-ins for videos."""
    folder = tmp_path_factory.mktemp("mixed")
    rejects = [{**sourced(i).to_dict(), "reason": "too_dark", "detail": sourced(i).caption} for i in range(100, 110)]
    clips_folder(folder / "c", 60, make=sourced)
    (folder / "c" / "rejected.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rejects))
    pack(folder / "c", folder / "d", PackConfig(shard_multiple=2))
    return folder / "d"


def forbidden(numbers: Iterable[int]) -> list[str]:
    return [sourced(i).caption for i in numbers if i % 3]


@pytest.mark.slow
def test_withheld_captions_are_nowhere_and_every_one_comes_back(
    client: HubClient, fresh: LoopbackHub, mixed: Path, tmp_path: Path
) -> None:
    done = client.run("push", mixed, "ns/mixed", "--json")
    assert done.code == 0 and json.loads(done.out)["withheld"] == 40, done.err
    text = text_of(fresh.pushed_bytes("ns/mixed"))
    if client.xet:
        text += b"".join(path.read_bytes() for path in fresh.store.rglob("*") if path.is_file())
    assert not found_in(text, forbidden([*range(60), *range(100, 110)]))
    assert len(found_in(text, [sourced(0).caption])) >= 3  # a permitted one: json, txt and index
    assert "are withheld" in fresh.pushed_bytes("ns/mixed")["README.md"].decode()
    done = client.run("pull", "ns/mixed", tmp_path / "d")
    assert done.code == 0 and "40 captions (uca 20, ucfcrime-ar 20) are withheld" in done.out
    found = verify(tmp_path / "d")
    assert found.ok and found.withheld == 40
    assert "40 captions are withheld" in client.run("verify", tmp_path / "d").out
    write_clips(tmp_path / "source.jsonl", [sourced(i) for i in [*range(60), *range(100, 110)]])
    done = client.run("pull", "ns/mixed", tmp_path / "d", "--source", f"table={tmp_path / 'source.jsonl'}")
    assert done.code == 0 and "40 captions restored" in done.out and " 0 of " in done.out, done
    before, after = contents(mixed), contents(tmp_path / "d")
    assert verify(tmp_path / "d").ok
    same = {name for name in before if name.startswith(("data/", "clips.parquet", "taxonomy", "croissant", "rejected"))}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    rejected = [json.loads(line) for line in (tmp_path / "d" / "rejected.jsonl").read_text().splitlines()]
    assert {row["caption"] for row in rejected} == {sourced(i).caption for i in range(100, 110)}


@pytest.mark.slow
def test_captions_of_categories_of_ones_own_come_back(
    lfs: HubClient, fresh: LoopbackHub, mixed: Path, tmp_path: Path
) -> None:
    assert lfs.run("push", mixed, "ns/mixed").code == 0
    rows = [{**sourced(i).to_dict(), "category": "ward round", "is_anomaly": None} for i in range(60)]
    (tmp_path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, {"caption": ""}]))
    done = lfs.run("pull", "ns/mixed", tmp_path / "d", "--source", f"table={tmp_path / 'own.jsonl'}")
    assert done.code == 0 and "40 captions restored" in done.out, done
    assert "1 row has no caption that can be read, the first is own.jsonl line 61: caption: missing" in done.err
    assert verify(tmp_path / "d").withheld == 0


@pytest.mark.slow
def test_another_release_of_the_source_is_told(lfs: HubClient, fresh: LoopbackHub, mixed: Path, tmp_path: Path) -> None:
    assert lfs.run("push", mixed, "ns/mixed").code == 0
    other = [sourced(i).replace(caption=sourced(i).caption + ".") if i == 4 else sourced(i) for i in range(60)]
    write_clips(tmp_path / "source.jsonl", [made for made in other if made.source == "uca"])
    done = lfs.run("pull", "ns/mixed", tmp_path / "d", "--source", f"table={tmp_path / 'source.jsonl'}")
    failed(done, 1, "1 caption (uca 1) is not in the file given")
    assert verify(tmp_path / "d").withheld == 21
    done = lfs.run("pull", "ns/mixed", tmp_path / "d", "--source", f"table={tmp_path / 'source.jsonl'}")
    assert done.code == 1 and " 0 of " in done.out


@pytest.mark.slow
def test_captions_put_back_stay_when_more_is_pulled(
    lfs: HubClient, fresh: LoopbackHub, mixed: Path, tmp_path: Path
) -> None:
    assert lfs.run("push", mixed, "ns/mixed").code == 0
    write_clips(tmp_path / "source.jsonl", [sourced(i) for i in range(60)])
    source = ("--source", f"table={tmp_path / 'source.jsonl'}")
    done = lfs.run("pull", "ns/mixed", tmp_path / "d", "--split", "test", *source, "--json")
    of_test = [row.clip.source for row in read_index(mixed / "clips.parquet") if row.split == "test"]
    counts = {name: of_test.count(name) for name in ("uca", "ucfcrime-ar") if name in of_test}
    assert done.code == 0 and json.loads(done.out)["restored"] == counts and counts  # not those of other splits
    assert verify(tmp_path / "d").withheld == 0
    assert lfs.run("pull", "ns/mixed", tmp_path / "d", "--split", "train").code == 0
    rows = list(read_index(tmp_path / "d" / "clips.parquet"))
    assert not any(is_dehydrated(row.clip) for row in rows if row.split == "test")
    assert all(is_dehydrated(row.clip) is not may_publish(row.clip)[0] for row in rows if row.split == "train")


@pytest.mark.slow
def test_a_withheld_dataset_loads_and_can_be_pushed_on(
    lfs: HubClient, fresh: LoopbackHub, mixed: Path, tmp_path: Path
) -> None:
    import svta

    assert lfs.run("push", mixed, "ns/mixed").code == 0
    assert lfs.run("pull", "ns/mixed", tmp_path / "d").code == 0
    ds = svta.open_dataset(tmp_path / "d", split="all")
    assert len(ds) == 60 and sum(is_dehydrated(ds.clip(i)) for i in range(60)) == 40
    assert ds.video(5)
    assert lfs.run("push", tmp_path / "d", "ns/again").code == 0
    again, first = (fresh.pushed_bytes(name) for name in ("ns/again", "ns/mixed"))
    assert {n: b for n, b in again.items() if n.startswith("data/")} == {
        n: b for n, b in first.items() if n.startswith("data/")
    }


@pytest.mark.slow
def test_rights_are_claimed_on_the_card(lfs: HubClient, fresh: LoopbackHub, mixed: Path) -> None:
    words = "The captions are mine | <b>all</b> of them"
    assert lfs.run("push", mixed, "ns/mixed", "--i-have-rights", words, "--json").code == 0
    card = fresh.pushed_bytes("ns/mixed")["README.md"].decode()
    assert "The publisher states: The captions are mine" in card.replace("\\", "") and "<b>" not in card
    assert len(found_in(text_of(fresh.pushed_bytes("ns/mixed")), forbidden(range(60)))) >= 3 * 40
    failed(lfs.run("push", mixed, "ns/mixed", "--i-have-rights", " "), 2, "needs words")


@pytest.mark.slow
def test_all_captions_can_be_withheld(lfs: HubClient, fresh: LoopbackHub, mixed: Path) -> None:
    done = lfs.run("push", mixed, "ns/mixed", "--dehydrate", "--json")
    assert json.loads(done.out)["withheld"] == 60
    assert not found_in(text_of(fresh.pushed_bytes("ns/mixed")), (sourced(i).caption for i in range(110)))


@pytest.mark.slow
def test_videos_that_may_not_be_published_are_left_out(lfs: HubClient, fresh: LoopbackHub, tmp_path: Path) -> None:
    def made(i: int) -> Clip:
        return sourced(i).replace(generator="unknown/model", provenance=None) if i % 5 == 0 else sourced(i)

    pack(clips_folder(tmp_path / "c", 40, make=made), tmp_path / "d", PackConfig(shard_multiple=2))
    done = lfs.run("push", tmp_path / "d", "ns/some", "--dry-run", "--json")
    dry = json.loads(done.out)
    done = lfs.run("push", tmp_path / "d", "ns/some", "--json")
    told = json.loads(done.out)
    assert told["left_out"] == dry["left_out"] == {"video_rights": 8} and told["clips"] == dry["clips"] == 32
    assert told["withheld"] == dry["withheld"]
    assert lfs.run("verify", "ns/some").code == 0
    assert lfs.run("pull", "ns/some", tmp_path / "p").code == 0
    rejected = [json.loads(line) for line in (tmp_path / "p" / "rejected.jsonl").read_text().splitlines()]
    assert {row["key"] for row in rejected} == {made(i).key for i in range(0, 40, 5)}
    keys = {row.clip.key for row in read_index(tmp_path / "p" / "clips.parquet")}
    assert keys == {made(i).key for i in range(40) if i % 5}
    pack(clips_folder(tmp_path / "e", 9, make=lambda i: made(5 * i)), tmp_path / "f")
    failed(lfs.run("push", tmp_path / "f", "ns/none"), 1, "no clip is left: 9 video_rights")
    failed(lfs.run("push", tmp_path / "f", "ns/none", "--dry-run"), 1, "no clip is left: 9 video_rights")


def push_real(client: HubClient, hub: LoopbackHub, shared: Path, folder: Path, chosen: Callable[[int], bool]) -> None:
    """The captions of UCFCrime-AR and UCA with small stand-ins for videos: pushed, searched, pulled, put back."""
    captions = shared / "data" / "captions"
    sources = {"ucfcrime-ar": captions / "ucfcrime_ar", "uca": captions / "uca"}
    read: list[Clip] = []
    for name, path in sources.items():
        read += read_source(name, str(path), on_reject=lambda row: pytest.fail(f"{row}"))
    assert len(read) == 25_442
    some = [made for i, made in enumerate(read) if chosen(i)]
    write_plan(folder / "c", {"kind": "test", "spec": "real", "units": 1})
    filmed = (made.replace(synthetic=True, generator="storyboard") for made in some)
    write_part(folder / "c", 0, ((m, random.Random(m.key).randbytes(64)) for m in filmed), spec="real")
    report = pack(folder / "c", folder / "d")
    assert client.run("push", folder / "d", "ns/real").code == 0
    text = text_of(hub.pushed_bytes("ns/real"))
    kept = {row.clip.key: row.clip.caption for row in read_index(folder / "d" / "clips.parquet")}
    assert len(kept) == report.clips > 0.99 * len(some)
    assert not found_in(text, (made.caption for made in some if len(made.caption) >= 12))
    done = client.run(
        "pull", "ns/real", folder / "p", *(x for n, p in sources.items() for x in ("--source", f"{n}={p}")), "--json"
    )
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert not told["withheld"] and sum(told["restored"].values()) == len(kept)
    assert {row.clip.key: row.clip.caption for row in read_index(folder / "p" / "clips.parquet")} == kept
    assert verify(folder / "p").ok


@pytest.mark.slow
def test_real_captions_never_leave_and_come_back(
    lfs: HubClient, fresh: LoopbackHub, shared: Path, tmp_path: Path
) -> None:
    push_real(lfs, fresh, shared, tmp_path, lambda i: i % 40 == 0)


@pytest.mark.nightly
def test_all_real_captions_never_leave_and_come_back(
    client: HubClient, fresh: LoopbackHub, shared: Path, tmp_path: Path
) -> None:
    push_real(client, fresh, shared, tmp_path, lambda i: True)


CHANCE = "A woman sees how a man in a red coat gets off a bus at the corner and buys a newspaper."  # one run of it


@pytest.mark.parametrize(
    ("source", "caption", "fields", "options", "verdict"),
    [
        ("chat:Qwen/Qwen3-8B", CHANCE, {}, {}, "dehydrated"),  # of what a model wrote one run is enough
        ("chat:Qwen/Qwen3-8B", "A dog sleeps in the sun all day.", {}, {}, None),
        ("grammar", CHANCE, {}, {}, None),
        ("grammar", CAPTION.replace("man", "boy"), {}, {}, "dehydrated"),
        ("grammar", "A dog sleeps in the sun all day.", {}, {"everything": True}, "dehydrated"),
        ("uca", "A dog sleeps in the sun all day.", {}, {}, "dehydrated"),
        ("uca", CAPTION, {}, {"claimed": True}, "dehydrated"),  # as the search was given this very caption
        ("uca", "A dog sleeps in the sun all day.", {}, {"claimed": True}, None),
        ("port", "A dog sleeps in the sun all day.", {}, {}, "dehydrated"),
        ("port", "A dog sleeps in the sun all day.", {}, {"license": "CC-BY-4.0"}, None),
        ("port", "A dog sleeps.", {"license": "all rights reserved"}, {"license": "CC-BY-4.0"}, "dehydrated"),
        ("uca", "A dog sleeps in the sun all day.", {}, {"license": "CC-BY-4.0"}, "dehydrated"),
        ("uca", "A dog sleeps.", {"synthetic": False, "generator": None}, {}, "video_rights"),
        ("uca", "A dog sleeps.", {"synthetic": False, "generator": None}, {"claimed": True}, None),
    ],
)
def test_what_becomes_of_a_clip(source: str, caption: str, fields: dict, options: dict, verdict: str | None) -> None:
    withholding = Withholding(**options)
    withholding.search = CaptionSearch([CAPTION])
    made = clip(1).replace(source=source, caption=caption, **fields)
    assert withholding.verdict(made) == verdict
    sent = withholding(made, lambda: b"")
    reason = sent if isinstance(sent, str) else "dehydrated" if isinstance(sent, Clip) and is_dehydrated(sent) else None
    assert reason == verdict
