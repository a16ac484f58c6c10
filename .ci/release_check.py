"""Whether this tree can be published as a release: `make release-check`. Prints a line a check; exit 1 where one fails.

One version everywhere, with a dated heading in CHANGELOG.md; two builds give equal wheels; the source archive holds all
tracked files and builds the same wheel; nothing is left uncommitted. Publishes nothing.
"""

from __future__ import annotations

import configparser
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOT_SHIPPED = {".gitignore"}


def git(*words: str) -> list[str]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def build(source: Path, kind: str, out: Path) -> Path:
    """A wheel or sdist of a source tree, by the setuptools of this environment."""
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", str(out), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the {kind} cannot be built:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    (made,) = out.iterdir()
    return made


def exported(commit_files: list[str], to: Path) -> Path:
    """The tracked files as they are now, in a folder of their own: no build folder of the checkout takes part."""
    for name in commit_files:
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
        target.chmod((ROOT / name).stat().st_mode)
    return to


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def versions() -> list[str]:
    """What is wrong with the version, which stands in setup.cfg."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    version = config["metadata"]["version"]
    problems = []
    if f"\nversion: {version}\n" not in (ROOT / "CITATION.cff").read_text():
        problems.append(f"CITATION.cff does not say {version}")
    if not re.search(rf"^## \[?{re.escape(version)}\]? .*\d{{4}}-\d\d-\d\d", (ROOT / "CHANGELOG.md").read_text(), re.M):
        problems.append(f"CHANGELOG.md has no heading with {version} and a date")
    return problems


def archives() -> list[str]:
    """What is wrong with the wheel and the source archive."""
    tracked = [name for name in git("ls-files") if (ROOT / name).is_file()]
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        first, second = (exported(tracked, work / name / "svta") for name in ("a", "b"))
        wheel, again = build(first, "wheel", work / "wheel-a"), build(second, "wheel", work / "wheel-b")
        if sha256(wheel) != sha256(again):
            problems.append("two builds of the same files give different wheels")
        sdist = build(first, "sdist", work / "sdist")
        with tarfile.open(sdist) as archive:
            archive.extractall(work / "unpacked", filter="data")
        (unpacked,) = (work / "unpacked").iterdir()
        if missing := [name for name in tracked if name not in NOT_SHIPPED and not (unpacked / name).is_file()]:
            problems.append(f"the source archive lacks {len(missing)} files: {', '.join(missing[:5])}")
        if sha256(build(unpacked, "wheel", work / "wheel-c")) != sha256(wheel):
            problems.append("the source archive builds another wheel")
        print(f"{wheel.name}: {wheel.stat().st_size:,} bytes, sha256 {sha256(wheel)}")
        print(f"{sdist.name}: {sdist.stat().st_size:,} bytes")
    return problems


def main() -> None:
    problems = versions() + archives()
    if git("status", "--porcelain"):
        problems.append("there are changes that are not committed")
    for problem in problems:
        print(f"release: {problem}", file=sys.stderr)
    print("release: not yet" if problems else "release: ready")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
