"""What does not happen, and what is seen of it: vain efforts, whole panes, missed goals, empty seats, dark rooms."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene


def _verbs(caption: str) -> set[str]:
    return {beat.verb for beat in read_scene(caption).beats}


def _kinds(caption: str) -> set[str]:
    scene = read_scene(caption)
    return {thing.kind for thing in (*scene.actors, *scene.props)}


@pytest.mark.parametrize("caption", [
    "A boy tries to open a gate, but it does not open.", "A man pushes a door but it does not open.",
    "A man pushes a car but it does not move.",
])  # fmt: skip
def test_who_tries_in_vain_is_seen_to_try(caption):
    assert _verbs(caption) == {"pull lever"}


def test_what_does_not_break_stays_whole():
    assert "shatter" not in _verbs("The ball hits the window, but the glass does not break.")
    assert "shatter" in _verbs("The ball hits the window and the glass breaks.")


@pytest.mark.parametrize("caption, kind, count", [
    ("Neither of the two clerks looks at the customer.", "person", 2), ("Neither dog barks at the cat.", "dog", 2),
    ("None of the three men moves.", "man", 3),
])  # fmt: skip
def test_neither_of_them_does_it_but_they_are_there(caption, kind, count):
    scene = read_scene(caption)
    assert (kind, count) in [(actor.kind, actor.count) for actor in scene.actors]


def test_who_does_not_look_at_somebody_looks_away():
    clerks, customer = read_scene("Neither of the two clerks looks at the customer.").actors
    assert (customer.x - clerks.x) * clerks.facing < 0


def test_the_thing_that_has_just_been_named_is_what_it_is_done_to():
    scene = read_scene("The dog does not fetch the stick the man throws.")
    (throw,) = [beat for beat in scene.beats if beat.verb == "throw"]
    kinds = {thing.id: thing.kind for thing in (*scene.actors, *scene.props)}
    assert (kinds[throw.who], kinds[throw.target]) == ("man", "stick")


def test_nobody_and_nothing_else_is_there():
    assert _kinds("A table is set for a party, but there are no guests.") == {"table"}
    assert _kinds("The forklift moves with nobody in the seat.") == {"forklift"}
    assert "burn" not in _verbs("The chapel is empty and no candle is burning.")


def test_a_ball_that_does_not_score_is_not_in_the_goal():
    scene = read_scene("A striker kicks the ball but does not score.")
    (goal,) = [prop for prop in scene.props if prop.kind == "goal"]
    assert all(beat.to is None or goal.x - beat.to > 0.15 for beat in scene.beats)


def test_a_man_who_does_not_stop_walks_on():
    (walk,) = read_scene("A man does not stop at the red light.").beats
    assert walk.verb == "walk" and walk.to is not None and walk.to > 0.8


@pytest.mark.parametrize("caption", ["The office is dark and no one is working.", "A man walks through a dark hall."])
def test_a_dark_room_is_dark(caption):
    assert "darken" in _verbs(caption)


@pytest.mark.parametrize("caption, place", [
    ("A forklift carries a container in heavy rain.", "container yard"),
    ("A waiter carries a tray in the rain.", "street"), ("A cook stirs a pot in thick fog.", "garden"),
    ("Rain runs down the window while a cat sleeps on the sofa.", "living room without window"),
    ("A man walks over hot sand.", "beach"),
])  # fmt: skip
def test_what_happens_in_the_rain_is_set_under_the_sky(caption, place):
    assert read_scene(caption).place == place


@pytest.mark.parametrize("caption, kind", [
    ("Three firefighters spray water on a burning truck.", "truck"),
    ("A firefighter pulls a driver out of the crushed truck.", "truck"),
    ("A truck stops and two firefighters jump out.", "fire truck"),
    ("Firefighters pull a hose from the truck.", "fire truck"),
])  # fmt: skip
def test_only_what_firefighters_use_is_a_fire_truck(caption, kind):
    assert kind in _kinds(caption) and len({"truck", "fire truck"} & _kinds(caption)) == 1


def test_what_is_seen_of_them_counts():
    caption = "A boy tries to open a gate, but it does not open."
    assert fidelity(caption, read_scene(caption)).score == 1


def test_a_gate_that_does_not_close_is_open():
    assert "open" in _verbs("The gate does not close behind the tractor.")


def test_not_one_of_them_is_all_of_them():
    (students,) = read_scene("Not one of the six students looks up from the desk.").actors
    assert students.count == 6


def test_who_does_not_look_up_was_not_looked_at():
    caption = "Not one of the six students looks up from the desk."
    assert fidelity(caption, read_scene(caption)).score < 1


def test_a_pool_without_water_is_dry() -> None:
    caption = "The swimming pool is empty and has no water."
    dry, full = read_scene(caption), read_scene("The swimming pool is empty.")
    assert (dry.place, full.place) == ("swimming pool without water", "swimming pool")
    assert not [i for i in fidelity(caption, dry).items if i.kind == "negation" and not i.drawn]


def test_the_food_that_an_animal_does_not_touch_is_in_its_bowl() -> None:
    for caption in ("A dog does not touch the food in its bowl.", "A cat eats the food from its bowl."):
        assert [prop.kind for prop in read_scene(caption).props] == ["bowl of pet food"], caption
    assert [p.kind for p in read_scene("A dog drinks from its bowl.").props] == ["water bowl"]


def test_a_dog_stands_before_a_herd_that_does_not_move() -> None:
    for caption in ("A dog barks but the sheep do not move.", "A dog watches the sheep and does not bark."):
        dog, sheep = read_scene(caption).actors
        assert dog.y > sheep.y and sheep.x - dog.x > 0.5, caption


def test_a_goalkeeper_who_does_not_catch_the_ball_stands_before_the_goal() -> None:
    scene = read_scene("A goalkeeper does not catch the ball.")
    assert [abs(p.x - scene.actors[0].x) < 0.02 for p in scene.props if p.kind == "goal"] == [True]
