"""Loads: on the hook of a crane, on the forks of a forklift, on the open bed of a truck."""

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.animation.world import World
from svta.generation.storyboard.scene import Scene


def lower_edges(scene: Scene, kind: str, times: tuple[float, ...] = (0.02, 0.5, 1.0)) -> list[float]:
    """The y of the lower edge of the first body of a kind at some times, downwards."""
    world = World(scene, 16 / 9, 1.0, 0)
    body = next(b for b in world.bodies.values() if b.kind == kind)
    edges = []
    for k in range(101):
        world.step(k / 100)
        if any(abs(k / 100 - t) < 0.004 for t in times):
            edges.append(round(body.y - body.lift, 3))
    return edges


@pytest.mark.parametrize(
    ("caption", "kind", "goes"),
    [
        ("A crane lifts a container at the quay.", "container", "up"),
        ("A crane lowers a container.", "container", "down"),
        ("A container falls from a crane.", "container", "down"),
        ("A crane drops a beam.", "beam", "down"),
        ("A forklift lifts a pallet.", "pallet", "up"),
        ("A forklift lowers a pallet to the floor.", "pallet", "down"),
        ("A box falls off a forklift.", "box", "down"),
        ("A barrel falls off a truck.", "oil drum", "down"),
    ],
)
def test_a_load_goes_up_or_down(caption: str, kind: str, goes: str) -> None:
    scene = read_scene(caption)
    first, _, last = lower_edges(scene, kind)
    assert (first - last > 0.1) if goes == "up" else (last - first > 0.1)
    assert fidelity(caption, scene).score == 1


def test_a_load_hangs_from_a_crane_all_the_time() -> None:
    edges = lower_edges(read_scene("A container hangs from a crane."), "container")
    assert max(edges) < 0.6 and max(edges) - min(edges) < 0.02


def test_a_load_comes_down_on_the_bed_of_a_truck() -> None:
    caption = "A crane lowers a container onto a truck."
    scene = read_scene(caption)
    assert [a.kind for a in scene.actors] == ["flatbed truck"]
    assert 0.6 < lower_edges(scene, "container")[-1] < 0.8 and fidelity(caption, scene).score == 1
    assert [a.kind for a in read_scene("A truck drives through the gate.").actors] == ["truck"]
