"""Rights: what the table says, unknown counts as no, the strictest wins."""

from __future__ import annotations

import json
import re

import pytest

from svta.builder.licences import declared_licence, hub_tag, spdx_licence, strictest_licence, terms_of
from svta.builder.project.config import check_project
from svta.builder.record import Clip
from svta.builder.rights import (
    DECLARED,
    Kind,
    find,
    names_in,
    notices,
    parts_of,
    public_name,
    recorded_licence,
    strictest,
    strictest_of,
    table,
)


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
        assert (row.redistribute_video is None) == (row.kind == "chat" or row.name == "grammar")  # they make no videos
        assert (row.redistribute_text is None) == (row.kind in ("video", "component"))
        assert row.licence == "unknown" or row.known
        included = [other for other in table() if other.name in row.includes]
        assert len(included) == len(row.includes) and (not included or row.kind == "video")


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
    assert find(" UCA\n", "source").name == "uca"


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
    oops = strictest([made("oops", synthetic=False, generator=None)])  # its publishers' terms are conditional
    assert oops.redistribute_text and not oops.redistribute_video
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


def filmed(model: str, **facts: object) -> Clip:
    return made("grammar", generator="diffusion", provenance=json.dumps({"model": model, **facts}))


WAN = "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"


@pytest.mark.parametrize(
    ("model", "licence"),
    [
        ("nvidia/Cosmos-Predict2.5-2B", "NVIDIA Open Model License"),
        ("Skywork/SkyReels-V2-T2V-14B-720P-Diffusers", "Skywork Community License"),
        ("rhymes-ai/Allegro", "Apache-2.0"),
        ("kandinskylab/Kandinsky-5.0-T2V-Lite-sft-5s-Diffusers", "MIT"),
        ("Motif-Technologies/Motif-Video-2B", "unknown"),
        ("alibaba-pai/EasyAnimateV5.1-12b-zh", "Apache-2.0"),
        ("maxin-cn/Latte-1", "Apache-2.0"),
        ("guoyww/animatediff-motion-adapter-v1-5-3", "Apache-2.0"),
        ("BestWishYsh/Helios-Distilled", "Apache-2.0"),
        ("FastVideo/FastWan2.1-T2V-1.3B-Diffusers", "Apache-2.0"),
    ],
)
def test_every_family_that_was_tried_has_a_row(model: str, licence: str) -> None:
    row = find(model, "video")
    assert row.known and row.licence == licence and row.url and row.includes
    told = notices([("video", model)])
    assert any(line.startswith((f"{model}: ", f"{model} (video): ")) for line in told)
    assert ("licence not known" in told[0]) == (licence == "unknown")
    free = licence in ("Apache-2.0", "MIT")
    assert strictest([filmed(model)]).redistribute_video is (free or "NVIDIA" in licence)


def test_what_was_looked_up_says_where() -> None:
    """Text encoders, and the two video models without a licence file beside their weights."""
    rows = [row for row in table() if row.kind == "component" or row.name in ("latte", "animatediff")]
    assert len(rows) >= 11
    assert [row.name for row in rows if not re.search(r"https://[\w.-]+/\S+", row.note)] == []


def test_a_prompt_model_is_a_part() -> None:
    closed = strictest([filmed("storyboard", film_prompt_model="somebody/closed-chat")])
    assert not closed.redistribute_text and not closed.commercial and closed.licence == "other"
    assert closed.sources_kept_back == ("somebody/closed-chat",)
    known = strictest([filmed("storyboard", film_prompt_model="Qwen/Qwen3-8B")])
    assert known.redistribute_text and known.licence == "apache-2.0"


def test_every_lora_is_a_part() -> None:
    assert find("0123456789abcdef", "lora").redistribute_video is False
    own = strictest([filmed(WAN, lora="0123456789abcdef")])  # a file of one's own is known by its hash alone
    assert not own.redistribute_video and own.redistribute_text and not own.commercial
    two = strictest([filmed(WAN, lora="kandinskylab/Kandinsky-5.0-T2V-Pro-LoRa-Arc-right,tencent/HunyuanVideo-LoRA")])
    assert two.redistribute_video and not two.commercial and "European Union" in two.territory
    assert {part.name for part in two.parts} >= {"kandinsky-5", "hunyuan-video", "wan"}
    assert strictest([filmed(WAN, lora=["kandinskylab/Kandinsky-5.0-T2V-Pro-LoRa-Arc-right"])]).commercial


def test_text_encoders_and_tokenizers_are_parts() -> None:
    assert {part.name for part in strictest([filmed(WAN)]).parts} == {"grammar", "wan", "umt5-xxl"}
    sana = strictest([filmed("Efficient-Large-Model/SANA-Video_2B_480p_diffusers")])
    assert "gemma" in {part.name for part in sana.parts} and not sana.outputs_may_train_models and sana.commercial
    for fact in ("text_encoder", "tokenizer"):
        assert not strictest([filmed(WAN, **{fact: "somebody/encoder"})]).redistribute_video
        assert strictest([filmed(WAN, **{fact: "google/umt5-xxl"})]).redistribute_video


def test_reference_footage_is_a_part() -> None:
    rights = strictest([filmed(WAN, reference="ucf-crime")])
    assert not rights.redistribute_video and rights.redistribute_text and not rights.commercial
    assert list(parts_of(filmed(WAN, reference="ucf-crime")))[-1] == ("reference", "ucf-crime", "")


def test_all_territories_are_told() -> None:
    rights = strictest([filmed("tencent/HunyuanVideo"), filmed("somebody/model")])
    assert rights.territory == "excludes European Union, United Kingdom, South Korea; unknown"
    assert strictest_of([("video", "tencent/HunyuanVideo"), ("source", "grammar")]).territory.startswith("excludes")


def test_the_licence_tag_is_the_strictest_of_the_open_ones() -> None:
    assert strictest([made("grammar")]).licence == "mit"
    assert strictest([made("grammar"), filmed(WAN)]).licence == "apache-2.0"
    assert strictest([filmed("kandinskylab/Kandinsky-5.0-T2V-Lite-sft-5s-Diffusers")]).licence == "apache-2.0"
    assert strictest([filmed("tencent/HunyuanVideo")]).licence == "other"


def test_the_chat_model_that_wrote_a_caption_is_the_one_its_provenance_names() -> None:
    facts = json.dumps({"chat_model": "gpt-9", "model": "storyboard"})
    rights = strictest([made("chat:Qwen/Qwen3-8B", provenance=facts)])
    assert not rights.redistribute_text and rights.sources_kept_back == ("gpt-9",)


@pytest.mark.parametrize("sources", [("ucf-crime", "grammar"), ("grammar", "ucf-crime")])
def test_footage_of_every_clip_counts(sources: tuple[str, ...]) -> None:
    assert not strictest([made(name, synthetic=False, generator=None) for name in sources]).redistribute_video
    assert not strictest([made("grammar", synthetic=False, generator=None)]).redistribute_video  # it films nothing
    own = made("lab", license="CC-BY-4.0", synthetic=False, generator=None)
    assert strictest([own]).redistribute_video


def test_every_item_of_a_list_of_parts_counts() -> None:
    assert names_in(["a", ["b"], "c, d", None, ""]) == ["a", "b", "c", "d"]
    assert names_in(False) == names_in(None) == []  # no LoRA, no text encoder
    loras = ["kandinskylab/Kandinsky-5.0-T2V-Pro-LoRa-Arc-right", "me/own-lora"]
    for order in (loras, loras[::-1]):
        assert not strictest([filmed(WAN, lora=order)]).redistribute_video


def test_a_text_encoder_may_forbid_commerce() -> None:
    assert strictest([filmed(WAN)]).commercial
    assert not strictest([filmed(WAN, text_encoder="xtuner/llava-llama-3-8b-v1_1-transformers")]).commercial


def test_unknown_parts_are_told_first() -> None:
    told = notices([("video", WAN), ("lora", "me/lora")])
    assert told[0] == "me/lora (lora): licence not known to svta, so what is made with it may not be published"
    assert told[1].startswith(f"{WAN}: Apache-2.0 (no limits)") and told[2].startswith("umt5-xxl: Apache-2.0")


@pytest.mark.parametrize(("name", "kind"), [("uca", "source"), ("table", "source"), (WAN, "video"), ("chat", "source")])
def test_known_names_are_public(name: str, kind: str) -> None:
    assert public_name(name, kind) == name  # type: ignore[arg-type]


def test_a_name_that_could_hold_words_is_hashed() -> None:
    names = ("my own source", "grammar:a man falls down", "chat:a man falls down", "chats of a man who falls down")
    for name in names:
        hidden = public_name(name, "source")
        assert "falls" not in hidden and "own" not in hidden and "sha256:" in hidden
        assert public_name(hidden, "source") == hidden
    assert public_name("chat:Qwen/Qwen3-8B", "source") == "chat:Qwen/Qwen3-8B"
    assert public_name("grammar", "video") != "grammar"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CC-BY-4.0", "CC-BY-4.0"), ("cc by 4.0", "CC-BY-4.0"), ("CC BY-SA 3.0", "CC-BY-SA-3.0"), ("cc0", "CC0-1.0"),
        ("https://creativecommons.org/licenses/by-nc/4.0/deed.de", "CC-BY-NC-4.0"), ("MIT License", "MIT"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"), ("Apache 2.0", "Apache-2.0"),
        ("LicenseRef-Port", "LicenseRef-Port"), ("MIT AND CC-BY-4.0", "MIT AND CC-BY-4.0"), ("odc-by", "ODC-By-1.0"),
        ("all rights reserved", None), ("unknown", None), ("none stated", None), ("", None), (None, None),
        ("ask the port", None), ("https://creativecommons.org/licenses/by/4.0/ without faces", None),
        ("creativecommons.org/licenses/by-nd/2.0", "CC-BY-ND-2.0"), ("https://opensource.org/licenses/MIT", "MIT"),
        ("https://spdx.org/licenses/CC-BY-4.0.html", "CC-BY-4.0"), ("CC-BY-4.0, as its uploader says", None),
    ],
)  # fmt: skip
def test_a_licence_is_known_by_its_spdx_name(text: str | None, name: str | None) -> None:
    assert spdx_licence(text) == name


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("CC BY 4.0", "CC-BY-4.0"), ("All rights  reserved", "All rights reserved"), ("Alle Rechte vorbehalten",) * 2,
        ("版权所有", "版权所有"), ("x" * 200, "x" * 80), ("CC-BY-4.0, as its uploader says", ""), (None, ""), (" ", ""),
        *((f"CC-BY-4.0 {more}",) * 2 for more in ("for research only", "AND LicenseRef-Port", "but ask first")),
        ("unknown", ""), ("N/A", ""), ("none stated", ""), ("-", ""), ("未知", ""), ("?", ""), ("NOASSERTION", ""),
    ],
)  # fmt: skip
def test_words_of_a_licence_are_terms_that_svta_does_not_know(text: str | None, licence: str) -> None:
    assert declared_licence(text) == licence
    found = find("port", "source", licence)
    assert found.redistribute_text is (licence == "CC-BY-4.0")
    assert found.licence == (licence or "unknown")


@pytest.mark.parametrize(
    ("texts", "strictest"),
    [
        (["CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"], "CC BY 4.0"),
        (["CC-BY-4.0", "CC-BY-NC-4.0"], "CC-BY-NC-4.0"), (["CC-BY-NC-ND-4.0", "CC-BY-NC-4.0"], "CC-BY-NC-ND-4.0"),
        (["MIT", "All rights reserved"], "All rights reserved; MIT"), (["MIT", "unknown"], "MIT"), (["unknown"],) * 2,
        (["CC-BY-SA-4.0", "CC-BY-NC-4.0"], "CC-BY-SA-4.0; CC-BY-NC-4.0"), (["CC0-1.0", "CC-BY-4.0"],) * 2, ([], ""),
    ],
)  # fmt: skip
def test_of_several_licences_the_strictest_counts(texts: list[str], strictest: str | list[str]) -> None:
    found = strictest_licence(texts)
    assert found == ("; ".join(strictest) if isinstance(strictest, list) else strictest)
    if ";" in found:
        assert find("port", "source", declared_licence(found)).redistribute_text is False


def test_the_licence_that_a_row_declares_counts_for_ones_own_source_alone() -> None:
    own = made("port", license="CC BY 4.0")
    rights = strictest([own])
    assert (
        rights.redistribute_text and rights.redistribute_video and rights.commercial and rights.licence == "cc-by-4.0"
    )
    assert next(part for part in rights.parts if part.name == "port").note.startswith("Declared")
    assert next(parts_of(own)) == ("source", "port", "CC-BY-4.0")
    assert strictest([made("port", license="CC-BY-4.0", synthetic=False, generator=None)]).redistribute_video
    mixed = strictest([own, made("port", license="all rights reserved")])  # by the row
    assert not mixed.redistribute_text and mixed.sources_kept_back == ("port",) and mixed.licence == "other"
    assert not strictest([made("uca", license="CC0-1.0")]).redistribute_text  # a known source keeps its own row
    assert strictest([made("chat:mine-7b", license="CC-BY-4.0")]).redistribute_text
    assert not strictest([made("chat:seed-thinking", license="CC-BY-4.0")]).redistribute_text


@pytest.mark.parametrize(
    ("licence", "video", "commercial", "share_alike", "train", "tag"),
    [
        ("CC-BY-SA-4.0", True, True, True, True, "cc-by-sa-4.0"),
        ("CC-BY-NC-4.0", True, False, False, True, "cc-by-nc-4.0"),
        ("CC-BY-NC-SA-4.0", True, False, True, True, "cc-by-nc-sa-4.0"),
        ("CC-BY-ND-4.0", False, True, False, False, "cc-by-nd-4.0"),
        ("CC-BY-NC-ND-4.0", False, False, False, False, "cc-by-nc-nd-4.0"),
        ("CC0-1.0", True, True, False, True, "cc0-1.0"),
        ("ODbL-1.0", True, True, True, True, "odbl"),
        ("GPL-3.0-only", False, False, False, False, "other"),  # its terms for captions and clips are not in the table
    ],
)
def test_what_a_declared_licence_allows(
    licence: str, video: bool, commercial: bool, share_alike: bool, train: bool, tag: str
) -> None:
    rights = strictest([made("port", license=licence, synthetic=False, generator=None)])
    found = (rights.redistribute_video, rights.commercial, rights.share_alike, rights.outputs_may_train_models)
    assert found == (video, commercial, share_alike, train) and rights.licence == tag


def test_a_dataset_of_two_declared_licences_has_the_one_with_terms() -> None:
    def tag(*licences: str) -> str:
        return strictest([made(f"port-{i}", license=licence) for i, licence in enumerate(licences)]).licence

    assert tag("CC0-1.0", "CC-BY-4.0") == tag("CC-BY-4.0", "PDDL-1.0", "MIT") == "cc-by-4.0"
    assert tag("CC0-1.0", "MIT") == "cc0-1.0" and tag("CC-BY-4.0", "CC-BY-SA-4.0") == "other"


def test_a_row_that_says_nothing_of_videos_forbids_them() -> None:
    row = find(WAN, "video").model_copy(update={"patterns": ["my/model"], "redistribute_video": None})
    assert not strictest([made("grammar", generator="my/model")], [row]).redistribute_video


def test_rows_of_the_users_own_come_after_the_table_and_before_the_clips() -> None:
    row = {"name": "port", "licence": "CC-BY-NC-4.0", "commercial": True, "note": "Agreed with the port."}
    rows = [row, {"name": "uca", "licence": "CC0-1.0"}, {"name": "my/model", "kind": "video", "licence": "MIT"}]
    project = check_project({"rights": rows}, "svta.yaml")
    own = project.own_rights
    rights = strictest([made("port", license="all rights reserved")], own)
    assert rights.redistribute_text and rights.commercial and rights.licence == "cc-by-nc-4.0"
    assert [part.note for part in rights.parts if part.name == "port"] == [f"{DECLARED} Agreed with the port."]
    assert not strictest([made("uca")], own).redistribute_text
    assert strictest([made("grammar", generator="my/model")], own).redistribute_video


def test_the_projects_licence_counts_where_its_parts_leave_it_open() -> None:
    def tag(*parts: tuple[str, ...], licence: str) -> tuple[str, str]:
        rights = strictest_of([("video", "storyboard"), *parts], licence=licence)  # type: ignore[list-item]
        return rights.licence, rights.licence_name

    assert tag(("source", "grammar"), licence="CC-BY-4.0") == ("cc-by-4.0", "")
    assert tag(("source", "port", "CC-BY-4.0"), licence="CC-BY-SA-4.0") == ("cc-by-sa-4.0", "")
    assert tag(("source", "port", "CC-BY-SA-4.0"), licence="MIT") == ("cc-by-sa-4.0", "")
    assert tag(("source", "oops"), licence="CC-BY-4.0") == ("cc-by-nc-sa-4.0", "")
    assert tag(("source", "port"), licence="CC-BY-4.0") == ("other", "")  # nobody knows the captions' licence
    assert tag(("source", "port", "CC0-1.0"), licence="LicenseRef-Port") == ("other", "LicenseRef-Port")


@pytest.mark.parametrize(
    ("kind", "name", "shown", "text", "video"),
    [
        ("source", " port ", "port", False, False), ("source", None, "unnamed", False, False),
        ("chat", "gpt-9", "gpt-9", False, None), ("video", "x" * 99, "x" * 80, None, False),
        ("lora", "me/lora", "me/lora", None, False), ("component", "me/t5", "me/t5", None, False),
    ],
)  # fmt: skip
def test_the_row_of_a_part_that_nobody_knows(
    kind: Kind, name: str | None, shown: str, text: bool | None, video: bool | None
) -> None:
    forbidden = {
        "name": shown, "kind": kind, "patterns": [], "licence": "unknown", "redistribute_text": text,
        "redistribute_video": video, "commercial": False, "share_alike": False, "territory": "unknown",
        "outputs_may_train_models": False, "url": "", "note": "No licence is known: counts as no.", "includes": [],
    }  # fmt: skip
    assert find(name, kind).model_dump() == forbidden
    told = {"note": DECLARED, "territory": "worldwide"}
    assert find(name, kind, "GPL-3.0-only").model_dump() == {**forbidden, **told, "licence": "GPL-3.0-only"}
    allowed = {
        "redistribute_text": True if kind in ("source", "chat") else None,
        "redistribute_video": None if kind == "chat" else True,
        "commercial": True, "share_alike": True, "outputs_may_train_models": True,
    }  # fmt: skip
    found = find(name, kind, "CC-BY-SA-4.0").model_dump()
    assert found == {**forbidden, **told, **allowed, "licence": "CC-BY-SA-4.0"}


def test_the_limits_of_a_licence_in_words() -> None:
    assert find("grammar", "source").limits() == find(WAN, "video").limits() == []
    closed = ["no commercial use", "outputs may not train other models"]
    texts, videos, place = "captions may not be published", "videos may not be published", "territory: unknown"
    assert find("port", "source").limits() == [*closed, texts, videos, place]
    assert find("gpt-9", "chat").limits() == [*closed, texts, place]
    assert find("my/model", "video").limits() == [*closed, videos, place]


def test_what_is_recorded_of_rights() -> None:
    recorded = strictest([made("oops"), made("uca")]).as_dict()
    fields = ["redistribute_text", "redistribute_video", "commercial", "share_alike", "outputs_may_train_models"]
    assert list(recorded) == [*fields, "territory", "sources_kept_back", "licence", "parts"]
    assert recorded["sources_kept_back"] == ["uca"]
    row = ["name", "kind", "licence", *fields, "territory", "url", "note"]
    assert [sorted(part) for part in recorded["parts"]] == [sorted(row)] * 3  # type: ignore[attr-defined]
    named = strictest_of([("source", "grammar")], licence="LicenseRef-Port").as_dict()
    assert (named["licence"], named["licence_name"]) == ("other", "LicenseRef-Port")


@pytest.mark.parametrize(
    ("build", "licence"),
    [
        ({"rights": {"licence": "mit"}}, "mit"), ({"rights": {"licence": 1}}, None), ({"rights": {}}, None),
        ({"rights": ["licence"]}, None), ({}, None),
    ],
)  # fmt: skip
def test_the_licence_that_a_build_records(build: dict[str, object], licence: str | None) -> None:
    assert recorded_licence(build) == licence


FILM = ("video", "storyboard", "")


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        ({"source": None}, [("source", "", ""), FILM]),
        ({"source": None, "generator": None}, [("source", "", ""), ("video", "unnamed", "")]),
        ({"source": "port", "synthetic": False, "license": "MIT"}, [("source", "port", "MIT")]),
        ({"source": "uca", "synthetic": False, "license": "MIT"}, [("source", "uca", "")]),
        ({"source": "chat", "synthetic": False}, [("chat", "unnamed", "")]),
        ({"source": "chat:a:b", "synthetic": None, "license": "MIT"}, [("chat", "a:b", "MIT"), FILM]),
    ],
)  # fmt: skip
def test_the_parts_of_a_clip(fields: dict[str, object], parts: list[tuple[str, ...]]) -> None:
    assert list(parts_of(made(**fields))) == parts  # type: ignore[arg-type]


@pytest.mark.parametrize("source", ["grammar", "grammar:mine", "oops", "chat", "chat:Qwen/Qwen3-8B"])
def test_a_name_of_the_table_publishes_nothing_that_its_row_forbids(source: str) -> None:
    provenance = '{"chat_model": "Qwen/Qwen3-8B"}'
    clip = Clip(key="a", caption="x", source=source, provenance=provenance, generator="storyboard")
    assert strictest([clip]).redistribute_text
    reserved = strictest([clip.model_copy(update={"license": "All rights reserved"})])
    assert not reserved.redistribute_text and reserved.licence == "other"
    assert strictest([clip.model_copy(update={"license": "CC-BY-4.0"})]) == strictest([clip])
    assert not strictest([clip.model_copy(update={"license": "CC-BY-NC-4.0"})]).commercial


CC_BY = "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    "end", ["no-redistribution", ",https://creativecommons.org/licenses/by-nd/4.0/", ";ask", "#no"]
)
@pytest.mark.parametrize("text", ["©", "© 2020", "❌", "0", 17 * "the " + "CC-BY-4.0 an for research only", CC_BY])
def test_signs_and_addresses_with_more_behind_them_are_unknown_terms(text: str, end: str) -> None:
    text += end if text == CC_BY else ""
    declared = declared_licence(text)
    assert declared[:80] == text[:80] and terms_of(declared) is None and terms_of(text) is None


@pytest.mark.parametrize("fact", ["lora", "model", "chat_model", "text_encoder"])
@pytest.mark.parametrize("value", ['"\\ud800"', "[" * 900 + "]" * 900, '{"a":' * 900 + "1" + "}" * 900])
def test_a_provenance_that_no_file_may_hold_has_no_facts(fact: str, value: str) -> None:
    rights = strictest([Clip(key="a", caption="x", source="chat", provenance=f'{{"{fact}":{value}}}')])
    assert json.dumps(rights.as_dict(), ensure_ascii=False).encode() and not rights.redistribute_text


@pytest.mark.parametrize(
    "text",
    ["Licence Ouverte 2.0", "licence ouverte v2.0", "Licence Ouverte / Open Licence 2.0", 
     "Licence Ouverte 2.0 (Etalab)", "etalab-2.0", "Etalab 2.0", "https://spdx.org/licenses/etalab-2.0.html"],
)  # fmt: skip
def test_the_open_licence_of_french_offices_is_one(text: str) -> None:
    assert spdx_licence(text) == "etalab-2.0"
    assert (terms := terms_of(text)) is not None and terms.redistribute_video and terms.commercial
    assert hub_tag([("etalab-2.0", True), ("MIT", False)]) == "etalab-2.0"


@pytest.mark.parametrize(
    "text", ["Licence Ouverte", "Licence Ouverte 2.0 sauf vidéos", "Licence Ouverte 1.0", "etalab"]
)
def test_other_words_about_it_allow_nothing(text: str) -> None:
    assert terms_of(text) is None
