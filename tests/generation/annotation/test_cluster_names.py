"""naming.py: names of groups read well, repeat no word, and are each another; typical texts say different things."""

from __future__ import annotations

import re

import numpy as np
import pytest

from svta.generation.annotation.cluster_names import distinct_names, distinct_terms, readable_name, stem, typical

pytest.importorskip("sklearn")
from svta.generation.annotation.text_vectors import tfidf_matrix

TEXTS = [
    *(f"A man in black walked to the counter and took a {thing} from the clerk." for thing in ("box", "bag", "cup")),
    *(f"The {colour} car drove past the traffic light." for colour in ("red", "white", "silver")),
    "Two people leave.",
]


def test_a_name_repeats_no_word_and_reads_as_the_texts_do():
    terms, matrix = tfidf_matrix(TEXTS)
    average = np.asarray(matrix.mean(axis=0)).ravel()
    best = distinct_terms(matrix, np.arange(3), average, terms)
    name = readable_name(best, TEXTS[:3])
    words = [stem(word) for word in re.findall(r"\w+", name) if word not in ("in", "to", "the", "from")]
    assert len(words) == len(set(words)) > 2
    assert any(phrase in TEXTS[0].casefold() for phrase in name.split(", ") if " " in phrase)
    assert "traffic light" in readable_name(distinct_terms(matrix, np.arange(3, 6), average, terms), TEXTS[3:6])


def test_a_word_in_two_shapes_is_one():
    assert stem("walked") == stem("walking") == stem("walks") == stem("walk")
    assert stem("men") == stem("man")
    assert readable_name(["walks", "walked", "walking home", "door"], ["He walks."]) == "walks, door"
    assert readable_name(["black", "man black", "door"], ["A man in black"]) == "man in black, door"
    assert readable_name([], []) == ""


def test_names_that_come_twice_are_distinct_names():
    spare = [("fire",), ("fire", "handcuffs"), ("arrest", "arrested"), ()]
    names = distinct_names(["arrest", "arrest", "arrest", "smoke"], spare)
    assert names == ["arrest: fire", "arrest: handcuffs", "arrest (2)", "smoke"]


def test_typical_texts_are_whole_and_different():
    same = ["A man takes a cup from the shelf.", "The man takes a cup from a shelf!"]
    texts = ["A man.", *same, "A man drops a cup at the till."]
    _, matrix = tfidf_matrix(texts)
    shown = typical(texts, matrix, np.arange(4), 2)
    assert len(shown) == 2
    assert len(set(shown) & set(same)) == 1
    assert typical(texts, matrix, np.arange(0), 2) == ()


@pytest.mark.slow
def test_names_of_real_groups_are_clean(shared):
    """98 groups of 4,331 real captions: all named, no name twice, no word twice in a name."""
    from svta.builder.sources.registry import read_source
    from svta.builder.taxonomy import load_taxonomy
    from svta.generation.annotation.annotate import AnnotateConfig, annotate

    clips = list(read_source("uca", str(shared / "data/captions/uca/UCFCrime_Test.json"), on_reject=print))
    groups = annotate(clips, load_taxonomy(), AnnotateConfig(clusters=98)).groups
    assert len({group.name for group in groups}) == len(groups) == 98
    for group in groups:
        parts = group.name.replace(":", ",").split(", ")
        assert all(len(set(part.split())) == len(part.split()) for part in parts), group.name
        heads = [stem(part.split()[0]) for part in parts]
        assert len(heads) == len(set(heads)), group.name
        assert len(set(group.typical)) == len(group.typical) >= 1
