"""What CLIP4Clip and X-CLIP put on top of frames: transformer blocks, LSTM, and the cross encoder of tightTransf.

Reads frame features [V, F, D]; used by clip4clip.py and xclip.py. Parameter names are the official checkpoints' names.
"""

from __future__ import annotations

from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HEAD_DIM: Final = 64
BLOCK_EPS: Final = 1e-12  # the official TransformerClip's, not CLIP's 1e-5: shows on small inputs


class Attention(nn.Module):
    """Multi-head self-attention whose keys can be masked additively."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.normal_(self.in_proj_weight, std=width**-0.5)

    def forward(self, x: Tensor, key_mask: Tensor) -> Tensor:
        """x [B, N, D], key_mask [B, 1, 1, N] added to the scores."""
        batch, length, width = x.shape
        qkv = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        q, k, v = qkv.view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=key_mask.to(q.dtype))
        return self.out_proj(y.transpose(1, 2).reshape(batch, length, width))


class QuickGELU(nn.Module):
    """x * sigmoid(1.702 x), CLIP's activation."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class Mlp(nn.Sequential):
    """Linear D -> 4D, QuickGELU, Linear 4D -> D."""

    def __init__(self, width: int):
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.gelu = QuickGELU()
        self.c_proj = nn.Linear(4 * width, width)


class Block(nn.Module):
    """Pre-LN residual block."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.attn = Attention(width, heads)
        self.ln_1 = nn.LayerNorm(width, eps=BLOCK_EPS)
        self.mlp = Mlp(width)
        self.ln_2 = nn.LayerNorm(width, eps=BLOCK_EPS)

    def forward(self, x: Tensor, key_mask: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x), key_mask)
        return x + self.mlp(self.ln_2(x))


class Blocks(nn.Module):
    """A stack of blocks without a final norm; heads of 64 as in CLIP."""

    def __init__(self, width: int, layers: int):
        super().__init__()
        heads = max(width // HEAD_DIM, 1)
        self.resblocks = nn.ModuleList(Block(width, heads) for _ in range(layers))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [B, N, D], mask [B, N]: masked keys get -1e6, so that a fully masked row stays finite."""
        key_mask = (1.0 - mask.to(x.dtype))[:, None, None, :] * -1_000_000.0
        for block in self.resblocks:
            x = block(x, key_mask)
        return x


class CrossEmbeddings(nn.Module):
    """Position embeddings and dropout of the cross encoder."""

    def __init__(self, positions: int, width: int, dropout: float):
        super().__init__()
        self.position_embeddings = nn.Embedding(positions, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.dropout(tokens + self.position_embeddings.weight[: tokens.shape[1]])


class Pooler(nn.Module):
    """LN -> first token -> Linear -> QuickGELU."""

    def __init__(self, width: int):
        super().__init__()
        self.ln_pool = nn.LayerNorm(width, eps=BLOCK_EPS)
        self.dense = nn.Linear(width, width)
        self.activation = QuickGELU()

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.dense(self.ln_pool(x)[:, 0]))


class CrossEncoder(nn.Module):
    """tightTransf's encoder of [sentence; frames]."""

    def __init__(self, positions: int, width: int, layers: int, dropout: float):
        super().__init__()
        self.embeddings = CrossEmbeddings(positions, width, dropout)
        self.transformer = Blocks(width, layers)
        self.pooler = Pooler(width)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """tokens [B, 1+F, D], mask [B, 1+F] -> [B, D]."""
        return self.pooler(self.transformer(self.embeddings(tokens), mask))


def run_lstm(lstm: nn.LSTM, frames: Tensor, mask: Tensor) -> Tensor:
    """A packed run over each video's real frames [V, F, D]; outputs past them are zero.

    A video without any frame runs over one zero frame (the official code stops there); pooling makes it NaN later.
    """
    lengths = mask.sum(dim=1).clamp(min=1).cpu()
    packed = nn.utils.rnn.pack_padded_sequence(frames, lengths, batch_first=True, enforce_sorted=False)
    output, _ = nn.utils.rnn.pad_packed_sequence(lstm(packed)[0], batch_first=True, total_length=frames.shape[1])
    return output


def mean_pool(features: Tensor, mask: Tensor) -> Tensor:
    """Mean of the real entries, [B, N, D] and mask [B, N] -> [B, D]; zero if there is none."""
    weight = mask.to(features.dtype)[..., None]
    return (features * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)


def unit(x: Tensor) -> Tensor:
    """x / |x| over the last axis; NaN for a zero vector, on purpose: nothing is known of such an item."""
    return x / x.norm(dim=-1, keepdim=True)
