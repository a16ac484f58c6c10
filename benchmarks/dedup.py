"""Near-duplicate captions: svta's index against datasketch on the same texts in the same run, seconds and memory.

    python benchmarks/dedup.py [--captions 1000000] [--peer-captions 20000] [--json]

Captions are made here: 8 to 30 words of a Zipf vocabulary, one in ten a copy of an earlier one with one word changed.
A second measure counts how many of the planted copies past the threshold are found.
"""

from __future__ import annotations

import argparse
import itertools
import random
import resource
import time
from importlib.util import find_spec
from typing import Any

from rounds import show, target

from svta.generation.filters.duplicates import NEAR_THRESHOLD, Duplicates, word_pairs

MAX_SECONDS = 180.0
MAX_GIGABYTES = 4.0


def make(count: int, seed: int = 0) -> tuple[list[str], dict[int, int]]:
    """Captions, and copy -> original of those planted."""
    rnd = random.Random(seed)
    words = [f"word{i}" for i in range(8_000)]
    weights = list(itertools.accumulate(1 / (i + 5) for i in range(len(words))))
    captions: list[str] = []
    planted: dict[int, int] = {}
    for i in range(count):
        if i > 10 and rnd.random() < 0.1:
            planted[i] = rnd.randrange(i)
            copy = captions[planted[i]].split()
            copy[rnd.randrange(len(copy))] = rnd.choice(words)
            captions.append(" ".join(copy))
        else:
            captions.append(" ".join(rnd.choices(words, cum_weights=weights, k=rnd.randint(8, 30))))
    return captions, planted


def svta(captions: list[str]) -> set[int]:
    """Indices of captions that repeat a kept one, exactly or nearly, as `svta describe --dedup --near` finds them."""
    seen = Duplicates()
    return {i for i, caption in enumerate(captions) if seen.first_of(str(i), caption, NEAR_THRESHOLD)}


def datasketch(captions: list[str]) -> set[int]:
    """The same by datasketch's MinHash and LSH, candidates measured exactly, as ours are."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=NEAR_THRESHOLD, num_perm=128)
    found: set[int] = set()
    for i, caption in enumerate(captions):
        pairs = word_pairs(caption)
        sketch = MinHash(num_perm=128)
        sketch.update_batch([pair.encode() for pair in pairs])
        near = (word_pairs(captions[int(key)]) for key in index.query(sketch))
        if any(len(pairs & other) >= NEAR_THRESHOLD * len(pairs | other) for other in near):
            found.add(i)
        else:
            index.insert(str(i), sketch)
    return found


def recall(captions: list[str], planted: dict[int, int], found: set[int]) -> tuple[int, float]:
    """(planted copies past the threshold whose original was kept, the share of them found)."""
    due = [
        copy
        for copy, original in planted.items()
        if original not in found and _alike(captions[copy], captions[original]) >= NEAR_THRESHOLD
    ]
    return len(due), sum(copy in found for copy in due) / max(1, len(due))


def _alike(one: str, other: str) -> float:
    a, b = word_pairs(one), word_pairs(other)
    return len(a & b) / len(a | b)


def measure(name: str, method: Any, captions: list[str], planted: dict[int, int]) -> dict[str, Any]:
    """One row: seconds, captions a second, what was found, the process's peak memory so far."""
    start = time.perf_counter()
    found = method(captions)
    seconds = time.perf_counter() - start
    due, share = recall(captions, planted, found)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {
        "method": name,
        "captions": len(captions),
        "seconds": round(seconds, 2),
        "captions_per_second": round(len(captions) / seconds),
        "found": len(found),
        "copies_due": due,
        "copies_found": round(share, 4),
        "peak_gigabytes": round(peak, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=int, default=1_000_000)
    parser.add_argument("--peer-captions", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    few, planted_few = make(args.peer_captions)
    many, planted = make(args.captions)
    rows, missing = [measure("svta", svta, few, planted_few)], {}
    if find_spec("datasketch"):
        rows.append(measure("datasketch", datasketch, few, planted_few))
    else:
        missing["datasketch"] = "not installed: pip install svta[bench]"
    rows.append(measure("svta", svta, many, planted))
    last = rows[-1]
    targets = [
        target("seconds", last["seconds"], at_most=MAX_SECONDS),
        target("peak_gigabytes", last["peak_gigabytes"], at_most=MAX_GIGABYTES),
    ]
    show(rows, targets, missing, args.json)


if __name__ == "__main__":
    main()
