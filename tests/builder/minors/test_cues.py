"""cues.py: each class of cues counts, each frame explains, and two weak cues must stand in different words."""

from __future__ import annotations

import pytest

from svta.builder.minors.english import violence_in
from svta.builder.minors.judgement import judge
from svta.builder.minors.plain_text import plain


@pytest.mark.parametrize(
    ("name", "caption"),
    [  # classes that are enough alone
        ("threat", "A woman takes aim at a boy's kite."),
        ("force", "A girl works against her wishes."),
        ("bodily", "A boy lies there, a boot on his neck."),
        ("crime", "A heist goes wrong in front of a boy."),
        ("injury", "A boy has a swollen eye."),
        ("terror", "A boy cowers in a corner."),
        ("restraint", "A boy in zip-ties waits."),
        ("killing", "A boy is sedated."),
        # classes of which two are needed
        ("distress", "A girl sobs as a man shouts."),
        ("anger", "A girl sobs as a man shouts."),
        ("hostile", "A stranger shouts at a boy."),
        ("seize", "A soldier pulls a boy."),
        ("theft", "A soldier confiscates a boy's ball."),
        ("crowd", "Onlookers gasp around a boy."),
        ("implement", "A boy sobs and a woman picks up a belt."),
        ("capture", "A boy in a cellar weeps."),
        ("fight", "A girl in a ruckus with a soldier."),
        ("grounded", "A soldier watches a kneeling boy."),
        ("coercion", "A soldier refuses to let a girl leave."),
        ("burning", "A soldier herds ducks past a girl who burns."),
        ("strike", "A stranger strikes a blow near a boy."),
        ("armed", "A stranger with scissors sits near a girl."),
        ("contact", "A stranger presses near a boy."),
    ],
)
def test_each_class_counts(name: str, caption: str) -> None:
    sign = violence_in(plain(caption), minor=True) or ""
    assert sign.startswith(("cue: ", "cues: ")) and name in sign
    assert judge(caption).reason == "minor_violence"


@pytest.mark.parametrize(
    ("frame", "explained", "unexplained"),
    [
        ("sport", "A girl sobs and shouts at the relay.", "A girl sobs and shouts at the window."),
        ("play", "A girl screams and shouts at a carnival.", "A girl screams and shouts at a window."),
        ("rescue", "A girl sobs in a van at the clinic.", "A girl sobs in a van at the corner."),
        ("accident", "A boy falls and bleeds.", "A boy sits and bleeds."),
        ("animal", "A goose comes and a boy cowers.", "A man comes and a boy cowers."),
        ("music", "A girl sobs in an orchestra, holding a stick.", "A girl sobs in a yard, holding a stick."),
        ("cooking", "A girl is holding a pan on a hot stove, with soup.", "A girl is holding a pan on a hot stove."),
        ("stage", "In a pantomime a soldier pulls a boy.", "In a street a soldier pulls a boy."),
        ("care", "A woman pulls a crying baby from a highchair.", "A woman pulls a crying baby from a chair."),
    ],
)
def test_each_frame_explains(frame: str, explained: str, unexplained: str) -> None:
    assert judge(explained).minor
    assert judge(explained).reason is None, frame
    assert judge(unexplained).reason == "minor_violence"


def test_one_word_is_one_cue_and_a_negated_one_is_none() -> None:
    assert judge("A boy is horrified.").reason is None
    assert judge("A girl sobs.").reason is None
    assert judge("A boy does not cower.").reason is None
    assert judge("A boy is not in custody.").reason is None


@pytest.mark.parametrize(
    ("violent", "harmless"),
    [
        (
            "A gust blows a boy off the climbing frame of a playground.",
            "A gust blows leaves across an empty playground.",
        ),  # what is done to a thing with a minor in it, and what is let happen
        ("A man sets a pram with a baby in it on fire.", "A man sets the table with a baby near the fire."),
        ("A man sets the tent in which two children sleep on fire.", "A boy sets a candle on the cake on fire."),
        ("A woman pushes a stroller with a baby onto the tracks.", "A woman pushes a stroller onto the train."),
        ("A man kicks a pram off the platform.", "A woman pushes a stroller with a baby over the bridge."),
        ("A father lets his son drown in the lake.", "A father lets his son swim in the lake."),
        ("A mother watches her toddler choke.", "A mother watches her toddler eat."),
        ("A baby is left locked in a hot car.", "A baby sits in a car on a hot day."),
        ("A coach whips his pupils with a rope.", "A girl blinks and her pupils narrow as the doctor shines a light."),
    ],
)
def test_things_with_a_minor_in_them_and_what_is_let_happen(violent: str, harmless: str) -> None:
    assert judge(violent).reason == "minor_violence"
    assert judge(harmless).reason is None
