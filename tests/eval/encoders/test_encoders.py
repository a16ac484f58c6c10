"""Encoders: registration, errors, and every family on a tiny random-weight folder saved by the test."""

from __future__ import annotations

import json
import sys
import types

import numpy as np
import pytest
import torch
from tiny_encoders import FAMILIES, LATE, save_encoder
from tiny_models import CAPTIONS

from svta.builder.errors import MissingExtra
from svta.builder.video.frame_spec import FrameSpec
from svta.eval.encoders import registry as encoders
from svta.eval.encoders.base import EncoderError
from svta.eval.encoders.hub_files import TRUSTED, split_revision
from svta.eval.encoders.inputs import clean_text, resample_frames
from svta.eval.encoders.pixels import VideoNumbers, cropped, load_pixels, squashed
from svta.eval.encoders.registry import load_encoder, load_reranker, register_encoder

DOT_PRODUCT = [name for name in FAMILIES if name != "blip_2"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """family -> (folder, model), made when first asked for."""
    made = {}

    def get(family):
        if family not in made:
            folder = tmp_path_factory.mktemp(family)
            made[family] = (folder, save_encoder(family, folder))
        return made[family]

    return get


def clips():
    generator = torch.Generator().manual_seed(5)
    pixels = torch.randint(0, 256, (3, 5, 3, 40, 48), dtype=torch.uint8, generator=generator)
    return pixels, torch.tensor([[1] * 5, [1, 1, 0, 0, 0], [0] * 5]).bool()


@pytest.mark.parametrize("family", [*FAMILIES, *LATE])
def test_every_family_encodes(folders, family):
    folder, _ = folders(family)
    encoder = load_encoder(folder, device="cpu")
    assert isinstance(encoder, encoders.Encoder)
    assert (encoder.image_size is None) == (family in ("siglip2", *LATE))  # those take whole frames of any size
    assert encoder.frames("exact").size is None  # every model's own processor resizes
    is_squashed = family in ("siglip", "videoprism", "pe_video", "pe_audio_video", "blip_2")
    assert encoder.frame_spec.resize == ("squash" if is_squashed else "crop")
    pixels, mask = clips()
    text, video = encoder.encode_text(CAPTIONS), encoder.encode_video(pixels, mask)
    assert text.dtype == video.dtype == torch.float32 and len(text) == 5 and len(video) == 3
    scores = encoder.similarity(text, video)
    assert scores.shape == (5, 3) and scores[:, :2].isfinite().all()
    assert scores[:, 2].isnan().all()  # the video without a real frame: known by NaN, never a silent zero
    if family in DOT_PRODUCT:
        torch.testing.assert_close(text.norm(dim=1), torch.ones(5))
        torch.testing.assert_close(video[:2].norm(dim=1), torch.ones(2))
    changed = pixels.clone()
    changed[1, 2:] = 7
    torch.testing.assert_close(encoder.encode_video(changed, mask)[:2], video[:2])  # masked frames do not matter
    torch.testing.assert_close(encoder.encode_video(pixels[:1], mask[:1])[0], video[0], atol=1e-5, rtol=1e-4)
    assert encoder.encode_text(["x" * 100_000, ""]).isfinite().all()
    only = encoder.encode_video(pixels[2:], mask[2:])
    assert only.shape[1:] == video.shape[1:] and only.isnan().all()


@pytest.mark.parametrize("family", ["clip", "videoprism", "blip_2"])
def test_half_precision_gives_float32_embeddings(folders, family):
    folder, _ = folders(family)
    pixels, mask = clips()
    whole = load_encoder(folder, device="cpu").encode_video(pixels[:2], mask[:2])
    half = load_encoder(folder, device="cpu", dtype="bfloat16").encode_video(pixels[:2], mask[:2])
    assert half.dtype == torch.float32
    assert 0 < (half - whole).abs().max() < 0.1


def test_clip_is_the_mean_of_unit_frames(folders):
    folder, model = folders("clip")
    pixels, mask = clips()
    encoder = load_encoder(folder, device="cpu")
    frames = model.get_image_features(encoder.pixels(pixels[1, :2])).pooler_output
    frames = frames / frames.norm(dim=-1, keepdim=True)
    mean = frames.mean(dim=0)
    torch.testing.assert_close(encoder.encode_video(pixels, mask)[1], (mean / mean.norm()).detach())
    assert torch.equal(encoder.encode_text(["A &amp; MAN"]), encoder.encode_text(["a & man"]))


def test_pe_video_equals_the_models_own_forward(folders):
    folder, model = folders("pe_video")
    pixels, mask = clips()
    encoder = load_encoder(folder, device="cpu")
    tokens = encoder.tokenizer([clean_text(c) for c in CAPTIONS], padding=True, return_tensors="pt")
    own = model(
        input_ids=tokens["input_ids"],
        attention_mask=tokens["attention_mask"],
        pixel_values_videos=encoder.pixels(pixels[:2]),
        padding_mask_videos=mask[:2],
    )
    unit = torch.nn.functional.normalize
    torch.testing.assert_close(encoder.encode_text(CAPTIONS), unit(own.text_video_embeds, dim=-1).detach())
    torch.testing.assert_close(encoder.encode_video(pixels, mask)[:2], unit(own.video_embeds, dim=-1).detach())


def test_blip_2_equals_the_models_own_forward(folders):
    folder, model = folders("blip_2")
    pixels, mask = clips()
    encoder = load_encoder(folder, device="cpu")
    tokens = encoder._tokens(CAPTIONS)
    contrast = model(pixel_values=encoder.pixels(pixels[1, :2]), **tokens).logits_per_image.T
    scores = encoder.similarity(encoder.encode_text(CAPTIONS), encoder.encode_video(pixels, mask))
    torch.testing.assert_close(scores[:, 1], contrast.mean(dim=1).detach())
    two = {name: value[:1].expand(2, -1) for name, value in encoder._tokens(CAPTIONS[:1]).items()}
    match = model(pixel_values=encoder.pixels(pixels[1, :2]), **two, use_image_text_matching_head=True)
    expected = match.logits_per_image.softmax(dim=1)[:, 1].mean().item()
    found = encoder.pair_scores([CAPTIONS[1], CAPTIONS[0], CAPTIONS[2]], pixels, mask)
    assert found[1].item() == pytest.approx(expected, abs=1e-5) and found[2].isnan()
    with pytest.raises(EncoderError, match="one to one"):
        encoder.pair_scores(CAPTIONS[:2], pixels, mask)


def test_late_interaction_equals_the_models_own_score(folders):
    folder, _ = folders("colmodernvbert")
    encoder = load_encoder(folder, device="cpu")
    pixels, mask = clips()
    text, video = encoder.encode_text(CAPTIONS), encoder.encode_video(pixels, mask)
    own = encoder.processor.score_retrieval(text, video[:1])
    torch.testing.assert_close(encoder.similarity(text, video)[:, :1], own)
    negative = -text[:1, :1].expand(1, 4, -1).clone()
    negative[:, 2:] = 0
    assert encoder.similarity(text[:1, :1], negative).item() == pytest.approx(-1)  # padding must not win with 0


def test_frames_are_spread_and_repeated():
    frames = torch.arange(5, dtype=torch.uint8)[None, :, None, None, None].expand(2, 5, 3, 1, 1)
    mask = torch.tensor([[1] * 5, [1, 1, 0, 0, 0]]).bool()
    assert resample_frames(frames, mask, 3)[:, :, 0, 0, 0].tolist() == [[0, 2, 4], [0, 0, 1]]
    assert resample_frames(frames, mask, 8)[1, :, 0, 0, 0].tolist() == [0] * 7 + [1]
    for count in range(1, 65):  # as many as there are: every frame once
        frames = torch.arange(count, dtype=torch.uint8)[None, :, None, None, None].expand(1, count, 3, 1, 1)
        every = resample_frames(frames, torch.ones(1, count).bool(), count)
        assert every[0, :, 0, 0, 0].tolist() == list(range(count))


def test_sentence_transformers_is_asked_for_by_name(tmp_path, monkeypatch):
    (tmp_path / "modules.json").write_text("[]")
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtra, match=r"pip install 'svta\[sentence\]'"):
        load_encoder(tmp_path)


def test_sentence_transformers_take_images_and_instructions(tmp_path):
    from tiny_sentence import save_sentence_clip

    save_sentence_clip(tmp_path)
    encoder = load_encoder(tmp_path, device="cpu")
    pixels, mask = clips()
    assert encoder.query_instruction == "smoke rises " and not encoder.takes_video
    text, video = encoder.encode_text(CAPTIONS), encoder.encode_video(pixels, mask)
    assert text.shape == (5, 24) and video[2].isnan().all()
    torch.testing.assert_close(video[:2].norm(dim=1), torch.ones(2))
    encoder.query_instruction = ""
    assert not torch.allclose(encoder.encode_text(CAPTIONS), text)  # the instruction is part of what is embedded
    first = encoder.encode_video(pixels[1:2, :1], mask[1:2, :1])
    torch.testing.assert_close(encoder.encode_video(pixels[1:2], torch.tensor([[1, 0, 0, 0, 0]]).bool()), first)


@pytest.mark.parametrize("device", ["no such device", "mps"])
def test_a_device_that_is_not_there_is_told(folders, device):
    folder, _ = folders("clip")
    with pytest.raises(EncoderError, match="device"):
        load_encoder(folder, device=device)


def test_sentence_transformers_take_videos_and_score_pairs(tmp_path):
    from tiny_sentence import save_video_reranker, save_video_sentence

    save_video_sentence(tmp_path / "encoder")
    save_video_reranker(tmp_path / "judge")
    with pytest.raises(EncoderError, match="--trust-remote-code"):
        load_encoder(tmp_path / "encoder", device="cpu")
    trusting = TRUSTED.set(True)
    encoder = load_encoder(tmp_path / "encoder", device="cpu")
    pixels, mask = clips()
    video = encoder.encode_video(pixels, mask)
    assert encoder.takes_video and video.shape == (3, 4) and video[2].isnan().all()
    changed = pixels.clone()
    changed[1, 2:] = 7
    torch.testing.assert_close(encoder.encode_video(changed, mask)[:2], video[:2])
    judge = load_reranker(tmp_path / "judge", device="cpu")
    scores = judge.pair_scores(["a man", "a", "x"], pixels, mask)
    assert scores.shape == (3,) and scores[:2].isfinite().all() and scores[2].isnan()
    with pytest.raises(EncoderError, match="--rerank"):
        load_encoder(tmp_path / "judge")
    with pytest.raises(EncoderError, match="does not score pairs"):
        load_reranker(tmp_path / "encoder")
    TRUSTED.reset(trusting)


def test_registration_and_replacement(tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "_registered", dict(encoders._registered))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "my_model"}))
    with pytest.raises(EncoderError, match="'my_model' is not known; known are .*clip"):
        load_encoder(tmp_path)

    @register_encoder("my_model")
    class Mine:
        def __init__(self, model, *, device=None, dtype=None):
            self.arguments = (model, device, dtype)

        def encode_text(self, texts):
            return torch.ones(len(texts), 1)

        def encode_video(self, pixel_values, frame_mask):
            return torch.ones(len(pixel_values), 1)

    encoder = load_encoder(tmp_path, device="cpu", dtype="float16")
    assert encoder.arguments == (str(tmp_path), torch.device("cpu"), torch.float16)
    assert isinstance(encoder, encoders.Encoder)
    assert "my_model" in encoders.known_model_types()
    with pytest.raises(EncoderError, match="model_type"):
        register_encoder()


def test_an_entry_point_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "_registered", dict(encoders._registered))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "from_a_package"}))

    class Plain:
        image_size = 32

        def encode_text(self, texts):
            return torch.eye(2)[: len(texts)]

        def encode_video(self, pixel_values, frame_mask):
            return torch.eye(2)[: len(pixel_values)]

    def serve(factory):
        point = types.SimpleNamespace(name="from_a_package", load=lambda: register_encoder("from_a_package")(factory))
        monkeypatch.setattr(encoders, "entry_points", lambda group, **names: [point])
        encoders._registered.pop("from_a_package", None)
        return load_encoder(tmp_path, device="cpu")

    encoder = serve(lambda model, **options: Plain())
    assert isinstance(encoder, Plain) and isinstance(encoder, encoders.Encoder) and encoder.name == str(tmp_path)
    assert encoder.frame_spec == FrameSpec(num_frames=12, size=32, sampling="uniform", resize="crop")
    assert encoder.dot_product and not encoder.scores_pairs and encoder.query_instruction is None
    assert torch.equal(encoder.similarity(torch.eye(2), torch.ones(3, 2)), torch.ones(2, 3))
    with pytest.raises(EncoderError, match="Plain does not score pairs"):
        load_reranker(tmp_path, device="cpu")
    with pytest.raises(EncoderError, match="str: an encoder has to derive from"):
        serve(lambda model, **options: model)


def test_errors_name_the_folder_and_the_next_step(tmp_path, folders):
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(EncoderError, match="not JSON"):
        load_encoder(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EncoderError, match="no model_type"):
        load_encoder(tmp_path)
    (tmp_path / "config.json").unlink()
    with pytest.raises(EncoderError, match=r"no config\.json"):
        load_encoder(tmp_path)
    with pytest.raises(EncoderError, match="no such folder"):
        load_encoder(str(tmp_path / "not" / "there"))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "clip"}))
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_encoder(tmp_path)
    folder, _ = folders("clip")
    with pytest.raises(EncoderError, match="dtype"):
        load_encoder(folder, dtype="int3")
    encoder = load_encoder(folder, device="cpu")
    pixels, mask = clips()
    for bad, seen in [(pixels.float(), mask), (pixels[0], mask), (pixels, mask[:, :2]), (pixels[:0], mask[:0])]:
        with pytest.raises(EncoderError):
            encoder.encode_video(bad, seen)
    for texts in ("a man falls", [], [None]):
        with pytest.raises(EncoderError, match="list of strings"):
            encoder.encode_text(texts)


def test_a_caption_without_a_token_is_told(folders):
    encoder = load_encoder(folders("clip")[0], device="cpu")  # its tokenizer adds no start and no end
    with pytest.raises(EncoderError, match="no token in 1 captions"):
        encoder.encode_text([""])


def test_sentence_transformers_cut_captions_at_the_models_positions(tmp_path):
    from tiny_sentence import save_sentence_clip

    save_sentence_clip(tmp_path)
    encoder = load_encoder(tmp_path, device="cpu")
    assert encoder.model.tokenizer.model_max_length < 100
    found = encoder.encode_text(["a man falls " * 8_000, "a man falls"])
    assert found.isfinite().all() and len(found) == 2


def test_revisions_are_split_off():
    assert split_revision("ns/name@v1") == ("ns/name", "v1")
    assert split_revision("ns/name") == ("ns/name", None)


def test_pixels_equal_the_pil_processors(tmp_path):
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
    from transformers.models.videomae.image_processing_pil_videomae import VideoMAEImageProcessorPil

    generator = torch.Generator().manual_seed(0)
    square = {"height": 32, "width": 32}
    for number, (processor, shape) in enumerate(
        [
            (CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=square), (32, 32)),
            (CLIPImageProcessorPil(size={"shortest_edge": 36}, crop_size=square, do_normalize=False), (32, 32)),
            (CLIPImageProcessorPil(size=square, resample=1, do_rescale=False), (224, 224)),
            (SiglipImageProcessorPil(size={"height": 48, "width": 32}), (48, 32)),
            (VideoMAEImageProcessorPil(size={"shortest_edge": 32}, crop_size=square), (32, 32)),
            (ConvNextImageProcessorPil(size={"shortest_edge": 32}, crop_pct=0.8), (32, 32)),  # 32 again comes out other
        ]
    ):
        folder = tmp_path / str(number)
        processor.save_pretrained(folder)
        pixels = load_pixels(str(folder), cropped(7))
        for height, width in [(83, 48), (48, 83), (32, 32), (40, 33), (97, 31)]:
            image = torch.randint(0, 256, (3, height, width), dtype=torch.uint8, generator=generator)
            own = np.array(processor(image.permute(1, 2, 0).numpy())["pixel_values"], np.float32)
            prepared = torch.from_numpy(pixels.prepare(image.permute(1, 2, 0)[None].contiguous().numpy()))
            assert torch.equal(pixels(prepared)[0], torch.from_numpy(own.reshape(3, *shape)))  # to the last bit, once


def test_a_video_processors_numbers_are_resized_by_torch():
    """Values by hand: half of a 4 x 4 ramp, antialiased bilinear; levels as torchvision fuses them."""
    numbers = VideoNumbers(**squashed(2, 0.5, 0.25, resample=2))
    ramp = torch.arange(0, 160, 10, dtype=torch.uint8).reshape(1, 4, 4).expand(3, 4, 4)
    done = numbers.resize(ramp.numpy(), numbers.size, 2)
    # weights 3/7, 3/7, 1/7 of the first three and of the last three; each row rounds first: 7, 23; then 7, 47, 87 ...
    assert done[0].tolist() == [[36, 52], [98, 114]]
    level = float(numbers.levels(np.full((3, 1, 1), 255, np.uint8))[0, 0, 0])
    assert level == pytest.approx((255 - 0.5 * 255) / (0.25 * 255))


def test_numbers_come_from_the_folder(folders, tmp_path):
    default = load_pixels(str(tmp_path), squashed(8))
    assert (default.decode_size, default.resize) == (8, "squash")
    save_encoder("clip", tmp_path)
    (tmp_path / "processor_config.json").write_text(
        json.dumps({"image_processor": {"size": {"shortest_edge": 30}, "crop_size": 28, "image_mean": [0.1, 0.2, 0.3]}})
    )
    found = load_pixels(str(tmp_path), squashed(8))
    assert (found.decode_size, found.resize, list(found.processor.image_mean)) == (30, "crop", [0.1, 0.2, 0.3])
    assert found(torch.zeros(3, 40, 50, dtype=torch.uint8)).shape == (3, 28, 28)
    (tmp_path / "processor_config.json").unlink()  # which Transformers reads before all others
    (tmp_path / "preprocessor_config.json").write_text(
        json.dumps({"size": 30, "do_center_crop": False, "do_rescale": False, "image_mean": [1, 1, 1], "resample": 2})
    )
    found = load_pixels(str(tmp_path), squashed(8))
    assert found(torch.zeros(3, 40, 60, dtype=torch.uint8)).shape == (3, 30, 45)
    (tmp_path / "preprocessor_config.json").write_text("[")
    with pytest.raises(EncoderError, match="not JSON"):
        load_pixels(str(tmp_path), squashed(8))
