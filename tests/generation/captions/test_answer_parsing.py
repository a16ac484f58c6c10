"""answers.py: the right prompts come out of a chat model's answer, nothing else does."""

from __future__ import annotations

import time

import pytest

from svta.builder.taxonomy import load_taxonomy
from svta.generation.captions.answer_parsing import parse_category, parse_prompts

TAXONOMY = load_taxonomy()


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("1. A man falls.\n2. A dog runs.", ["A man falls.", "A dog runs."]),
        ("1) **A man** falls.\n2) **A dog** runs.\n\nLet me know if you want more!", ["A man falls.", "A dog runs."]),
        ("Sure! Here are 2 prompts:\n\n- A man falls.\n- A dog runs.\n", ["A man falls.", "A dog runs."]),
        ("**1.** A man falls.\n**Prompt 2:** A dog runs.", ["A man falls.", "A dog runs."]),
        ("1. **The fall**: A man falls.\n2. **A dog:** It runs.", ["A man falls.", "It runs."]),
        ("1. A man falls\n   down the stairs.\n2. A dog runs.", ["A man falls down the stairs.", "A dog runs."]),
        ("A man falls.\nA dog runs.", ["A man falls.", "A dog runs."]),
        ('```json\n["A man falls.", "A dog \\"runs\\"."]\n```', ["A man falls.", 'A dog "runs".']),
        ('Sure:\n```json\n[\n "A man falls.",\n "A dog runs."\n]\n```\nAny more?', ["A man falls.", "A dog runs."]),
        ('Here it is: \n {"prompts": ["A man falls."]}', ["A man falls."]),
        ("['A man falls.', \"A dog's run.\"]", ["A man falls.", "A dog's run."]),
        ("<prompt>A man falls.</prompt>\n<prompt>A dog runs.</prompt>", ["A man falls.", "A dog runs."]),
        ("[Night] A man falls.\n[Day] A dog runs.", ["[Night] A man falls.", "[Day] A dog runs."]),
        ('{"prompts": ["A man falls."]}', ["A man falls."]),
        ('[{"id": 1, "prompt": "A man falls."}]', ["A man falls."]),
        ("<think>1. not this\n</think>\n1. A man falls.", ["A man falls."]),
        ("1. not this</think>1. A man falls.", ["A man falls."]),
        ("<think>1. a thought that never ends", []),
        ('1. "A man falls."\n2. “A dog runs.”', ["A man falls.", "A dog runs."]),
        ("1. A man falls.\n2. \n3. A dog runs.", ["A man falls.", "A dog runs."]),
        ("", []),
    ],
)
def test_prompts_are_read_out_of_any_dress(text, prompts):
    found = parse_prompts(text, taxonomy=TAXONOMY)
    assert list(found.prompts) == prompts
    assert not found.cut


def test_a_cut_answer_gives_its_whole_prompts_only():
    found = parse_prompts('["A man throws a cup.","A boy thro')
    assert (list(found.prompts), found.cut) == (["A man throws a cup."], True)
    found = parse_prompts('Sure:\n["A man [sic] throws a cup.","A boy thro', finished=False)
    assert (list(found.prompts), found.cut) == (["A man [sic] throws a cup."], True)
    found = parse_prompts("1. A man falls.\n2. A dog ru", finished=False)
    assert (list(found.prompts), found.cut) == (["A man falls."], True)


def test_prompts_of_another_category_are_kept_apart():
    text = (
        "## Throw\n1. A man throws a cup.\n\n**Smoke:**\n1. A man smokes.\n\n"
        "Category: throwing\n2. A woman throws a hat."
    )
    found = parse_prompts(text, category="throw", taxonomy=TAXONOMY)
    assert list(found.prompts) == ["A man throws a cup.", "A woman throws a hat."]
    assert list(found.others) == ["A man smokes."]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("shopping", "shopping"),
        ("The most likely exception/event is: **Shopping**.", "shopping"),
        ("Falling.", "loss of balance or falls"),
        ('{"category": "Theft"}', "stealing"),
        ("<think>robbery? no</think>Explosion", "explosion"),
        ("I would say that this shows a road accident.", "road accidents"),
        ("car theft", "car theft"),
        ("N/A", None),
        ("跌倒", None),
        ("Fighting or robbery", None),
        ("None of these, perhaps juggling", None),
        ('{"category": "normal"}', None),
        ('{"category": ["fighting"]}', None),
        ("{broken", None),
        ("", None),
        ("fighting " * 100, None),
        ("None of the categories; not a robbery.", None),
        ("This isn't an explosion.", None),
        ("I'm sorry, I can’t classify a robbery.", None),
        ("It is not in this list: robbery", None),
        ("Either fire or another accident with an explosion", None),
        ("A robbery rather than something else", None),
        ("Keine der Kategorien, kein robbery", None),
        ("这不是 robbery", None),
        ("The categories are robbery, explosion and shopping.", None),
        ("I am certain: robbery", "robbery"),
    ],
)
def test_one_category_or_a_person(text, category):
    assert parse_category(text, TAXONOMY) == category


@pytest.mark.parametrize(
    "text",
    [
        '["' + '\\"' * 100_000,
        '["a" ' * 40_000,
        '["a"' + " " * 199_000,
        "\n" * 200_000,
        "a" + " " * 199_990 + "b!",
        "a:" + " " * 199_990 + "b",
        ("a" + " " * 58 + ":" + " " * 150 + "\n") * 900,
        (" " * 1000 + "```x!\n") * 190,
        "<think>" * 28_000,
        "**" * 100_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_the_longest_answer_is_read_in_linear_time(text):
    start = time.process_time()
    parse_prompts(text, category="fighting", taxonomy=TAXONOMY)
    parse_category(text, TAXONOMY)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ('["A man \\"falls\\".", "A dog runs.", "A ca', ['A man "falls".', "A dog runs."]),
        ('{"prompts": ["A man falls.", "A dog runs."', ["A man falls."]),
        ('[{"prompt": "A man falls."}, {"prompt": "A dog', []),
        ('["A man falls." "A dog runs.", "A', ["A dog runs."]),
        ('["a\\', []),
    ],
)
def test_a_list_that_breaks_off_gives_its_whole_items(text, prompts):
    found = parse_prompts(text)
    assert (list(found.prompts), found.cut) == (prompts, True)


def test_hostile_answers_behave_as_their_manifest_says(shared):
    from svta.builder.record import Clip
    from svta.generation.filters.screening import screen

    bad = shared / "data/bad/llm"

    def prompts(name):
        found = parse_prompts((bad / name).read_text("utf-8"), category="throw", taxonomy=TAXONOMY)
        clips = [Clip(key=f"k{i}", caption=prompt) for i, prompt in enumerate(found.prompts)]
        return [clip.caption for clip in screen(clips, on_reject=lambda row: None, written_by="chat")], found.cut

    assert len(prompts("numbered_49.txt")[0]) == 49
    whole, cut = prompts("with_preamble.txt")
    assert whole == [f"A man throws cup {i}." for i in range(1, 51)]
    assert not cut
    assert prompts("broken_json.txt") == (["A man throws a cup."], True)
    assert prompts("think_tags.txt") == (["A man throws a cup."], False)
    assert prompts("duplicates.txt")[0] == ["A man throws a cup."]
    categories = {
        name: parse_category((bad / f"category_{name}.txt").read_text("utf-8"), TAXONOMY)
        for name in ("verbose", "unknown", "chinese")
    }
    assert categories == {"verbose": "shopping", "unknown": None, "chinese": None}
