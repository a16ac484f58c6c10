"""The datasets builder behind load_dataset("svta"): typed features, streaming and not, from a folder or the Hub.

Reads clips.parquet and, by the byte ranges it lists, data/<split>/*.tar; data_files are read tar by tar.

    load_dataset("svta", data_dir="DIR", split="train", streaming=True)
    load_dataset("svta", "captions", repo_id="ns/name@v1.0")          # no video is read
    load_dataset("svta", data_dir="DIR", categories=["arson"], split="test")
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Final

import datasets
from datasets.exceptions import DatasetGenerationError

from svta.builder.dataset.byte_ranges import read_videos
from svta.builder.dataset.read_ahead import Place
from svta.builder.dataset.source import MISSING, Source, find_source
from svta.builder.dataset.source_index import find_index
from svta.builder.errors import DatasetError, SvtaError, TaxonomyError, first_line
from svta.builder.io.hub_client import limited_steps
from svta.builder.io.hub_errors import reason_of
from svta.builder.io.parallel import thread_pool
from svta.builder.paths import TAXONOMY
from svta.builder.record import CLIP_FIELDS, Clip, clip_schema
from svta.builder.shards.lookup import Index
from svta.builder.shards.reader import read_shard
from svta.builder.shards.sample import ShardError
from svta.builder.splits import SPLITS
from svta.builder.taxonomy import Taxonomy, load_taxonomy

from .streaming import ClipIterable, ClipStream, Example
from .torchcodec import torchcodec_problem

DataFiles = Mapping[str, Sequence[str]]  # split -> tars, as datasets resolves data_files

SAMPLE: Final = Path(__file__).parents[1] / "data" / "sample"
_ROWS_AT_ONCE: Final = 256
_DOWNLOADS: Final = 8


@dataclass
class SvtaConfig(datasets.BuilderConfig):
    """Fields of load_dataset("svta", ...). `root` and `index_sha256` are found by the builder, not given.

    categories: names or aliases to keep; is_anomaly: keep only clips with this value; decode: Video(decode=True).
    """

    root: str | None = None
    index_sha256: str | None = None
    categories: list[str] | None = None
    is_anomaly: bool | None = None
    decode: bool = False


class Svta(datasets.GeneratorBasedBuilder):
    """load_dataset("svta"): columns of Clip, category as ClassLabel, video as {"bytes", "path"}.

    Configs: default; captions (no video is read); proxy (small videos, where packed); sample (in the wheel, offline).
    Raises DatasetError if there is no dataset, ShardError where a shard is not what the index says.
    """

    BUILDER_CONFIG_CLASS = SvtaConfig
    BUILDER_CONFIGS = [  # noqa: RUF012 - the library's own convention
        SvtaConfig(name="default", description="records and videos"),
        SvtaConfig(name="captions", description="records alone"),
        SvtaConfig(name="proxy", description="records and small videos"),
        SvtaConfig(name="sample", description="a few clips inside the package"),
    ]
    DEFAULT_CONFIG_NAME = "default"

    def __init__(
        self,
        *,
        config_name: str | None = None,
        data_dir: str | None = None,
        data_files: DataFiles | None = None,
        repo_id: str | None = None,
        token: str | bool | None = None,
        **kwargs: object,
    ):
        self.source: Source | None = None
        named = data_dir is not None or repo_id is not None or bool(data_files)
        if config_name == "sample":
            if named:
                raise DatasetError("the config sample is in the package: do not give data_dir, data_files or repo_id")
            data_files = _sample_files()
        elif data_files:
            if config_name not in (None, "default"):
                raise DatasetError(
                    f"data_files may only be tars; the config {config_name} needs a dataset folder or repo"
                )
        else:
            self.source = find_source(data_dir=data_dir, repo_id=repo_id, token=token)
            kwargs |= {"root": self.source.root, "index_sha256": self.source.index_sha256()}
        if isinstance(kwargs.get("categories"), str):
            kwargs["categories"] = [kwargs["categories"]]
        self.taxonomy = _taxonomy(self.source, data_files)
        super().__init__(config_name=config_name, data_files=data_files or None, token=token, **kwargs)
        if self.config.decode:
            _need_torchcodec()
        if self.config.categories is not None:
            self.config.categories = sorted({self.taxonomy[name].name for name in self.config.categories})

    def _info(self) -> datasets.DatasetInfo:
        features = datasets.Features.from_arrow_schema(clip_schema())
        features["category"] = datasets.ClassLabel(names=self.taxonomy.names)
        if self.config.name != "captions":
            features["video"] = datasets.Video(decode=self.config.decode)
        return datasets.DatasetInfo(description="svta: video clips with captions of anomalies", features=features)

    def _split_generators(self, dl_manager: datasets.DownloadManager) -> list[datasets.SplitGenerator]:
        if self.source is None:
            files = {str(name): list(paths) for name, paths in self.config.data_files.items()}
            return [_split(name, dl_manager.download(paths), None) for name, paths in files.items()]
        index = self._index(self.source)
        fetched = self.source.is_remote and self.source.keeps_shards  # else they are read by ranges, once
        if fetched and self.config.name != "captions" and not dl_manager.is_streaming:
            _fetch(self.source, [shard for name in index.splits() for shard in index.shards(name)])
        return [_split(name, index.shards(name), self.source) for name in index.splits()]

    def _index(self, source: Source) -> Index:
        return find_index(source, proxy=self.config.name == "proxy")

    def as_streaming_dataset(
        self, split: str | None = None, base_path: str | None = None
    ) -> ClipIterable | datasets.IterableDatasetDict:
        """As the library's: one stream, or one a split."""
        streams = super().as_streaming_dataset(split=split, base_path=base_path)
        if isinstance(streams, dict):
            return datasets.IterableDatasetDict({name: ClipIterable.of(stream) for name, stream in streams.items()})
        return ClipIterable.of(streams)

    def _get_examples_iterable_for_split(self, split_generator: datasets.SplitGenerator) -> ClipStream:
        features = None if self.config.decode else self.info.features
        return ClipStream(self._generate_examples, split_generator.gen_kwargs, features)

    def _generate_examples(
        self, shards: list[str], source: Source | None, start: int = 0
    ) -> Iterator[tuple[str, Example]]:
        """(key, example) of some shards, the first `start` clips left out (and, through the index, not even read)."""
        labels = {name: number for number, name in enumerate(self.taxonomy.names)}
        for shard in shards:
            examples = self._walk(shard, start) if source is None else self._ranges(source, shard, start)
            start = 0
            for example in examples:
                category = example["category"]
                if category is not None and category not in labels:
                    raise TaxonomyError(
                        f"{shard} key {example['key']}: category {category[:80]!r} is not in {TAXONOMY}"
                    )
                example["category"] = None if category is None else labels[category]
                example["flags"] = list(example["flags"] or ())
                yield example["key"], example

    def _ranges(self, source: Source, shard: str, start: int) -> Iterator[Example]:
        index = self._index(source)
        rows = index.rows_of_shard(shard)
        if self.config.categories is not None or self.config.is_anomaly is not None:
            rows = rows[index.select(categories=self.config.categories, is_anomaly=self.config.is_anomaly)[rows]]
        records: deque[Example] = deque()

        def places() -> Iterator[Place]:
            for first in range(start, len(rows), _ROWS_AT_ONCE):
                some = rows[first : first + _ROWS_AT_ONCE]
                columns = index.columns(some)
                records.extend(dict(zip(CLIP_FIELDS, values)) for values in zip(*columns.values()))
                yield from zip(columns["key"], index.offset[some].tolist(), index.size[some].tolist())

        if self.config.name == "captions":
            for _ in places():
                yield records.popleft()
            return
        for video in read_videos(source, shard, places()):
            record = records.popleft()
            record["video"] = {"bytes": video, "path": None}  # a path would cost datasets one stat a clip
            yield record

    def _walk(self, shard: str, start: int) -> Iterator[Example]:
        opened = open  # datasets puts its own here: hf://, https://, with retries
        clips = _read_any(shard, opened)
        for clip, video in limited_steps(clips) if "://" in shard else clips:  # a guard a clip costs a third
            if not self._wanted(clip):
                continue
            if start:
                start -= 1
                continue
            yield {**clip.__dict__, "video": {"bytes": video, "path": None}}

    def _wanted(self, clip: Clip) -> bool:
        wanted, config = True, self.config
        if config.categories is not None:
            wanted = clip.category in config.categories
        return wanted and (config.is_anomaly is None or clip.is_anomaly == config.is_anomaly)

    def _prepare_split_single(self, *args: object, **kwargs: object) -> Iterator[object]:
        """As the library's, but our own one-line errors reach the user as they are."""
        try:
            yield from super()._prepare_split_single(*args, **kwargs)
        except DatasetGenerationError as error:
            if isinstance(error.__cause__, SvtaError):
                raise error.__cause__ from None
            raise


def _read_any(shard: str, opener: Callable[[str, str], IO[bytes]]) -> Iterator[tuple[Clip, bytes]]:
    """The clips of a tar in a folder or on a server; what a server or a disk refuses is a ShardError that names it."""
    try:
        with opener(shard, "rb") as file:
            yield from read_shard(_Named(file, shard))  # type: ignore[arg-type]
    except Exception as error:
        if isinstance(error, FileNotFoundError):
            reason: str | None = MISSING
        elif type(error).__module__.startswith("aiohttp"):  # fsspec's, of a plain https:// address
            reason = f"the server failed ({type(error).__name__}: {first_line(error, 100)})"
        else:
            reason = reason_of(error) or (error.strerror if isinstance(error, OSError) else None)
        if reason is None or isinstance(error, SvtaError):
            raise
        raise ShardError(shard, reason) from None


class _Named:
    """A file with the name that errors should tell."""

    def __init__(self, file: IO[bytes], name: str):
        self.read, self.name = file.read, name
        self.fileno = getattr(file, "fileno", None)


def _split(name: str, shards: list[str], source: Source | None) -> datasets.SplitGenerator:
    return datasets.SplitGenerator(name=name, gen_kwargs={"shards": list(shards), "source": source})


def _fetch(source: Source, shards: list[str]) -> None:
    """All shards of a repo into the Hub's own cache; the library's downloader gives up at the first busy answer."""
    with thread_pool(_DOWNLOADS) as pool:
        for _ in datasets.utils.tqdm(
            pool.map(source.fetch_shard, shards), total=len(shards), desc="Downloading shards"
        ):
            pass


def _sample_files() -> dict[str, list[str]]:
    files = {name: sorted(str(path) for path in SAMPLE.glob(f"svta-{name}-*.tar")) for name in SPLITS}
    if not any(files.values()):
        raise DatasetError("this installation of svta carries no sample; `svta demo` makes a dataset")
    return {name: paths for name, paths in files.items() if paths}


def _taxonomy(source: Source | None, data_files: DataFiles | None) -> Taxonomy:
    if source is not None:
        return load_taxonomy(source.find(TAXONOMY))
    first = next((str(path) for paths in (data_files or {}).values() for path in paths), "")
    near = [folder / TAXONOMY for folder in list(Path(first).parents)[:3]]  # DIR/data/<split>/x.tar
    return load_taxonomy(next((path for path in near if path.exists()), None))


def _need_torchcodec() -> None:
    problem = torchcodec_problem() if find_spec("torchcodec") else "it is not installed"
    if problem is not None:
        raise DatasetError(
            f"decode=True needs a torchcodec that imports here ({problem}); "
            "without it: ds.with_transform(svta.frames())"
        )
