"""names.py: persons are seen, places, firms, feasts and headlines are not."""

from __future__ import annotations

import pytest

from svta.generation.filters.person_names import names_person


@pytest.mark.smoke
@pytest.mark.parametrize(
    "caption",
    [
        "Taylor Swift waves from the stage.",
        "A man who looks like Donald Trump shouts at a reporter.",
        "Elon Musk falls off a skateboard.",
        "Mr. Brown opens the door.",
        "President Lincoln is shot in a theatre.",
        "John hits Mary with a bottle.",
        "A woman named Maria crosses the street.",
        "Police arrest Juan Perez outside a bank.",
        "Wang Wei steals a bicycle.",
        "A fan attacks the goal; Lionel Messi runs away.",
        "A Portrait Of David Falls From The Wall",
    ],
)
def test_persons_are_named(caption):
    assert names_person(caption)


@pytest.mark.parametrize(
    "caption",
    [
        "A bus passes the Eiffel Tower in Paris.",
        "A man in New York runs.",
        "A man in Tsing Yi gets out of a car.",
        "Two African American men fight near Times Square.",
        "A man in an Iron Man mask robs a shop.",
        "A Coca Cola truck crashes in Los Angeles.",
        "A German Shepherd bites a man.",
        "A man drives on Mary Street.",
        "At St. John Hospital a car burns.",
        "A black Audi hits a Volkswagen Beetle.",
        "A Man Falls Down The Stairs In A Mall",
        "Ein Mann wirft dem alten Herrn Steine nach.",
        "Verkehrsunfall Innenstadt Kreuzung.",
        "Lkw rammt Auto Fahrer flieht",
        "ein Fahrer verliert Kontrolle Lastwagen",
        "The staff of Wing Lung Bank wait.",
        "MAN STAND UP",
        "",
    ],
)
def test_others_with_capitals_are_not(caption):
    assert not names_person(caption)


@pytest.mark.slow
def test_few_real_captions_name_a_person(shared):
    """25,442 captions of surveillance videos: five are flagged, four of them read as a person's name."""
    from svta.builder.sources.registry import read_source

    rows = [
        clip
        for name, path in (("uca", "uca"), ("ucfcrime-ar", "ucfcrime_ar"))
        for clip in read_source(name, str(shared / "data/captions" / path), on_reject=print)
    ]
    assert sum(names_person(clip.caption) for clip in rows) == 5
