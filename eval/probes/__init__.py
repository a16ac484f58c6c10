"""Does a model tell apart what differs in one thing? Scores of minimal sets as Vinoground and VELOCITI count them.

In: similarities, probabilities or replies; out: percent, beside chance (docs/moments.md).
"""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .entailment import score_entailment
    from .grids import ProbesError, chance, score_grids
    from .replies import score_choices, score_replies

__all__ = ["ProbesError", "chance", "score_choices", "score_entailment", "score_grids", "score_replies"]

__getattr__ = lazy_names(
    __name__,
    ProbesError=".grids",
    chance=".grids",
    score_choices=".replies",
    score_entailment=".entailment",
    score_grids=".grids",
    score_replies=".replies",
)
