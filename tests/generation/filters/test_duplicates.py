"""What near duplicates share: pairs of neighbouring words with the ends of the caption."""

from __future__ import annotations

from svta.generation.filters.duplicates import word_pairs


def test_pairs_hold_the_ends_and_neither_case_nor_punctuation():
    assert word_pairs("A man falls.") == {" a", "a man", "man falls", "falls "}
    assert word_pairs("a MAN  falls!") == word_pairs("A man falls.")
    assert word_pairs("Falls a man.") & word_pairs("A man falls.") == {"a man"}  # order and ends count
