"""One line for what the Hub refuses, another try for what passes, our own mistakes untouched. Mirrors hub_errors.py."""

from __future__ import annotations

import socket
from json import JSONDecodeError

import huggingface_hub
import huggingface_hub.constants
import pytest
from huggingface_hub import errors as hub

from svta.builder.io import hub_errors
from svta.builder.io.hub_errors import HubError, is_passing, reach_hub, reason_of, with_retries

httpx = pytest.importorskip(hub.HTTPError.__module__.partition(".")[0])


def answer(status: int, kind: type[hub.HfHubHTTPError] = hub.HfHubHTTPError, method: str = "POST", **headers: str):
    request = httpx.Request(method, "http://127.0.0.1/api")
    return kind("said so", response=httpx.Response(status, request=request, headers=headers))


def caused(cause: Exception) -> RuntimeError:
    try:
        raise RuntimeError("Error while uploading 'x.tar' to the Hub.") from cause
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    ("error", "passing", "words"),
    [
        (answer(503), True, "busy or failing"),
        (answer(429), True, "asks to wait"),
        (answer(401), False, "hf auth login"),
        (answer(403), False, "no permission"),
        (answer(413), False, "limit of size"),
        (answer(400), False, "said so"),
        (answer(404, hub.RepositoryNotFoundError, "GET"), False, "no such dataset repo"),
        (answer(401, hub.RepositoryNotFoundError), False, "token"),
        (answer(404, hub.RevisionNotFoundError), False, "no such revision"),
        (answer(403, hub.GatedRepoError), False, "accept its terms"),
        (caused(answer(502)), True, "busy or failing"),
        (httpx.ConnectError("refused"), True, "cannot be reached (refused)"),
        (caused(httpx.ReadTimeout("slow")), True, "cannot be reached (slow)"),
        (JSONDecodeError("Expecting value", "<html>", 0), True, "cannot be read"),
        (RuntimeError("Data processing error: cas"), True, "xet failed"),
        (hub.OfflineModeIsEnabled("offline"), False, "HF_HUB_OFFLINE"),
        (hub.LocalTokenNotFoundError("none"), False, "not logged in"),
        (
            UnicodeEncodeError("ascii", "Bearer tok\xe9", 10, 11, "ordinal not in range"),
            False,
            "HF_TOKEN is not a token",
        ),
        (hub.LocalEntryNotFoundError("none"), False, "not in the local cache"),
    ],
)
def test_reasons(error: Exception, passing: bool, words: str) -> None:
    assert is_passing(error) is passing
    reason = reason_of(error)
    assert reason is not None and words in reason and "\n" not in reason


@pytest.mark.parametrize("error", [ValueError("ours"), KeyError("ours"), caused(TypeError("ours"))])
def test_our_own_mistakes_stay_what_they_are(error: Exception) -> None:
    assert reason_of(error) is None and not is_passing(error)
    with pytest.raises(type(error)):
        with_retries("ns/name", lambda: (_ for _ in ()).throw(error), pauses=())


def test_tried_again_and_the_wait_the_hub_asks_for_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(hub_errors.time, "sleep", slept.append)
    answers = [answer(429, **{"Retry-After": "7"}), httpx.ReadError("dropped"), answer(503, **{"Retry-After": "9999"})]

    def call() -> str:
        if answers:
            raise answers.pop(0)
        return "done"

    assert with_retries("ns/name", call) == "done" and slept == [7.0, 2.0, 300.0]


def test_it_ends_in_one_line_that_names_the_repo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_errors.time, "sleep", lambda seconds: None)
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        raise answer(503)

    with pytest.raises(HubError, match="^ns/name: the Hub is busy or failing"):
        with_retries("ns/name", call)
    assert len(calls) == 1 + len(hub_errors.PAUSES)
    calls.clear()
    with pytest.raises(HubError, match="^ns/name: no permission"):
        with_retries("ns/name", lambda: (calls.append(1), (_ for _ in ()).throw(answer(403))))
    assert calls == [1]


def test_a_hub_that_nothing_reaches_is_told_after_a_few_tries(monkeypatch):
    with socket.socket() as taken:  # a port where nobody answers
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setattr(hub_errors, "getproxies", dict)
        slept: list[float] = []
        monkeypatch.setattr(hub_errors.time, "sleep", slept.append)
        with pytest.raises(HubError, match="data/svat: no such folder, and the Hub cannot be reached"):
            reach_hub("data/svat")
        assert slept == list(hub_errors.PAUSES)
        with pytest.raises(HubError) as told:
            reach_hub("hf://datasets/ns/name")
        assert "folder" not in str(told.value)
        taken.listen()
        reach_hub("data/svat")  # it answers
        assert hub_errors.hub_answers(huggingface_hub.constants.ENDPOINT)
