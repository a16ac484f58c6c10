"""Any dataset on the Hub with a caption column."""

from __future__ import annotations

from collections.abc import Iterator

from svta.builder.errors import first_line
from svta.builder.io.hub_client import limited
from svta.builder.io.tables import SourceError

from .base import Source, SourceRow


class Hub(Source):
    """A dataset of the Hub, NAMESPACE/NAME[@revision], or a local folder `datasets` can load; streamed."""

    name = "hub"

    def rows(self) -> Iterator[SourceRow]:
        import datasets

        repo_id, _, revision = self.path.partition("@")
        try:
            with limited():
                splits = datasets.load_dataset(repo_id, revision=revision or None, streaming=True)
        except (OSError, ValueError) as error:
            raise SourceError(f"hub={self.path}: {first_line(error)}") from None
        for split, rows in splits.items():
            number, each = 0, iter(rows)
            while True:
                try:
                    with limited():
                        row = next(each)
                except StopIteration:
                    break
                except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
                    raise SourceError(f"hub={self.path} {split} after row {number}: {first_line(error)}") from None
                number += 1
                fields = self.fields(dict(row))
                self.check_columns(f"hub={self.path}")
                fields = {"source": repo_id, "source_split": split, "source_id": f"{split}-{number - 1}", **fields}
                yield f"{split} row {number}", fields
