"""How far generated clips are from the same clips by `reference`: PSNR, SSIM, LPIPS where it is installed, and gates.

Frames uint8 [N, H, W, 3] of equal seeds; generation.py prints the figures beside the seconds of every preset and cache.
SSIM as Wang et al. 2004 (luma, Gaussian window of 11 pixels, sigma 1.5); LPIPS by the `lpips` package (AlexNet).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import conv2d

from svta.generation.backends.quality import Gates, quality_figures

Frames = NDArray[np.uint8]
FIGURES = ("ssim", "psnr", "lpips", "refused")


def fidelity(clips: Sequence[Frames], reference: Sequence[Frames]) -> dict[str, float | None]:
    """Means over all frames of all clips; `refused`: the share of clips that the default gates refuse."""
    pairs = [(video, wanted) for video, wanted in zip(clips, reference, strict=True)]
    refused = [Gates().fault(quality_figures(video)) is not None for video in clips]
    perceptual = [distance for video, wanted in pairs if (distance := lpips_distance(video, wanted)) is not None]
    return {
        "ssim": round(float(np.mean([ssim(video, wanted) for video, wanted in pairs])), 4),
        "psnr": round(float(np.mean([psnr(video, wanted) for video, wanted in pairs])), 2),
        "lpips": round(float(np.mean(perceptual)), 4) if perceptual else None,
        "refused": round(float(np.mean(refused)), 3),
    }


def psnr(video: Frames, wanted: Frames) -> float:
    """Decibels over all pixels of a clip; 100 for the same pixels."""
    error = float(((video.astype(np.float32) - wanted.astype(np.float32)) ** 2).mean())
    return 100.0 if error == 0 else 10 * math.log10(255**2 / error)


def ssim(video: Frames, wanted: Frames) -> float:
    """Mean structural similarity of the frames' luma, 1 for the same pixels. Frames have at least 11 pixels a side."""
    one, two = (
        torch.from_numpy(frames @ np.array([0.299, 0.587, 0.114]))[:, None].double() for frames in (video, wanted)
    )
    ramp = torch.exp(-((torch.arange(11).double() - 5.0) ** 2) / (2 * 1.5**2))
    window = (torch.outer(ramp, ramp) / ramp.sum() ** 2)[None, None]

    def mean(values: torch.Tensor) -> torch.Tensor:
        return conv2d(values, window)

    mu_one, mu_two = mean(one), mean(two)
    var_one, var_two = mean(one * one) - mu_one**2, mean(two * two) - mu_two**2
    both = mean(one * two) - mu_one * mu_two
    c_one, c_two = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    likeness = (2 * mu_one * mu_two + c_one) * (2 * both + c_two)
    return float((likeness / ((mu_one**2 + mu_two**2 + c_one) * (var_one + var_two + c_two))).mean())


def lpips_distance(video: Frames, wanted: Frames) -> float | None:
    """Mean perceptual distance of the frames, 0 for the same; None if `lpips` is not installed."""
    if (model := _lpips()) is None:
        return None
    one, two = (torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 127.5 - 1 for frames in (video, wanted))
    with torch.no_grad():
        return float(model(one, two).mean())


@cache
def _lpips() -> Any:
    try:
        import lpips
    except ImportError:
        return None
    return lpips.LPIPS(net="alex", verbose=False)


def dominated(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """way -> another that takes no longer and is no further from the reference, and better in one of both.

    2 % of the time and .001 of SSIM count as nothing; `reference` itself is the measure and never beaten.
    """
    known = [row for row in rows if row.get("ssim") is not None and "seconds" in row]
    beaten: dict[str, str] = {}
    for row in known:
        for other in known if not row["way"].startswith("reference") else ():
            faster, closer = other["seconds"] < 0.98 * row["seconds"], other["ssim"] > row["ssim"] + 0.001
            no_worse = other["seconds"] <= row["seconds"] and other["ssim"] >= row["ssim"] - 0.001
            if other is not row and (faster or closer) and no_worse:
                beaten[row["way"]] = other["way"]
                break
    return beaten


def not_to_offer(rows: Sequence[dict[str, Any]], presets: Iterable[str]) -> dict[str, str]:
    """preset -> another preset of `presets` that beats it: what `--preset` should not offer beside that one."""
    return dominated([row for row in rows if row["way"] in presets])
