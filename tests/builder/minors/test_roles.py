"""roles.py: who does what to whom. Animals, things and machines as agents, things as objects, arson and a fright."""

from __future__ import annotations

import pytest

from svta.builder.minors.english import violence_in
from svta.builder.minors.judgement import judge


@pytest.mark.parametrize(
    "caption",
    [
        "The dog attacks and bites a boy.",
        "A dog runs up to a boy, jumps and bites his arm.",
        "Two dogs run up and maul a boy.",
        "A bull chases, catches and gores a boy.",  # a verb in no list
        "On the farm, geese attack a girl.",
        "A car and a dog attack a boy.",
        "A dog attack on a boy.",
        "A boy is attacked and bitten by a dog.",
        "A ball hits a boy.",
        "A machine crushes a boy's arm.",
        "A falling box crushes a boy.",
        "A girl and a boy run; boxes fall and hit the boy.",
        "Gas leaks and a boy coughs.",
        "At night, gas leaks from a barrel and a boy staggers away.",
        "A boy is electrocuted by a wire.",
    ],
)
def test_an_animal_or_a_thing_is_an_accident(caption: str) -> None:
    assert judge(caption).minor
    assert judge(caption).reason is None


@pytest.mark.parametrize(
    "caption",
    [
        "A boy with a dog attacks a girl.",
        "A man and his dog attack a girl.",
        "A man walks a dog, turns and bites a boy.",
        "A dog walker slaps a boy.",
        "A machine operator slaps a boy.",
        "A man at a machine hits a boy.",
        "A man in a black leather jacket hits a boy.",
        "A girl in a helmet strangles a boy.",
        "A boy, ball under his arm, punches a girl.",
        "A stick hits the boy's back.",  # somebody holds it
        "A van pulls up to a girl and snatches her.",
        "A car stops and a man drags a boy in.",
        "A man sets his snarling mastiff on two schoolboys.",
        "A boy is electrocuted by a guard.",
        "The bus driver turns and kicks a girl.",
        "A boy watches a man snatch a bag.",
        "A boy kicked by a man waits.",
        "A man stands over a boy and crushes his hand.",
        "A car bumps a boy on purpose.",
        "Rioters smash a car, a boy runs away.",
    ],
)
def test_people_beside_animals_and_things_are_seen(caption: str) -> None:
    assert judge(caption).reason == "minor_violence"


@pytest.mark.parametrize(
    ("thing", "person"),
    [
        ("A girl carries boxes to a truck.", "A man carries a girl to a waiting truck."),
        ("Two boys carry a screaming alarm clock to a truck.", "Two men carry a screaming girl to a truck."),
        ("A man takes a boy's photo and drives off in a van.", "A man takes a girl into a van and drives off."),
        ("A boy lifts a box into a van and drives away.", "A man lifts a boy into a van and drives away."),
        ("A boy drags a suitcase down an alley.", "A man drags a boy down an alley."),
        ("A girl pushes boxes into a closet.", "A girl pushes a boy into a closet."),
        ("A girl drags a mattress across the floor.", "A man drags a girl across the floor."),
        ("A boy grabs his bag from the closet.", "A man grabs a boy's bag in a closet."),
        ("A boy throws his backpack on the ground.", "A boy throws a girl's backpack on the ground, she cries."),
        ("A girl snatches a toy from the shelf.", "A man snatches a phone from a boy's hand."),
        ("A boy yanks a weed out of the garden.", "A man yanks a girl out of the garden."),
        ("A girl burns a candle in a dark cellar.", "A man burns a girl with a candle."),
        ("A boy pours petrol into a lawnmower.", "A man pours petrol on a boy's clothes."),
        ("A boy swings a hammer at a nail.", "A man swings a hammer at a boy."),
        ("A boy wraps a scarf around his neck.", "A man wraps a scarf around a boy's neck and pulls."),
        ("A girl grips the handlebars and rides off.", "A man grips a girl and rides off."),
        ("A girl beats eggs in a bowl.", "A woman beats a girl with eggs in her bag."),
        ("A teenager hits the gym with his father.", "A man hits a girl in the gym."),
        ("A girl strikes a match and lights a candle.", "A man strikes a boy with a match."),
        ("A teenager shoots a video with his phone.", "A teenager shoots at a girl."),
        ("A child chokes on a sweet.", "A man chokes a girl."),
        ("A girl hangs a coat on a hook.", "A man hangs a boy by his coat on a hook."),
    ],
)
def test_what_is_done_to_things_is_none_to_people(thing: str, person: str) -> None:
    assert judge(thing).reason is None
    assert judge(person).reason == "minor_violence"


@pytest.mark.parametrize(
    ("caption", "violence", "with_a_minor"),
    [
        ("An old woman pours gasoline over a blue van and lights it.", False, True),
        ("A man sets a purple truck with a bed on fire.", False, False),
        ("A man sets a house on fire.", False, True),
        ("A woman jumps out behind a trash can and frightens a man.", False, True),
        ("A man pours acid over a woman.", True, True),
        ("A man sets a woman on fire.", True, True),
        ("Rioters with sticks attack a green car, which burns.", True, True),
        ("A train derails and hits a red van.", False, False),
        ("Boxes fall from above onto a man in a yellow shirt.", False, False),
        ("A man is electrocuted by a wire.", False, False),
        ("A man drags a woman into a black truck.", True, True),
    ],
)
def test_arson_and_a_fright_are_violence_where_a_minor_is_seen(
    caption: str, violence: bool, with_a_minor: bool
) -> None:
    assert judge(caption).violence is violence
    assert (judge(caption, minor=True).reason is not None) is with_a_minor


def test_a_phrase_about_a_thing_hides_no_other() -> None:
    text = "a girl drags a suitcase across the floor. two boys trade blows"
    assert violence_in(text, minor=True) == "phrase: trade blows"
    assert violence_in(text.partition(".")[0], minor=True) is None
