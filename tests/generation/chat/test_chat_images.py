"""Questions with images: as endpoints take them, kept without the pictures, and to a model on this machine."""

from __future__ import annotations

import hashlib
import json

import pytest
from chat_server import picky_server, save_tiny_chat_model
from tiny_vision import picture, save_tiny_vision_model

from svta.generation.chat.client import open_chat
from svta.generation.chat.messages import IMAGE_TOKENS, ChatError, ChatRequest, estimate

RED, BLUE = picture("red"), picture("blue")


def test_a_question_without_images_has_the_name_it_always_had() -> None:
    """Answers that were paid for stay in the cache: the name is a hash of the fields as they were before."""
    request = ChatRequest.user("Name one colour.", system="Be brief.", seed=3)
    fields = {"messages": [["system", "Be brief."], ["user", "Name one colour."]], "max_tokens": 4096,
              "temperature": 0.9, "top_p": 0.95, "seed": 3, "attempt": 0}  # fmt: skip
    wanted = hashlib.sha256(json.dumps(["m", fields], sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    assert request.digest("m") == wanted
    assert request.as_messages()[1] == {"role": "user", "content": "Name one colour."}


def test_images_stand_before_the_words_and_count() -> None:
    request = ChatRequest.user("Which?", system="Look.", images=(RED, BLUE))
    system, user = request.as_messages()
    assert system["content"] == "Look."
    assert [part["type"] for part in user["content"]] == ["image_url", "image_url", "text"]
    assert user["content"][0]["image_url"]["url"] == RED and user["content"][2]["text"] == "Which?"
    other = ChatRequest.user("Which?", system="Look.", images=(BLUE, RED))
    assert len({request.digest("m"), other.digest("m"), ChatRequest.user("Which?", system="Look.").digest("m")}) == 3
    assert estimate([request], 5).prompt_tokens == pytest.approx(2 * IMAGE_TOKENS + 11 / 4, abs=1)


def test_an_endpoint_gets_them_and_the_cache_does_not(tmp_path) -> None:
    pytest.importorskip("openai")
    refused = ({"error": {"message": "Only user and assistant roles are supported"}}, 400)
    with picky_server({}, lambda body: refused[::-1] if body["messages"][0]["role"] == "system" else say()) as served:
        url, asked = served
        chat = open_chat(url, cache=tmp_path, model="m", images=True)
        request = ChatRequest.user("Which?", system="Look.", images=(RED,))
        assert chat.ask([request])[0].text == "red"
        (message,) = asked[-1]["messages"]  # learnt: the system's words stand before the user's
        assert message["content"][0]["image_url"]["url"] == RED
        assert message["content"][1]["text"] == "Look.\n\nWhich?"
        assert open_chat(url, cache=tmp_path, model="m", images=True).ask([request])[0].cached and len(asked) == 2
    (kept,) = [path for path in tmp_path.rglob("*.json") if len(path.stem) == 64]
    assert "base64" not in kept.read_text() and hashlib.sha256(RED.encode()).hexdigest() in kept.read_text()


def say() -> dict:
    return {"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "red"}}]}


def test_a_model_on_this_machine_sees_them(tmp_path) -> None:
    pytest.importorskip("transformers")
    folder = save_tiny_vision_model(tmp_path / "model")
    chat = open_chat(str(folder), cache=tmp_path / "cache", images=True)
    questions = [ChatRequest.user("a man falls", images=images, max_tokens=12) for images in ((RED,), (RED, BLUE), ())]
    answers = chat.ask(questions)
    assert [answer.text for answer in chat.ask(questions)] == [answer.text for answer in answers]
    assert chat.usage.asked == 3 and chat.usage.cached == 3
    tokens = [answer.prompt_tokens for answer in answers]
    assert tokens[0] - tokens[2] == tokens[1] - tokens[0] == 4  # 2 x 2 patches an image
    assert all(answer.completion_tokens <= 12 for answer in answers)
    assert chat.model == "model"


def test_a_model_without_eyes_is_refused_in_one_line(tmp_path) -> None:
    pytest.importorskip("transformers")
    folder = save_tiny_chat_model(tmp_path / "model")
    with pytest.raises(ChatError, match="no model that sees images") as error:
        open_chat(str(folder), cache=tmp_path, images=True)
    assert "\n" not in str(error.value)
