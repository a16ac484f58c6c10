"""How well models find clips: metrics, encoders, baselines, training, reports."""

from __future__ import annotations
