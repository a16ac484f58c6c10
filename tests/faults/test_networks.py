"""Commands that talk to servers, over a network that dies: one line or the whole work, and the same command resumes."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from writing_commands import WRITERS, World, Writer

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(1_200)]


@contextmanager
def dying_wire(port: int, chance: random.Random) -> Iterator[int]:
    """A port whose connections lead to another one; two of three are cut after some bytes of the answer."""
    lock = threading.Lock()

    def relay(near: socket.socket) -> None:
        with lock:
            left = chance.choice([1 << 40, chance.randint(0, 40), chance.randint(40, 2_000)])
        with near, socket.create_connection(("127.0.0.1", port)) as far, suppress(OSError):
            threading.Thread(target=copy, args=(near, far), daemon=True).start()
            while left > 0 and (data := far.recv(min(left, 4_096))):
                near.sendall(data)
                left -= len(data)
            near.shutdown(socket.SHUT_RDWR)

    def copy(near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while data := near.recv(4_096):
                far.sendall(data)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=relay, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def goes_on(world: World, writer: Writer, folder: Path, want: dict[str, str], code: int, text: str) -> None:
    assert code in (0, 1, 2) and "Traceback" not in text and "(not foreseen: " not in text, text
    done = world.run(writer, folder)
    assert done.code == 0, done
    assert world.state(writer, folder) == want
    world.check(writer, folder)


@pytest.mark.parametrize("name", ["push", "pull", "pull split"])
@pytest.mark.parametrize("seed", range(4))
def test_a_hub_that_drops_answers(world: World, tmp_path: Path, name: str, seed: int) -> None:
    writer, chance = next(writer for writer in WRITERS if writer.name == name), random.Random(seed)
    whole = world.lay_out(writer, tmp_path / "whole")
    before = len(world.hub.requests)
    assert world.run(writer, whole).code == 0
    total, now = len(world.hub.requests) - before, len(world.hub.requests)
    want = world.state(writer, whole)
    faults = chance.sample(range(now + 1, now + 1 + total), min(6, total))
    world.hub.fault_at = {number: chance.choice(("drop", "cut", "503", "500")) for number in faults}
    folder = world.lay_out(writer, tmp_path / "run")
    done = world.run(writer, folder)
    world.hub.fault_at.clear()
    goes_on(world, writer, folder, want, done.code, done.out + done.err)


@pytest.mark.parametrize("name", ["describe chat", "audit"])
@pytest.mark.parametrize("seed", range(2))
def test_an_endpoint_whose_answers_are_cut(world: World, tmp_path: Path, name: str, seed: int) -> None:
    writer = next(writer for writer in WRITERS if writer.name == name)
    whole = world.lay_out(writer, tmp_path / "whole")
    assert world.run(writer, whole).code == 0
    want = world.state(writer, whole)
    folder = world.lay_out(writer, tmp_path / "run")
    place = "vision" if name == "audit" else "chat"
    port = int(world.places[place].rpartition(":")[2].partition("/")[0])
    with dying_wire(port, random.Random(seed)) as wire:
        over = replace(world, places=world.places | {place: world.places[place].replace(f":{port}/", f":{wire}/")})
        done = over.run(writer, folder)
    # another port is another server to the cache of answers: the folder is begun anew
    assert done.code in (0, 1, 2) and "Traceback" not in done.err and "(not foreseen: " not in done.err, done
    again = world.lay_out(writer, tmp_path / "again")
    goes_on(world, writer, again, want, done.code, done.out + done.err)
