"""Trainable: what `svta train` needs of a baseline, with a default for every member that not every baseline has.

A subclass gives frame_spec, tokenize, prepare, text_features, video_features, score and save_pretrained.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from svta.builder.io.files import write_text
from svta.builder.io.limits import read_text
from svta.builder.paths import CARD
from svta.builder.video.frame_spec import FrameSpec, Quality
from svta.eval.encoders.hub_files import model_file
from svta.eval.encoders.training_clips import TrainingClips

from .kinds import BaselineError
from .model_card import MAX_CARD_BYTES, push_folder

if TYPE_CHECKING:
    import numpy as np

Features = tuple[Tensor, ...]  # one row per item in each tensor
Shapes = list[tuple[int, ...]]


class Trainable(nn.Module):
    """A text-video model whose scores are made of text features and video features.

    card: README.md beside the weights. training_clips: hashes of what they were trained on. scores_in_half: whether
    `score` and `extra_loss` are trained in autocast's half precision too. label_smoothing: of the contrastive loss.
    head: its temporal head, empty if there is no choice. pools_frames: as of Encoder.
    """

    card: str | None = None
    training_clips: TrainingClips | None = None
    scores_in_half = False
    label_smoothing = 0.0
    has_tokenizer = True
    head = ""
    pools_frames = False

    @property
    def frame_spec(self) -> FrameSpec:
        """How frames are decoded for this model."""
        raise self._abstract()

    @property
    def trained_resize(self) -> str:
        """How the frames were resized that `svta train` showed it, "" for a model that it did not write."""
        raise self._abstract()

    @property
    def trained_frames(self) -> FrameSpec:
        """The frames of its training; of a model that records none, those of the official code, resized by PIL."""
        quality = self.trained_resize or "exact"
        if quality not in get_args(Quality):
            raise BaselineError(f"config.json: trained_resize {quality!r}: fast or exact")
        return self.frame_spec.with_quality(cast("Quality", quality))

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        """int64 [T, W] token ids."""
        raise self._abstract()

    def prepare(self, pixel_values: Tensor, rng: np.random.Generator | None = None) -> Tensor:
        """uint8 [V, F, 3, H, W] frames -> float [V, F, 3, H, W]; augmented when an rng is given."""
        raise self._abstract()

    def text_features(self, input_ids: Tensor) -> Features:
        """What `score` needs of texts, [T, W] -> tensors [T, ...]."""
        raise self._abstract()

    def video_features(self, pixel_values: Tensor, frame_mask: Tensor) -> Features:
        """What `score` needs of videos, float [V, F, 3, H, W] and [V, F] -> tensors [V, ...]."""
        raise self._abstract()

    def score(self, text: Features, video: Features) -> Tensor:
        """[T, V] logits of what text_features and video_features give."""
        raise self._abstract()

    def save_pretrained(self, save_directory: str | Path) -> None:
        """Weights, configuration, tokenizer or vocabulary, and what save_notes writes, into a folder."""
        raise self._abstract()

    def save_notes(self, folder: str | Path) -> None:
        """The card and the hashes of the training clips beside the weights, where there are any."""
        if self.card is not None:
            write_text(Path(folder) / CARD, self.card)
        if self.training_clips is not None:
            self.training_clips.save(folder)

    def load_notes(self, place: str) -> None:
        """What save_notes left in a folder or Hub repo."""
        if (card := model_file(place, CARD)) is not None:
            self.card = read_text(card, MAX_CARD_BYTES)
        self.training_clips = TrainingClips.read(place)

    @property
    def feature_shapes(self) -> tuple[Shapes, Shapes] | None:
        """Shapes of one text's and one video's features, or None if the score is a dot product of unit vectors."""
        return None

    def rows(self, features: Features) -> Tensor:
        """Features as embeddings: laid side by side, [N, K]."""
        return torch.cat([part.flatten(1) for part in features], dim=1)

    def similarity(self, input_ids: Tensor, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """input_ids [T, W], pixel_values float [V, F, 3, H, W], frame_mask [V, F] -> [T, V] logits.

        The logit scale is included (tightTransf has none). A video without a real frame scores NaN.
        """
        return self.score(self.text_features(input_ids), self.video_features(pixel_values, frame_mask))

    def forward(self, input_ids: Tensor, pixel_values: Tensor, frame_mask: Tensor) -> Tensor:
        """The same as `similarity`."""
        return self.similarity(input_ids, pixel_values, frame_mask)

    def contrastive_loss(self, similarity: Tensor) -> Tensor:
        """.5 (CE over rows + CE over columns) of a square [B, B] similarity whose diagonal is true; NaN in, NaN out."""
        return contrastive_loss(similarity, self.label_smoothing)

    def extra_loss(self, input_ids: Tensor, text: Features, video: Features, same: Tensor | None = None) -> Tensor:
        """A scalar that training adds to the contrastive loss; zero unless the model has such a loss.

        same bool [B, B]: which texts fit which videos and are not negatives of them; None: the diagonal alone.
        """
        return text[0].new_zeros((), dtype=torch.float32)

    def after_step(self) -> None:
        """Called after every optimiser step, to keep a parameter within its bounds."""

    def push_to_hub(
        self,
        repo_id: str,
        *,
        private: bool | None = None,
        token: str | bool | None = None,
        revision: str | None = None,
        create_pr: bool = False,
        commit_message: str | None = None,
    ) -> str:
        """Weights, tokenizer and card to the Hub; revision is a branch. Returns the commit's URL. Raises HubError."""
        with TemporaryDirectory() as folder:
            self.save_pretrained(folder)
            message = commit_message or f"{type(self).__name__} trained with svta"
            return push_folder(folder, repo_id, message, private, token, revision, create_pr)

    def _abstract(self) -> TypeError:
        return TypeError(f"{type(self).__name__} is not a complete baseline: use one of its subclasses")


def contrastive_loss(similarity: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """.5 (CE over rows + CE over columns) of a square [B, B] similarity, text i with its own video i."""
    if similarity.ndim != 2 or len(similarity) != similarity.shape[1] or not len(similarity):
        raise BaselineError(f"similarity: [B, B] is needed, its diagonal true; this is {list(similarity.shape)}")
    target = torch.arange(len(similarity), device=similarity.device)
    rows, columns = (
        functional.cross_entropy(scores, target, label_smoothing=label_smoothing)
        for scores in (similarity, similarity.T)
    )
    return 0.5 * (rows + columns)
