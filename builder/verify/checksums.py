"""The files of a dataset against both lists of checksums: whether a file or a list is damaged, missing or extra."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from svta.builder.errors import DatasetError
from svta.builder.io.json_text import JsonObject
from svta.builder.io.limits import read_text
from svta.builder.layout.manifest import MAX_BUILD_BYTES, parse_sums, read_build
from svta.builder.paths import BUILD, CARD, INDEX, SUMS
from svta.builder.project.config import DEFAULT_PROJECT, Project, ProjectError
from svta.builder.project.find import packed_project

from .dataset_folder import DatasetFolder
from .finding import Finding, Findings


@dataclass
class Checksums:
    """`files`: what is there; `listed`: what the lists name; `changed`: files that are not what the lists say."""

    files: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=lambda: {BUILD, CARD, INDEX})
    changed: dict[str, Finding] = field(default_factory=dict)
    build: JsonObject = field(default_factory=dict)
    project: Project = DEFAULT_PROJECT
    findings: list[Finding] = field(default_factory=list)

    @property
    def whole(self) -> set[str]:
        """Files that are there and are what the lists say."""
        return self.files - self.changed.keys()


def check_checksums(folder: DatasetFolder) -> Checksums:
    """Hash every file and compare with SHA256SUMS and build.json, which repeats it."""
    result, findings = Checksums(), Findings()
    actual = folder.checksums()
    result.files = set(actual)
    lists: dict[str, Mapping[str, str]] = {}
    try:
        lists[SUMS] = parse_sums(read_text(folder.file(SUMS), MAX_BUILD_BYTES))
    except FileNotFoundError:
        pulling = " and pulling is not finished" if folder.has_folder(".pull") else ""
        findings.add("unfinished", SUMS, f"is missing: packing was not finished{pulling}; run the same command again")
    except DatasetError as error:
        findings.add("sums", SUMS, f"is damaged: {error}")
    try:
        result.build = read_build(folder.file(BUILD).parent)
        repeated = result.build.get("files")
        if isinstance(repeated, dict) and all(isinstance(value, str) for value in repeated.values()):
            lists[BUILD] = repeated
        else:
            findings.add("sums", BUILD, "is damaged: it lists no files")
    except FileNotFoundError:
        result.changed[BUILD] = Finding("build", BUILD, "No such file or directory; not a finished dataset")
    except DatasetError as error:
        result.changed[BUILD] = Finding("build", BUILD, str(error).partition(": ")[2])
    try:
        result.project = packed_project(result.build, BUILD)
    except ProjectError as error:
        findings.add("project", BUILD, str(error).removeprefix(f"{BUILD}: "))
    result.listed.update(name for names in lists.values() for name in names)
    for name in sorted(folder.links_out):
        problem = "is a link that leads out of the dataset and is not followed; put the file itself there"
        result.changed[name] = Finding("link", name, problem)
    for name in sorted({*actual, *result.listed} - folder.links_out):
        listed = {title: names.get(name) for title, names in lists.items()}
        if name == CARD:  # its owner may edit it: card.py compares what follows from the data
            continue
        if name == BUILD:  # it cannot list itself
            listed.pop(BUILD, None)
        damaged = _compare(name, actual.get(name), listed, findings)
        if damaged is not None:
            result.changed[name] = damaged
    result.findings = findings.all()
    return result


def _compare(name: str, digest: str | None, listed: Mapping[str, str | None], findings: Findings) -> Finding | None:
    """The finding where a file is not what the lists (title -> sha256) say; a damaged list goes into `findings`."""
    wrong = [title for title, sha256 in listed.items() if sha256 != digest]
    if not wrong:
        return None
    if digest is None and len(wrong) == len(listed):
        return Finding("missing", name, "is listed, but there is no file of this name")
    if digest is None or len(wrong) < len(listed) or _one_digit_off(digest, listed[wrong[0]]):
        for title in wrong:  # the other list, or all digits but one, agree with the file: the list is damaged
            findings.add("sums", title, f"its line for {name} is damaged")
    elif all(sha256 is None for sha256 in listed.values()):
        if "/" in name:
            findings.add("unexpected", name, "is not in any list of files; load_dataset would read it")
    else:
        return Finding("checksum", name, "is not the file that was packed: its sha256 differs")
    return None


def _one_digit_off(digest: str, listed: str | None) -> bool:
    return listed is not None and sum(a != b for a, b in zip(digest, listed)) == 1
