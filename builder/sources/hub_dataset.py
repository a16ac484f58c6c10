"""Any dataset on the Hub with a caption column."""

from __future__ import annotations

from collections.abc import Iterator

from svta.builder.io.tables import Row, SourceError

from .base import Source
from .columns import rename


class Hub(Source):
    """A dataset of the Hub, NAMESPACE/NAME[@revision], or a local folder `datasets` can load; streamed."""

    name = "hub"

    def rows(self) -> Iterator[Row]:
        import datasets

        repo_id, _, revision = self.path.partition("@")
        try:
            splits = datasets.load_dataset(repo_id, revision=revision or None, streaming=True)
        except (OSError, ValueError) as error:
            raise SourceError(f"hub={self.path}: {str(error).splitlines()[0][:200]}") from None
        for split, rows in splits.items():
            number, each = 0, iter(rows)
            while True:
                try:
                    fields = next(each)
                except StopIteration:
                    break
                except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
                    what = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
                    raise SourceError(f"hub={self.path} {split} after row {number}: {what}") from None
                number += 1
                renamed = rename(dict(fields), self.columns, f"hub={self.path}")
                renamed.setdefault("source", repo_id)
                renamed.setdefault("source_split", split)
                renamed.setdefault("source_id", f"{split}-{number - 1}")
                yield f"{split} row {number}", renamed
