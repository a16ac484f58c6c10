"""The numbers a run goes by: learning rates, official recipes and their optimisers, what does not exist."""

from __future__ import annotations

import json

import pytest

torch = pytest.importorskip("torch")

from small_gram import build as small_gram
from tiny_models import tiny_clip

from svta.eval.baselines.official import from_clip
from svta.eval.training.config import BaselineChoiceError
from svta.eval.training.factory import make_baseline
from svta.eval.training.optimizers import make_optimiser, pick_precision, rate, schedule
from svta.eval.training.recipe import Recipe, RecipeError
from svta.eval.training.recipes import (
    OFFICIAL,
    default_recipe,
)


def test_learning_rates():
    assert rate(0, 100, 0.1) == pytest.approx(0.1)
    assert rate(9, 100, 0.1) == pytest.approx(1.0)
    assert rate(54, 100, 0.1) == pytest.approx(0.5)
    assert rate(99, 100, 0.1) == pytest.approx(0.0, abs=1e-9)
    assert all(rate(i, 7, 0.1) >= 0 for i in range(7))
    assert rate(31, 100, 0.1, "linear") == pytest.approx(0.68 / 0.9)
    assert rate(99, 100, 0.1, "linear") == pytest.approx(0.0)
    assert pick_precision("float32", torch.device("cpu")) == torch.float32
    with pytest.raises(RecipeError, match="float8"):
        pick_precision("float8", torch.device("cpu"))


def test_clip4clip_goes_by_bertadam_with_its_groups_and_frozen_parts():
    recipe = default_recipe("clip4clip", "official", 1_000)
    assert (recipe.epochs, recipe.batch_size, recipe.lr, recipe.weight_decay) == (5, 128, 1e-4, 0.2)
    assert (recipe.precision, recipe.max_grad_norm, recipe.warmup, recipe.mask_repeats) == ("float32", 1.0, 0.1, False)
    model = from_clip("clip4clip", tiny_clip(), head="seqTransf", max_frames=6, max_words=12)
    optimiser = make_optimiser(model, recipe, 40)
    assert type(optimiser).__name__ == "BertAdam" and not model.clip.logit_scale.grad
    assert not model.clip.vision_model.embeddings.patch_embedding.weight.requires_grad
    assert schedule(optimiser, recipe, 0, 40) == 0  # counts the steps done before
    assert schedule(optimiser, recipe, 4, 40) == pytest.approx(
        1e-4 * 0.5 * (1 + torch.cos(torch.tensor(0.1 * torch.pi)))
    )


def test_gram_goes_by_adamw_in_its_groups_without_clipping():
    recipe = default_recipe("gram", "official", 1_000)
    assert (recipe.lr, recipe.weight_decay, recipe.max_grad_norm, recipe.decay) == (2e-5, 0.01, 0.0, "linear")
    model = small_gram()
    optimiser = make_optimiser(model, recipe, 10)
    assert isinstance(optimiser, torch.optim.AdamW)
    assert schedule(optimiser, recipe, 0, 10) == pytest.approx(2e-5)
    rates = {round(group["lr"] * 1e9) for group in optimiser.param_groups}
    assert rates == {500, 20_000}
    schedule(optimiser, recipe, 9, 10)
    assert all(group["lr"] == pytest.approx(0) for group in optimiser.param_groups)
    with pytest.raises(RecipeError, match="for GRAM, not for CLIPModel"):
        make_optimiser(tiny_clip(), recipe, 10)


def test_xclips_batch_follows_the_patches(tmp_path):
    assert default_recipe("xclip", "official", 1_000) == OFFICIAL["xclip"] and OFFICIAL["xclip"].batch_size == 300
    for patch, batch in ((16, 80), (32, 300)):
        (tmp_path / "config.json").write_text(json.dumps({"vision_config": {"patch_size": patch}}))
        assert default_recipe("xclip", "official", 1_000, str(tmp_path)).batch_size == batch
    (tmp_path / "config.json").write_text(json.dumps({"clip_config": {"vision_config": {"patch_size": 16}}}))
    assert default_recipe("xclip", "official", 1_000, str(tmp_path)).batch_size == 80


@pytest.mark.parametrize("name", ["clip4clip", "xclip", "gram"])
def test_modern_is_adamw_cosine_and_half_precision_where_it_is_fast(name):
    for start in (None, "small"):
        recipe = default_recipe(name, "modern", 2_000, start)
        assert (recipe.optimiser, recipe.decay, recipe.precision) == ("adamw", "cosine", "auto")
    assert default_recipe(name, "modern", 500, "small").epochs > default_recipe(name, "modern", 5_000, "small").epochs
    assert default_recipe(name, "modern", 2_000) == Recipe(lr=1e-5, weight_decay=0.05)


def test_choices_that_do_not_exist_are_told():
    with pytest.raises(BaselineChoiceError, match="one of tiny, clip4clip, xclip, gram"):
        default_recipe("resnet", "modern", 10)
    with pytest.raises(BaselineChoiceError, match="no official recipe"):
        default_recipe("tiny", "official", 10)
    with pytest.raises(BaselineChoiceError, match="modern or official"):
        default_recipe("gram", "best", 10)
    with pytest.raises(BaselineChoiceError, match="needs --start"):
        make_baseline("clip4clip", ["a"])
    with pytest.raises(BaselineChoiceError, match="uniform or official"):
        make_baseline("clip4clip", ["a"], start="small", sampling="random")
    with pytest.raises(BaselineChoiceError, match="leave out --sampling"):
        make_baseline("tiny", ["a"], sampling="official")
    assert make_baseline("clip4clip", ["a"], start="small", sampling="official").frame_spec.sampling == "official"
