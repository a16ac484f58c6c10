"""How well models find clips: metrics, encoders, baselines, training, retrieval and reports."""

from __future__ import annotations
