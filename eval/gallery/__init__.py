"""A static site to look at clips and runs. In: a packed dataset, RESULTS folders; out: a folder of plain files."""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .export import GalleryConfig, GalleryError, export_gallery

__all__ = ["GalleryConfig", "GalleryError", "export_gallery"]

__getattr__ = lazy_names(__name__, GalleryConfig=".export", GalleryError=".export", export_gallery=".export")
