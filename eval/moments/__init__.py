"""How well moments are found: the public protocols, false alarms an hour, and rejected queries. In: truth and
predictions; out: figures, `official` to the digit and `honest` beside it (docs/moments.md).
"""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .alarms import score_alarms
    from .no_answer import score_no_answer
    from .qvhighlights import score_qvhighlights
    from .tvr import score_tvr
    from .tvr_ranking import score_tvr_ranking
    from .windows import MomentsError

__all__ = [
    "MomentsError",
    "score_alarms",
    "score_no_answer",
    "score_qvhighlights",
    "score_tvr",
    "score_tvr_ranking",
]

__getattr__ = lazy_names(
    __name__,
    MomentsError=".windows",
    score_alarms=".alarms",
    score_no_answer=".no_answer",
    score_qvhighlights=".qvhighlights",
    score_tvr=".tvr",
    score_tvr_ranking=".tvr_ranking",
)
