"""The options of `svta eval` as an EvalConfig, and which of them go with which task."""

from __future__ import annotations

import inspect
from pathlib import Path

from svta.cli import eval_options
from svta.cli.commands.measuring import evaluate
from svta.eval.retrieval.config import EvalConfig


def test_a_taxonomy_goes_with_captions_and_their_videos_alone() -> None:
    """svta.yaml gives one to every command of a project; a packed dataset has its own."""
    own = Path("taxonomy.json")
    assert eval_options.test_set(data="dataset", taxonomy=own)["taxonomy"] is None
    assert eval_options.test_set(data="captions.csv", videos=Path("videos"), taxonomy=own)["taxonomy"] == own


def test_every_setting_has_an_option_of_the_same_default() -> None:
    made = EvalConfig(
        **eval_options.test_set(), **eval_options.encoder(), **eval_options.figures(), **eval_options.running()
    )
    assert made == EvalConfig("")


def test_the_options_of_other_tasks_are_options() -> None:
    known = inspect.signature(evaluate.command).parameters.keys()
    assert known >= evaluate._MOMENTS_OPTIONS
    assert known >= evaluate._PROBES_OPTIONS
    assert set(inspect.signature(eval_options.encoder).parameters) <= evaluate._PROBES_OPTIONS, (
        "a model is asked as elsewhere"
    )
