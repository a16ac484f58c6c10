"""Ranks, ties, groups and NaN: hand-computed matrices, a plain sorting re-count, and the official code's numbers."""

from __future__ import annotations

import contextlib
import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from svta.eval.metrics import rank_counts as counting
from svta.eval.metrics import retrieval as metrics
from svta.eval.metrics.ranks import lower_median
from svta.eval.metrics.retrieval import (
    MetricsError,
    retrieval_metrics,
    retrieval_metrics_from_embeddings,
    tied_entries,
)

TIED = np.array([[0.9, 0.9, 0.1], [0.2, 0.5, 0.5], [0.3, 0.7, 0.7]])


def test_no_ties_by_hand():
    m = retrieval_metrics([[0.9, 0.1, 0.2], [0.8, 0.3, 0.1], [0.4, 0.6, 0.5]])
    assert m.t2v.ranks.tolist() == [1, 2, 2]
    assert m.v2t.ranks.tolist() == [1, 2, 1]
    assert m.t2v.as_dict() == pytest.approx({"R@1": 100 / 3, "R@5": 100, "R@10": 100, "MdR": 2, "MnR": 5 / 3})
    assert m.as_dict()["v2t"]["MnR"] == pytest.approx(4 / 3)
    assert (m.t2v.num_ranked, m.t2v.num_nan, m.num_nan, m.ties) == (3, 0, 0, "expected")


@pytest.mark.parametrize(
    ("ties", "t2v", "v2t"),
    [
        ("expected", [1.5, 1.5, 1.5], [1, 3, 1]),
        ("optimistic", [1, 1, 1], [1, 3, 1]),
        ("pessimistic", [2, 2, 2], [1, 3, 1]),
        ("official", [1, 2, 1, 2, 1, 2], [1, 3, 1]),
    ],
)
def test_tie_rules_by_hand(ties, t2v, v2t):
    m = retrieval_metrics(TIED, ties=ties)
    assert m.t2v.ranks.tolist() == t2v
    assert m.v2t.ranks.tolist() == v2t
    assert retrieval_metrics(TIED).with_ties(ties).t2v.ranks.tolist() == t2v


def test_a_collapsed_model_is_at_chance_not_perfect():
    m = retrieval_metrics(np.ones((101, 101)))
    assert m.t2v.recall(1) == pytest.approx(100 / 101) and m.t2v.median_rank == m.v2t.mean_rank == 51
    same = np.full((101, 64), 0.3, np.float32)
    e = retrieval_metrics_from_embeddings(same, same * 2)
    assert e.t2v.ranks.tolist() == e.v2t.ranks.tolist() == [51.0] * 101


def test_groups_by_hand():
    sim = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])  # texts 0 and 1 belong to video 0, text 2 to video 1
    m = retrieval_metrics(sim, groups=[0, 0, 1])
    assert m.t2v.ranks.tolist() == [2, 1, 1]
    assert m.v2t.ranks.tolist() == [1, 2]  # video 1: the best caption of video 0 has .9
    shuffled = retrieval_metrics(sim[[2, 0, 1]], groups=[1, 0, 0])
    assert shuffled.t2v.ranks.tolist() == [1, 2, 1] and shuffled.v2t.ranks.tolist() == [1, 2]
    lonely = retrieval_metrics(np.c_[sim, [1.0, 1.0, 1.0]], groups=[0, 0, 1])
    assert lonely.t2v.ranks.tolist() == [3, 2, 2]
    assert lonely.v2t.ranks.tolist() == [1, 2] and lonely.v2t.queries.tolist() == [0, 1]


def test_a_video_without_captions_is_an_answer_and_no_query():
    """Video 1 of three has no caption: it beats those of video 0, and no caption of it is looked for."""
    scores = [[0.8, 0.95, 0.1], [0.7, 0.95, 0.1], [0.2, 0.2, 0.9]]
    metrics = retrieval_metrics(scores, groups=[0, 0, 2])
    assert metrics.t2v.ranks.tolist() == [2, 2, 1]
    assert (metrics.v2t.queries.tolist(), metrics.v2t.ranks.tolist()) == ([0, 2], [1, 1])


def test_official_groups_take_the_lower_median():
    sim = np.array([[0.9, 0.1], [0.1, 0.9]])
    m = retrieval_metrics(sim, groups=[0, 0], ties="official")
    assert sorted(m.t2v.ranks) == [1, 2] and m.t2v.median_rank == 1
    assert retrieval_metrics(sim, groups=[0, 0]).t2v.median_rank == 1.5
    tied = retrieval_metrics(np.zeros((4, 4)), groups=[2, 1, 0, 3], ties="official")
    assert tied.t2v.ranks.tolist() == [3, 2, 1, 4]  # a stable sort: one entry a caption, ties by place
    assert lower_median(np.array([4, 1, 3, 2])) == 2


def test_nan_is_counted_never_dropped():
    sim = np.array([[np.nan, 0.5, 0.1], [0.2, 0.6, np.nan], [-np.inf, 0.1, -np.inf]])
    m = retrieval_metrics(sim)
    assert m.t2v.ranks.tolist() == [3, 1, 2.5]
    assert m.v2t.ranks.tolist() == [3, 1, 2.5]  # column 2: .1 above, the NaN of row 1 equals -inf
    assert (m.num_nan, m.t2v.num_nan, m.t2v.num_ranked) == (2, 1, 3)
    official = retrieval_metrics(sim, ties="official")
    assert official.t2v.ranks.tolist() == [1] and official.t2v.num_ranked == 1
    everything = retrieval_metrics(np.full((4, 4), np.nan))
    assert everything.t2v.ranks.tolist() == [4] * 4 and everything.num_nan == 16
    grouped = retrieval_metrics(np.full((4, 2), np.nan), groups=[0, 1, 1, 0])
    assert grouped.t2v.ranks.tolist() == [2] * 4 and grouped.v2t.ranks.tolist() == [2, 2]
    nothing = retrieval_metrics(np.full((4, 4), np.nan), ties="official").t2v
    assert nothing.num_ranked == 0 and np.isnan([nothing.recall(1), nothing.median_rank, nothing.mean_rank]).all()


def test_nan_embeddings_rank_last():
    rng = np.random.default_rng(0)
    text, video = rng.standard_normal((2, 300, 16))
    text[7] = np.nan
    m = retrieval_metrics_from_embeddings(text, video)
    assert m.t2v.ranks[7] == m.v2t.ranks[7] == 300
    assert (m.t2v.num_nan, m.num_nan, m.t2v.num_ranked) == (1, 300, 300)
    assert np.array_equal(m.t2v.ranks, retrieval_metrics(text @ video.T).t2v.ranks)


def test_one_clip_and_wrong_input():
    assert retrieval_metrics([[0.0]]).t2v.as_dict() == {"R@1": 100, "R@5": 100, "R@10": 100, "MdR": 1, "MnR": 1}
    for bad, said in [
        (np.zeros((0, 0)), "0 texts"),
        (np.zeros((2, 3)), "without groups"),
        (np.zeros(3), "two dimensions"),
        ([["a"]], "numbers"),
        (np.zeros((1, 1), complex), "numbers"),
    ]:
        with pytest.raises(MetricsError, match=said):
            retrieval_metrics(bad)
    with pytest.raises(MetricsError, match="expected, optimistic"):
        retrieval_metrics([[1.0]], ties="random")
    for groups in ([0, 2], [-1, 0], [0], [0.5, 1.0]):
        with pytest.raises(MetricsError, match="groups"):
            retrieval_metrics(np.zeros((2, 2)), groups=groups)
    with pytest.raises(MetricsError, match="dimensions"):
        retrieval_metrics_from_embeddings(np.zeros((2, 3)), np.zeros((2, 4)))


def test_torch_and_half_precision_come_in():
    torch = pytest.importorskip("torch")
    sim = torch.randn(9, 9, dtype=torch.float64, requires_grad=True)
    assert retrieval_metrics(sim).as_dict() == retrieval_metrics(sim.detach().numpy()).as_dict()
    half = sim.to(torch.bfloat16)
    assert retrieval_metrics(half).as_dict() == retrieval_metrics(half.detach().float().numpy()).as_dict()
    grouped = retrieval_metrics(sim[:, :3], groups=torch.arange(9) // 3)
    assert grouped.v2t.num_ranked == 3


def test_subset_keeps_the_gallery():
    m = retrieval_metrics(TIED).t2v
    assert m.subset([False, True, True]).ranks.tolist() == [1.5, 1.5]
    assert m.subset(np.array([2])).queries.tolist() == [2]
    assert m.subset([]).num_ranked == 0


def recount(sim, owner, grouped):
    """Ranks as bounds (best, worst), one query at a time."""
    sim = np.where(np.isnan(sim), -np.inf, sim)
    videos = np.unique(owner) if grouped else np.arange(sim.shape[1])
    best = np.array([sim[owner == v].max(axis=0) for v in videos])

    def bounds(row, own):
        return int((row > row[own]).sum()) + 1, int((row >= row[own]).sum())

    return (
        [bounds(sim[i], owner[i]) for i in range(len(sim))],
        [bounds(best[:, v], n) for n, v in enumerate(videos)],
    )


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 30),
    st.integers(1, 6),
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.integers(1, 50),
)
def test_agrees_with_a_plain_recount(num_texts, num_videos, levels, seed, grouped, rows):
    rng = np.random.default_rng(seed)
    num_videos = num_videos if grouped else num_texts
    owner = rng.integers(0, num_videos, num_texts) if grouped else np.arange(num_texts)
    groups = owner if grouped else None
    text = rng.integers(-levels, levels + 1, (num_texts, 2)).astype(np.float32)  # small whole numbers: many exact ties
    video = rng.integers(-levels, levels + 1, (num_videos, 2)).astype(np.float32)
    t2v, v2t = recount(text @ video.T, owner, grouped)
    for m in (
        retrieval_metrics(text @ video.T, groups=groups),
        retrieval_metrics_from_embeddings(text, video, groups=groups, block_rows=rows),
    ):
        for way, truth in ((m.t2v, t2v), (m.v2t, v2t)):
            assert way.with_ties("optimistic").ranks.tolist() == [a for a, _ in truth]
            assert way.with_ties("pessimistic").ranks.tolist() == [b for _, b in truth]
            assert way.ranks.tolist() == [(a + b) / 2 for a, b in truth]


@pytest.mark.parametrize("grouped", [False, True])
def test_embeddings_agree_with_the_matrix_over_many_blocks(grouped):
    rng = np.random.default_rng(1)
    text, video = rng.standard_normal((2, 1_300, 24))
    owner = rng.permutation(1_300) if grouped else None
    a = retrieval_metrics_from_embeddings(text, video, groups=owner)
    b = retrieval_metrics(text @ video.T, groups=owner)
    assert np.array_equal(a.t2v.ranks, b.t2v.ranks) and np.array_equal(a.v2t.ranks, b.v2t.ranks)


def test_repeated_embeddings_tie_exactly():
    """BLAS alone gives equal rows different last bits: video 3 stands 500 times, text 3 too."""
    rng = np.random.default_rng(2)
    text, video = rng.standard_normal((2, 1_200, 512)).astype(np.float32)
    chosen = rng.permutation(1_200)[:500]
    video[chosen], text[chosen] = video[3], text[3]
    m = retrieval_metrics_from_embeddings(text, video)
    for way in (m.t2v, m.v2t):
        width = way.with_ties("pessimistic").ranks - way.with_ties("optimistic").ranks
        alike = np.union1d(chosen, [3])
        assert (width[alike] == len(alike) - 1).all() and (np.delete(width, alike) < 2).all()  # one may tie by chance
    multi = retrieval_metrics_from_embeddings(text, video, groups=np.arange(1_200), ties="official").t2v
    assert np.array_equal(np.sort(multi.before[np.union1d(chosen, [3])]), np.arange(len(np.union1d(chosen, [3]))))


def test_a_few_repeats_among_many_are_counted_as_often_as_they_stand():
    """Three equal videos and two equal captions among 600: ties of 3 and of 2, both ways, and no others."""
    rng = np.random.default_rng(6)
    text, video = rng.standard_normal((2, 600, 64)).astype(np.float32)
    video[[40, 500]], text[300] = video[7], text[11]
    m = retrieval_metrics_from_embeddings(text, video)
    assert np.flatnonzero(m.t2v.equal == 3).tolist() == [7, 40, 500] and m.t2v.equal.sum() == 606
    assert np.flatnonzero(m.v2t.equal == 2).tolist() == [11, 300] and m.v2t.equal.sum() == 602


def test_a_few_ties_with_repeated_rows_count_as_often_as_they_stand():
    """Caption 0 ties with videos 1, 2 and 3, which are one row: 4 share its score, in a gallery without other ties."""
    text, video = np.eye(600, dtype=np.float32), np.eye(600, dtype=np.float32)
    video[1:4] = video[0] + video[1]
    m = retrieval_metrics_from_embeddings(text, video).t2v
    assert m.equal[[0, 1, 4]].tolist() == [4, 3, 1] and m.recall(1) == retrieval_metrics(text @ video.T).t2v.recall(1)


def test_official_count_of_the_published_table():
    """290 rows, two duplicate caption pairs, one duplicate video pair: n = 292 and 294 officially, 290 honestly."""
    rng = np.random.default_rng(3)
    text, video = rng.standard_normal((2, 290, 512)).astype(np.float32)
    text[11], text[200], video[44] = text[10], text[100], video[43]
    official = retrieval_metrics_from_embeddings(text, video, ties="official")
    assert (official.t2v.num_ranked, official.v2t.num_ranked) == (292, 294)
    honest = official.with_ties("expected")
    assert (honest.t2v.num_ranked, honest.v2t.num_ranked) == (290, 290)


def test_tied_entries():
    assert tied_entries(np.array([0, 3]), np.array([2, 3])).tolist() == [1, 2, 4, 5, 6]


def test_memory_stays_far_below_the_matrix():
    rng = np.random.default_rng(4)
    text, video = rng.standard_normal((2, 6_000, 32)).astype(np.float32)
    tracemalloc.start()
    retrieval_metrics_from_embeddings(text, video)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6 < 6_000 * 6_000 * 4


def official_cases(shared):
    numbers = json.loads((shared / "reference/metrics_clip4clip.json").read_text())
    return numbers, load_file(shared / "reference/metrics_clip4clip.safetensors")


def check(way, official, median):
    expected = {"R@1": official["R1"], "R@5": official["R5"], "R@10": official["R10"]}
    expected |= {"MdR": official[median], "MnR": official["MeanR"]}
    assert way.as_dict() == pytest.approx(expected, rel=1e-6)
    if "cols" in official:
        assert (way.ranks - 1).tolist() == official["cols"]


def test_every_official_case(shared):
    numbers, matrices = official_cases(shared)
    assert numbers
    for name, case in numbers.items():
        lengths = case.get("lens")
        groups = None if lengths is None else np.repeat(np.arange(len(lengths)), lengths)
        m = retrieval_metrics(matrices[name], ties="official", groups=groups)
        check(m.t2v, case["t2v"], "MR")
        check(m.v2t, case["v2t"], "MR")
        if lengths is not None:
            square = retrieval_metrics(matrices[f"{name}.v2t_matrix"], ties="official")
            assert square.t2v.ranks.tolist() == m.v2t.ranks.tolist()


@pytest.mark.parametrize("name", ["clip4clip_meanP", "clip4clip_seqTransf", "xclip_seqTransf"])
def test_official_metrics_of_the_heads(shared, name):
    sim = load_file(shared / f"reference/{name}.expected.safetensors")["sim"][:5]
    case = json.loads((shared / f"reference/{name}.json").read_text())
    m = retrieval_metrics(sim, ties="official")
    check(m.t2v, case["t2v_first5"], "MR")
    check(m.v2t, case["v2t_first5"], "MR")


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_threads_count_what_one_counts(monkeypatch, threads):
    rng = np.random.default_rng(3)
    text, video = rng.integers(-2, 3, (2, 1_300, 6)).astype(np.float32)  # many ties, repeated rows, several blocks
    video[7], text[9, 0] = np.nan, np.nan
    alone = retrieval_metrics(np.asarray(text @ video.T))
    monkeypatch.setattr(metrics, "product_threads", lambda: contextlib.nullcontext(threads))
    for found in (retrieval_metrics_from_embeddings(text, video), retrieval_metrics(np.asarray(text @ video.T))):
        assert found.num_nan == alone.num_nan
        for way, other in ((found.t2v, alone.t2v), (found.v2t, alone.v2t)):
            assert (way.greater == other.greater).all() and (way.equal == other.equal).all()


def test_an_error_in_a_thread_is_raised(monkeypatch):
    monkeypatch.setattr(metrics, "product_threads", lambda: contextlib.nullcontext(2))
    monkeypatch.setattr(counting, "count_rows", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        retrieval_metrics(np.eye(9))


def test_blas_threads_are_as_they_were_afterwards():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    before = [library["num_threads"] for library in threadpoolctl.threadpool_info()]
    retrieval_metrics(np.eye(20))
    assert [library["num_threads"] for library in threadpoolctl.threadpool_info()] == before


def test_rows_that_are_equal_bit_by_bit_are_one():
    matrix = np.array([[1, 2], [1, 3], [1, 2], [0.0, 1], [-0.0, 1]], np.float32)
    rows = counting.distinct_rows(matrix)
    assert rows.first.tolist() == [0, 1, 3, 4] and rows.inverse.tolist() == [0, 1, 0, 2, 3]
    assert rows.weight.tolist() == [2, 1, 1, 1]
    assert counting.distinct_rows(matrix[1:]).weight is None
    assert counting.distinct_rows(matrix[[0, 3, 2]]).weight.tolist() == [2, 1]  # a pair, and no third


@pytest.mark.parametrize("width", [8, 2_040, 2_048, 4_080, 4_096])
def test_counts_of_full_rows_and_columns_do_not_overflow(width):
    full = np.ones((3, width), bool)
    full[1, 0] = full[2, -1] = False
    assert counting.count_rows(full).tolist() == [width, width - 1, width - 1]
    for rows in (254, 255, 256, 257, 512):
        assert counting.count_columns(np.ones((rows, 2), bool)).tolist() == [rows, rows]


@pytest.mark.parametrize("count", [255, 256, 257, 2_051])
def test_a_constant_model_ties_with_all(count):
    """Every count at its largest: blocks of any width, both ways."""
    m = retrieval_metrics_from_embeddings(np.ones((count, 3), np.float32), np.ones((count, 3), np.float32))
    scored = retrieval_metrics(np.zeros((count, count), np.float32))
    for way in (m.t2v, m.v2t, scored.t2v, scored.v2t):
        assert set(way.equal.tolist()) == {count} and not way.greater.any()


def test_products_that_are_nan_are_counted():
    """Infinity times zero: no embedding is NaN, two of nine scores are; they count as the lowest."""
    text = np.array([[np.inf, 1], [1, 1], [1, 2]], np.float32)
    video = np.array([[1, 3], [0, 1], [0, 4]], np.float32)
    m = retrieval_metrics_from_embeddings(text, video)
    assert m.num_nan == 2 and m.t2v.ranks.tolist() == [1, 3, 1] and m.v2t.ranks.tolist() == [1, 2, 1]


def test_a_video_one_of_whose_captions_is_nan_is_ranked_by_the_others():
    """V2T of video 0 by its second caption, .8, which video 1's beats with .9: rank 2, not last by the NaN one."""
    scores = np.array([[np.nan, 0.1, 0.0], [0.8, 0.2, 0.0], [0.9, 0.7, 0.0], [0.1, 0.0, 0.5]])
    m = retrieval_metrics(scores, groups=[0, 0, 1, 2])
    assert m.v2t.ranks.tolist() == [2, 1, 1] and m.v2t.num_nan == 0
    assert m.t2v.ranks.tolist() == [3, 1, 2, 1] and m.t2v.num_nan == 1


def test_official_entries_leave_out_an_infinite_true_pair_and_name_their_queries():
    """Query 0 has an infinite true score and no entry; query 1 ties two ways and has two; query 2 has one."""
    found = retrieval_metrics([[np.inf, 0, 0], [0, 1, 1], [0, 0, 2]], ties="official").t2v
    assert found.ranks.tolist() == [1, 2, 1] and found.query_of_rank.tolist() == [1, 1, 2]


def test_a_nan_candidate_ties_with_minus_infinity_and_is_the_greatest_in_the_official_captions_rule():
    m = retrieval_metrics([[-np.inf, np.nan], [0.0, 1.0]])
    assert m.t2v.ranks.tolist() == [1.5, 1] and m.v2t.ranks.tolist() == [2, 1] and m.num_nan == 1
    scores, groups = [[0.5, np.nan], [0.1, 0.9]], [0, 1]
    official = retrieval_metrics(scores, groups=groups, ties="official")  # torch.argsort puts NaN first
    assert official.t2v.ranks.tolist() == [2, 1] and official.num_nan == 1
    assert retrieval_metrics(scores, groups=groups).t2v.ranks.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("text", "video", "more", "says"),
    [
        ([1.0], [[1.0]], {}, "text embeddings: two dimensions are needed, these are 1"),
        ([[1.0]], [1.0], {}, "video embeddings: two dimensions are needed, these are 1"),
        ([[1.0]], [[1j]], {}, "video embeddings: numbers are needed, this is complex128"),
        ([[]], [[]], {}, "embeddings without dimensions"),
        ([[1.0]], [[1.0, 2.0]], {}, "text embeddings have 1 dimensions, video embeddings 2"),
        ([[1.0]], [[1.0]], {"block_rows": 0}, "block_rows 0: at least 1"),
    ],
)
def test_embeddings_that_cannot_be_ranked_are_named(text, video, more, says):
    with pytest.raises(MetricsError, match=f"^{says}$"):
        retrieval_metrics_from_embeddings(text, video, **more)
    with pytest.raises(MetricsError, match="^similarity: two dimensions are needed, these are 1$"):
        retrieval_metrics([1.0, 2.0])
