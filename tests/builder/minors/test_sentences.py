"""How well the English rule judges sentences that were judged by hand: recall and precision, printed and asserted.

minors_sentences.csv was written before the rule was read and is never changed; minors_sentences_more.csv came after
the first measurement and the rule was mended with it. minors_fresh_*.csv were written by people who had not seen the
rule; docs/minors.md says how it did on each before it was mended with it.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from svta.builder.minors.judgement import judge

DATA = Path(__file__).resolve().parents[2] / "data"


def read(name: str) -> list[dict[str, str]]:
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("name", "count", "recall", "precision"),
    [
        ("minors_sentences.csv", 300, 0.98, 0.95),
        ("minors_sentences_more.csv", 262, 0.98, 0.95),
        ("minors_fresh_a.csv", 210, 0.98, 0.95),
        ("minors_fresh_b.csv", 210, 0.98, 0.95),
        ("minors_fresh_c.csv", 210, 0.98, 0.95),
        ("minors_fresh_d.csv", 220, 0.98, 0.95),
        ("minors_fresh_e.csv", 220, 0.98, 0.95),
        ("minors_fresh_f.csv", 220, 0.98, 0.95),
        ("minors_fresh_g.csv", 220, 0.98, 0.95),  # nothing was mended with it
    ],
)
def test_recall_and_precision(name: str, count: int, recall: float, precision: float) -> None:
    rows = read(name)
    assert len(rows) == count
    wanted = {row["sentence"] for row in rows if (row["violence"], row["minor"]) == ("violent", "minor")}
    refused = {row["sentence"] for row in rows if judge(row["sentence"]).reason}
    got, right = len(wanted & refused) / len(wanted), len(wanted & refused) / len(refused)
    print(f"{name}: recall {got:.1%} of {len(wanted)}, precision {right:.1%} of {len(refused)}")
    assert len(wanted) > 100
    assert got >= recall, wanted - refused
    assert right >= precision, refused - wanted


def test_plain_captions_with_children() -> None:
    """240 harmless and 60 violent ones in plain words, by somebody who knew nothing; nothing was mended with them."""
    rows = read("minors_fresh_h.csv")
    refused = {row["sentence"] for row in rows if judge(row["sentence"]).reason}
    violent = {row["sentence"] for row in rows if row["violence"] == "violent"}
    assert (len(rows), len(violent)) == (300, 60)
    assert len(violent - refused) <= 1, violent - refused
    assert len(refused - violent) <= 6, refused - violent


@pytest.mark.parametrize(
    ("caption", "reason"),
    [
        ("A girl slides down a slide in the playground", None),
        ("A group of teenagers runs through the park", None),
        ("Children line up outside a school cafeteria", None),
        ("A boy climbs onto a wall", None),
        ("Pupils in uniform line up in pairs by a coach.", None),
        ("A mother ties her son's shoelaces, then he runs to the swings.", None),
        ("A man shoves a boy onto a wall", "minor_violence"),
        ("A boy climbs onto a wall and a man drags him down", "minor_violence"),
        ("A group of teenagers kicks a boy in the park", "minor_violence"),
        ("A man chases a girl through the park with a knife", "minor_violence"),
    ],
)
def test_everyday_captions_of_children(caption: str, reason: str | None) -> None:
    assert judge(caption).reason == reason


def test_plain_captions_by_somebody_who_knew_the_rule() -> None:
    """60 violent ones in words of no other list, and 60 of everyday life; the rule was then mended with them."""
    rows = read("minors_fresh_i.csv")
    refused = {row["sentence"] for row in rows if judge(row["sentence"]).reason}
    violent = {row["sentence"] for row in rows if row["violence"] == "violent"}
    assert (len(rows), len(violent)) == (120, 60)
    assert not violent - refused
    assert len(refused - violent) <= 2, refused - violent


def test_adults_are_hardly_ever_refused() -> None:
    rows = [row for row in read("minors_sentences.csv") if row["minor"] != "minor"]
    refused = [row["sentence"] for row in rows if judge(row["sentence"]).reason]
    assert len(rows) == 120
    assert len(refused) <= 0.02 * len(rows), refused


def test_violence_without_a_minor_is_seen_too() -> None:
    rows = read("minors_sentences.csv")
    seen = {row["sentence"] for row in rows if judge(row["sentence"]).violence}
    violent = {row["sentence"] for row in rows if row["violence"] == "violent"}
    assert len(seen & violent) >= 0.95 * len(violent), violent - seen
    assert len(seen - violent) <= 0.05 * (len(rows) - len(violent)), seen - violent


@pytest.mark.parametrize(
    ("harmless", "violent"),
    [  # each pair differs in what one mechanism reads
        ("The father does not hit the boy.", "The father does not stop hitting the boy."),  # negation
        ("A boy is struck by a red car.", "A boy is struck by a man in a red car."),  # agent of a passive
        ("A dog bites a boy.", "A man bites a boy."),  # subject
        ("A girl burns her hand on a pan.", "A man burns his daughter's hand."),  # whose body
        ("A boy punches a bag.", "A boy punches a classmate."),  # object
        ("The door is pushed open and a boy enters.", "A boy is pushed down the stairs."),  # subject of a passive
        ("A cyclist knocks down a child by accident.", "A cyclist knocks down a child on purpose."),  # intent
        ("Two judo students throw each other, a boy and a girl.", "Two pupils throw a boy to the ground."),  # sport
        ("A paramedic presses on a boy's chest.", "A man presses on a boy's throat."),  # rescue
        ("A boy plays with a toy gun.", "A boy plays with a gun."),  # tools and toys
        ("A man hugs a boy.", "A man snurfs a boy."),  # a verb in no list, done to a minor
        ("A girl is hugged by her aunt.", "A girl is snurfed by her aunt."),  # the same in the passive
        ("A boy lies on the grass.", "A boy lies bleeding on the grass."),  # signs of injury
        ("A boy falls and his knee bleeds.", "A boy kneels, his knee bleeds."),  # unless an accident explains them
        ("A school bus runs over a boy's ball.", "A driver deliberately runs over a boy."),  # phrasal verb
        ("A girl gets dressed by her mother.", "A girl gets jumped by three women."),
        ("Two men talk in the car park near a toddler.", "Two men fight in the car park near a toddler."),  # a place
        ("A girl is held under an umbrella.", "A girl is held under until a lifeguard comes."),
        ("A toddler is strapped into a car seat.", "A toddler is strapped to a radiator."),
        ("A girl shoots her brother with a water pistol.", "A girl shoots her brother with a pistol."),
        ("A mother squeezes her daughter tight.", "A mother squeezes her daughter's throat tight."),
        ("A fireman takes a girl down the ladder.", "A guard takes a girl down with one kick."),
        ("A boy throws a snowball at his sister's face.", "A boy throws a brick at his sister's face."),
        ("Two boys, one pretends to be tied up.", "Two boys, one is tied up."),
        ("A girl brushes her classmate's braids.", "A girl yanks her classmate's braids."),
        # two weak cues in different words, none alone
        ("A girl walks past a masked man.", "A masked man grips a girl."),
        ("A woman shouts across the street to a boy.", "A woman shouts at a boy, who hides under a table."),
        ("A girl grabs seats for her masked friends.", "A masked man grabs a girl."),  # what is taken hold of
        ("A boy takes his phone.", "A boy demands the girl's phone."),  # threats are enough alone
        ("A boy kneels in the aisle.", "A boy kneels in the aisle, a boot on his neck."),  # part of a body on another
        # frames explain some cues, not others
        ("A paramedic lifts a crying girl onto a stretcher.", "A paramedic watches a crying girl in handcuffs."),
        ("A boy cries on a dark trampoline and shouts.", "A boy cries in a dark cellar and a man shouts."),
        ("A teenage drummer pounds his snare.", "A teenage drummer pounds his brother."),
        ("Teenagers punch each other in a boxing class.", "Teenagers punch each other at a football match."),
        ("A boxer hits a pad, his son counts.", "A boxer hits his son, a trainer counts."),
        # a base form behind an unlisted plural is a verb where an object follows
        ("Rangers paddle on the lake with a boy.", "Rangers paddle the boy until he sobs."),
        ("Light waves. A puppy ambushes a boy by a dune.", "Light waves. A cousin ambushes a boy by a dune."),
        ("A dog watches a boy, a flag-waving man nods.", "A dog watches a boy, a knife-wielding man nods."),
        ("The girl is not zip-tied.", "The girl is zip-tied."),  # negation of a cue
        ("A girl is scared.", "A girl is scared by a man."),  # the passive of fear needs somebody who frightens
        ("A boy no taller than a fence waves a flag.", "A boy no taller than a fence waves a rifle."),  # no negation
        ("A boy is picked to sing.", "A boy is made to kneel."),
        ("A boy beats his father at chess.", "A boy beats his father at home."),  # a game
        ("Kids shoot water pistols at each other.", "Kids shoot pistols at each other."),
        ("A toddler stacks cups on a rug.", "A man kicks a toddler on a rug."),  # in English, no other language
    ],
)  # fmt: skip
def test_one_word_decides(harmless: str, violent: str) -> None:
    assert judge(harmless).reason is None
    assert judge(harmless).minor
    assert judge(violent).reason == "minor_violence"


def test_a_newborn_animal_is_no_minor() -> None:
    assert judge("A newborn lamb struggles to stand on its wobbly legs.").reason is None


def test_cues_count_beside_a_weak_sign_of_a_minor() -> None:
    assert judge("A flag-waving man stands by a pushchair.").reason is None
    assert judge("A knife-wielding man stands by a pushchair.").reason == "minor_violence"
    assert judge("A knife-wielding man stands by a fence.").reason is None  # nobody under 18


@pytest.mark.parametrize(
    ("caption", "minor"),
    [("A person aged 9 waves.", True), ("A person aged 17 waves.", True), ("A person aged 18 waves.", False),
     ("A 17-year-old waves.", True),
     ("An 18-year-old waves.", False), ("A 20-month-old crawls.", True), ("A 20-year-old building stands.", False),
     ("Somebody no older than eight waves.", True), ("Somebody no older than eighty waves.", False),
     ("Two brothers, about twelve and sixteen, wave.", True), ("Two brothers, about twenty and thirty, wave.", False),
     ("An under-11 side waves.", True), ("A kid around ten waves.", True), ("Friends kid around.", False),
     ("A minor waits.", True), ("The driver has a minor injury.", False), ("A runner who is seven waves.", True)],
)  # fmt: skip
def test_ages(caption: str, minor: bool) -> None:
    assert judge(caption).minor is minor


@pytest.mark.parametrize(
    "caption",
    [
        "A man accidentally stabs a boy.",  # no accident excuses a verb of assault
        "A boy is then very badly beaten.",  # words between the auxiliary and its verb
        "A girl was also brutally strangled.",
        "A boy is quickly and violently kicked.",
        "A coach whips a boy with a belt on the football pitch.",  # sport excuses no belt and no tears
        "A goalkeeper kicks a screaming girl on the football pitch.",
        "A player punches a crying boy on the football pitch.",
        "A man with a gun stands near a boy and a toy.",  # a toy near by makes no toy of a gun
        "A paramedic strangles a boy.",  # nor does a rescuer's or a player's part excuse assault
        "A lifeguard stabs a boy on the beach.",
        "A giggling man strangles a boy.",
        "A man playfully stabs a boy.",
    ],
)
def test_nothing_near_by_excuses_violence(caption: str) -> None:
    assert judge(caption).reason == "minor_violence"


@pytest.mark.parametrize(
    ("caption", "minor"),
    [
        ("A 40-year-old man waves to a 9-year-old.", True),  # every age counts, not the first
        ("A 9-year-old waves to a 40-year-old man.", True),
        ("A 40-year-old man waves to a 30-year-old.", False),
        ("Un hombre de 17 años espera.", True),
        ("Un hombre de 18 años espera.", False),
        ("Ein 17 Jahre alter Mann wartet.", True),
        ("Ein 18 Jahre alter Mann wartet.", False),
    ],
)
def test_ages_of_several_people_and_in_other_languages(caption: str, minor: bool) -> None:
    assert judge(caption).minor is minor


@pytest.mark.parametrize(
    ("adult", "minor"),
    [
        ("A postman, about 30, is punched by a man.", "A postman, about 13, is punched by a man."),
        ("Two sisters, 28 and 31, slap each other.", "Two sisters, 8 and 11, slap each other."),
        (
            "A shoplifter is beaten, he can't be older than thirty.",
            "A shoplifter is beaten, he can't be older than ten.",
        ),
        ("A junior manager is slapped by a man.", "A junior player is slapped by a man."),
        ("A shoplifter, 32 perhaps, is slapped by a man.", "A shoplifter, 12 perhaps, is slapped by a man."),
        ("A clerk, one of thirty, is robbed.", "A newsboy is robbed."),
    ],
)
def test_the_age_decides(adult: str, minor: str) -> None:
    assert judge(adult).reason is None
    assert judge(minor).reason == "minor_violence"
