"""prompt_embeddings.py: what a text encoder cannot read is counted beforehand, marked, and shortened if asked."""

from __future__ import annotations

import inspect

import pytest
import tiny_pipelines

from svta.builder.record import Clip, write_clips
from svta.generation.backends.config import GenerateConfig
from svta.generation.backends.prompts import prompt_of
from svta.generation.captions.prompt_extension import extend_prompts, faithful
from svta.generation.chat.messages import ChatAnswer
from svta.generation.diffusion.prompt_embeddings import PromptLimit, prompt_limit
from svta.generation.planning.request import plan_request


class Words:
    """A tokenizer of one token a word, and one at the end."""

    def __init__(self, model_max_length=10**30):
        self.model_max_length = model_max_length

    def __call__(self, texts, **options):
        count = [len(text.split()) + 1 for text in ([texts] if isinstance(texts, str) else texts)]
        ids = [list(range(n)) for n in count]
        return {"input_ids": ids[0] if isinstance(texts, str) else ids}


class Reader:
    """Answers each caption with the text that a table has for it."""

    model = "reader"

    def __init__(self, answers):
        self.answers, self.asked = answers, []

    def ask(self, requests):
        self.asked = [request.messages[-1][1] for request in requests]
        return [ChatAnswer(text) for text in self.answers]


def arguments(**defaults):
    return {name: inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=d) for name, d in defaults.items()}


@pytest.mark.parametrize(
    ("pipeline", "call", "own", "tokens"),
    [
        ("LTXPipeline", {"max_sequence_length": 128}, 512, 128),
        ("AnimateDiffPipeline", {}, 77, 77),
        ("LattePipeline", {}, 512, 120),
        ("HunyuanVideo15Pipeline", {}, 10**30, 1000),
        ("MadeUpPipeline", {"max_sequence_length": None}, 10**30, None),
    ],
)
def test_the_limit_is_the_familys_or_the_calls_or_the_tokenizers(pipeline, call, own, tokens):
    limit = prompt_limit(pipeline, arguments(**call), Words(own))
    assert (limit and limit.tokens) == tokens
    assert prompt_limit(pipeline, arguments(**call), None) is None


def test_a_prompt_of_just_the_limit_is_read_whole():
    limit = PromptLimit(Words(), 5)
    assert [limit.exceeds(text) for text in ("a b c d", "a b c d e")] == [False, True]
    assert limit.num_exceeding(["a b c d", "a b c d e", "a " * 9]) == 2
    assert limit.num_exceeding([]) == 0


def test_prompts_that_the_model_cannot_read_are_counted_before_anything_is_generated(tmp_path):
    pytest.importorskip("diffusers")
    model = tiny_pipelines.save("ltx", tmp_path / "ltx")
    captions = ["A man falls.", "the dog runs " * 60, "a car burns " * 60]
    write_clips(tmp_path / "d.jsonl", [Clip(key=f"clip-{i}", caption=text) for i, text in enumerate(captions)])
    config = GenerateConfig(backend="diffusion", model=str(model), num_frames=9, height=64, width=64)
    notes = plan_request(tmp_path / "d.jsonl", config).notes
    (note,) = [note for note in notes if "tokens" in note]
    assert note.startswith("2 of 3 prompts are longer than the 128 tokens that LTXPipeline reads")
    write_clips(tmp_path / "short.jsonl", [Clip(key="clip-0", caption=captions[0])])
    assert not [note for note in plan_request(tmp_path / "short.jsonl", config).notes if "tokens" in note]


def test_captions_beyond_the_limit_are_shortened_and_no_answer_passes_it():
    long = "A tall man in a yellow jacket slowly climbs over the metal fence behind the warehouse at night."
    short = "A man climbs over a fence."
    clips = [Clip(key=f"clip-{i}", caption=text) for i, text in enumerate([long, long, long, short])]
    shortened = "A man in a yellow jacket climbs over the fence."
    reader = Reader([shortened, "A bear dances with clowns.", long, short[:-1] + " behind an old brick warehouse."])
    limit = PromptLimit(Words(), 12)
    extended, kept = extend_prompts(clips, reader, limit)
    assert [prompt_of(clip) for clip in extended] == [shortened, long, long, reader.answers[3]]
    assert kept == 2
    assert [clip.caption for clip in extended] == [clip.caption for clip in clips]
    assert "Shorten it to at most 7 words" in reader.asked[0]
    assert "one paragraph of at most 7 words" in reader.asked[3]


def test_a_shorter_prompt_has_few_words_of_its_own():
    caption = "A woman drops several heavy boxes on the kitchen floor."
    assert faithful(caption, "A woman drops boxes.", shortened=True)
    assert not faithful(caption, "Two dogs chase rabbits.", shortened=True)
    assert not faithful(caption, "A woman.")


@pytest.mark.parametrize("text", ["", "{", '{"version": "1.0", "model": {"type": "none"}}'])
def test_a_plan_says_where_prompts_cannot_be_counted(tmp_path, text):
    pytest.importorskip("diffusers")
    model = tiny_pipelines.save("ltx", tmp_path / "ltx")
    write_clips(tmp_path / "d.jsonl", [Clip(key="clip-0", caption="the dog runs " * 60)])
    config = GenerateConfig(backend="diffusion", model=str(model), num_frames=9, height=64, width=64)
    (model / "tokenizer/tokenizer.json").write_text(text)
    (note,) = [note for note in plan_request(tmp_path / "d.jsonl", config).notes if "tokens" in note]
    assert note == "how many tokens LTXPipeline reads is not known: long prompts are not counted"
