"""Animals take things, climb onto cars and into bins, and carry things in the mouth."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import read_scene


def verbs(caption: str, who: str) -> list[str]:
    return [beat.verb for beat in read_scene(caption).beats if beat.who == who]


def actor(caption: str, id_: str):
    return next(a for a in read_scene(caption).actors if a.id == id_)


@pytest.mark.parametrize(
    "caption", ["A seagull snatches a sandwich from a man's hand.", "A monkey steals a banana from a man."]
)
def test_what_is_stolen_is_in_the_hand_first(caption: str) -> None:
    scene = read_scene(caption)
    thief = next(a for a in scene.actors if a.kind in ("seagull", "monkey"))
    victim = next(a for a in scene.actors if a.kind == "man")
    thing = scene.props[0]
    assert victim.holds == thing.kind
    assert [b.who for b in sorted(scene.beats, key=lambda b: b.start) if b.verb == "grab"] == [victim.id, thief.id]
    assert scene.beats[-1].who == thief.id and scene.beats[-1].to < victim.x


def test_a_thing_in_the_mouth_is_held_and_a_collar_is_not() -> None:
    assert actor("A dog runs across the park with a stick in its mouth.", "dog").holds == "stick"
    assert actor("A dog with a red collar runs across the yard.", "dog").holds is None


def test_a_hood_is_before_the_roof_and_lower() -> None:
    hood, roof = (
        next(b.to for b in read_scene(f"A cat jumps onto the {part} of a car.").beats if b.verb == "jump")
        for part in ("hood", "roof")
    )
    assert hood < roof - 0.05


def test_who_jumps_off_a_car_is_on_it_first_and_beside_it_then() -> None:
    scene = read_scene("A black cat jumps off a parked car")
    cat, car = (next(a for a in scene.actors if a.kind == kind) for kind in ("cat", "car"))
    assert cat.y < car.y - 0.2 and abs(cat.x - car.x) < 0.1
    assert abs(scene.beats[-1].to - car.x) > 0.2


def test_a_bird_sits_on_a_shoulder() -> None:
    scene = read_scene("A parrot lands on a woman's shoulder.")
    woman, land = next(a for a in scene.actors if a.kind == "woman"), scene.beats[0]
    assert (land.verb, land.target) == ("land", woman.id) and abs(land.to - woman.x) < 0.08


def test_horses_run_before_a_fence_as_long_as_their_way() -> None:
    scene = read_scene("Two horses gallop along a fence in the rain.")
    fences = [p for p in scene.props if p.kind == "fence"]
    assert len(fences) >= 3 and all(p.y < scene.actors[0].y for p in fences)
    assert verbs("A cat walks along a fence.", "cat") == ["walk"]
    assert len(read_scene("A cat walks along a fence.").props) == 1


def test_a_cat_that_knocks_a_cup_off_a_table_is_on_it() -> None:
    scene = read_scene("A cat knocks a cup off a table.")
    cat, table = scene.actors[0], next(p for p in scene.props if p.kind == "table")
    assert cat.y < table.y - 0.1 and verbs("A cat knocks a cup off a table.", "cup") == ["plunge"]


def test_young_ones_follow_a_mother_of_their_own_kind() -> None:
    ducks = read_scene("Three ducks follow their mother into the pond.").actors
    assert [(a.kind, a.count) for a in ducks] == [("duck", 3), ("duck", 1)] and ducks[0].scale < ducks[1].scale
    assert {a.kind for a in read_scene("A calf follows its mother across the field.").actors} == {"calf", "cow"}


def test_a_fish_swims_in_its_bowl_and_a_pony_carries_a_child() -> None:
    scene = read_scene("A goldfish swims in a glass bowl.")
    bowl = next(p for p in scene.props if p.kind == "glass bowl")
    assert all(b.target == bowl.id and abs(b.to - bowl.x) < 0.06 for b in scene.beats if b.verb == "swim")
    ride = read_scene("A pony carries a child along the beach.").beats[0]
    assert (ride.verb, ride.target) == ("ride", "horse")


@pytest.mark.parametrize(("caption", "unmanned"), [("A forklift moves across the floor with no driver", True),
                                                   ("A forklift moves across the floor.", False)])  # fmt: skip
def test_no_driver_is_seen_where_the_caption_denies_one(caption: str, unmanned: bool) -> None:
    assert actor(caption, "forklift").unmanned is unmanned


def test_what_does_not_stop_drives_by_and_what_does_not_happen_is_not_acted() -> None:
    taxi = [b for b in read_scene("A woman waves, but the taxi does not stop.").beats if b.who == "taxi"]
    assert [b.verb for b in taxi] == ["drive"] and not 0 <= taxi[0].to <= 1
    assert verbs("A dog sits still and does not chase the ball", "dog") == ["sit"]
    assert not read_scene("A woman looks for her keys but does not find them.").props


def test_players_shoot_balls_and_a_bull_comes_from_afar() -> None:
    scene = read_scene("A player shoots but does not score.")
    assert [b.verb for b in scene.beats] == ["kick ball"] and scene.actors[0].holds is None
    bull = read_scene("A bull charges at a farmer in a field.")
    assert bull.actors[0].x < 0.2 and bull.beats[0].to < bull.actors[1].x - 0.1


def test_lights_that_are_off_are_off_from_the_first_frame_on() -> None:
    beats = read_scene("The lights are off and nobody is in the office.").beats
    assert [(b.verb, b.end) for b in beats] == [("darken", 0.001)]


def test_cyclists_of_whom_nothing_is_told_ride_and_trees_without_leaves_are_bare() -> None:
    scene = read_scene("A cyclist does not wear a helmet.")
    assert [(b.verb, b.target) for b in scene.beats] == [("ride", "bicycle")] and scene.actors[0].bareheaded
    assert {p.kind for p in read_scene("There are no leaves on the trees.").props} == {"bare tree"}


@pytest.mark.parametrize("caption", ["A snake crawls over a rock.", "A mouse runs along a shelf.",
                                     "A lizard runs over a stone wall."])  # fmt: skip
def test_small_animals_go_along_the_top_of_things(caption: str) -> None:
    scene = read_scene(caption)
    (animal,), (thing,), (beat, *_) = scene.actors, scene.props, scene.beats
    assert animal.y < thing.y - 0.1 and abs(beat.to - thing.x) < 0.4


def test_those_who_fight_on_a_roof_are_on_it_and_seals_slide_off_their_rock() -> None:
    scene = read_scene("Two cats fight on the roof of a van.")
    van = next(a for a in scene.actors if a.kind == "van")
    assert all(a.y < van.y - 0.2 and abs(a.x - van.x) < 0.15 for a in scene.actors if a.kind == "cat")
    scene = read_scene("Three seals slide off a rock into the sea.")
    assert scene.actors[0].y < scene.props[0].y - 0.1 and scene.beats[-1].verb == "dive"


def test_a_leash_ties_a_dog_to_a_tree_and_pulls_its_owner() -> None:
    scene = read_scene("A dog is tied to a tree.")
    assert [p.kind for p in scene.props] == ["tree", "taut leash"] and [b.verb for b in scene.beats] == ["stand"]
    scene = read_scene("A dog pulls its owner towards a lamp post.")
    dog, owner, leash = (next(b for b in scene.beats if b.who == id_) for id_ in ("dog", "person", "leash"))
    assert owner.to < leash.to < dog.to < next(p.x for p in scene.props if p.kind == "lamp post")


def test_what_animals_carry_drop_swallow_and_dig() -> None:
    scene = read_scene("A cat carries a kitten in its mouth.")
    cat, kitten = scene.actors
    assert kitten.scale < cat.scale and kitten.y < cat.y and {b.verb for b in scene.beats} == {"walk", "drive"}
    assert verbs("A crow drops a nut on the road.", "crow") == ["fly", "fly"]
    assert [b.who for b in read_scene("A pelican swallows a fish.").beats if b.verb == "vanish"] == ["fish"]
    assert "hole" in {p.kind for p in read_scene("A boar digs up the grass.").props}
    assert {a.kind for a in read_scene("A lioness carries her cub.").actors} == {"lioness"}
    assert not read_scene("A hedgehog curls into a ball.").props


def test_animals_wade_through_rivers_and_come_out_of_boots() -> None:
    assert [b.verb for b in read_scene("A bear walks through a shallow river.").beats] == ["walk", "ford"]
    assert [p.kind for p in read_scene("A snake crawls out of a boot.").props] == ["lying boots"]


def test_bears_shake_fruit_out_of_trees_and_birds_of_prey_fly_off_with_it() -> None:
    scene = read_scene("A bear shakes a tree until apples fall down.")
    tree = next(p for p in scene.props if p.kind == "tree")
    assert all(abs(p.x - tree.x) < 0.12 and p.y < 0.7 for p in scene.props if p.kind == "apple")
    assert verbs("A hawk catches a mouse.", "hawk") == ["swoop", "fly"] and "bite" in verbs(
        "A cat catches a mouse.", "cat"
    )


def test_rowers_have_a_boat_and_one_behind_a_house_is_half_seen() -> None:
    assert {a.kind for a in read_scene("A man rows across the lake.").actors} == {"man", "rowing boat"}
    scene = read_scene("A cat sits behind a shed.")
    cat, shed = scene.actors[0], scene.props[0]
    assert cat.y < shed.y and 0.1 < abs(cat.x - shed.x) < 0.3
    scene = read_scene("A cow blocks a lane and a tractor waits behind it.")
    assert scene.actors[1].x < scene.actors[0].x - 0.2


def test_wild_animals_cross_roads_in_the_country_and_who_takes_the_stairs_goes_up() -> None:
    assert read_scene("A herd of elephants crosses a road.").place == "country road"
    assert read_scene("A duck crosses the street.").place != "country road"
    beat = read_scene("A woman takes the stairs.").beats[0]
    assert (beat.verb, beat.target) == ("walk", "stairs")
