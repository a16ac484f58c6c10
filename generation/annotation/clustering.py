"""k-means on unit vectors, and how well two labellings agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from svta.builder.errors import MissingExtra, SvtaError
from svta.builder.record import Clip

from .text_vectors import Vectors


class AnnotateError(SvtaError):
    """Descriptions that cannot be annotated or grouped."""


def kmeans(vectors: Vectors, clusters: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(cluster of each row, centres), the largest cluster first. Raises AnnotateError for fewer rows than clusters."""
    if not 2 <= clusters <= len(vectors):
        raise AnnotateError(f"--clusters {clusters}: 2 to {len(vectors)} groups are possible with these descriptions")
    try:
        from sklearn.cluster import MiniBatchKMeans
    except ImportError:
        raise MissingExtra("sklearn", "generate") from None
    model = MiniBatchKMeans(clusters, random_state=seed, n_init=3, batch_size=4096, max_iter=60).fit(vectors)
    sizes = np.bincount(model.labels_, minlength=clusters)
    order = np.argsort(-sizes, kind="stable")
    place = np.empty(clusters, int)
    place[order] = np.arange(clusters)
    return place[model.labels_], model.cluster_centers_[order]


def agreement(clips: Sequence[Clip], assigned: np.ndarray) -> dict[str, dict[str, float]]:
    """Purity and NMI of clusters against tags: over anomaly rows (UCF-Crime's 13) and over all rows with a tag."""
    from sklearn.metrics import normalized_mutual_info_score

    found = {}
    for name, rows in (
        ("anomaly", [i for i, clip in enumerate(clips) if clip.tag and clip.is_anomaly and assigned[i] >= 0]),
        ("all", [i for i, clip in enumerate(clips) if clip.tag and assigned[i] >= 0]),
    ):
        tags = [str(clips[i].tag) for i in rows]
        if len(set(tags)) < 2:
            continue
        where = [int(assigned[i]) for i in rows]
        inside: dict[int, Counter[str]] = {}
        for cluster, tag in zip(where, tags):
            inside.setdefault(cluster, Counter())[tag] += 1
        purity = sum(max(counts.values()) for counts in inside.values()) / len(rows)
        largest = max(Counter(tags).values()) / len(rows)
        nmi = float(normalized_mutual_info_score(tags, where))
        found[name] = {
            "rows": len(rows),
            "tags": len(set(tags)),
            "purity": round(purity, 4),
            "purity_of_one_cluster": round(largest, 4),
            "nmi": round(nmi, 4),
        }
    return found
