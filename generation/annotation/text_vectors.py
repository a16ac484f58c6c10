"""Texts as vectors for clustering: TF-IDF offline, or any sentence encoder of transformers. Used by annotate.

tfidf(["a man falls", ...]) -> float32 [N, D], L2-normalised, D at most 128
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from svta.builder.errors import MissingExtra, SvtaError
from svta.builder.io.hub_client import limited
from svta.generation.chat.local_model import why_not_loaded

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Vectors = NDArray[np.float32]

DIMENSIONS: Final = 128  # past it K-Means on 25,442 captions costs time and wins no purity
MAX_TERMS: Final = 20_000


class VectorError(SvtaError):
    """Texts that cannot be turned into vectors: too few, or an unusable encoder."""


def tfidf(texts: Sequence[str], *, short: bool = False, seed: int = 0) -> Vectors:
    """TF-IDF of words and word pairs (`short` texts: letters), reduced by SVD, L2-normalised float32 [N, D]."""
    matrix = tfidf_matrix(texts, short=short)[1]
    dimensions = min(DIMENSIONS, matrix.shape[1] - 1, matrix.shape[0] - 1)
    if dimensions < 2:
        return np.asarray(matrix.todense(), np.float32)
    try:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.preprocessing import normalize
    except ImportError:
        raise MissingExtra("sklearn", "generate") from None
    return np.asarray(normalize(TruncatedSVD(dimensions, random_state=seed).fit_transform(matrix)), np.float32)


def tfidf_matrix(texts: Sequence[str], *, short: bool = False) -> tuple[list[str], csr_matrix]:
    """(terms, sparse matrix [N, terms]). Raises VectorError if no text holds a word."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError:
        raise MissingExtra("sklearn", "generate") from None
    rare = 2 if len(texts) > 200 and not short else 1
    kind = {"analyzer": "char_wb", "ngram_range": (2, 5)} if short else {"ngram_range": (1, 2), "stop_words": "english"}
    vectorizer = TfidfVectorizer(min_df=rare, max_features=MAX_TERMS, sublinear_tf=True, dtype=np.float32, **kind)
    try:
        matrix = vectorizer.fit_transform(texts)
    except ValueError:
        raise VectorError("no text has a word that distinguishes it from others") from None
    return list(vectorizer.get_feature_names_out()), matrix


def encode(texts: Sequence[str], model: str, *, batch_size: int = 64) -> Vectors:
    """Mean of a transformers encoder's last states over each text's tokens, L2-normalised float32 [N, D]."""
    try:
        import torch
        import transformers
    except ImportError:
        raise MissingExtra("transformers", "generate") from None
    try:
        # without the False transformers would ask on stdin whether to run Python files that come with the model
        with limited():
            tokenizer = transformers.AutoTokenizer.from_pretrained(model, trust_remote_code=False)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        device = "cuda" if torch.cuda.is_available() else "cpu"
        with limited():
            network = transformers.AutoModel.from_pretrained(model, trust_remote_code=False).to(device).eval()
    except Exception as error:  # only transformers' code runs above, over files that may hold anything
        raise VectorError(f"--encoder {model}: no encoder there: {why_not_loaded(error)}") from None
    if tokenizer.pad_token is None:
        raise VectorError(f"--encoder {model}: its tokenizer has no padding token")
    longest = min(512, getattr(network.config, "max_position_embeddings", 512))
    parts = []
    with torch.inference_mode():
        for start in range(0, len(texts), batch_size):
            batch = list(texts[start : start + batch_size])
            inputs = tokenizer(batch, padding=True, truncation=True, max_length=longest, return_tensors="pt").to(device)
            states = network(**inputs).last_hidden_state.float()
            mask = inputs["attention_mask"].unsqueeze(-1)
            mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
            parts.append(torch.nn.functional.normalize(mean, dim=-1).cpu().numpy())
    return np.concatenate(parts).astype(np.float32)
