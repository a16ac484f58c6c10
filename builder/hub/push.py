"""A dataset folder to the Hub: verified first, what may not be published held back, the repo checked afterwards.

Reads DIR, writes the repo ns/name; DIR/.push holds a derived dataset where captions or videos are held back. A killed
push resumes where it stopped: huggingface_hub sends only what the Hub does not hold.

    svta push DIR ns/name [--private] [--revision BRANCH | --create-pr] [--tag v1.0]
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from svta.builder.dataset.source import HUB, Source
from svta.builder.errors import DatasetError, quantity
from svta.builder.io.disk import disk_full_as_error
from svta.builder.io.files import exclusive_lock, sha256_file
from svta.builder.io.hub_errors import READING, HubError, read_answer, with_retries
from svta.builder.io.limits import read_bytes
from svta.builder.io.safe_path import Root
from svta.builder.layout.detect import detect_kind, suggest_path
from svta.builder.layout.manifest import MAX_BUILD_BYTES, files_of, read_build, read_sums
from svta.builder.layout.stats import WITHHELD, compute_stats, dataset_rights
from svta.builder.packing.derive import Derivation, NoClipLeft, derive_dataset
from svta.builder.paths import CARD, INDEX, SUMS, TAXONOMY
from svta.builder.project.find import packed_project
from svta.builder.rights import DatasetRights, public_name, recorded_licence
from svta.builder.shards.index import read_index
from svta.builder.taxonomy import load_taxonomy
from svta.builder.verify.finding import Finding
from svta.builder.verify.folder import verify

from .card_sync import RemoteCard, card_for_push, remote_card
from .dehydration import Withholding
from .repo import DATASET_REPO, compare, remote_files, repo_and_revision
from .unlicensed import with_licence

if TYPE_CHECKING:
    from huggingface_hub import CommitInfo, HfApi

STAGE: Final = ".push"
_UPLOAD_PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_SHARDS: Final = ("data/*", "proxy/*", "plots/*")
_NEVER: Final = (".*", "*/.*", "*.part")
_SCRIPT: Final = "svta.py"


class DamagedDataset(DatasetError):
    """What was found wrong with a folder, or with a repo after a push; `.findings` lists it."""

    def __init__(self, problem: str, findings: list[Finding]):
        super().__init__(problem)
        self.findings = findings


LICENCE_HINT: Final = (
    "the licence of footage goes into a license column or svta.yaml's license; what you may publish is published with "
    "--i-have-rights WORDS"
)


@dataclass(frozen=True)
class PushConfig:
    """Where a dataset goes and as what. `revision`: a branch, made if it is missing; `tag`: set on the commit.

    `dehydrate`: hold every caption back, also those that may be published. `rights`: the statement of the owner of the
    right to publish what svta's table of rights does not allow; it is on the card. `license`: of captions without a
    known one (SPDX); `footage_license`: the project's, of imported footage without one. `results`: evaluations for the
    card's table, see card_text.
    """

    private: bool = False
    revision: str | None = None
    create_pr: bool = False
    tag: str | None = None
    dehydrate: bool = False
    rights: str | None = None
    license: str | None = None
    results: tuple[dict[str, object], ...] = ()
    footage_license: str | None = None

    def __post_init__(self) -> None:
        if self.create_pr and self.revision:
            raise DatasetError("--create-pr makes its own branch: do not give --revision")
        if self.rights is not None and not self.rights.strip():
            raise DatasetError("--i-have-rights needs words: they are printed on the card")


@dataclass(frozen=True)
class PushReport:
    """What is in the repo now, or would. `withheld`: captions that are hashes; `left_out`: clips by reason.

    copies: those of the withheld that their own sources would allow, but that repeat a withheld caption.
    card: the lines of a diff of the repo's card, as it was, to the one that was pushed. news: False if all was there.
    """

    repo_id: str
    files: int
    num_bytes: int
    clips: int
    withheld: int
    left_out: dict[str, int] = field(default_factory=dict)
    url: str | None = None
    commit: str | None = None
    pull_request: str | None = None
    tag: str | None = None
    card: tuple[str, ...] = ()
    copies: int = 0
    news: bool = True


def push(
    dataset: str | Path,
    repo_id: str,
    config: PushConfig | None = None,
    *,
    token: str | bool | None = None,
    dry_run: bool = False,
    workers: int | None = None,
    on_shard: Callable[[int, int], None] | None = None,
) -> PushReport:
    """Publish a finished dataset folder as the Hub repo `repo_id`; see PushConfig. With `dry_run` nothing is written.

    Raises DamagedDataset if verify finds anything, before the push or in the repo after it, and HubError in one
    line for what the Hub refuses. The same call again sends only what is missing.
    """
    dataset, config = Path(dataset), config or PushConfig()
    repo_id, branch = repo_and_revision(repo_id)
    if branch is not None:
        if config.create_pr or config.revision not in (None, branch):
            raise DatasetError(
                f"{repo_id}@{branch}: give one branch, here or with --revision, and none for a pull request"
            )
        config = replace(config, revision=branch)
    if (kind := detect_kind(dataset)) != "dataset":
        problem = "no such dataset folder" if kind == "missing" else suggest_path(dataset)
        raise DatasetError(f"{dataset}: {problem}")
    if (dataset / SUMS).is_file() and f"  {_SCRIPT}\n".encode() in read_bytes(dataset / SUMS, MAX_BUILD_BYTES):
        raise DatasetError(f"{dataset}: contains {_SCRIPT}; load_dataset refuses repos with a script, so remove it")
    checked = verify(dataset, workers=workers)
    if not checked.ok:
        found = quantity(len(checked.findings), "finding")
        raise DamagedDataset(f"{dataset}: {found}, nothing is pushed", checked.findings)
    stats = compute_stats(dataset)
    project = packed_project(read_build(dataset))
    parts = {with_licence(part, config.license, project.own_rights) for part in stats.made_of}
    licensed = parts != stats.made_of
    stats.footage = {with_licence(part, config.footage_license, project.own_rights) for part in stats.footage}
    stats.made_of = parts
    rights = dataset_rights(stats, project)
    forbidden = not (rights.redistribute_text and rights.redistribute_video)
    withholding = Withholding(
        everything=config.dehydrate,
        claimed=config.rights is not None,
        own=project.own_rights,
        license=config.license,
        footage_license=config.footage_license,
    )
    withholding.prepare(dataset)
    if dry_run:
        return _outlook(dataset, repo_id, withholding)
    with exclusive_lock(dataset):
        folder, left_out = dataset, Counter[str]()
        build = read_build(dataset)  # written when the table of rights knew less, or by svta 0.1.0
        outdated = recorded_licence(build) != rights.licence or "card" not in build
        if forbidden or withholding.needed or config.results or outdated or licensed:
            how = _publication(config, rights, withholding)
            folder = Root(dataset).path(STAGE)
            with disk_full_as_error(folder):
                try:
                    derive_dataset(dataset, folder, how, workers=workers, on_shard=on_shard)
                except NoClipLeft as error:
                    raise NoClipLeft(f"{error}; {LICENCE_HINT}") from None
            _check_withheld(folder, withholding, workers)
            left_out = _left_out(dataset, folder)
        report = _send(dataset, folder, repo_id, config, token, left_out)
        shutil.rmtree(dataset / STAGE, ignore_errors=True)
    return replace(report, copies=withholding.copies)


def _publication(config: PushConfig, rights: DatasetRights, withholding: Withholding) -> Derivation:
    """The dataset as it may be published, with a paragraph on its card that says what was done."""
    notice = []
    forbidden = not (rights.redistribute_text and rights.redistribute_video)
    if config.rights is not None and forbidden:
        notice.append(
            "Contains captions or videos for which svta's table of rights does not say that they may be published. The "
            f"publisher states: {config.rights.strip()}."
        )
    elif config.rights is None and not rights.redistribute_video:
        notice.append("Clips whose videos may not be published are left out; rejected.jsonl names them.")
    if config.dehydrate or (config.rights is None and not rights.redistribute_text):
        sources = ", ".join(sorted({public_name(name, "source") for name in rights.sources_kept_back}))
        why = f"their sources do not allow publishing them ({sources})" if sources else "the publisher chose this"
        notice.append(
            f"Captions with the flag {WITHHELD} are withheld and replaced by hashes: {why}. Get the source's "
            "own file; svta pull REPO DIR --source NAME=FILE puts every caption back and checks it by its hash."
        )
    record = {"made_for": "publication", "dehydration": 2, "dehydrate": config.dehydrate, "rights": config.rights}
    record |= {"results": list(config.results)} if config.results else {}
    given = {"license": config.license, "footage_license": config.footage_license}
    record |= {name: licence for name, licence in given.items() if licence}
    results = config.results or None
    return Derivation(record, withholding, withholding.reject, notice=" ".join(notice) or None, results=results)


def _check_withheld(folder: Path, withholding: Withholding, workers: int | None) -> None:
    """Search all that would be sent for runs of five words of a withheld caption. Raises DamagedDataset."""
    found = withholding.search.find_in_files(_files(folder), workers)
    if found:
        findings = [Finding("withheld_caption", name, f"repeats {run!r}") for name, run in sorted(found.items())]
        problem = f"{', '.join(sorted(found)[:3])}: words of captions that may not be published; nothing is pushed"
        if defined := _defined_in(folder, withholding) if TAXONOMY in found else []:
            problem += (
                f"; of the taxonomy the words of {len(defined):,} categories ({', '.join(defined[:5])}) repeat five "
                "words of such captions: word them otherwise in your taxonomy, then pack again with it"
            )
        raise DamagedDataset(f"{folder.parent} {problem}", findings)


def _defined_in(folder: Path, withholding: Withholding) -> list[str]:
    """Categories whose own words are in a withheld caption."""
    rows = load_taxonomy(folder / TAXONOMY).categories
    return [one.name for one in rows if any(map(withholding.search.find, (one.name, *one.aliases, one.definition)))]


def _left_out(dataset: Path, folder: Path) -> Counter[str]:
    before = Counter[str](read_build(dataset)["reasons"])
    after = Counter[str](read_build(folder)["reasons"])
    return after - before


def _outlook(dataset: Path, repo_id: str, withholding: Withholding) -> PushReport:
    """What a push would send, from the index alone."""
    left_out: Counter[str] = Counter()
    clips = withheld = 0
    for row in read_index(dataset / INDEX):
        verdict = withholding.verdict(row.clip)
        clips += verdict in (None, WITHHELD)
        withheld += verdict == WITHHELD
        left_out.update([] if verdict in (None, WITHHELD) else [verdict])
    files = _files(dataset)
    num_bytes = sum(path.stat().st_size for path in files.values())
    return PushReport(repo_id, len(files), num_bytes, clips, withheld, dict(left_out), copies=withholding.copies)


def _files(folder: Path) -> dict[str, Path]:
    return {**files_of(folder), SUMS: folder / SUMS}


def _send(
    dataset: Path,
    folder: Path,
    repo_id: str,
    config: PushConfig,
    token: str | bool | None,
    left_out: Mapping[str, int],
) -> PushReport:
    from huggingface_hub import HfApi

    api = HfApi(token=token)
    sums = read_sums(folder)
    files = {name: path for name, path in _files(folder).items() if name in sums or name in (SUMS, CARD)}
    tops = [name for name in files if "/" not in name]
    stats = compute_stats(folder)
    private = True if config.private else None  # an existing repo keeps what it is
    url = with_retries(
        repo_id,
        lambda: api.create_repo(repo_id, private=private, repo_type=DATASET_REPO, exist_ok=True),
        limits=READING,
    )
    if config.private and not read_answer(repo_id, lambda: api.dataset_info(repo_id)).private:
        raise HubError(f"{repo_id}: already exists and is public; make it private in its settings, or name another")
    if config.revision and not config.revision.startswith("refs/"):
        branch = config.revision
        with_retries(
            repo_id,
            lambda: api.create_branch(repo_id, branch=branch, repo_type=DATASET_REPO, exist_ok=True),
            limits=READING,
        )

    before = read_answer(repo_id, lambda: api.dataset_info(repo_id, revision=config.revision).sha)
    changes = card_for_push(dataset, folder, _card_of(repo_id, before, token))
    title = f"{quantity(stats.clips, 'clip')} packed with svta"
    known = {**sums, **{name: sha256_file(folder / name) for name in (SUMS, CARD)}}
    revision, pull_request = config.revision, None
    if config.create_pr and compare(files, known, remote_files(repo_id, None, token)):
        # made here and not by the upload, which would open a second one when it has to be tried again
        opened = with_retries(
            repo_id, lambda: api.create_pull_request(repo_id, title, repo_type=DATASET_REPO), limits=READING
        )
        revision, pull_request = opened.git_reference, opened.url

    def upload() -> CommitInfo:
        return api.upload_folder(
            repo_id=repo_id,
            folder_path=folder,
            repo_type=DATASET_REPO,
            revision=revision,
            commit_message=title,
            allow_patterns=[*tops, *_SHARDS],
            ignore_patterns=list(_NEVER),
            delete_patterns=list(_SHARDS),
        )

    place = f"{repo_id}@{revision}" if revision else repo_id
    commit = with_retries(place, upload, pauses=_UPLOAD_PAUSES)
    arrived = remote_files(repo_id, commit.oid, token)
    if findings := compare(files, known, arrived):
        problem = f"{quantity(len(findings), 'file')} of {folder} differ there: somebody else changed them meanwhile"
        raise DamagedDataset(f"{place}: {problem}, or they did not arrive whole; push again", findings)
    if config.tag:
        _tag(api, repo_id, config.tag, commit.oid)
    return PushReport(
        repo_id,
        len(files),
        sum(path.stat().st_size for path in files.values()),
        stats.clips,
        stats.flags.get(WITHHELD, 0),
        dict(left_out),
        str(url),
        commit.oid,
        pull_request,
        config.tag,
        tuple(changes),
        news=commit.oid != before,
    )


def _card_of(repo_id: str, commit: str | None, token: str | bool | None) -> RemoteCard | None:
    """The card of a commit."""
    if not commit:
        return None
    return remote_card(Source(f"{HUB}{repo_id}@{commit}", token), remote_files(repo_id, commit, token))


def _tag(api: HfApi, repo_id: str, tag: str, commit: str) -> None:
    """Set a tag, once: one that names another commit is left alone."""

    def create() -> None:
        api.create_tag(repo_id, tag=tag, revision=commit, repo_type=DATASET_REPO, exist_ok=True)

    with_retries(repo_id, create, limits=READING)
    there = read_answer(repo_id, lambda: api.dataset_info(repo_id, revision=tag).sha)
    if there != commit:
        raise HubError(f"{repo_id}: the tag {tag} already exists, on commit {str(there)[:12]}; choose another")
