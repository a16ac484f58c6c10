"""X-CLIP: official numbers, blocks against one piece, saving."""

from __future__ import annotations

import pytest
import torch
from tiny_models import CAPTIONS, check_fixture, fixture_names, tiny_clip, tiny_inputs, tiny_tokens

from svta.eval.baselines.kinds import BaselineError
from svta.eval.baselines.official import from_clip
from svta.eval.baselines.xclip import TEMPERATURE, XClip, focus, focus_middle
from svta.eval.encoders.registry import load_encoder


def build(head="seqTransf"):
    torch.manual_seed(3)
    model = from_clip("xclip", tiny_clip(), head=head, max_frames=6, max_words=12, cross_layers=2).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("_weight", "_weight2")) and "." not in name:
                parameter += 0.05 * torch.randn_like(parameter)
    return model


def test_every_official_fixture(shared):
    for name in fixture_names(shared, "xclip"):
        check_fixture(shared, "xclip", name)


def test_matrices_start_as_identities():
    model = from_clip("xclip", tiny_clip(), head="meanP", max_frames=6, max_words=12)
    names = [name for name, _ in model.named_parameters() if "." not in name]
    assert len(names) == 8
    assert all(torch.equal(p, torch.eye(len(p))) for name, p in model.named_parameters() if name in names)


def test_blocks_equal_one_piece_and_plain_loops():
    torch.manual_seed(0)
    model = build()
    unit = torch.nn.functional.normalize
    text = unit(torch.randn(37, 128), dim=-1), unit(torch.randn(37, 12, 128), dim=-1)
    video = unit(torch.randn(70, 128), dim=-1), unit(torch.randn(70, 6, 128), dim=-1)
    whole = model.score(text, video, block=None)
    torch.testing.assert_close(model.score(text, video), whole, atol=1e-5, rtol=0)
    t, v = 5, 66  # one pair, written out grain by grain
    s, w, p, f = text[0][t], text[1][t], video[0][v], video[1][v]

    def attend(scores, matrix):
        return ((scores / TEMPERATURE).softmax(0) @ matrix * scores).sum()

    scores = (w @ model.local_mat_weight) @ f.T
    a = torch.stack([attend(scores[:, i], model.word_mat_weight) for i in range(6)])
    b = torch.stack([attend(scores[j], model.frame_mat_weight) for j in range(12)])
    fine = (attend(a, model.frame_mat_weight2) + attend(b, model.word_mat_weight2)) / 2
    parts = (s @ model.global_mat_weight @ p, attend(w @ p, model.word_logit_weight))
    total = sum(parts) + attend(f @ s, model.frame_logit_weight) + fine
    torch.testing.assert_close(whole[t, v], model.clip.logit_scale.exp() * total / 4, atol=1e-5, rtol=0)


def test_focus_over_either_axis():
    scores, matrix = torch.randn(3, 5, 7), torch.randn(5, 5)
    torch.testing.assert_close(focus_middle(scores, matrix), focus(scores.transpose(1, 2), matrix))


@pytest.mark.parametrize("head", ["meanP", "seqLSTM", "seqTransf"])
def test_saved_loaded_and_read_as_encoder(head, tmp_path):
    model = build(head)
    model.tokens = tiny_tokens()
    model.save_pretrained(tmp_path)
    ids, (_, pixels, mask) = model.tokenize(CAPTIONS), tiny_inputs()
    again = XClip.from_pretrained(tmp_path)
    torch.testing.assert_close(again.similarity(ids, pixels, mask), model.similarity(ids, pixels, mask))
    encoder = load_encoder(tmp_path, device="cpu")
    frames = torch.randint(0, 256, (5, 6, 3, 32, 32), dtype=torch.uint8)
    scored = encoder.similarity(encoder.encode_text(CAPTIONS), encoder.encode_video(frames, mask))
    torch.testing.assert_close(scored, model.similarity(ids, model.prepare(frames), mask), atol=2e-5, rtol=1e-5)


def test_sizes_are_tied_to_the_checkpoint():
    model = build()
    ids, pixels, mask = tiny_inputs()
    with pytest.raises(BaselineError, match="12 words"):
        model.similarity(ids[:, :9], pixels, mask)
    with pytest.raises(BaselineError, match="6 frames"):
        model.similarity(ids, pixels[:, :4], mask[:, :4])
    with pytest.raises(BaselineError, match="tightTransf"):
        from_clip("xclip", tiny_clip(), head="tightTransf", max_frames=6, max_words=12)
    mask[1] = False
    assert model.similarity(ids, pixels, mask)[:, 1].isnan().all()
