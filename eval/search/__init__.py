"""Search in one's own footage. In: recordings and an encoder; out: an index on disk, and moments that fit a query."""

from typing import TYPE_CHECKING

from svta.builder.lazy import lazy_names

if TYPE_CHECKING:
    from .index import Index, open_index
    from .indexing.update import IndexConfig, IndexReport, update_index
    from .merging import Moment
    from .store.layout import SearchError

__all__ = ["Index", "IndexConfig", "IndexReport", "Moment", "SearchError", "open_index", "update_index"]

__getattr__ = lazy_names(
    __name__,
    Index=".index",
    IndexConfig=".indexing.update",
    IndexReport=".indexing.update",
    Moment=".merging",
    SearchError=".store.layout",
    open_index=".index",
    update_index=".indexing.update",
)
