"""A search page in the browser. In: indexes of footage, or a dataset and its model; out: a Gradio app, or a Space."""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .interface import AppConfig, build_app, load_gradio, open_sources, run_app, start_app
    from .space import export_space

__all__ = ["AppConfig", "build_app", "export_space", "load_gradio", "open_sources", "run_app", "start_app"]

__getattr__ = lazy_names(
    __name__,
    AppConfig=".interface",
    build_app=".interface",
    export_space=".space",
    load_gradio=".interface",
    open_sources=".interface",
    run_app=".interface",
    start_app=".interface",
)
