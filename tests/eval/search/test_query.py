"""Parts of videos as queries: exactly their frames, and no more of them than an example may have."""

from __future__ import annotations

import numpy as np
import pytest
from colour_encoder import COLOURS, ColourEncoder, write_colours

from svta.eval.search import query
from svta.eval.search.calibration import too_little
from svta.eval.search.query import Example, example_vector
from svta.eval.search.store.layout import Sampling, SearchError


def colours_in(path, example, fps):
    """The shares of the colours in an example, as far as they are more than the block that moves."""
    encoder = ColourEncoder("colours")
    sampling = Sampling(fps, (2.0,), True, False, encoder.frames("fast").as_dict())
    vector = example_vector(encoder, sampling, Example(str(path), *example), len(COLOURS))
    return {name for name, share in zip(COLOURS, vector) if share > 0.3}


@pytest.mark.parametrize(
    ("example", "colours"),
    [((0.3, 0.4), {"red"}), ((0.2, 0.3), {"grey"}), ((0.7, 0.8), {"blue"}), ((0.2, 0.4), {"grey", "red"})],
)
def test_an_example_begins_with_the_frame_at_its_start(tmp_path, example, colours):
    path = write_colours(tmp_path / "a.mp4", [("grey", 0.3), ("red", 0.4), ("blue", 0.3)], fps=10)
    assert 0.3 / 0.1 < 3  # frames, in floats
    assert colours_in(path, example, 10.0) == colours


def test_of_a_long_example_the_beginning_is_taken(tmp_path, monkeypatch):
    path = write_colours(tmp_path / "a.mp4", [("grey", 3), ("red", 2), ("blue", 3)])
    monkeypatch.setattr(query, "MAX_EXAMPLE_SECONDS", 2.0)
    assert colours_in(path, (None, None), 2.0) == {"grey"}
    assert colours_in(path, (3.0, None), 2.0) == {"red"}
    assert colours_in(path, (3.0, 4.0), 2.0) == {"red"}


def test_a_text_of_the_most_characters_is_taken(monkeypatch):
    encoder = ColourEncoder("colours")
    monkeypatch.setattr(query, "MAX_QUERY_CHARS", 9)
    assert int(np.argmax(query.text_vector(encoder, "a red car", len(COLOURS)))) == list(COLOURS).index("red")
    with pytest.raises(query.SearchError, match="10 characters; the limit is 9"):
        query.text_vector(encoder, "a red cars", len(COLOURS))


def test_a_limit_that_the_normal_footage_cannot_measure_is_told() -> None:
    assert too_little(1.0, 20 / 3600) == (
        "0.0056 h of normal footage cannot measure 1 alarms an hour: what is never reached in it "
        "may come 540 times an hour; 3 h are needed"
    )
    assert too_little(1.0, 3.0) is too_little(None, 0.1) is too_little(1.0, 0.0) is too_little(60.0, 0.05) is None


def test_an_example_that_ends_after_its_video_is_refused(tmp_path):
    path = write_colours(tmp_path / "a.mp4", [("grey", 1), ("red", 1)])
    assert colours_in(path, (1.0, 2.5), 2.0) == {"red"}
    with pytest.raises(SearchError, match=r"a.mp4: ends at 2.000 s, the example at 99 s"):
        colours_in(path, (1.0, 99.0), 2.0)
