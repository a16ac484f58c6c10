"""language.py: which language, what its words say, the same with and without py3langid, no English caption moved."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from importlib.resources import files

import pytest

from svta.builder.minors.judgement import depicts_minor, depicts_violence, refusal
from svta.builder.minors.languages import KINDS, language, letters, says, tongue
from svta.builder.record import Clip
from svta.generation.backends.spec import RenderSpec
from svta.generation.filters.screening import flags_of, screen
from svta.generation.planning.plan import make_plan

# language -> (a child is beaten, adults fight, nobody is hurt); the last two hold no minor
SAID = {
    "de": ("Ein Mann schlägt ein Kind auf der Straße.", "Zwei Männer prügeln sich.", "Eine junge Frau fährt."),
    "fr": ("Un homme frappe un enfant.", "Deux hommes se battent.", "Une voiture percute un arbre."),
    "es": ("Un hombre golpea a un niño.", "Dos hombres pelean en un bar.", "Una mujer sube al tren."),
    "it": ("Un uomo picchia una bambina.", "Una rissa davanti a un bar.", "Una macchina passa."),
    "pt": ("Um homem bate em uma criança.", "Dois homens brigam na rua.", "Uma mulher espera o trem."),
    "nl": ("Een man slaat een kind op straat.", "Twee mannen vechten voor een café.", "Een vrouw wacht op de trein."),
    "pl": ("Mężczyzna bije dziecko na ulicy.", "Dwóch mężczyzn bije się przed barem.", "Kobieta czeka i stoi."),
    "cs": ("Muž bije dítě na ulici.", "Dva muži se bijí před barem.", "Žena, která stojí."),
    "hr": ("Muškarac tuče dijete na ulici.", "Dva muškarca se tuku.", "Žena čeka na vlak i gleda."),
    "ro": ("Un bărbat lovește un copil.", "Doi bărbați se bat și un cuțit cade.", "O femeie este în tren."),
    "sv": ("En man slår ett barn på gatan.", "Två män slåss på gatan.", "En kvinna väntar på tåget."),
    "da": ("En mand slår et barn på gaden.", "To mænd slås på gaden.", "En kvinde venter på toget."),
    "fi": ("Mies lyö lasta kadulla.", "Kaksi miestä tappelee kadulla.", "Nainen seisoo kadulla."),
    "hu": ("Egy férfi megver egy gyereket.", "Két férfi verekszik az utcán.", "Egy nő áll az utcán."),
    "tr": ("Bir adam bir çocuğu dövüyor.", "İki adam kavga ediyor.", "Bir kadın yürüyor."),
    "ru": ("Мужчина бьёт ребёнка на улице.", "Двое мужчин дерутся у бара.", "Машина едет по улице."),
    "el": ("Ένας άνδρας χτυπά ένα παιδί.", "Δύο άνδρες παλεύουν με μαχαίρι.", "Μια γυναίκα περπατά στο δρόμο."),
    "ar": ("رجل يضرب طفلا في الشارع.", "رجلان يتشاجران مع رجل.", "سيارة تصطدم بشجرة."),
    "he": ("גבר מכה ילד ברחוב.", "שני גברים מתקוטטים.", "אישה הולכת ברחוב."),
    "hi": ("एक आदमी बच्चे को मारता है।", "दो आदमी झगड़ रहे हैं।", "एक महिला सड़क पर खड़ी है।"),
    "zh": ("一名男子在街上殴打一个小孩。", "两名男子在酒吧前打架。", "一名女子在等火车。"),
    "ja": ("男が路上で子供を殴る。", "二人の男が喧嘩している。", "車が木にぶつかる。"),
    "ko": ("한 남자가 길에서 아이를 때린다.", "두 남자가 술집 앞에서 싸운다.", "여자가 기차를 기다린다."),
    "th": ("ผู้ชายตีเด็กบนถนน", "ผู้ชายสองคนต่อสู้กัน", "ผู้หญิงยืนอยู่บนถนน"),
    "vi": ("Một người đàn ông đánh một đứa trẻ.", "Hai người đàn ông đánh nhau.", "Một người phụ nữ đi trên đường."),
    "id": ("Seorang pria memukul seorang anak.", "Dua pria berkelahi di jalan.", "Seorang wanita berdiri di jalan."),
}  # fmt: skip
UNJUDGED = [
    "Mees lööb tänaval last.",
    "მამაკაცი ურტყამს ბავშვს ქუჩაში.",
    "ஒரு மனிதன் குழந்தையை அடிக்கிறான்.",
    "ሰውየው ልጁን ይመታል።",
]


@pytest.mark.smoke
@pytest.mark.parametrize("code", SAID)
def test_a_child_that_is_beaten_is_seen_in_every_language(code):
    child, adults, calm = SAID[code]
    assert [tongue(caption) for caption in SAID[code]] == [code] * 3
    assert depicts_minor(child)
    for category in (None, "walking", "abuse"):
        assert refusal(child, category) == "minor_violence"
    assert depicts_violence(adults)
    assert refusal(adults, "fighting") is None
    assert not depicts_minor(adults)
    assert not depicts_violence(calm)
    assert refusal(calm, "fighting") is None
    for caption in SAID[code]:
        assert "language" in flags_of(caption)


@pytest.mark.parametrize(
    "caption",
    [
        "Ein nacktes Mädchen steht am Fenster.",
        "Une fillette nue court.",
        "Una niña desnuda corre.",
        "裸体的小女孩站着。",
    ],
)
def test_sexual_content_with_a_minor_is_rejected_in_every_language(caption):
    assert refusal(caption, "walking") == "minor_sexual"


@pytest.mark.parametrize(
    ("caption", "minor"),
    [("Ein 12-jähriger steht dort und wartet.", True), ("Ein 21-jähriger steht dort und wartet.", False),
     ("Un homme de 40 ans marche dans la rue.", False), ("一名7岁的人在走路。", True), ("一名70岁的人在走路。", False)],
)  # fmt: skip
def test_ages_are_read(caption, minor):
    assert says(caption, "minor") is minor


@pytest.mark.parametrize("caption", UNJUDGED)
def test_what_no_list_knows_is_never_filmed_in_a_violent_category(caption):
    assert tongue(caption) == "und"
    assert language(caption) is not None
    assert {refusal(caption, name) for name in (None, "abuse", "nobody knows")} == {"unjudged_language"}
    assert refusal(caption, "walking") is None
    clips = [Clip(key="a", caption=caption, category="abuse"), Clip(key="b", caption=caption, category="walking")]
    plan = make_plan(clips, RenderSpec())
    assert [clip.key for clip in plan.clips] == ["b"]
    assert [row["reason"] for row in plan.refused] == ["unjudged_language"]
    assert [clip.flags for clip in screen(clips[:1], on_reject=print)] == [("language", "text_only")]


@pytest.mark.parametrize(
    "caption",
    ["Door opens", "A kitten ran past", "MAN LEAVE", "Video zoom, video reset", "A niño in a café plays.", "Fire!",
     "Two men fight near the Champs-Élysées.", "Suddenly everyone’s eyes turned.",
     "word12 word7 word99 word3", "a b c d"],
)  # fmt: skip
def test_english_is_not_taken_for_another_language(caption):
    assert language(caption) is None
    assert "language" not in flags_of(caption)


def test_english_words_do_not_turn_into_those_of_others():
    for caption in (
        "A kind man throws a bat over a barn.",
        "The son of a gun manager",
        "A tot of rum falls on a slag heap.",
    ):
        assert not any(says(caption, kind) for kind in KINDS)
    assert says("A man slaps a niño.", "minor")
    assert not says("A man waits at a café.", "minor")


def test_half_english_captions_are_flagged_and_can_be_refused():
    mixed = Clip(key="a", caption="A man falls. Un hombre cae por las escaleras.")
    (kept,) = screen([mixed], on_reject=print)
    assert kept.flags == ("language",)
    rejects = []
    assert not list(screen([mixed], on_reject=rejects.append, refuse=("language",)))
    assert [row["reason"] for row in rejects] == ["language"]


def test_it_tells_most_languages_without_py3langid():
    captions = [caption for said in SAID.values() for caption in said]
    code = (
        "import sys, json; sys.modules['py3langid'] = None\n"
        "from svta.builder.minors.languages import language\n"
        f"print(json.dumps([language(c) for c in {[*captions, 'A man falls.', 'Door opens']!r}]))"
    )
    found = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert found == [*(code for code in SAID for _ in range(3)), None, None]


@pytest.mark.parametrize(
    ("caption", "code"), [("走", "zh"), ("こんにちは世界", "ja"), ("Ѯ ѯ", "und"), ("1234", "und"), ("🎉", "und")]
)
def test_the_code_of_a_caption_in_no_latin_letters(caption, code):
    assert language(caption) == code


def test_it_answers_alike_in_every_process():
    captions = [caption for said in SAID.values() for caption in said]
    code = f"from svta.builder.minors.languages import tongue\nprint([tongue(c) for c in {captions!r}])"
    env = dict(os.environ)
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env=env | {"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(runs) == 1


def test_the_lists_are_whole():
    table = json.loads(files("svta.builder.minors").joinpath("languages.json").read_text("utf-8"))
    assert len(table["languages"]) == 31
    for code, words in table["languages"].items():
        assert set(words) == {"common", "minor", "not_minor", "weak", "violence", "sexual"}, code
        for kind in ("common", "minor", "violence", "sexual"):
            assert len(words[kind].split()) >= 6, (code, kind)
            assert all(letters(word.strip("*")) for word in words[kind].split()), (code, kind)


@pytest.mark.slow
def test_real_english_captions_are_english(shared):
    """27,340 real captions: not one flagged as another language, and no word of another language counted."""
    from svta.builder.sources.registry import read_source

    captions = [
        clip.caption
        for name, path in (("uca", "uca"), ("ucfcrime-ar", "ucfcrime_ar"))
        for clip in read_source(name, str(shared / "data/captions" / path), on_reject=print)
    ]
    with open(shared / "data/captions/msrvtt/msrvtt_test_1kA.csv", encoding="utf-8", newline="") as file:
        captions += [row["sentence"] for row in csv.DictReader(file)]
    assert [c for c in captions if language(c)] == []
    assert [c for c in captions if any(says(c, kind) for kind in KINDS)] == []


@pytest.mark.slow
def test_real_chinese_captions_are_judged_as_their_translations(shared):
    """UCFCrime-AR's 1,900 captions in Chinese and English: every English refusal is one in Chinese."""
    openpyxl = pytest.importorskip("openpyxl")
    from svta.builder.sources.ucf_crime import ucf_video

    pairs = []
    for name in ("ucf_crime_train.xlsx", "ucf_crime_test.xlsx"):
        book = openpyxl.load_workbook(shared / "data/captions/ucfcrime_ar" / name, read_only=True)
        for video, chinese, english, *_ in list(book.active.iter_rows(values_only=True))[1:]:
            about = ucf_video(str(video))
            category = about["tag"] if about["is_anomaly"] else None
            pairs.append((chinese, english, refusal(chinese, category), refusal(english, category)))
    assert len(pairs) == 1_900
    assert all(chinese for _, _, chinese, english in pairs if english)
    assert sum(bool(chinese) and not english for _, _, chinese, english in pairs) <= 3
    alike = sum(depicts_minor(chinese) == depicts_minor(english) for chinese, english, *_ in pairs)
    assert alike >= 1_895
