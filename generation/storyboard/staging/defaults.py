"""What a caption leaves open: who lies there, what rises, how things are at first, what moves if nothing is told to.

Reads a Reading, the recognised Choreography and the SceneDraft; changes the draft and gives beats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Final

from svta.generation.storyboard.choreography import Choreography
from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.parsing.clauses import Reading
from svta.generation.storyboard.parsing.clothing import BABIES
from svta.generation.storyboard.parsing.relations import relations
from svta.generation.storyboard.places.backdrop import PLACE_PAINTERS
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, WHOLE_SCENE, Actor, Beat, Prop, medium
from svta.generation.storyboard.verb_groups import EMITTED

from .actions.draft import GROUND, SceneDraft
from .arrangement.spreading import before_the_herd, keep_goal, stand_apart
from .denials.denied import in_vain, without_drivers
from .driving.mishaps import arrows_against

_KEEPERS: Final = ("goalkeeper", "goalkeepers", "goalie", "keeper")
_PERFORMED: Final = {"drummer": "play", "street drummer": "play", "trumpeter": "blow trumpet", "violinist": "fiddle",
                     "singer": "sing", "singers": "sing", "choir": "sing", "juggler": "juggle", "dancer": "dance",
                     **dict.fromkeys(("musician", "street musician", "busker", "guitarist"), "strum")}  # fmt: skip
_BANDS: Final = ("brass band", "marching band", "trumpeters")  # they play while they march
_ROADS: Final = {"street", "crossroads", "highway", "bridge", "tunnel", "railway", "parking lot", "gas station", "sea",
                 "lake", "river", "airport", "snow", "desert", "mountain", "outdoors"}  # fmt: skip
_QUIET: Final = {"stand", "stop", "lie", "sit", "sleep", "kneel"}
_AT_REST: Final = {"stand", "lie", "sleep", "sit", "kneel", "queue"}
_MOVING: Final = {"walk", "run", "look", "turn", "drive", "fly", "leave", "move", "wave", "flee", "startle"}
_STILLNESS: Final = {"except", "still", "motionless", "parked", "stationary", "immobile", "unmoving"}
_STILL_WORDS: Final = ("parked", "stalled", "queued", "stationary", "waiting", "standing", "queueing", "queuing",
                       "abandoned", "stopped", "jammed", "stuck", "halted")  # fmt: skip
_PANES: Final = ("window", "shop window", "mirror", "greenhouse", "vase", "bottle", "glass", "plate", "cup", "jar")
_BY_VEHICLES: Final = {"drive", "reverse", "skid", "spin", "roll over", "crash", "collide", "derail", "burn", "smoke",
                       "sink", "explode", "float", "fly", "chase", "flee", "leak", "be crushed", "topple",
                       "plunge", "land", "rise", "lean", "turn left", "turn right", "turn back", "turn", "circle",
                       "tip out", "jackknife", "uphill", "downhill",
                       "roll", "carry", "lift", "push", "come closer", "go away", "back closer", "back away",
                       "trail", "swerve", "draw up", "splash over", "pull up", "slow down",
                       "speed up", "sound", "blink", "shake", "work", "wade in", "open", "close", "open boot",
                       "open bonnet", "spin wheels", "burst tyre", "scrape", "skim"}  # fmt: skip
_OPENED: Final = {"gate", "door", "window", "fridge", "cabinet", "suitcase", "box", "elevator"}
_CARRYING: Final = ("carry", "lift", "drag", "pull")


def enlivened(
    beats: list[Beat],
    reading: Reading,
    draft: SceneDraft,
    place: str,
    ids: Mapping[int, str],
    table: Choreography | None = None,
) -> list[Beat]:
    """The beats, and where nobody does anything to be seen: people look about, animals walk, cars on a road drive by.

    Who stands, lies or sleeps and what is parked there is left in peace: the caption says so. Who moves in a user's
    choreography does as that says.
    """
    beats = in_vain(_clearing_up(beats, reading, draft), reading, draft, ids)
    if table is None:
        beats = [*_babies_sit(beats, reading, draft, ids), *beats]
        stand_apart(draft, beats)
        before_the_herd(draft, beats)
        keep_goal(draft, [ids[k] for k, m in enumerate(reading.mentions) if m.text in _KEEPERS and k in ids])
    if any(_shows(beat, draft) for beat in beats) or any(
        beat.verb in _AT_REST for beat in beats if _lives(beat, draft)
    ):
        return beats
    if any(word.text.split()[0] in _STILLNESS for word in reading.words if word.text):
        return beats
    denied = [denial for denial in reading.denials if denial.group == "verb" and denial.name != "stop"]
    still = {
        ids.get(k)
        for denial in denied
        for k in denial.subjects
        if denial.name in _MOVING or reading.mentions[k].group == "animal"
    }  # the dog does not move
    if any(draft.kind(id_ or "") in ANIMALS for id_ in still):  # and who stands before it neither
        still |= {actor.id for actor in draft.actors.values() if actor.kind in ANIMALS}
    stops = any(clause.verb == "stop" for clause in reading.clauses)
    waiting = {reading.mentions[k].kind for c in reading.clauses if c.verb == "stand" for k in c.subjects}
    at_rest = {k for clause in reading.clauses if clause.verb in _AT_REST for k in clause.subjects}
    at_rest |= {
        k for c in reading.clauses if reading.words[c.at].text in ("parked", "moored", "anchored") for k in c.subjects
    }
    told = {k for clause in reading.clauses for k in (*clause.objects, *(j for _, j in clause.obliques))}
    told -= {k for clause in reading.clauses for k in clause.subjects}
    parked = {ids[k] for k in at_rest | (told if stops else set()) if k in ids}  # stops behind a bus, which stands
    parked |= {beat.who for beat in beats if table is not None and table.own and beat.verb not in _QUIET}
    life: list[Beat] = []
    for actor in list(draft.actors.values()):
        x = draft.x[actor.id]
        if actor.id in parked | still | {beat.target for beat in life}:  # a bicycle that stands there
            continue
        mount = next((a.id for a in draft.actors.values() if a.kind in RIDDEN), None)
        if actor.kind == "cyclist" and mount is not None:
            for id_ in (actor.id, mount):
                draft.place(id_, x=0.16, facing=1)
            life.append(Beat("ride", actor.id, mount, 0.0, 1.0, 0.86))
            continue
        if actor.kind in PEOPLE:
            life.append(Beat("look", actor.id))
        elif actor.kind in ANIMALS:
            life.append(Beat("walk", actor.id, None, 0.1, 0.9, x + (0.18 if x < 0.5 else -0.18)))
        elif actor.kind in waiting:
            continue
        elif stops:  # it comes and stops
            draft.start_at(actor.id, x - 0.75 * actor.facing)
            life.append(Beat("drive", actor.id, None, 0.0, 0.6, x))
        elif place in _ROADS:
            life.append(Beat("drive", actor.id, None, 0.0, 1.0, x + 0.45 * actor.facing))
    moved = {beat.who for beat in life}
    return [beat for beat in beats if beat.who not in moved] + life


def _clearing_up(beats: list[Beat], reading: Reading, draft: SceneDraft) -> list[Beat]:
    """It rains, then the sun comes out: the rain is over by then."""
    suns = [b for b in beats if b.verb == "appear" and draft.kind(b.who) == "sun"]
    ends = any(b.who == WHOLE_SCENE and b.verb in ("appear", "vanish") for b in beats)
    if not suns or ends or reading.weather not in ("rain", "snow", "storm", "fog", "hail"):
        return beats
    sun = replace(suns[0], start=max(0.5, suns[0].start), end=0.8)
    return [b for b in beats if b is not suns[0]] + [Beat("vanish", WHOLE_SCENE, None, 0.3, 0.55), sun]


def standing(reading: Reading, ids: Mapping[int, str]) -> set[str]:
    """Vehicles that the caption calls parked, stalled or queued."""
    told = [(s.mention, reading.words[s.at].text) for s in reading.states if s.mention is not None]
    told = [(k, "parked" if text in ("opening", "open", "opened") else text) for k, text in told]  # with a door open
    for i, word in enumerate(reading.words[:-1]):
        if word.text in _STILL_WORDS and (k := reading.mention_at.get(i + 1)) is not None:
            told.append((k, word.text))
    return {ids[k] for k, text in told if text in _STILL_WORDS and k in ids and reading.mentions[k].kind in VEHICLES}


def without_loose_leashes(draft: SceneDraft, props: list[Prop]) -> list[Prop]:
    """Of the leash of an animal only one that somebody leads it by is drawn."""
    if not any(a.kind in ANIMALS for a in draft.actors.values()):
        return props
    return [prop for prop in props if prop.kind != "taut leash" or prop.id in draft.moved]


def without_the_denied(reading: Reading, draft: SceneDraft) -> tuple[list[Actor], list[Prop]]:
    """All actors and things of the scene, as they are to be drawn."""
    return without_drivers(reading, [*draft.actors.values()]), without_loose_leashes(draft, [*draft.props.values()])


def unlit(reading: Reading) -> list[Beat]:
    """The lights are off: it is dark from the first frame on."""
    off = any(
        word.text in ("lights", "light", "lamps") and after.text in ("off", "out") and after.auxiliary
        for word, after in pairwise(reading.words)
    )
    dark = [i for i, word in enumerate(reading.words) if word.text == "dark" and reading.senses[i] == "time"]
    rooms = (reading.places.get(j) for i in dark for j in (i - 1, i + 1))
    off = off or any(place is not None and PLACE_PAINTERS[place][1] for place in rooms)
    return [Beat("darken", WHOLE_SCENE, None, 0.0, 0.0)] if off else []


def _lives(beat: Beat, draft: SceneDraft) -> bool:
    return beat.who in draft.actors and draft.actors[beat.who].kind not in VEHICLES


def _shows(beat: Beat, draft: SceneDraft) -> bool:
    """True if something is seen to move."""
    vehicle = beat.who in draft.actors and not _lives(beat, draft)
    if vehicle:
        return beat.verb in _BY_VEHICLES or (beat.verb == "stop" and beat.to is not None)
    return beat.verb not in _QUIET


def prone(reading: Reading, draft: SceneDraft, ids: dict[int, str]) -> list[Beat]:
    """Who is hurt, unconscious or told of on the ground lies there from the start, unless they do something."""
    doing = {k for clause in reading.clauses if not clause.passive for k in clause.subjects}
    carried = {k for clause in reading.clauses if clause.verb in _CARRYING for k in clause.objects}
    fallen = {st.mention for st in reading.states if st.verb == "fall"}
    lying = [k for k, m in enumerate(reading.mentions) if (m.prone or k in fallen) and k not in doing | carried]
    there = [draft.actors[ids[k]] for k in lying if ids.get(k) in draft.actors]
    return [Beat("topple" if actor.kind in RIDDEN else "lie", actor.id, None, 0.0, 0.01) for actor in there]


def rising(reading: Reading, ids: dict[int, str]) -> list[Beat]:
    """Smoke from a chimney, of which no verb says what it does."""
    subjects = {k for clause in reading.clauses for k in clause.subjects}
    doing = {k for clause in reading.clauses for k in (*clause.subjects, *clause.objects)}
    doing |= {k for clause in reading.clauses for _, k in clause.obliques}
    beats = [Beat("burst aloft", ids[k], None, 0.0, 1.0) for k, m in enumerate(reading.mentions)
             if m.kind == "sky fireworks" and k not in subjects and k in ids]  # fmt: skip
    beats += [Beat(_PERFORMED[m.text], ids[k], None, 0.0, 1.0) for k, m in enumerate(reading.mentions)
              if m.text in _PERFORMED and k not in subjects and k in ids and not m.absent]  # fmt: skip
    beats += [Beat("blow trumpet", ids[k], None, 0.0, 1.0) for k, m in enumerate(reading.mentions)
              if m.text in _BANDS and k in ids and not m.absent]  # fmt: skip
    for relation in relations(reading, ("from", "out", "of", "in")):
        mention, ground = reading.mentions[relation.figure], ids.get(relation.ground)
        if mention.group == "substance" and not mention.absent and relation.figure not in doing and ground:
            beats.append(Beat(EMITTED[mention.kind], ground, None, 0.0, 1.0))
    return beats


_CRACKED = (
    "pipe",
    "wall",
    "vase",
    "plate",
    "cup",
    "mug",
    "bowl",
    "pot",
    "jug",
    "flower pot",
    "glass",
    "mirror",
    "tank",
    "water tank",
    "statue",
    "beam",
    "water main",
    "concrete pipe",
    "jar",
    "jam jar",
    "phone",
    "laptop",
    "valve",
)


def at_first(draft: SceneDraft, verb: str, id_: str | None, word: str = "") -> Beat | None:
    """How it is from the first frame on: open, on its side where it is overturned, crushed; cars lie on their roofs."""
    kind = draft.kind(id_ or "")
    if id_ is None:
        return None
    if verb == "flat tyre" and kind in VEHICLES:
        return Beat(verb, id_, None, 0.0, 0.01)
    if verb == "wrong way":
        return arrows_against(draft, id_) if id_ in draft.actors else None
    if verb == "flood" and id_ == WHOLE_SCENE and word == "flooded":
        return Beat("flood", WHOLE_SCENE, None, 0.0, 0.0)
    if verb == "open" and (kind in _OPENED or (kind in VEHICLES and medium(kind) == "road")):
        return Beat("open", id_, None, 0.0, 0.35 if word == "opening" else 0.01)
    if verb == "roll over" and (id_ in draft.props or kind in ("shopping cart", "wheelbarrow")):
        return Beat("topple", id_, None, 0.0, 0.01)
    if verb in ("faint", "collapse") and kind in PEOPLE:
        return Beat("lie", id_, None, 0.0, 1.0)
    if verb == "roll over" and kind in VEHICLES and medium(kind) == "road":
        return Beat("roll over", id_, None, 0.0, 0.0, draft.x[id_])
    if verb in ("smash", "shatter") and kind in _PANES:
        return Beat("shatter", id_, None, 0.0, 0.01)
    if verb in ("smash", "crack", "split", "shatter") and id_ in draft.props and kind in _CRACKED:
        return Beat("crack", id_, None, 0.0, 0.01)
    if verb in ("smash", "crash", "collide", "dent") and kind in VEHICLES and medium(kind) == "road":
        return Beat("dent", id_, None, 0.0, 0.01)
    return None


def _babies_sit(beats: list[Beat], reading: Reading, draft: SceneDraft, ids: Mapping[int, str]) -> list[Beat]:
    """No baby stands by itself: it sits where it neither crawls, lies nor is carried; and beggars sit by the way."""
    sit = (*BABIES, "beggar", "beggars")
    babies = [ids[k] for k, m in enumerate(reading.mentions) if m.text in sit and ids.get(k) in draft.actors]
    held = {b.target for b in beats if b.verb in ("carry", "lift", "hug", "grab", "hold")}
    resting = {b.who for b in beats if b.to is not None or b.verb in ("sit", "lie", "sleep", "crawl", "ride", "hide")}
    taken = held | resting | draft.resting | draft.seated
    return [Beat("sit", id_, None, 0.0, 1.0) for id_ in babies if id_ not in taken and draft.actors[id_].y >= GROUND]
