"""CLIP4Clip: official numbers, the two heads without a local fixture against a second implementation, saving, NaN."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from tiny_models import CAPTIONS, check_fixture, fixture_names, tiny_clip, tiny_inputs, tiny_tokens
from torch import nn

from svta.eval.baselines.clip4clip import Clip4Clip, Clip4ClipConfig
from svta.eval.baselines.kinds import BaselineError
from svta.eval.baselines.official import from_clip
from svta.eval.baselines.temporal import Blocks
from svta.eval.encoders.registry import load_encoder

HEADS = ["meanP", "seqLSTM", "seqTransf", "tightTransf"]


def build(head, **options):
    torch.manual_seed(3)
    return from_clip("clip4clip", tiny_clip(), head=head, max_frames=6, max_words=12, cross_layers=2, **options).eval()


def test_every_official_fixture(shared):
    for name in fixture_names(shared, "clip4clip"):
        check_fixture(shared, "clip4clip", name)


def test_block_norm_epsilon(shared):
    from safetensors.torch import load_file

    data = load_file(shared / "reference/transformerclip_ln_eps.safetensors")
    blocks = Blocks(64, 1)
    blocks.load_state_dict({key[3:]: value.float() for key, value in data.items() if key.startswith("sd.")})
    torch.testing.assert_close(blocks(data["x"], data["mask"]), data["y"], atol=2e-5, rtol=0)
    for module in blocks.modules():
        if isinstance(module, nn.LayerNorm):
            module.eps = 1e-5
    assert (blocks(data["x"], data["mask"]) - data["y"]).abs().max() > 1e-3  # the fixture does tell them apart


def reference_block(block, x, additive):
    """One block with torch's own attention."""
    attention = nn.MultiheadAttention(x.shape[-1], block.attn.heads, batch_first=True)
    attention.load_state_dict(block.attn.state_dict())
    y = F.layer_norm(x, x.shape[-1:], block.ln_1.weight, block.ln_1.bias, 1e-12)
    mask = additive[:, None, :].expand(-1, x.shape[1], -1).repeat_interleave(block.attn.heads, dim=0)
    x = x + attention(y, y, y, attn_mask=mask, need_weights=False)[0]
    y = F.layer_norm(x, x.shape[-1:], block.ln_2.weight, block.ln_2.bias, 1e-12)
    y = block.mlp.c_fc(y)
    return x + block.mlp.c_proj(y * torch.sigmoid(1.702 * y))


def test_tight_head_against_a_second_implementation():
    model = build("tightTransf")
    ids, pixels, mask = tiny_inputs()
    sentences, frames = model.sentences(ids), model.frames(pixels, mask)
    for t in range(len(ids)):
        tokens = torch.cat((sentences[t].expand(len(frames), 1, -1), frames), dim=1)
        x = tokens + model.cross.embeddings.position_embeddings.weight[:7]
        additive = (1 - torch.cat((torch.ones(len(frames), 1), mask.float()), dim=1)) * -1e6
        for block in model.cross.transformer.resblocks:
            x = reference_block(block, x, additive)
        pooler = model.cross.pooler
        x = F.layer_norm(x, x.shape[-1:], pooler.ln_pool.weight, pooler.ln_pool.bias, 1e-12)[:, 0]
        x = pooler.dense(x)
        expected = model.similarity_dense(x * torch.sigmoid(1.702 * x))[:, 0]
        torch.testing.assert_close(model.similarity(ids, pixels, mask)[t], expected, atol=2e-5, rtol=0)


def test_lstm_head_against_a_second_implementation():
    model = build("seqLSTM")
    ids, pixels, mask = tiny_inputs()
    frames = model.frames(pixels, mask)
    videos = []
    for video, length in zip(frames, mask.sum(dim=1)):
        real = video[: int(length)]
        steps = model.lstm_visual(real[None])[0][0] + real
        pooled = F.normalize(steps, dim=-1).mean(dim=0)
        videos.append(F.normalize(pooled, dim=-1))
    text = F.normalize(model.sentences(ids), dim=-1)
    expected = model.clip.logit_scale.exp() * text @ torch.stack(videos).T
    torch.testing.assert_close(model.similarity(ids, pixels, mask), expected, atol=2e-5, rtol=0)


@pytest.mark.parametrize("head", HEADS)
def test_masked_frames_do_not_matter(head):
    model = build(head)
    ids, pixels, mask = tiny_inputs()
    changed = torch.where(mask[..., None, None, None], pixels, pixels * 5 + 1)
    torch.testing.assert_close(model.similarity(ids, changed, mask), model.similarity(ids, pixels, mask))


@pytest.mark.parametrize("head", HEADS)
def test_a_video_without_frames_is_nan_and_only_it(head):
    model = build(head)
    ids, pixels, mask = tiny_inputs()
    mask[2] = False
    similarity = model.similarity(ids, pixels, mask)
    assert similarity[:, 2].isnan().all() and similarity[:, [0, 1, 3, 4]].isfinite().all()


@pytest.mark.parametrize("head", HEADS)
def test_saved_loaded_and_read_as_encoder(head, tmp_path):
    model = build(head)
    model.tokens = tiny_tokens()
    model.save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").exists()
    ids = model.tokenize(CAPTIONS)
    _, pixels, mask = tiny_inputs()
    again = Clip4Clip.from_pretrained(tmp_path)
    assert not again.training
    torch.testing.assert_close(again.similarity(ids, pixels, mask), model.similarity(ids, pixels, mask))
    encoder = load_encoder(tmp_path, device="cpu")
    frames = torch.randint(0, 256, (5, 6, 3, 32, 32), dtype=torch.uint8)
    text, video = encoder.encode_text(CAPTIONS), encoder.encode_video(frames, mask)
    direct = model.similarity(ids, model.prepare(frames), mask)
    if head == "tightTransf":
        scored = encoder.similarity(text, video)
    else:
        scored = model.clip.logit_scale.exp() * text @ video.T
        torch.testing.assert_close(text.norm(dim=1), torch.ones(5))
        assert encoder.dot_product
    torch.testing.assert_close(scored, direct, atol=2e-5, rtol=1e-5)


def test_fresh_head_starts_from_clip():
    model = build("seqTransf")
    text = model.clip.text_model
    table = text.embeddings.position_embedding.weight
    assert torch.equal(model.frame_position_embeddings.weight, table)
    block, layer = model.transformerClip.resblocks[1], text.encoder.layers[1]
    assert torch.equal(block.attn.in_proj_weight[128:256], layer.self_attn.k_proj.weight)
    assert torch.equal(block.mlp.c_fc.bias, layer.mlp.fc1.bias)
    tight = build("tightTransf")
    assert torch.equal(tight.cross.embeddings.position_embeddings.weight, table)
    assert torch.equal(tight.cross.transformer.resblocks[0].ln_2.weight, text.encoder.layers[0].layer_norm2.weight)
    assert tight.cross.pooler.dense.weight.std().item() == pytest.approx(0.02, rel=0.1)


def test_temporal_patches_start_as_plain_ones():
    ids, pixels, mask = tiny_inputs()
    mask[:] = True
    plain, temporal = build("meanP"), build("meanP", linear_patch="3d")
    torch.testing.assert_close(temporal.similarity(ids, pixels, mask), plain.similarity(ids, pixels, mask))
    with torch.no_grad():
        temporal.clip.vision_model.embeddings.patch_embedding.conv2.weight += 0.01
    before = temporal.frames(pixels, mask)[0, 2]
    pixels[0, 3] += 1
    assert not torch.allclose(temporal.frames(pixels, mask)[0, 2], before)  # a frame sees its neighbour
    assert torch.allclose(temporal.frames(pixels, mask)[0, 0], temporal.frames(pixels.clone(), mask)[0, 0])


def test_tight_scores_in_blocks(monkeypatch):
    model = build("tightTransf")
    ids, pixels, mask = tiny_inputs()
    whole = model.similarity(ids, pixels, mask)
    monkeypatch.setattr("svta.eval.baselines.clip4clip.PAIRS_AT_A_TIME", 7)
    torch.testing.assert_close(model.similarity(ids, pixels, mask), whole)


def test_wrong_use_says_what_is_needed():
    for options, said in [
        ({"head": "maxP"}, "meanP"),
        ({"head": "seqTransf", "max_frames": 99}, "positions"),
        ({"max_words": 99}, "positions"),
        ({"linear_patch": "4d"}, "2d or 3d"),
    ]:
        with pytest.raises(BaselineError, match=said):
            Clip4ClipConfig(clip_config=tiny_clip().config.to_dict(), **{"max_words": 12, **options})
    model = build("meanP")
    with pytest.raises(BaselineError, match="tokenizer"):
        model.tokenize(["a"])
    with pytest.raises(BaselineError, match="float"):
        model.frames(torch.zeros(2, 3, 32, 32), torch.ones(2, 3))
    with pytest.raises(BaselineError, match="input_ids"):
        model.words(torch.zeros((1, 40), dtype=torch.int64))
