"""`svta info` without a path: versions, extras, codecs, caches, a broken torchcodec; shell completion."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from svta.cli import installation
from svta.cli.installation import missing_of_extras, read_installation


def install(folder: Path, name: str, version: str, code: str, *, needs: tuple[str, ...] = ()) -> None:
    """A package as pip leaves it: a folder with code, and its metadata."""
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(code)
    about = folder / f"{name}-{version}.dist-info"
    about.mkdir()
    lines = [f"Name: {name}", f"Version: {version}", *needs]
    (about / "METADATA").write_text("Metadata-Version: 2.1\n" + "\n".join(lines) + "\n")


def test_a_broken_torchcodec_is_shown_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "torchcodec", "0.13.0", "raise OSError('libavutil.so.59: cannot open shared object file')")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = read_installation()
    assert found.packages["torchcodec"] == "0.13.0"
    (problem,) = found.problems
    assert "libavutil.so.59" in problem and "pip uninstall torchcodec" in problem
    assert f"problem: {problem}" in found.lines()


def test_what_an_extra_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing packages, ones that are too old, and those of an extra within an extra."""
    rows = ("Provides-Extra: small", "Provides-Extra: both", "Requires-Dist: numpy")
    rows += ('Requires-Dist: no-such-package>=3; extra == "small"', 'Requires-Dist: numpy>=999; extra == "small"')
    rows += ('Requires-Dist: svta[small]; extra == "both"', 'Requires-Dist: pip; extra == "both"')
    install(tmp_path, "stand_in", "1.0", "", needs=rows)
    monkeypatch.syspath_prepend(str(tmp_path))
    real = installation.metadata
    monkeypatch.setattr(installation, "metadata", lambda name: real("stand_in"))
    lacks = ["no-such-package>=3", "numpy>=999"]
    assert missing_of_extras() == {"small": lacks, "both": lacks}
    assert read_installation().pip == "pip install 'svta[small,both]'"


def test_json_has_the_same_in_fields(capsys: pytest.CaptureFixture[str]) -> None:
    import svta
    from svta.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["info", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert ended.value.code == 0 and told["svta"] == svta.__version__
    assert told["codecs"]["decode"]["h264"] and told["codecs"]["encode"]["libx264"]
    absent = {name for name, version in told["packages"].items() if version == "not installed"}
    assert absent <= {"torchcodec", "torch", "transformers", "diffusers"}
    assert "GB free" in told["caches"]["Hub"]
    for missing in told["extras"].values():
        assert all(Requirement(line).name for line in missing)


@pytest.mark.parametrize(
    ("words", "position", "offers"),
    [("svta ge", 1, "generate"), ("svta pack --shard-m", 2, "--shard-multiple"), ("svta review ap", 2, "apply")],
)
def test_the_shell_completes_commands_and_options(words: str, position: int, offers: str) -> None:
    env = os.environ | {"_SVTA_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(position)}
    done = subprocess.run([sys.executable, "-m", "svta"], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()) == (0, [offers]), done.stderr
