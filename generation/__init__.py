"""From words to clips: captions are written, screened, annotated, planned and generated."""

from __future__ import annotations
