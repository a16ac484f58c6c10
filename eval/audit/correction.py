"""A rate corrected by the known error of the judge (Rogan and Gladen 1978), with an interval that counts it all.

The judge's sensitivity and specificity are themselves measured on few clips; the interval is that of Lang and Reiczigel
(Preventive Veterinary Medicine 113, 2014), which holds its level where the plain one does not. Shares from 0 to 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

Z_95: Final = 1.959964


@dataclass(frozen=True)
class Corrected:
    """The share of clips that show their caption, and the ends of its 95 % interval."""

    share: float
    low: float
    high: float


def corrected_rate(
    judged: float, count: float, sensitivity: tuple[float, int], specificity: tuple[float, int]
) -> Corrected | None:
    """What the share `judged` of `count` clips becomes; sensitivity, specificity: (share, clips it was measured on).

    None if the judge says yes as often to wrong captions as to right ones: then its answers say nothing. None too
    where no share at all fits: it must have erred otherwise on the clips that its error was measured on.

    >>> corrected_rate(0.62, 300, (0.9, 200), (0.8, 200)).share     # (.62 + .8 - 1) / (.9 + .8 - 1)
    0.6
    """
    (se, num_se), (sp, num_sp) = sensitivity, specificity
    if min(count, num_se, num_sp) < 1 or se + sp <= 1:
        return None
    share = (judged + sp - 1) / (se + sp - 1)
    # one more yes and one more no of each measurement, z^2 more of the sample
    n, n_se, n_sp = count + Z_95**2, num_se + 2, num_sp + 2
    q = (judged * count + Z_95**2 / 2) / n
    se, sp = (se * num_se + 1) / n_se, (sp * num_sp + 1) / n_sp
    if se + sp <= 1:
        return None
    middle = (q + sp - 1) / (se + sp - 1)
    error_se, error_sp = se * (1 - se) / n_se, sp * (1 - sp) / n_sp
    shift = 2 * Z_95**2 * (middle * error_se - (1 - middle) * error_sp)
    variance = q * (1 - q) / n + middle**2 * error_se + (1 - middle) ** 2 * error_sp
    half = Z_95 * math.sqrt(variance) / (se + sp - 1)
    ends = (middle + shift - half, middle + shift + half)
    if ends[1] <= 0 or ends[0] >= 1:
        return None
    low, high = map(_in_range, ends)
    share = round(_in_range(share), 12)
    return Corrected(share, min(low, share), max(high, share))


def _in_range(share: float) -> float:
    return min(1.0, max(0.0, share))
