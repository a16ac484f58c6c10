"""A test set shaped as MSVD: few videos, many captions each, some repeated, two files that are twins; and its figures.

The figures are counted by plain loops from one matrix of scores, apart from everything in svta.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from eval_world import film, table

VIDEOS, MOST = 9, 40
PLUGIN = '''
import hashlib, re
import numpy as np, torch
from svta.eval.encoders.registry import register_encoder

def vector(name, level):
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return torch.from_numpy(np.random.default_rng(seed).integers(-level, level + 1, 3).astype(np.float32))

@register_encoder("knows_some")
class KnowsSome:
    """A caption's video is named in it; rows of few whole numbers, so that scores tie."""
    num_frames, image_size, resize = 1, 32, "squash"
    strength = 1.0
    def __init__(self, model, *, device=None, dtype=None):
        self.model = None
    def encode_text(self, texts):
        own = [int(re.search(r"scene (\\\\d+)", text)[1]) for text in texts]
        rows = [torch.cat([self.strength * torch.eye(16)[n], vector(text.lower(), 1)]) for n, text in zip(own, texts)]
        return torch.stack(rows)
    def encode_video(self, pixel_values, frame_mask):
        shade = (pixel_values[:, 0].float().mean(dim=(1, 2, 3)) / 25).round().int().tolist()
        return torch.stack([torch.cat([torch.eye(16)[n], vector(f"video {n}", 1)]) for n in shade])

@register_encoder("knows_all")
class KnowsAll(KnowsSome):
    strength = 100.0
'''.replace("\\\\", "\\")


def shade(number: int) -> bytes:
    """An mp4 of one grey level, 25 apart: its number can be read off its pixels."""
    from svta.builder.video.encoder import encode

    return encode(np.full((3, 32, 32, 3), 25 * number, np.uint8), fps=4)


def rows(twins: bool = True) -> list[dict[str, object]]:
    """(file, text) rows, shuffled: 1, 2, 5 ... 40 captions a video; with twins a tenth file of the last one's bytes."""
    rng = np.random.default_rng(0)
    made: list[dict[str, object]] = []
    for n, count in enumerate([1, 2, 5, 3, MOST, 4, 1, 7, 6]):
        made += [{"file": f"v{n}.mp4", "text": f"Caption {i} of scene {n}."} for i in range(count)]
    made += [{"file": "v4.mp4", "text": "caption 3 of scene 4"}]  # a caption that repeats, for the same video
    made += [{"file": "v2.mp4", "text": "Caption 0 of scene 5."}]  # ... and for another one
    if twins:
        made += [{"file": "twin.mp4", "text": f"Another caption {i} of scene 8."} for i in range(3)]
    return [made[i] for i in rng.permutation(len(made))]


def world(folder: Path, twins: bool = True) -> Path:
    """videos/, captions.csv, plugin.py and two models below `folder`."""
    from eval_world import model

    (folder / "videos").mkdir(parents=True)
    for n in range(VIDEOS):
        (folder / "videos" / f"v{n}.mp4").write_bytes(shade(n))
    (folder / "videos" / "twin.mp4").write_bytes(shade(VIDEOS - 1))
    (folder / "videos" / "unused.mp4").write_bytes(film(1))
    table(folder / "captions.csv", rows(twins))
    (folder / "plugin.py").write_text(PLUGIN)
    for name in ("knows_some", "knows_all"):
        model(folder / name, name)
    return folder


def counted(scores: np.ndarray, owner: list[int], ties: str) -> dict[str, dict[str, float]]:
    """R@1 R@5 R@10 MdR MnR both ways of scores [T, V], one query at a time; ties: any rule of svta eval --ties."""
    texts, videos = scores.shape
    best = [[max(scores[t][v] for t in range(texts) if owner[t] == u) for v in range(videos)] for u in range(videos)]
    t2v = [(list(scores[t]), owner[t]) for t in range(texts)]
    v2t = [([best[u][v] for u in range(videos)], v) for v in range(videos)]
    return {"t2v": _figures(t2v, ties, by_place=True), "v2t": _figures(v2t, ties, by_place=False)}


def _figures(queries: list[tuple[list[float], int]], ties: str, *, by_place: bool) -> dict[str, float]:
    ranks: list[float] = []
    found = {k: [] for k in (1, 5, 10)}
    for row, own in queries:
        above = sum(score > row[own] for score in row)
        equal = sum(score == row[own] for score in row)
        places = list(range(above + 1, above + equal + 1))  # where the true item may come out
        if ties == "official":
            places = [above + sum(s == row[own] for s in row[:own]) + 1] if by_place else places
            ranks += places
            for k, hits in found.items():
                hits += [float(place <= k) for place in places]
            continue
        places = {"expected": places, "optimistic": places[:1], "pessimistic": places[-1:]}[ties]
        ranks.append(float(np.mean(places)))
        for k, hits in found.items():
            hits.append(float(np.mean([place <= k for place in places])))
    middle = sorted(ranks)[(len(ranks) - 1) // 2] if ties == "official" and by_place else np.median(ranks)
    recalls = {f"R@{k}": 100 * float(np.mean(hits)) for k, hits in found.items()}
    return recalls | {"MdR": float(middle), "MnR": float(np.mean(ranks))}
