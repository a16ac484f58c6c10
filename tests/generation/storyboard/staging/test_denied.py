"""What a caption says does not happen: it is seen to be tried, or to go on as it was."""

import pytest

from svta.generation.storyboard import fidelity, read_scene


def verbs(caption):
    return {beat.verb for beat in read_scene(caption).beats}


def test_a_car_that_does_not_start_stands_still():
    for caption in ("The car does not start.", "The car doesn't start.", "The car won't start."):
        assert "drive" not in verbs(caption)


@pytest.mark.parametrize(
    "caption, verb",
    [
        ("A man cannot start his lawnmower.", "pull lever"),
        ("A man can't open the jar.", "open bottle"),
        ("A woman cannot start her car.", "open bonnet"),
    ],
)
def test_who_cannot_do_it_is_seen_to_try(caption, verb):
    assert verb in verbs(caption)


def test_who_does_not_drop_the_tray_keeps_it():
    scene = read_scene("A waiter trips on a rug but does not drop the tray.")
    assert scene.actors[0].holds == "serving tray"
    assert {beat.verb for beat in scene.beats} == {"stagger"}


def test_what_is_not_there_is_missing_in_the_picture_too():
    assert read_scene("A beach with no people and no umbrellas.").place == "beach without umbrella"
    assert read_scene("The shelves in the supermarket are empty.").place == "supermarket without goods"
    assert [p.kind for p in read_scene("The fountain does not run anymore.").props] == ["dry fountain"]
    assert read_scene("A man jogs without any shoes.").actors[0].worn == "bare feet"


def test_a_traffic_light_that_does_not_change_is_no_money():
    caption = "The traffic light does not change."
    assert [prop.kind for prop in read_scene(caption).props] == ["traffic light"]
    assert fidelity(caption, read_scene(caption), by_eye=False).score == 1


def test_who_does_not_come_down_is_up_there_and_no_leash_is_none():
    scene = read_scene("The cat does not come down from the tree.")
    assert scene.actors[0].y < 0.6
    assert not [p for p in read_scene("A girl walks her dog without a leash.").props if "leash" in p.kind]
    assert not [p for p in read_scene("The vending machine does not give out a can.").props if p.kind == "can"]


def test_what_never_comes_is_not_there():
    assert [actor.kind for actor in read_scene("A woman waits for a bus that never comes.").actors] == ["woman"]


def test_a_closed_umbrella_is_not_drawn_open_and_called_right():
    caption = "A man holds an umbrella but does not open it."
    assert fidelity(caption, read_scene(caption)).score < 1


def test_a_bus_that_is_not_caught_drives_away():
    scene = read_scene("A boy runs but does not catch the bus.")
    to = {beat.verb: beat.to for beat in scene.beats}
    assert to["drive"] > 1 > to["run"]


def test_who_tries_and_fails_does_not_do_it():
    for caption in ("The man tries to open the door but it does not open.", "A man tries to open the door but fails."):
        assert verbs(caption) == {"pull lever"}
        assert fidelity(caption, read_scene(caption), by_eye=False).score == 1


def test_a_street_may_be_wet_without_rain_and_a_sky_without_clouds():
    assert read_scene("It is not raining, but the street is wet.").weather == "wet"
    assert read_scene("A car drives along a wet road in the rain.").weather == "rain"
    assert read_scene("There are no clouds in the sky.").weather == "cloudless"


def test_no_head_is_seen_in_a_bus_with_nobody_on_board():
    assert [a.unmanned for a in read_scene("A bus leaves the stop with nobody on board.").actors] == [True]


def test_without_one_or_the_other_is_without_both():
    assert not read_scene("A square without any stalls or cars.").actors
    assert not read_scene("The engine of an old truck does not start.").beats
