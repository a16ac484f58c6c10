"""What is done with small things in a room: eggs, bulbs, presents, pots on the stove, what goes in and out."""

from __future__ import annotations

from itertools import pairwise

import pytest

from svta.generation.storyboard import read_scene


def acts(caption: str) -> set[tuple[str, str, str]]:
    """Verb, who does it and to what, by their kinds."""
    scene = read_scene(caption)
    kinds = {thing.id: thing.kind for thing in (*scene.actors, *scene.props)}
    return {(beat.verb, kinds.get(beat.who, ""), kinds.get(beat.target or "", "")) for beat in scene.beats}


@pytest.mark.parametrize(
    ("caption", "act"),
    [
        ("A woman cracks two eggs into a bowl.", ("plunge", "yolk", "bowl")),
        ("A man changes a light bulb on a stepladder.", ("change bulb", "man", "hanging bulb")),
        ("A girl opens a present with a red ribbon.", ("open", "girl", "ribboned gift")),
        ("A girl throws a ball out of the window.", ("recede", "ball", "window")),
        ("A man carries a box into a house.", ("enter", "man", "house")),
        ("A nurse pushes a wheelchair into the elevator.", ("enter", "wheelchair", "elevator")),
        ("A girl slides across the kitchen floor in her socks.", ("slide", "girl", "")),
        ("A bowling ball knocks down ten pins.", ("open", "bowling pins", "")),
        ("A row of dominoes falls.", ("open", "dominoes", "")),
        ("The ceiling fan spins in the bedroom.", ("whirl", "ceiling fan", "")),
        ("A clerk stamps a passport.", ("stamp", "person", "passport")),
        ("A pianist plays a grand piano.", ("play piano", "person", "grand piano")),
        ("A woman does yoga in the park.", ("yoga", "woman", "")),
        ("A woman pours milk over her cereal.", ("pour", "woman", "cereal bowl")),
        ("A boy bounces a ball.", ("bounce", "ball", "")),
        ("A boy blows soap bubbles.", ("rise", "soap bubble", "")),
        ("A mug slips out of a man's hand.", ("drop", "man", "mug")),
        ("A man cuts a rope with a knife.", ("cut", "man", "rope")),
        ("A woman prints a document.", ("grab", "woman", "sheet of paper")),
        ("A gardener fills a wheelbarrow with pumpkins.", ("put", "person", "pumpkin")),
        ("A boy fills a bucket with sand.", ("dig", "boy", "pile of sand")),
        ("A man compares two tins.", ("grab", "man", "can")),
        ("The washing machine floods the floor.", ("run out", "washing machine", "")),
        ("A baby in a high chair throws a spoon.", ("sit", "boy", "high chair")),
        ("A letter slides under a door.", ("drive", "sheet of paper", "")),
        ("A woman makes the bed.", ("make bed", "woman", "bed")),
        ("A woman lights a fire in the fireplace.", ("appear", "fire", "")),
        ("A cleaner empties a bin.", ("grow", "garbage pile", "")),
        ("A red candle burns down on a table.", ("melt", "candle", "")),
        ("A green ball bounces down the stairs.", ("downhill", "ball", "stairs")),
        ("A carpenter sands a table.", ("sand wood", "person", "table")),
        ("A woman mops up spilled milk.", ("wipe", "woman", "puddle")),
        ("A woman loads the dishwasher.", ("load", "woman", "plate")),
        ("A man packs books into a box.", ("load", "man", "book")),
        ("A cork pops out of a bottle.", ("pop up", "cork", "bottle")),
        ("Toast pops up from the toaster.", ("pop up", "toast", "toaster")),
        ("A boy ties his shoelaces.", ("tie shoes", "boy", "")),
        ("A boy plays a video game.", ("play console", "boy", "")),
        ("A man squeezes a lemon into a glass.", ("pour", "man", "glass")),
        ("A man folds a paper plane.", ("fold", "sheet of paper", "")),
        ("A boy does his homework at the table.", ("sit at", "boy", "table")),
        ("A waiter sets the table.", ("appear", "laid place", "")),
        ("Foam spills out of a washing machine.", ("grow", "foam heap", "")),
        ("An egg cracks into a frying pan.", ("plunge", "yolk", "frying pan")),
        ("A courier drops a parcel on a doorstep and rings the bell.", ("press button", "person", "doorbell")),
        ("A dentist examines a patient's teeth.", ("sit", "person", "dentist chair")),
        ("A marble falls into a jar.", ("enter", "golf ball", "jam jar")),
        ("A suitcase bursts open.", ("open", "suitcase", "")),
    ],
)
def test_an_act_at_home_is_staged(caption: str, act: tuple[str, str, str]) -> None:
    assert act in acts(caption)


def test_what_is_cooked_stands_on_the_stove_and_not_on_a_table_too() -> None:
    for caption in ("A man stirs a pot on the kitchen stove.", "Steam rises from a pot in the kitchen."):
        props = {prop.kind: prop for prop in read_scene(caption).props}
        assert props["saucepan"].y < props["stove"].y - 0.1
        assert "table" not in props


def test_the_ribbon_of_a_present_has_the_colour_and_nobody_holds_another() -> None:
    scene = read_scene("A girl opens a present with a red ribbon.")
    assert [prop.colour for prop in scene.props if prop.kind == "ribboned gift"] == ["red"]
    assert scene.actors[0].holds is None


def test_several_coins_are_handed_over_in_one_hand() -> None:
    assert len(read_scene("A woman gives a driver some coins.").props) == 1


def test_a_brightly_lit_room_does_not_burn() -> None:
    assert not any(beat.verb == "burn" for beat in read_scene("A man walks through a brightly lit shop.").beats)
    assert any(beat.verb == "burn" for beat in read_scene("A man walks past a burning car.").beats)


def test_a_toy_car_is_no_car() -> None:
    scene = read_scene("A child puts a toy car on the shelf.")
    assert [actor.kind for actor in scene.actors] == ["boy"]
    assert scene.place == "living room"


@pytest.mark.parametrize(
    ("caption", "thing", "ground"),
    [
        ("A woman zips up a rucksack on the kitchen table.", "backpack", "table"),
        ("A woman pulls a sheet of paper out of a copier.", "printer", "table"),
        ("Candles flicker on a bathroom shelf.", "candle", "open shelf"),
        ("A man hammers a nail into a plank.", "plank", "workbench"),
        ("A man snatches a bag from the back of a chair.", "bag", "chair"),
    ],
)
def test_a_thing_lies_on_what_a_caption_says(caption: str, thing: str, ground: str) -> None:
    props = {prop.kind: prop for prop in read_scene(caption).props}
    assert abs(props[thing].x - props[ground].x) < 0.1
    assert props[thing].y < props[ground].y - 0.05


def test_a_pianist_in_a_dress_is_a_woman() -> None:
    assert read_scene("A pianist in a black dress plays the piano.").actors[0].kind == "woman"


def test_a_bearded_man_has_a_beard() -> None:
    assert read_scene("A woman talks to a bearded man.").actors[1].worn == "beard"


def test_a_window_that_somebody_stands_by_is_that_of_a_room() -> None:
    assert read_scene("A woman waters a fern by the window.").place.startswith("living room")
    assert read_scene("A car stops by a window.").place == "street"
    assert read_scene("A girl looks out of the window at the snow.").place.startswith("living room")


def test_a_ball_ends_under_the_table_that_it_rolls_under() -> None:
    scene = read_scene("A red ball rolls under a table.")
    table = next(prop for prop in scene.props if prop.kind == "table")
    assert abs((scene.beats[0].to or 0.0) - table.x) < 0.05


@pytest.mark.parametrize("caption", ["A child draws with crayons at a table.", "A boy draws a picture of a house."])
def test_who_draws_sits_at_a_table_with_the_drawing_on_it(caption: str) -> None:
    scene = read_scene(caption)
    assert {"table", "drawing"} <= {prop.kind for prop in scene.props}
    assert "house" not in {prop.kind for prop in scene.props}
    assert scene.place == "living room"


def test_who_watches_television_on_a_sofa_has_it_before_them() -> None:
    props = {prop.kind: prop for prop in read_scene("A family watches television on the sofa.").props}
    assert props["television"].x - props["sofa"].x > 0.3


def test_a_tower_of_cups_is_no_building() -> None:
    assert [prop.kind for prop in read_scene("A tower of cups falls over.").props] == ["stack of cup"]


@pytest.mark.parametrize(
    ("caption", "poured"),
    [("A woman pours milk into three glasses.", 3), ("A nurse pours water into two glasses.", 2),
     ("A woman pours tea into a cup.", 1)],
)  # fmt: skip
def test_each_cup_is_filled_in_its_turn(caption: str, poured: int) -> None:
    scene = read_scene(caption)
    beats = sorted((b for b in scene.beats if b.verb == "pour"), key=lambda b: b.start)
    assert len({b.target for b in beats}) == len(beats) == poured
    assert all(a.end <= b.start for a, b in pairwise(beats))
    assert {p.y < 0.8 for p in scene.props if p.kind in ("glass", "cup")} == {True}  # none on the floor


@pytest.mark.parametrize(
    ("caption", "kinds", "worn"),
    [
        ("A man puts on his glasses.", set(), "glasses"),
        ("A woman takes off her glasses.", set(), "glasses"),
        ("A man drops his glasses.", {"glasses"}, None),
        ("A man fills two glasses with wine.", {"glass", "table"}, None),
        ("A girl with glasses reads a book.", set(), "glasses"),
    ],
)
def test_glasses_are_worn_or_filled(caption: str, kinds: set[str], worn: str | None) -> None:
    scene = read_scene(caption)
    assert {prop.kind for prop in scene.props} == kinds and scene.actors[0].worn == worn
