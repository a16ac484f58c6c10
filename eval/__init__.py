"""How well models find clips: metrics, encoders, baselines, training, retrieval and reports.

With this package imported, transformers.AutoModel, AutoConfig and AutoProcessor open what `svta train` wrote.
"""

from __future__ import annotations

from svta.builder.hf_datasets.registration import when_imported

from .encoders.auto_classes import announce

when_imported("transformers", announce)
