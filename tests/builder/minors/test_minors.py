"""minors.py: who counts as a minor, what counts as violence, and what may be filmed."""

from __future__ import annotations

import csv
import io

import pytest

from svta.builder.minors.judgement import depicts_minor, depicts_violence, refusal
from svta.builder.taxonomy import load_taxonomy

MINORS = [
    "A little boy runs after a ball.",
    "A woman and her daughter cross the road.",
    "A mother holds a baby in her arms.",
    "Three teenagers sit on a wall.",
    "A 9-year-old rides a red bicycle.",
    "A seventeen-year-old driver parks a car.",
    "A girl aged 12 waits at the door.",
    "Elementary school students wait for the bus.",
    "A KID in a yellow coat jumps.",
    "A ch\u200bild stands at the counter.",
    "A \uff43\uff48\uff49\uff4c\uff44 walks along a corridor.",
    "一个小孩在路上跑。",
    "A c\u04bb\u0456ld stands at the counter.",
    "A ch\u0336ild stands at the counter.",
    "A b0y and a t33nager wait.",
]
ADULTS = [
    "A young man and his girlfriend walk past a cowboy poster.",
    "A woman pushes an empty baby carriage.",
    "A student carrying a schoolbag opens a laptop.",
    "A childlike drawing hangs on the wall.",
    "A man installs a child seat.",
    "He is just kidding, you kid yourself.",
    "A 45-year-old worker climbs a ladder.",
    "A 10-year-old car stands at the kerb.",
    "The driver has minor injuries.",
    "A yellow school bus passes the crossroads.",
    "A man cries like a baby.",
    "A baby elephant chases a tourist.",
    "A woman buys children's clothes.",
    "A person in a kitchen washes plates.",
]
VIOLENT = [
    "A woman slaps a little boy in a shop.",
    "A teenager punches an old man at a bus stop.",
    "A man hurts a little girl.",
    "An adult injures a baby.",
    "A woman is harming a toddler.",
    "Two men drag a girl into a van.",
    "A man got out of the car and hit the boy.",
    "A man points a gun at a mother and her child.",
    "A group of schoolgirls push a classmate to the ground.",
    "A teacher pulls a boy by the ear.",
    "A boy is beaten by four men near a parked car.",
    "A man throws a baby onto the bed.",
    "A nanny shakes the crying infant.",
    "A father locks his son in a dark room.",
    "A thief snatches a phone from a teenager.",
    "A robber threatens a cashier while a toddler watches.",
    "A child is tied to a chair.",
    "A driver deliberately runs over a boy.",
    "Police handcuff a teenage boy.",
    "A man strikes a woman who pushes a pram.",
    "A student is beaten by several people on the way home.",
    "A man chokes a 17 y/o.",
    "A preschooler is locked in a closet by a caretaker.",
    "A woman leaves a baby in a dumpster.",
    "A teacher makes a student kneel on rice.",
    "A person pours boiling water on a child.",
    "A coach hits a young player with a stick.",
]
ACCIDENTS = [
    "A white van hits a little girl who runs into the road.",
    "A boy is struck by a red car at the crossing.",
    "The dog attacks a child in the park.",
    "A boy was knocked over by a large wave.",
    "A toddler slips on the wet floor and cries.",
    "A girl kicks a ball into the goal.",
    "Two boys have a snowball fight.",
    "A father pushes his daughter on the swing.",
    "A child is startled by a balloon that bursts.",
    "A boy hits the ball with a racket.",
    "Children watch how firefighters put out a fire.",
    "A baby is choking on a grape and its mother helps.",
    "A woman pushing a stroller and a child walk towards the door.",
]


@pytest.mark.smoke
@pytest.mark.parametrize("caption", MINORS)
def test_minors_are_seen(caption):
    assert depicts_minor(caption)


@pytest.mark.parametrize("caption", ADULTS)
def test_adults_and_things_are_not_minors(caption):
    assert not depicts_minor(caption)
    assert refusal(caption) is None


@pytest.mark.smoke
@pytest.mark.parametrize("caption", VIOLENT)
def test_violence_with_a_minor_is_refused_whatever_the_category_says(caption):
    for category in (None, "walking", "abuse"):
        assert refusal(caption, category) == "minor_violence"


@pytest.mark.parametrize("caption", ACCIDENTS)
def test_accidents_and_play_are_filmed(caption):
    assert depicts_minor(caption)
    assert not depicts_violence(caption)
    assert refusal(caption) is None
    assert refusal(caption, "startle events") is None


def test_in_violence_weaker_signs_count():
    assert refusal("A woman pushes an empty baby carriage.", "robbery") == "minor_violence"
    assert refusal("A woman pushes an empty baby carriage.", "walking") is None


def test_a_text_only_category_refuses_any_minor():
    assert refusal("A child stands at the counter.", "Robbery") == "minor_violence"
    assert refusal("A man stands at the counter.", "Robbery") is None
    assert refusal("A child stands at the counter.", "shopping") is None
    taxonomy = load_taxonomy()
    for category in taxonomy.categories:
        want = "minor_violence" if category.minor_policy == "text_only" else None
        assert refusal("A boy stands there.", category.name, taxonomy) == want


def test_an_unknown_category_is_taken_for_the_strictest():
    assert refusal("A boy stands there.", "gladiator games") == "minor_violence"


@pytest.mark.parametrize(
    "caption",
    ["A naked child runs out of a house.", "A man gropes a schoolgirl.", "Sexual abuse of a 12-year-old."],
)
def test_sexual_content_with_a_minor_is_refused_everywhere(caption):
    assert {refusal(caption, category) for category in (None, "walking", "abuse")} == {"minor_sexual"}


def test_adults_are_free_to_fight():
    assert depicts_violence("Two men fight in front of a bar.")
    assert refusal("Two men fight in front of a bar.", "fighting") is None


def test_real_captions_no_child_of_an_abuse_video_is_filmed(shared):
    """UCFCrime-AR captions whose Chinese original names a child: seen, and refused where people hurt people."""
    openpyxl = pytest.importorskip("openpyxl")
    child = ("小孩", "孩子", "男孩", "女孩", "婴儿", "小朋友")
    seen = 0
    for name in ("ucf_crime_train.xlsx", "ucf_crime_test.xlsx"):
        book = openpyxl.load_workbook(shared / "data/captions/ucfcrime_ar" / name, read_only=True)
        for row in list(book.active.iter_rows(values_only=True))[1:]:
            if any(word in str(row[1]) for word in child):
                seen += 1
                assert depicts_minor(str(row[2])) or "stroller" in str(row[2]), row[2]
                if str(row[0]).startswith(("Abuse", "Assault", "Fighting", "Robbery")):
                    assert refusal(str(row[2])) or refusal(str(row[2]), "abuse") == "minor_violence", row[2]
    assert seen > 30


def test_msrvtt_children_at_play_are_rarely_refused(shared):
    """1,000 everyday captions: of those with a minor, under one in ten is mistaken for violence."""
    text = (shared / "data/captions/msrvtt/msrvtt_test_1kA.csv").read_text("utf-8")
    captions = [row["sentence"] for row in csv.DictReader(io.StringIO(text))]
    minors = [caption for caption in captions if depicts_minor(caption)]
    refused = [caption for caption in minors if refusal(caption)]
    assert len(minors) > 50
    assert len(refused) < 0.1 * len(minors), refused
