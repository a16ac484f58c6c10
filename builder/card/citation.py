"""How to cite the paper: the one entry that the card, croissant.json and the mteb tasks print.

README.md and CITATION.cff hold it too; a test compares them.
"""

from __future__ import annotations

from typing import Final

PAPER_URL: Final = "https://arxiv.org/abs/2506.01466"
BIBTEX: Final = """@article{svta2025,
  author  = {Yang, Shuyu and Wang, Yilun and Wang, Yaxiong and Zhu, Li and Zheng, Zhedong},
  title   = {Towards Scalable Video Anomaly Retrieval: A Synthetic Video-Text Benchmark},
  journal = {arXiv preprint arXiv:2506.01466},
  year    = {2025}
}"""
BIBTEX_LINE: Final = " ".join(BIBTEX.split())
