"""Rights: what the table says, unknown counts as no, the strictest wins."""

from __future__ import annotations

import json

import pytest

from svta.builder.record import Clip
from svta.builder.rights import find, strictest, table


def made(source: str | None, **fields: object) -> Clip:
    named = {"generator": "storyboard", "synthetic": True, **fields}
    return Clip.from_dict({"key": "k", "caption": "c", "source": source, **named})


def test_the_table_is_whole() -> None:
    names = [(row.kind, row.name) for row in table()]
    assert len(names) == len(set(names))
    for kind, name in (("source", "ucfcrime-ar"), ("source", "uca"), ("source", "oops"), ("source", "msrvtt")):
        assert find(name, kind).licence != "unknown"  # type: ignore[arg-type]
    for row in table():
        assert all(pattern == pattern.casefold() for pattern in row.patterns)
        assert (row.redistribute_video is None) == (row.kind == "chat")
        assert (row.redistribute_text is None) == (row.kind == "video")


def test_what_is_unknown_is_forbidden() -> None:
    row = find("somebody/nice-model", "video")
    assert not row.redistribute_video and not row.commercial and not row.outputs_may_train_models
    assert find("my.csv", "source").redistribute_text is False
    assert find(None, "source").redistribute_text is False
    assert find("someone/wan2.1-lookalike", "video").licence == "unknown"


def test_models_are_found_by_their_ids() -> None:
    assert find("Wan-AI/Wan2.1-T2V-1.3B-Diffusers", "video").licence == "Apache-2.0"
    hunyuan = find("tencent/HunyuanVideo", "video")
    assert "European Union" in hunyuan.territory and not hunyuan.outputs_may_train_models
    assert find("Qwen/Qwen3-8B", "chat").redistribute_text is True


def test_our_own_parts_are_free() -> None:
    rights = strictest([made("grammar")])
    assert rights.redistribute_text and rights.redistribute_video and rights.commercial
    assert rights.licence == "mit" and rights.territory == "worldwide" and not rights.sources_kept_back


def test_the_strictest_part_decides() -> None:
    wan = json.dumps({"model": "Wan-AI/Wan2.1-T2V-14B-Diffusers"})
    rights = strictest([made("grammar"), made("uca", generator="diffusion", provenance=wan), made("oops")])
    assert not rights.redistribute_text and rights.sources_kept_back == ("uca",)
    assert rights.redistribute_video and not rights.commercial and rights.share_alike
    assert rights.licence == "other" and rights.territory == "unknown"
    assert strictest([made("grammar"), made("oops")]).licence == "cc-by-nc-sa-4.0"


def test_tags_set_by_uploaders_are_not_believed() -> None:
    assert not strictest([made("uca", license="cc0-1.0")]).redistribute_text


def test_real_footage_belongs_to_its_source() -> None:
    assert not strictest([made("uca", synthetic=False, generator=None)]).redistribute_video
    assert strictest([made("oops", synthetic=False, generator=None)]).redistribute_video
    assert not strictest([made("mine", synthetic=None, generator=None)]).redistribute_video


@pytest.mark.parametrize("provenance", ["not json", "[1]", "{}"])
def test_odd_provenance_falls_back_to_the_generator(provenance: str) -> None:
    assert strictest([made("grammar", provenance=provenance)]).redistribute_video


def test_chat_captions_belong_to_their_model() -> None:
    facts = json.dumps({"chat_model": "Qwen/Qwen3-8B", "model": "storyboard"})
    assert strictest([made("chat", provenance=facts)]).redistribute_text
    assert not strictest([made("chat:gpt-9")]).redistribute_text
    assert strictest([made("chat:Qwen/Qwen3-32B")]).redistribute_text


def test_plain_data() -> None:
    assert json.loads(json.dumps(strictest([made("grammar")]).as_dict()))["licence"] == "mit"
