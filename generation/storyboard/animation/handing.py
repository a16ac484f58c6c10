"""Acts of things that change hands or places: handing over, swapping, giving, loading, hanging on a wall."""

from __future__ import annotations

from svta.generation.storyboard.drawing.body import Body
from svta.generation.storyboard.drawing.poses import REACH, STAND, STOOP, ease, mix, span, upper

from .objects import bring_out, hold_before, is_low, out_of_hand, small_thing, stretch, walk_up
from .world import Run, World, act


@act("hand over")
def hand_over(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Both arms go out, and halfway the thing is in the other one's hand."""
    if b is w.place:
        return
    w.face(b, t)
    reach = STAND._replace(bend=10, head=6, arm=80, elbow=4, arm2=10)
    b.pose = mix(b.pose, upper(b.pose, reach), ease(min(1.0, p * 4, (1 - p) * 3)))
    if t is None or t.family != "person":
        return
    w.face(t, b)
    k = ease(min(1.0, max(0.0, (p - 0.1) * 4), (1 - p) * 4))
    w.react(t, lambda t: setattr(t, "pose", mix(t.pose, upper(t.pose, reach), k)))
    if p >= 0.5 and b.held is not None and "given" not in run.mark:
        run.mark["given"] = 1.0
        t.held, t.held_colour, t.held_form = b.held, b.held_colour, b.held_form
        out_of_hand(b)


@act("swap")
def swap(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Both hold out what they have, and each has the other one's halfway."""
    if b is w.place or t is None or t.family != "person":
        return
    w.face(b, t)
    w.face(t, b)
    k = ease(min(1.0, p * 4, (1 - p) * 4))
    reach = STAND._replace(bend=6, arm=70, elbow=6, arm2=10)
    b.pose = mix(b.pose, upper(b.pose, reach), k)
    w.react(t, lambda t: setattr(t, "pose", mix(t.pose, upper(t.pose, reach), k)))
    if p >= 0.5 and "swapped" not in run.mark:
        run.mark["swapped"] = 1.0
        had = b.held, b.held_colour, b.held_form
        b.held, b.held_colour, b.held_form = t.held, t.held_colour, t.held_form
        t.held, t.held_colour, t.held_form = had


@act("hang")
def hang(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Up from before the body to where it belongs on the wall."""
    if b is w.place or t is None or t is w.place:
        return
    w.face(b, t)
    k = ease(span(p, 0.2, 0.75))
    b.pose = mix(b.pose, upper(b.pose, STAND._replace(arm=60 + 80 * k, elbow=20, arm2=56 + 80 * k, elbow2=20)),
                 ease(min(1.0, p * 6 + 0.4, (1 - p) * 4)))  # fmt: skip
    if t.family != "prop":
        return
    x, y = b.at(0.3, 0.5)
    was = run.target_was
    t.x, t.lift = x + (was.x - x) * k, (was.y - y) * (1 - k)
    t.z = b.y - t.y + 0.004


@act("give", "load")
def give(w: World, run: Run, b: Body, t: Body | None, p: float) -> None:
    """Hands a thing to somebody (give), or puts it into something where it is gone (load)."""
    if b is w.place:
        return
    thing, q, loads = small_thing(w, t), p, run.beat.verb == "load"
    held = thing is not None and thing.inside == b.id
    if t is not None and not held:
        if (near := walk_up(w, run, b, t, p)) is None:
            return
        q = near
    if thing is None:
        bring_out(b, "box" if loads else "bag", q)
    stretch(b, STOOP if thing is not None and is_low(b, thing) else REACH, q)
    if loads and q >= 0.5:
        if thing is None or b.held == thing.kind or held:
            out_of_hand(b)
        if thing is not None:
            thing.hidden = q > 0.85
            hold_before(b, thing, 1.0)
    elif q >= 0.5 and t is not None and t.family == "person" and b.held is not None:
        t.held, t.held_colour = b.held, b.held_colour
        out_of_hand(b)
    if thing is not None:
        if not thing.hidden and q < 0.85:
            hold_before(b, thing, ease(q * 2.5))
        if not loads:
            b.pose = mix(b.base, REACH._replace(bend=8, arm=74), ease(q * 4))
