"""The second opinion on violence: features, the sum of weights, and that it is asked only where a minor is seen."""

from __future__ import annotations

import math

import pytest

from svta.builder.minors import english
from svta.builder.minors.judgement import judge
from svta.builder.minors.likelihood import ENOUGH, _weights, features, violence_likelihood

MISSED_BY_THE_RULE = "a drunk dad boots his son down the stairs."


def test_features_are_stems_and_pairs_of_neighbours():
    assert features("a boy kicked the balls") == ["boy", "kick", "ball", "a_boy", "boy_kick", "kick_the", "the_ball"]
    assert features("is his sled") == ["sled", "is_his", "his_sled"]  # four letters keep their ending
    assert features("") == []


def test_the_likelihood_is_the_logistic_of_intercept_and_weights():
    weights = _weights()
    names = set(features("a boy is kicked, a boy is kicked"))  # each counts once
    score = weights[""] + sum(weights.get(name, 0.0) for name in names)
    assert math.isclose(violence_likelihood("a boy is kicked, a boy is kicked"), 1 / (1 + math.exp(-score)))
    assert math.isclose(violence_likelihood("xyzzy"), 1 / (1 + math.exp(-weights[""])))


def test_it_sees_what_the_rule_misses():
    assert english.violence_in(MISSED_BY_THE_RULE, minor=True) is None
    assert violence_likelihood(MISSED_BY_THE_RULE) >= ENOUGH
    assert judge(MISSED_BY_THE_RULE).reason == "minor_violence"


@pytest.mark.parametrize(
    "caption",
    [
        "A boy kicks a ball.",
        "Children play on a swing.",
        "A girl waits at a bus stop in the rain.",
        "A toddler sleeps.",
    ],
)
def test_everyday_captions_are_far_from_it(caption):
    assert violence_likelihood(caption.lower()) < 0.5
    assert judge(caption).reason is None


def test_adults_are_not_asked():
    adults = "a drunk dad boots his brother down the stairs, a bully pins him and beats him"
    assert violence_likelihood(adults) >= ENOUGH
    assert judge(adults).reason is None
