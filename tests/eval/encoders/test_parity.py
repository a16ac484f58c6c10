"""What a model sees through us is what its family's own example code shows it: pixels, embeddings and every rank.

20 clips: real ones where they lie at hand, and drawn ones of odd aspect ratios, upright, turned by a tag, of 10 bits.
Frames for the family's own code come from PyAV as PIL images. `pytest -s` prints the table of docs/evaluation.md.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from parity_clips import FRAMES, open_gallery, ranks, row, through_us, write_videos
from PIL import Image
from tiny_encoders import save_encoder
from tiny_models import CAPTIONS
from transformers import AutoImageProcessor, AutoModel, AutoTokenizer
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.models.siglip2.image_processing_pil_siglip2 import Siglip2ImageProcessorPil
from transformers.models.videomae.image_processing_pil_videomae import VideoMAEImageProcessorPil

from svta.eval.encoders.inputs import clean_text
from svta.eval.encoders.registry import load_encoder

pytestmark = pytest.mark.nightly
SQUARE = {"height": 32, "width": 32}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    write_videos(folder := tmp_path_factory.mktemp("parity"))
    return open_gallery(folder)


def texts_of(encoder, texts):
    return [clean_text(text, lower=encoder.lower, entities=encoder.entities) for text in texts]


def own_image_text(folder, encoder, clips, texts):
    """The model card's code: AutoModel, AutoTokenizer, AutoImageProcessor; a video is the mean of unit frames."""
    model, tokens = AutoModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    unit = torch.nn.functional.normalize
    pixels = [processor(images=frames, return_tensors="pt") for frames in clips]
    inputs = tokens(texts_of(encoder, texts), padding=encoder.padding, max_length=16, truncation=True,
                    return_tensors="pt")  # fmt: skip
    if encoder.attend_to_padding:
        inputs.pop("attention_mask")
    with torch.no_grad():
        video = [unit(unit(model.get_image_features(**some).pooler_output, dim=-1).mean(0), dim=0) for some in pixels]
        text = unit(model.get_text_features(**inputs).pooler_output, dim=-1)
    return text, torch.stack(video), [some["pixel_values"] for some in pixels]


def own_xclip(folder, encoder, clips, texts):
    model, tokens = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    unit = torch.nn.functional.normalize
    pixels = [processor(frames, return_tensors="pt")["pixel_values"] for frames in clips]
    inputs = tokens(texts_of(encoder, texts), padding=True, max_length=16, truncation=True, return_tensors="pt")
    with torch.no_grad():
        video = torch.cat([unit(model.get_video_features(some).pooler_output, dim=-1) for some in pixels])
        text = unit(model.get_text_features(**inputs).pooler_output, dim=-1)
    return text, video, pixels


def own_blip2(folder, encoder, clips, texts):
    from transformers import Blip2ForImageTextRetrieval

    model, tokens = Blip2ForImageTextRetrieval.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    pixels = [processor(images=frames, return_tensors="pt")["pixel_values"] for frames in clips]
    inputs = tokens([clean_text(text) for text in texts], padding=True, max_length=16, truncation=True,
                    return_tensors="pt")  # fmt: skip
    with torch.no_grad():
        scores = [model(pixel_values=some, **inputs).logits_per_image.mean(0) for some in pixels]
    return None, torch.stack(scores), pixels


FAMILIES = {
    "clip": (CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=SQUARE), own_image_text),
    "metaclip_2": (CLIPImageProcessorPil(size={"shortest_edge": 36}, crop_size=SQUARE, resample=2), own_image_text),
    "siglip": (SiglipImageProcessorPil(size=SQUARE), own_image_text),
    "siglip2": (Siglip2ImageProcessorPil(patch_size=16, max_num_patches=16), own_image_text),
    "xclip": (VideoMAEImageProcessorPil(size={"shortest_edge": 32}, crop_size=SQUARE), own_xclip),
    "blip_2": (BlipImageProcessorPil(size=SQUARE), own_blip2),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_sees_what_its_own_code_shows_it(family, gallery, tmp_path):
    processor, own_code = FAMILIES[family]
    save_encoder(family, tmp_path)
    processor.save_pretrained(tmp_path)
    encoder = load_encoder(tmp_path, device="cpu")
    text, video, prepared = through_us(encoder, gallery[0])
    own_text, own_video, own_pixels = own_code(tmp_path, encoder, *gallery[1:])
    if family == "siglip2":
        worst = 0.0
        for frames, own in zip(prepared, own_pixels):
            given = encoder.processor(images=list(frames.permute(0, 2, 3, 1).numpy()), return_tensors="pt")
            worst = max(worst, float((given["pixel_values"] - own).abs().max()))
    else:
        worst = max(
            float((encoder.pixels(mine) - own.reshape(-1, *own.shape[-3:])).abs().max())
            for mine, own in zip(prepared, own_pixels)
        )
    if own_text is None:  # a score of its own instead of vectors
        scores, own_scores = encoder.similarity(text, video), own_video.T
        cosine = float(torch.nn.functional.cosine_similarity(scores.T, own_scores.T).min())
    else:
        scores, own_scores = text @ video.T, own_text @ own_video.T
        cosine = float(torch.nn.functional.cosine_similarity(video, own_video).min())
    assert worst == 0 and cosine >= 0.99999
    assert row(family, worst, cosine, own_scores.numpy(), scores.numpy()) == 0
    fast = through_us(encoder, gallery[0], "fast")[1]
    if own_text is not None and family != "siglip2":
        changed = torch.nn.functional.cosine_similarity(fast, own_video)
        moved = int((ranks((own_text @ fast.T).numpy()) != ranks(own_scores.numpy())).sum())
        print(f"|  {family}, --resize fast | | {float(changed.min()):.4f} | {moved} of {2 * len(text)} |")
        assert changed.min() < 0.99999  # the two ways differ, so the assertions above can fail


def test_videoprism_is_resized_as_torchvision_does(gallery, tmp_path):
    """Its processor needs torchvision, whose antialiased resize of bytes is torch's own kernel."""
    save_encoder("videoprism", tmp_path)
    encoder = load_encoder(tmp_path, device="cpu")
    text, video, prepared = through_us(encoder, gallery[0])
    own = []
    for frames in gallery[1]:
        whole = torch.stack([torch.from_numpy(np.array(frame)).permute(2, 0, 1) for frame in frames])
        squashed = torch.nn.functional.interpolate(whole, size=(36, 36), mode="bicubic", antialias=True)
        own.append(squashed.float() * (1 / 255))
    assert all(torch.equal(encoder.pixels(mine), theirs) for mine, theirs in zip(prepared, own))
    with torch.no_grad():
        features = [encoder.model.get_video_features(pixel_values_videos=some[None]).pooler_output for some in own]
    own_video = torch.nn.functional.normalize(torch.cat(features).flatten(1), dim=-1)
    cosine = float(torch.nn.functional.cosine_similarity(video, own_video).min())
    assert cosine >= 0.99999
    assert row("videoprism", 0, cosine, (text @ own_video.T).numpy(), (text @ video.T).numpy()) == 0


def test_sentence_transformers_own_encode(gallery, tmp_path):
    from sentence_transformers import SentenceTransformer
    from tiny_sentence import save_sentence_clip

    save_sentence_clip(tmp_path / "model")
    encoder = load_encoder(tmp_path / "model", device="cpu")
    text, video, prepared = through_us(encoder, gallery[0])
    model = SentenceTransformer(str(tmp_path / "model"), device="cpu")
    unit = torch.nn.functional.normalize
    own = [
        unit(torch.tensor(model.encode_document(frames, normalize_embeddings=True))).mean(0) for frames in gallery[1]
    ]
    own_video = unit(torch.stack(own))
    own_text = torch.tensor(model.encode_query([clean_text(t) for t in gallery[2]], normalize_embeddings=True))
    worst = max(int((torch.from_numpy(np.stack([np.array(f) for f in frames])).permute(0, 3, 1, 2).int() - mine.int())
                    .abs().max()) for frames, mine in zip(gallery[1], prepared))  # fmt: skip
    cosine = float(torch.nn.functional.cosine_similarity(video, own_video).min())
    assert worst == 0 and cosine >= 0.99999
    assert row("sentence-transformers", worst, cosine, (own_text @ own_video.T).numpy(), (text @ video.T).numpy()) == 0


@pytest.mark.parametrize("family", ["colmodernvbert", "colqwen2"])
def test_late_interaction_own_processor(family, gallery, tmp_path):
    save_encoder(family, tmp_path)
    encoder = load_encoder(tmp_path, device="cpu")
    text, video, _ = through_us(encoder, gallery[0])
    own = []
    for frames in gallery[1]:
        given = encoder.processor.process_images(frames, return_tensors="pt")
        with torch.no_grad():
            inputs = {name: value for name, value in given.items() if name not in ("rows", "cols", "labels")}
            own.append(encoder.model(**inputs).embeddings.flatten(0, 1))
    own_scores = torch.cat([encoder.processor.score_retrieval(list(text), [some]) for some in own], dim=1)
    scores = encoder.similarity(text, video)
    cosine = float(torch.nn.functional.cosine_similarity(scores.T, own_scores.T.float()).min())
    assert cosine >= 0.99999
    assert row(family, 0, cosine, own_scores.float().numpy(), scores.numpy()) == 0


def test_clip4clip_official_transform(gallery, tmp_path):
    """PIL bicubic on the short side, centre crop half to even, CLIP's mean and deviation, the same weights."""
    from tiny_models import tiny_clip

    from svta.eval.baselines.official import from_clip
    from svta.eval.baselines.tokens import CaptionTokens
    from svta.eval.encoders.pixels import CLIP_MEAN, CLIP_STD

    torch.manual_seed(0)
    model = from_clip("clip4clip", tiny_clip(), head="meanP", max_frames=FRAMES, max_words=12)
    model.tokens = CaptionTokens.learn(CAPTIONS, 12)
    model.save_pretrained(tmp_path)
    encoder = load_encoder(tmp_path, device="cpu")
    text, video, prepared = through_us(encoder, gallery[0])
    side, own, worst = model.image_size, [], 0.0
    mean, std = (torch.tensor(numbers).view(3, 1, 1) for numbers in (CLIP_MEAN, CLIP_STD))
    for frames, mine in zip(gallery[1], prepared):
        pixels = []
        for image in frames:
            width, height = image.size
            short = min(width, height)
            size = [side if edge == short else int(side * edge / short) for edge in (width, height)]
            image = image.resize(size, Image.Resampling.BICUBIC)
            left, top = (round((edge - side) / 2) for edge in image.size)
            pixels.append(torch.from_numpy(np.array(image.crop((left, top, left + side, top + side)))).permute(2, 0, 1))
        worst = max(worst, float((torch.stack(pixels).int() - mine.int()).abs().max()))
        own.append((torch.stack(pixels).float() / 255 - mean) / std)
    with torch.no_grad():
        (own_video,) = model.eval().video_features(torch.stack(own), torch.ones(len(own), FRAMES))
    cosine = float(torch.nn.functional.cosine_similarity(video, own_video).min())
    assert worst == 0 and cosine >= 0.99999
    assert row("clip4clip", worst, cosine, (text @ own_video.T).numpy(), (text @ video.T).numpy()) == 0
