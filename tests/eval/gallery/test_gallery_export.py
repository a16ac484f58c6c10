"""The exported site: columns, facets, words, media, runs, and folders that are never overwritten."""

from __future__ import annotations

import json
import re
from collections import Counter

import numpy as np
import pytest
from gallery_site import CATEGORIES, COUNT, HOSTILE, evaluation, make_world, records, taxonomy

import svta
from svta.builder.record import Clip, make_key
from svta.builder.video.container import probe
from svta.cli import main
from svta.eval.gallery import GalleryConfig, GalleryError, export_gallery
from svta.eval.gallery.descriptions import Descriptions
from svta.eval.gallery.entries import clip_data, facets_of, ties_of, words_of
from svta.eval.gallery.runs import run_entry
from svta.eval.gallery.site_files import as_script
from svta.eval.metrics.significance import wilson
from svta.eval.retrieval.results_folder import read_results


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("gallery"))


@pytest.fixture(scope="module")
def site(world):
    out = world[0].parent / "site"
    gallery = export_gallery(world[0], out, GalleryConfig(title="The yard"), runs=[world[1]])
    return gallery, out


def value(path):
    """What a script of the site hands over."""
    text = path.read_text("utf-8")
    name, rest = re.fullmatch(r'receive\("([\w-]+)",(.*)\);\n', text, re.DOTALL).groups()
    assert name == path.stem
    return json.loads(rest)


def test_facets_count_what_the_records_say(world):
    data, clips = svta.open_dataset(world[0], "all"), records()
    counts = {facet.name: facet.counts() for facet in facets_of(data)}
    assert counts["category"] == dict(Counter(clip.category for clip in clips))
    assert counts["split"] == dict(Counter(clip.source_split for clip in clips))
    assert counts["half"] == {"anomaly": COUNT * 3 // 4, "normal": COUNT // 4}
    assert counts["origin"] == {"synthetic": COUNT // 2, "real footage": COUNT // 2}
    assert counts["flag"] == {"late": 8}
    assert counts["generator"] == {"not stated": COUNT // 2, "storyboard": COUNT // 2}


def test_repeats_and_leaks_are_named(world):
    data = svta.open_dataset(world[0], "all")
    ties = dict(zip(data["source_id"], ties_of(data), strict=True))
    assert ties["0"] == ties["24"]
    assert set(ties["0"]) == {"caption repeats", "video repeats", "also in another split"}
    assert "caption repeats" not in ties["1"]


def test_words_are_found_whatever_their_case():
    words, postings = words_of(["A man FALLS", "a Ladder falls, falls", "ein Kran stürzt"])
    assert words == sorted(words)
    found = {word: np.cumsum(steps).tolist() for word, steps in zip(words, postings, strict=True)}
    assert found["falls"] == [0, 1]
    assert found["a"] == [0, 1]
    assert found["stürzt"] == [2]


def described(*captions, **fields):
    """Clips without videos."""
    return [
        Clip(key=make_key("t", str(i), text), caption=text, source="t", **fields) for i, text in enumerate(captions)
    ]


def counts_by(name, clips):
    facets = {facet.name: facet.counts() for facet in facets_of(Descriptions(clips, taxonomy()))}
    return facets.get(name)


def test_captions_are_counted_by_their_length():
    def of(*lengths):
        return counts_by("words", described(*(" ".join("w" * n) for n in lengths)))

    assert of(1, 4, 5, 9, 59) == {"0 to 4": 2, "5 to 9": 2, "55 to 59": 1}
    assert of(9, 10, 60) == {"0 to 9": 1, "10 to 19": 1, "60 to 69": 1}
    assert of(19, 20, 239) == {"0 to 19": 1, "20 to 39": 1, "220 to 239": 1}
    assert of(49, 50, 475) == {"0 to 49": 1, "50 to 99": 1, "450 to 499": 1}


def test_motion_is_a_filter_where_it_is_recorded():
    clips = described("a", "b", "c", "d")
    assert counts_by("motion", clips) is None
    clips = [clip.model_copy(update={"motion": value}) for clip, value in zip(clips, (0.0, 0.001, 0.5, None))]
    assert counts_by("motion", clips) == {"under .001": 1, ".001 to .003": 1, ".03 and more": 1, "not stated": 1}


def test_a_withheld_caption_is_said_to_be_withheld():
    clips = described("sha256:" + 64 * "a", flags=("dehydrated",)) + described("A man falls")
    assert counts_by("words", clips) == {"0 to 4": 1, "withheld": 1}
    data = dict(clip_data(Descriptions(clips, taxonomy()), {}))
    assert [one["caption"] for one in data["clips-0000"]] == [f"Caption withheld (sha256:{64 * 'a'})", "A man falls"]
    assert data["words"] == {"words": ["a", "falls", "man"], "counts": [1, 1, 1], "postings": ["1", "1", "1"]}
    ran = evaluation(records())
    key = ran.ranks.key[3]
    captions = run_entry(ran, {}, {key})["captions"]
    assert (
        captions[3] == "Caption withheld"
        and captions[:3] + captions[4:] == ran.ranks.caption[:3] + ran.ranks.caption[4:]
    )


def test_clips_that_a_sample_lacks_keep_apart():
    ran = evaluation(records())
    keys = ran.ranks.key
    run = run_entry(ran, {keys[0]: 0, keys[1]: 1})
    assert run["query"][:2] == [0, 1] and run["query"] == run["video"]
    assert len(set(run["query"])) == COUNT and max(run["query"][2:]) == -1
    place = dict(zip(keys, run["query"], strict=True))
    assert run["answers"] == [[place[key] for key in row] for row in ran.ranks.top_keys]
    assert run["category"] == ran.ranks.category


def test_the_site_holds_every_clip(site):
    gallery, out = site
    core = value(out / "data/core.js")
    keys = core["keys"].split(" ")
    assert sorted(keys) == sorted(clip.key for clip in records())
    assert core["violent"] == ["beating"]
    details = value(out / "data/clips-0000.js")
    captions = {clip.key: clip.caption for clip in records()}
    assert {key: entry["caption"] for key, entry in zip(keys, details, strict=True)} == captions
    broken = next(clip.key for clip in records() if clip.source_id == "7")
    assert list(gallery.unreadable) == [broken]
    assert gallery.videos == COUNT - 1
    for key in set(keys) - {broken}:
        assert probe((out / f"media/{key}.mp4").read_bytes()).num_frames == 17
        assert (out / f"media/{key}.jpg").read_bytes().startswith(b"\xff\xd8")
    assert "sdk: static" in (out / "README.md").read_text()
    assert not re.search(r"https?://", "".join(path.read_text() for path in out.glob("*.js")))


def test_markup_in_texts_is_never_markup_in_scripts(site):
    for path in (site[1] / "data").glob("*.js"):
        assert "<" not in path.read_text("utf-8")
    assert json.loads(as_script("x", HOSTILE)[len('receive("x",') : -3]) == HOSTILE


def test_figures_of_runs_are_those_of_metrics(site, world):
    run, metrics = value(site[1] / "data/run-0.js"), read_results(world[1]).metrics
    assert run["figures"][0]["values"][0] == f"{metrics.t2v['R@1']:.1f}"
    assert run["figures"][1]["values"][4] == f"{metrics.v2t['MnR']:.1f}"
    keys = value(site[1] / "data/core.js")["keys"].split(" ")
    ranks = read_results(world[1]).ranks
    assert [keys[i] for i in run["query"]] == ranks.key
    assert [[keys[i] for i in row] for row in run["answers"]] == ranks.top_keys
    assert run["t2v"] == pytest.approx(ranks.t2v_rank)
    assert [row["value"] for row in run["categories"]] == sorted(row["value"] for row in run["categories"])
    wrong = Counter()
    category = dict(zip(ranks.key, ranks.category, strict=True))
    for key, rank, top in zip(ranks.key, ranks.t2v_rank, ranks.top_key, strict=True):
        if rank > 1 and category[key] != category[top]:
            wrong[category[key], category[top]] += 1
    assert {(row["asked"], row["answered"]): row["count"] for row in run["confusions"]} == wrong


def test_wilson_is_the_textbook_interval():
    assert wilson(0.5, 10) == (23.7, 76.3)  # Wilson (1927); values of statsmodels' proportion_confint
    assert wilson(0.0, 3) == (0.0, 56.1)
    assert wilson(1.0, 3) == (43.9, 100.0)
    assert wilson(0.0, 0) == (0.0, 100.0)


def test_a_sample_has_every_category_and_small_videos(world, tmp_path):
    gallery = export_gallery(world[0], tmp_path / "few", GalleryConfig(sample=8, short_side=32))
    core = value(tmp_path / "few/data/core.js")
    category = next(facet for facet in core["facets"] if facet["name"] == "category")
    assert gallery.clips == core["count"] == 8
    assert Counter(category["codes"]) == dict.fromkeys(range(4), 2)
    key = next(key for key in core["keys"].split(" ") if key not in gallery.unreadable)
    small = probe((tmp_path / f"few/media/{key}.mp4").read_bytes())
    assert (small.height, small.codec) == (32, "h264")


def test_only_a_gallery_is_ever_replaced(world, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(GalleryError, match="is not empty and not a gallery"):
        export_gallery(world[0], mine, GalleryConfig(media=False))
    assert (mine / "thesis.txt").read_text() == "years of work"
    for _ in range(2):
        export_gallery(world[0], tmp_path / "new", GalleryConfig(media=False))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert not (tmp_path / "new/media").exists()


def test_the_command(world, tmp_path, capsys):
    arguments = ["gallery", str(world[0]), "--out", str(tmp_path / "s"), "--run", str(world[1]), "--videos", "posters"]
    with pytest.raises(SystemExit) as done:
        main([*arguments, "--json"])
    said = json.loads(capsys.readouterr().out)
    assert done.value.code == 0
    assert (said["clips"], said["runs"], len(said["unreadable"])) == (COUNT, 1, 1)
    assert not list((tmp_path / "s/media").glob("*.mp4"))
    with pytest.raises(SystemExit) as done:
        main(["gallery", str(tmp_path / "nothing"), "--out", str(tmp_path / "t")])
    assert done.value.code == 2
    assert not (tmp_path / "t").exists()


def test_a_category_with_markup_keeps_its_name(site):
    category = next(facet for facet in value(site[1] / "data/core.js")["facets"] if facet["name"] == "category")
    assert set(category["values"]) == set(CATEGORIES)


def test_files_of_the_user_in_a_gallery_stay(world, tmp_path):
    """A gallery made again in the clone of a Space keeps its .git folder."""
    out, config = tmp_path / "site", GalleryConfig(media=False, sample=3)
    export_gallery(world[0], out, config)
    (out / ".git").mkdir()
    (out / ".git/HEAD").write_text("ref: refs/heads/main")
    (out / "CNAME").write_text("example.org")
    (out / "index.html").write_text("of an older gallery")
    (tmp_path / ".site.old").mkdir()  # of a run that was killed after the first of its renames
    (tmp_path / ".site.old/notes.txt").write_text("mine")
    (tmp_path / ".site.old/index.html").write_text("of an older gallery")
    link = tmp_path / "link"
    link.symlink_to(out)
    export_gallery(world[0], link, config)
    assert link.is_symlink()
    assert "<html" in (out / "index.html").read_text("utf-8")
    assert [(out / name).read_text() for name in (".git/HEAD", "CNAME", "notes.txt")] == [
        "ref: refs/heads/main", "example.org", "mine",
    ]  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "site"]


def test_the_folder_one_is_in_is_not_replaced(world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for out in (".", "", ".."):
        with pytest.raises(GalleryError, match="is the folder you are in"):
            export_gallery(world[0], out, GalleryConfig(media=False))
    assert not any(tmp_path.iterdir())
