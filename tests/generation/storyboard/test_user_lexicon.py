"""A user's lexicon: the page docs/storyboard.md carried out, and what a wrong file is told."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from svta.builder.errors import SvtaError
from svta.builder.record import read_clips
from svta.generation.storyboard import fidelity, read_scene, render
from svta.generation.storyboard.choreography import ChoreographyError, parse_choreography
from svta.generation.storyboard.scene import PLACES, PROP_KINDS, VEHICLES, Kinds
from svta.generation.storyboard.user_lexicon import LexiconError, use_lexicon
from svta.generation.storyboard.vocabulary import vocabulary

SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='40' viewBox='0 0 20 40'>"
    "<path d='M0 0h20v40h-20z' fill='#e60a14'/></svg>"
)

PAGE = Path(__file__).resolve().parents[3] / "docs" / "storyboard.md"


@pytest.fixture(autouse=True)
def _built_in_words_only() -> Iterator[None]:
    yield
    use_lexicon(None)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The files of the page, and a sprite of one red picture."""
    blocks = re.findall(r"```(yaml|json)\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    for name, (_, text) in zip(("lexicon.yaml", "choreography.json", "taxonomy.json"), blocks, strict=True):
        (tmp_path / name).write_text(text, "utf-8")
    Image.new("RGBA", (20, 40), (230, 10, 20, 255)).save(tmp_path / "robot.png")
    return tmp_path


def test_nouns_places_and_verbs_of_the_page_are_drawn(page: Path) -> None:
    before = len(PROP_KINDS), len(VEHICLES), len(PLACES)
    digest = use_lexicon(page / "lexicon.yaml")
    assert re.fullmatch("[0-9a-f]{16}", digest)
    for caption, kinds in (
        ("A container stacker lifts a container in the freight village.", {"forklift", "container"}),
        ("A hand truck rolls through the cold store.", {"hand truck"}),
        ("A man ransacks a robot.", {"man", "robot"}),
        ("Two robots fall over.", {"robot"}),
        ("A woman inspects closely a red hand truck.", {"woman", "hand truck"}),
    ):
        scene = read_scene(caption, 2)
        assert {thing.kind for thing in (*scene.actors, *scene.props)} == kinds, caption
        assert fidelity(caption, scene).score == 1.0, fidelity(caption, scene)
        frames = render(scene, num_frames=3, height=96, width=160)
        assert frames.shape == (3, 96, 160, 3)
    assert read_scene("A dog sleeps in the cold store.").place == "cold store"
    assert "robot" in vocabulary()["props"] and "ransack" in vocabulary()["verbs"]
    use_lexicon(None)
    assert (len(PROP_KINDS), len(VEHICLES), len(PLACES)) == before
    assert read_scene("A man ransacks a robot.").notes == ("ransacks",)


def test_hyphens_of_names_are_read_as_captions_have_them(tmp_path: Path) -> None:
    (tmp_path / "l.yaml").write_text("nouns: {merry-go-round: {like: car, words: [merry-go-round, whirl-about]}}")
    use_lexicon(tmp_path / "l.yaml")
    for words in ("merry-go-round", "merry go round", "whirl-about"):
        scene = read_scene(f"A {words} stops.")
        assert [actor.kind for actor in scene.actors] == ["car"] and not scene.notes
    entry = {"roles": {"ride": "merry-go-round at .2", "man": "man at .6 holding t-bar"},
             "props": {"bar": "t-bar at .5"}, "beats": ["ride whirl-about bar @ 0-.5"], "places": ["ice-cream place"],
             "words": ["x"], "say": ["{ride} turns"]}  # fmt: skip
    words = """{nouns: {merry-go-round: {like: car}, t-bar: {like: umbrella}}, places: {ice-cream place: {like: shop}},
        verbs: {whirl-about: {like: hit}}}"""
    (tmp_path / "l.yaml").write_text(words)
    use_lexicon(tmp_path / "l.yaml")
    table = parse_choreography("x", entry)
    assert [role.kinds for role in table.roles] == [("car",), ("man",)] and table.roles[1].actor.holds == "umbrella"
    assert (table.props[0].kind, table.places, table.beats[0].verb) == ("umbrella", ("shop",), "hit")


def test_a_sprite_is_painted_where_the_thing_stands(page: Path) -> None:
    use_lexicon(page / "lexicon.yaml")
    picture = render(read_scene("A robot stands in the street.", 0), num_frames=1, height=192, width=320)[0].astype(int)
    red = (picture[..., 0] > 200) & (picture[..., 1] < 40)
    rows, columns = np.nonzero(red)
    assert 600 < red.sum() < 6_000 and np.ptp(rows) > 1.6 * np.ptp(columns)


def test_an_svg_is_painted_like_a_picture(page: Path) -> None:
    """Whatever size it gives itself; its red body is drawn where the PNG's is."""
    lexicon = (page / "lexicon.yaml").read_text("utf-8")
    (page / "svg.yaml").write_text(lexicon.replace("robot.png", "robot.svg"), "utf-8")
    seen = []
    for size in ("width='20' height='40'", "width='200000' height='400000'"):
        (page / "robot.svg").write_text(SVG.replace("width='20' height='40'", size, 1), "utf-8")
        hashed = use_lexicon(page / "svg.yaml")
        picture = render(read_scene("A robot stands in the street.", 0), num_frames=1, height=192, width=320)[0]
        red = (picture[..., 0] > 200) & (picture[..., 1] < 40)
        rows, columns = np.nonzero(red)
        assert 600 < red.sum() < 6_000 and np.ptp(rows) > 1.6 * np.ptp(columns)
        seen.append((hashed, int(red.sum())))
    assert seen[0][0] != seen[1][0] and seen[0][1] == seen[1][1]  # other bytes are another lexicon


def test_an_svg_without_its_extra_is_told_what_to_install(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    (page / "lexicon.yaml").write_text((page / "lexicon.yaml").read_text("utf-8").replace("robot.png", "robot.svg"))
    (page / "robot.svg").write_text(SVG)
    with pytest.raises(SvtaError, match=r"pip install 'svta\[svg\]'"):
        use_lexicon(page / "lexicon.yaml")
    assert "robot" not in PROP_KINDS


def test_the_commands_of_the_page(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from svta.cli.app import app

    monkeypatch.chdir(page)
    commands = re.findall(r"^svta (.+)$", PAGE.read_text("utf-8"), re.M)
    assert len(commands) == 3
    for command in commands:
        small = " --num-frames 3 --height 64 --width 96 --workers 1" if command.startswith("generate") else ""
        result = CliRunner().invoke(app, (command + small).split())
        assert result.exit_code == 0, result.output
    captions = [clip.caption for clip in read_clips(page / "descriptions.jsonl")]
    assert len(set(captions)) == 8 and all("rams a container beside" in caption for caption in captions)
    assert Image.open(page / "sheet.png").width > 500


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nouns: [1]", "nouns must be a mapping"),
        ("words: {}", "no field 'words'"),
        ("- 1", "lexicon.yaml: its YAML is not a mapping"),
        ("nouns: {a: {like: car}, a: {like: bus}}", "the key 'a' is there twice"),
        ("nouns: {robot: {like: gigantic}}", "'gigantic' is unknown"),
        ("nouns: {robot: {width: 1, height: 1}}", "give like, shapes or sprite"),
        ("nouns: {robot: {width: 9, height: 1, shapes: []}}", "width is a number of 0.02 to 6"),
        ("nouns: {robot: {width: 1, height: 1, shapes: [[blob, own]]}}", "no shape 'blob'"),
        ("nouns: {robot: {width: 1, height: 1, shapes: [[box, own, 0, 0]]}}", "box takes a colour, number"),
        ("nouns: {robot: {width: 1, height: 1, shapes: [[box, '#zz', 0, 0, 1, 1]]}}", "is no colour"),
        ("nouns: {robot: {width: 1, height: 1, sprite: none.png}}", "No such file"),
        ("nouns: {robot: {width: 1, height: 1, sprite: bad.png}}", "no PNG"),
        ("nouns: {robot: {width: 1, height: 1, sprite: bad.svg}}", "SVG cannot be read"),
        ("nouns: {robot: {width: 1, height: 1, sprite: link.svg}}", "convert text and images"),
        ("nouns: {car: {width: 1, height: 1, shapes: [[box, own, 0, 0, 1, 1]]}}", "is a kind already"),
        ("places: {moon: {shapes: [[box, 0]]}}", "cannot be painted"),
        ("places: {moon: {shapes: [[skyline, .1, .1, .9, 1000000000, ['#ffffff']]]}}", "larger than 1000"),
        ("places: {moon: {shapes: [[skyline, .1, .1, .9, 201, ['#ffffff']]]}}", "1 to 200 houses"),
        (
            "nouns: {robot: {width: 1, height: 1, shapes: [[box, own, 0x" + "f" * 5_000 + ", 0, 1, 1]]}}",
            "larger than 1000",
        ),
        (
            "nouns: {bus two: {kind: vehicle, width: 1, height: 1, seat: [true, 0], shapes: [[box, own, 0, 0, 1, 1]]}}",
            "seat is",
        ),
        ("verbs: {hop: {beats: [agent walk to 999999 @ 0-1]}}", "too far off"),
        ("verbs: {hop: {beats: [agent moonwalks @ 0-1]}}", "is not AGENT"),
        ("verbs: {hop: {beats: [agent jump @ 0.5-0.2]}}", "the end after the start"),
        ("verbs: {hop: {beats: [agent jump @ .-1]}}", "is not AGENT"),
        ("verbs: {hop: {beats: [agent jump to 1.2.3 @ 0-1]}}", "is not AGENT"),
        ("nouns: {Robot!: {like: car}}", "is not a name of small letters, blanks and hyphens"),
        ("a: [", "lexicon.yaml"),
        ("nouns: {2020-01-45: 1}", "day is out of range"),
        ("nouns: " + "9" * 5_000, "cannot be read"),
        ("nouns: {a: &a {k: v}, b: {<<: *a}}", "merge keys are refused"),  # nested ones take hours
        ("nouns: !!python/object/apply:os.system [true]", "could not determine a constructor"),
    ],
)
def test_a_wrong_file_is_told_in_one_line_and_adds_nothing(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "lexicon.yaml"
    (tmp_path / "bad.png").write_text("not a picture")
    (tmp_path / "bad.svg").write_text("<svg>")
    (tmp_path / "link.svg").write_text(f"{SVG[:-6]}<image href='file:///etc/passwd'/></svg>")
    path.write_text(text)
    before = list(PROP_KINDS), list(PLACES)
    with pytest.raises(LexiconError) as error:
        use_lexicon(path)
    assert told in str(error.value) and "\n" not in str(error.value)
    assert (list(PROP_KINDS), list(PLACES)) == before


@pytest.mark.parametrize("place", ["../secret.png", "/etc/hostname", "a/../../secret.png"])
def test_a_sprite_lies_below_the_lexicon(tmp_path, place):
    (tmp_path / "secret.png").write_bytes(b"\x89PNG")
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "lexicon.yaml").write_text(
        f"nouns:\n  gadget: {{kind: prop, width: 0.3, height: 0.4, colour: '#112233', sprite: '{place}'}}\n"
    )
    with pytest.raises(LexiconError, match="leaves its folder|is a URL or leaves"):
        use_lexicon(folder / "lexicon.yaml")


def test_a_kind_more_costs_the_same_however_many_there_are() -> None:
    """20,000 of them, put in and taken out: looking through all for each one is 400 million comparisons."""
    kinds = Kinds(["first"])
    both = Kinds(kinds, ["other"])
    names = [f"thing {number}" for number in range(20_000)]
    started = time.process_time()
    for name in names:
        kinds.add(name)
    assert len(both) == 20_002 and names[-1] in both and both[-1] == "other" and both[1] == "thing 0"
    for name in reversed(names):
        kinds.remove(name)
    assert time.process_time() - started < 2
    assert list(both) == ["first", "other"] and [] not in both


def test_a_choreography_may_use_the_words_of_the_lexicon(page: Path) -> None:
    use_lexicon(page / "lexicon.yaml")
    entry = {
        "roles": {"stacker": "reach stacker at .1", "thief": "adult at .9 left"},
        "props": {"load": "robot at .5"},
        "beats": ["thief ransack load @ 0-.5", "thief inspect closely load @ .5-1", "stacker drive to .3 @ .5-1"],
        "places": ["freight village"],
        "words": ["yard raid"],
        "say": ["{thief} ransacks a robot beside {stacker}"],
    }
    table = parse_choreography("yard raid", entry)
    assert (table.places, table.called) == (("container yard",), ("freight village",)) and table.roles[0].kinds == (
        "forklift",
    )
    assert [(b.verb, b.who, b.target, b.start, b.end, b.to) for b in table.beats] == [
        ("run", "thief", None, 0.0, 0.2, 0.62), ("smash", "thief", "load", 0.2, 0.5, None),
        ("look", "thief", "load", 0.5, 1.0, None), ("drive", "stacker", None, 0.5, 1.0, 0.3),
    ]  # fmt: skip
    lines = ["thief run to .2 @ 0-.2", "thief ransack load @ .2-.6", "thief ransack more @ .6-1"]
    moved = parse_choreography(
        "yard raid", {**entry, "props": {"load": "robot at .5", "more": "box at .45"}, "beats": lines}
    )
    assert [b.to for b in moved.beats if b.to is not None] == [0.2, 0.38, 0.33]  # beside it, on the side it comes from
    back = {**entry, "props": {"load": "robot at .5", "more": "box at .7"}, "beats": lines[1:]}
    assert [b.to for b in parse_choreography("yard raid", back).beats if b.to is not None] == [0.62, 0.58]
    for line, says in (("thief ransack load to .3 @ 0-1", "of your lexicon"), ("thief plunder @ 0-1", "known verb")):
        with pytest.raises(ChoreographyError, match=says):
            parse_choreography("yard raid", {**entry, "beats": [line]})
    with pytest.raises(
        ChoreographyError, match=r"'frieght village' is unknown; nearest: .*info --vocabulary"
    ) as caught:
        parse_choreography("yard raid", {**entry, "places": ["frieght village"]})
    assert len(str(caught.value)) < 200
    use_lexicon(None)
    with pytest.raises(ChoreographyError, match="'robot' is unknown"):
        parse_choreography("yard raid", entry)
