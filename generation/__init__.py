"""From words to clips: sources, chat models, filters, annotation, the backends that film, plan and workers."""

from __future__ import annotations
