"""Lists of models that are none: one error, whatever stands where the list is due."""

from __future__ import annotations

import json

import pytest

from svta.generation.chat.replies import read_models
from svta.generation.remote.http_limits import Malformed


def test_names_in_their_order() -> None:
    assert read_models(b'{"data": [{"id": "b"}, {"id": "a"}]}') == ["b", "a"]
    assert read_models(b'{"data": []}') == []


@pytest.mark.parametrize("data", [5, True, None, "x", {"id": "a"}, [5], [{"id": 5}], [{"id": ""}], [None]])
def test_what_is_no_list_of_names(data: object) -> None:
    with pytest.raises(Malformed):
        read_models(json.dumps({"data": data}).encode())
