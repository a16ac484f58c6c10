"""How well models find clips: metrics, encoders, baselines, training, retrieval and reports.

With this package imported, AutoConfig, AutoModel and AutoProcessor of Transformers open what `svta train` wrote.

    import svta.eval
    from transformers import AutoModel, AutoProcessor
    model, processor = AutoModel.from_pretrained(CKPT), AutoProcessor.from_pretrained(CKPT)
    model.similarity(**processor(text=captions, videos=videos))          # [T, V]

When Transformers is imported only the names are entered, with a stand-in each: the first checkpoint that is read
imports the model's module, which registers its classes. Nothing heavy is loaded for a name that is not used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from svta.builder.hf_datasets.registration import when_imported

MODULES: Final = {  # model_type of config.json -> the module that registers its classes
    "svta_clip4clip": "svta.eval.baselines.clip4clip",
    "svta_xclip": "svta.eval.baselines.xclip",
    "svta_gram": "svta.eval.baselines.gram_model",
    "svta_tiny": "svta.eval.baselines.model",
}


def announce() -> None:
    """Enter the names of our checkpoints in AutoConfig; run at the end of the first import of Transformers."""
    from transformers import AutoConfig

    for model_type, module in MODULES.items():
        AutoConfig.register(model_type, _stand_in(model_type, module), exist_ok=True)


def _stand_in(model_type: str, module: str) -> Any:
    """A class with the two ways in which AutoConfig makes a configuration, each by the real class."""

    def real() -> Any:
        from transformers import CONFIG_MAPPING

        import_module(module)
        return CONFIG_MAPPING[model_type]

    def from_dict(values: dict[str, Any], **options: Any) -> Any:
        return real().from_dict(values, **options)

    def from_pretrained(place: str, **options: Any) -> Any:
        return real().from_pretrained(place, **options)

    ways = {"from_dict": staticmethod(from_dict), "from_pretrained": staticmethod(from_pretrained)}
    return type(f"{model_type}_config", (), {"__doc__": f"Stands for the configuration of {model_type}.", **ways})


when_imported("transformers", announce)
