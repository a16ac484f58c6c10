"""The code blocks of a Markdown page: found, written as files, or run as a reader would run them.

A shell or Python block runs unless the line before it says `<!-- not run: REASON -->`. A block of another language
under a line that ends with `NAME`: is the file NAME. Commands and Python blocks run in forks of one process
(fork_server.py), each by itself: a reader may begin with any of them.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import fork_server

RUN = ("bash", "python")
SHOWN = ("text", "json", "yaml", "diff", "bibtex", "toml")  # and {toctree}, {eval-rst}
_BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^\n]+) -->\n)?(?P<indent> *)```(?P<kind>[^\n]*)\n(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_FILE = re.compile(r"`(?P<name>[\w./-]+\.\w+)`:?\n+\Z")


@dataclass(frozen=True)
class Block:
    """One block: its language, its text, its line in the page, the file it is, why it is not run."""

    kind: str
    body: str
    line: int
    file: str | None = None
    reason: str | None = None


def blocks_of(page: Path) -> list[Block]:
    """All blocks of a page, in order."""
    text = page.read_text()
    found = []
    for block in _BLOCK.finditer(text):
        named = _FILE.search(text[: block.start()])
        line = text.count("\n", 0, block.start("kind"))
        found.append(
            Block(block["kind"].strip(), block["body"], line + 1, named and named["name"], block["reason"] or None)
        )
    return found


@dataclass
class Runner:
    """Runs blocks in a folder. replaced: words of the page -> what stands there in the test; before: Python names that
    a reader is expected to have; not_here: beginnings of lines that are left out."""

    folder: Path
    server: subprocess.Popen[str]
    replaced: Mapping[str, str] = field(default_factory=dict)
    before: str = ""
    not_here: tuple[str, ...] = ()
    seconds: int = 300
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, block: Block) -> str:
        """What the block prints; an assertion names the line that fails."""
        body = block.body
        for word, other in self.replaced.items():
            body = body.replace(word, other)
        if block.kind == "python":
            return self._ask({"code": f"{self.before}\n{body}"}, body)
        return "".join(self._line(line) for line in commands_of(body) if not line.startswith(self.not_here or ("\0",)))

    def command(self, *words: str) -> str:
        """`svta ...` in a fork."""
        return self._ask({"args": words[1:]}, shlex.join(words))

    def _line(self, line: str) -> str:
        words: list[str] = []
        for word in shlex.split(line, comments=True):
            filled = Template(word).safe_substitute(self.variables)
            words += filled.split() if word.startswith("$") else [filled]  # a bare variable is several words
        if len(words) == 1 and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            name, _, value = words[0].partition("=")
            self.variables[name] = value
            return ""
        if words[0] == "svta":
            return self.command(*words)
        done = subprocess.run(["sh", "-ec", line], cwd=self.folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _ask(self, order: dict, shown: str) -> str:
        done = fork_server.ask(self.server, {**order, "seconds": self.seconds, "cwd": str(self.folder)})
        assert done["code"] == 0, f"{shown}\nexit {done['code']}\n{done['out'][-2000:]}\n{done['err'][-4000:]}"
        return str(done["out"])


def commands_of(body: str) -> Iterator[str]:
    """The commands of a shell block, one by one: lines that go on are joined, `a && b` are two."""
    for line in body.replace("\\\n", " ").splitlines():
        for command in re.split(r" && ", line):
            if command.strip() and not command.lstrip().startswith("#"):
                yield command
