"""Captions in sets that only time tells apart: the grammar's sentences for the contrasts of the storyboard.

A set is one scene said in two ways: the same people, clothes, place and light, another course of events. Its captions
share a group, so that no split parts them, and have the tag "contrast: FACTOR". `svta describe --contrasts N` and
`svta demo` write them.

    for clip in write_contrasts(count=100, seed=0): print(clip.group, clip.tag, clip.caption)
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from typing import Final

from svta.builder.record import CONTRAST, Clip, make_key
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.generation.storyboard.contrasts import Contrast, load_contrasts
from svta.generation.storyboard.scene import PEOPLE

from .grammar import COLOURS, HATS, SOURCE, TIMES, TROUSERS, GrammarError, Part, Wording, place_phrase, worded

_ATTEMPTS: Final = 3_000


def write_contrasts(*, count: int, seed: int = 0, taxonomy: Taxonomy | None = None) -> Iterator[Clip]:
    """The clips without video of `count` sets, the contrasts in even turns; the first N of more sets are the same N.

    Only contrasts of categories that the taxonomy has. Raises GrammarError if there is none or all is written.
    """
    taxonomy = taxonomy or load_taxonomy()
    order = random.Random(f"svta contrasts {seed}")
    writers = {c.name: _Writer(c, seed) for c in load_contrasts() if taxonomy.find(c.category) is not None}
    if not writers:
        raise GrammarError("no contrast is of a category of this taxonomy")
    turn: list[str] = []
    for _ in range(count):
        turn = turn or order.sample(sorted(writers), len(writers))
        writer = writers[turn.pop()]
        yield from _clips(writer.contrast, writer.next(), taxonomy)


def _clips(contrast: Contrast, captions: tuple[str, ...], taxonomy: Taxonomy) -> Iterator[Clip]:
    group = "contrast-" + hashlib.sha256(" / ".join(captions).encode()).hexdigest()[:16]
    category = taxonomy[contrast.category]
    for i, caption in enumerate(captions):
        source_id = f"{group}-{i}"
        yield Clip(
            key=make_key(SOURCE, source_id, caption),
            caption=caption,
            category=category.name,
            is_anomaly=category.is_anomaly,
            source=SOURCE,
            source_id=source_id,
            group=group,
            tag=CONTRAST + contrast.factor,
            synthetic=True,
        )


class _Writer:
    """Draws sets of one contrast without repeating any."""

    def __init__(self, contrast: Contrast, seed: int):
        self.contrast = contrast
        self.chance = random.Random(f"svta contrasts {seed} {contrast.name}")
        self.written: set[tuple[str, ...]] = set()

    def next(self) -> tuple[str, ...]:
        """The captions of a set, one a variant."""
        for _ in range(_ATTEMPTS):
            captions = self._draw()
            if captions not in self.written:
                self.written.add(captions)
                return captions
        raise GrammarError(
            f"the contrast {self.contrast.name!r} has no more than about {len(self.written):,} sets: ask for fewer"
        )

    def _draw(self) -> tuple[str, ...]:
        chance, variants = self.chance, self.contrast.variants
        parts: list[Part] = []
        for role in variants[0].roles:
            kind = chance.choice(role.kinds)
            colour = chance.choice([c for c in COLOURS if c not in [part.colour for part in parts]])
            trousers, hat = (chance.choice(TROUSERS), chance.choice(HATS)) if kind in PEOPLE else (None, False)
            parts.append(Part(role.actor.id, kind, colour, trousers, hat))
        where, time = place_phrase(chance.choice(self.contrast.places)), chance.choice(TIMES)
        say, wording, other_side = chance.randrange(len(variants[0].say)), Wording.draw(chance), chance.random() < 0.5
        ways = [variant.direction * (-1 if other_side else 1) for variant in variants]
        return tuple(
            worded(variant.say[say], parts, where, time, wording, direction="right" if way > 0 else "left")
            for variant, way in zip(variants, ways, strict=True)
        )
