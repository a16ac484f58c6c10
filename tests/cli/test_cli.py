"""The roof: exit codes, one clear line, --debug, --version. Fresh processes where streams or signals matter."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time

import pytest
import typer
from finished import clips_folder
from fork_server import svta

from svta.builder.packing.pack import pack
from svta.cli.app import COMMANDS, app
from svta.cli.console import emit, pack_command

pytestmark = pytest.mark.smoke


def test_help_lists_every_command(tmp_path):
    done = svta("--help", cwd=tmp_path)
    assert done.returncode == 0
    for name in COMMANDS:
        assert name in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("pack", "--nonsense"),
        ("pack", "missing-folder", "--out", "d"),
        ("verify", "missing-folder"),
        ("generate", "missing.jsonl", "--out", "c"),
        ("describe", "--source", "uca=missing.json", "--out", "d.jsonl"),
        ("describe", "--source", "nonsense=missing.json", "--out", "d.jsonl"),
        ("import", "--videos", "missing", "--annotations", "missing.jsonl", "--out", "c"),
        ("eval", "--data", "missing", "--model", "missing", "--out", "r"),
        ("train", "--data", "missing", "--baseline", "tiny", "--out", "c"),
        ("train", "--data", "missing", "--baseline", "tiny", "--head", "seqTransf", "--out", "c"),
        ("report", "missing"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_one_clear_line_and_exit_2(args, tmp_path):
    done = svta(*args, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("svta")
    assert "Traceback" not in done.stderr


def test_nothing_from_outside_steers_the_terminal(tmp_path, capsys):
    done = svta("verify", "data\x1b]0;title\x07", cwd=tmp_path)
    assert done.returncode == 2 and "\x1b" not in done.stderr and r"data\x1b]0;title\x07" in done.stderr
    emit({"caption": "a man\x1b[2J falls", "next": "tab\tand line\nstay"}, as_json=False)
    assert capsys.readouterr().out == "caption: a man\\x1b[2J falls\nnext: tab\tand line\nstay\n"


def commands(group, *path):
    """(words, command) of every command that does something, and of the groups."""
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        yield (*path, name), command
        if hasattr(command, "list_commands"):
            yield from commands(command, *path, name)


EVERY = list(commands(typer.main.get_command(app)))


@pytest.mark.parametrize(("words", "command"), EVERY, ids=[" ".join(words) for words, _ in EVERY])
def test_every_example_is_a_command_line_that_parses(words, command):
    """Options exist, values have their types, nothing required is missing, and a terminal does not break the line."""
    examples = re.findall(r"^ *Example: (svta .*)$", command.help or "", re.M)
    assert examples, f"svta {' '.join(words)} shows no example"
    for example in examples:
        assert len(f" Example: {example}") < 80, example
        called, rest = app_command(shlex.split(example)[1:])
        assert words == called[: len(words)]
        with dict(EVERY)[called].make_context("svta", list(rest)) as context:
            assert context.params


def app_command(args):
    """(the words that name a command, its own arguments)."""
    known = dict(EVERY)
    count = 2 if tuple(args[:2]) in known else 1
    return tuple(args[:count]), args[count:]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("verifi x", "did you mean `svta verify`?"),
        ("clips pack --out d", "the command comes first: svta pack clips --out d"),
        ("--json info x", "the command comes first: svta info --json x"),
        ("review nonsense", "(see `svta review --help`)"),
        ("review export", "(see `svta review export --help`)"),
        ("pack clips --splits 1:2 --out d", "--splits 1:2: it takes three ratios"),
        ("pack nowhere --out e", "nowhere: no such folder; make clips with"),
        ("pack data --out e", "data: is a packed dataset already"),
        ("pack clips --out a-file", "a-file: is a file; a folder is needed there"),
        ("describe --grammar 5 --out a-file/d.jsonl", "a-file is a file; a folder is needed there"),
        ("annotate d.jsonl --out clips", "clips: is a folder; a file is needed there"),
        ("annotate d.jsonl --out data/README.md", "data is a finished dataset"),
        ("review export d.jsonl --out clips", "clips: is a folder; a file is needed there"),
        ("info --storyboard-sheet data/README.md", "data is a finished dataset"),
        ("demo --out data", "data: already exists, and not from `svta demo`"),
        ("demo --out .", "a folder with a name is needed"),
        ("plan clips", "clips: is a folder"),
        ("train --data data --baseline tiny --out a-file", "a-file is a file; a folder is needed there"),
    ],
    ids=str,
)
def test_the_line_says_what_to_do(line, told, hasty):
    before = contents(hasty)
    done = svta(*line.split(), cwd=hasty)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert contents(hasty) == before  # told before anything was made


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """A folder with clips, a dataset of them, descriptions and a file."""
    folder = tmp_path_factory.mktemp("hasty")
    pack(clips_folder(folder / "clips", 12), folder / "data")
    assert svta("describe", "--grammar", "4", "--out", "d.jsonl", cwd=folder).returncode == 0
    (folder / "a-file").write_text("text")
    return folder


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


SURROUNDINGS = [
    ({"HF_ENDPOINT": "http://127.0.0.1:99999"}, "verify ns/none", "HF_ENDPOINT=http://127.0.0.1:99999: a URL like"),
    ({"HF_ENDPOINT": "http://[::1"}, "verify ns/none", "HF_ENDPOINT=http://[::1: a URL like"),
    ({"RANK": "0", "WORLD_SIZE": "y"}, "generate d.jsonl --executor rank --out c", "WORLD_SIZE=y: a whole number"),
    (
        {"SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_ARRAY_TASK_MIN": "x"},
        "generate d.jsonl --executor rank --out c",
        "SLURM_ARRAY_TASK_MIN=x: a whole number",
    ),
]


@pytest.mark.parametrize(("variables", "line", "says"), SURROUNDINGS, ids=[says for _, _, says in SURROUNDINGS])
def test_an_environment_that_cannot_be_meant_is_one_line(variables, line, says, hasty):
    command = [sys.executable, "-m", "svta", *line.split()]
    done = subprocess.run(command, cwd=hasty, env=os.environ | variables, capture_output=True, text=True, timeout=120)
    errors = [line for line in done.stderr.splitlines() if line.startswith("svta ")]  # beside what a plan notes
    assert (done.returncode, len(errors)) == (2, 1), done.stderr
    assert says in errors[0]
    assert not (hasty / "c").exists()


@pytest.mark.slow
def test_a_closed_output_is_one_line_before_any_work(hasty):
    command = shlex.join([sys.executable, "-m", "svta", "pack", "clips", "--out", "never"])
    done = subprocess.run(["bash", "-c", f"{command} >&-"], cwd=hasty, capture_output=True, text=True, timeout=120)
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (2, 1), done.stderr
    assert "the standard output is closed" in done.stderr
    assert not (hasty / "never").exists()
    done = subprocess.run(["bash", "-c", f"{command} 2>&-"], cwd=hasty, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "packed 12 clips" in done.stdout


def test_a_name_that_is_no_text_is_one_line_and_nothing_is_written(hasty):
    before = contents(hasty)
    command = [sys.executable, "-m", "svta", "pack", "clips", "--out", b"latin\xff"]
    done = subprocess.run(command, cwd=hasty, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (2, "svta pack: latin\\udcff: is not UTF-8 text; rename it first\n")
    assert contents(hasty) == before


@pytest.mark.slow
def test_a_terminal_without_unicode_gets_it_escaped_and_json_stays_json(tmp_path):
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    (tmp_path / "d.jsonl").write_text(json.dumps({"caption": "Ein Mann fällt."}) + "\n")
    command = [sys.executable, "-m", "svta", "plan", "d.jsonl", "--refused", "--limit", "1"]
    for more in ([], ["--json"]):
        done = subprocess.run([*command, *more], cwd=tmp_path, env=ascii_only, capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert done.stdout.isascii()
    json.loads(done.stdout)


def test_a_refused_file_is_told_by_the_name_it_would_have_had():
    from svta.cli.app import _refused

    error = PermissionError(13, "Permission denied", "out/d.jsonl.4711.part")
    assert _refused(error) == "out/d.jsonl: Permission denied"


@pytest.mark.parametrize("command", ("eval", "train", "audit", "verify", "diff"))
def test_help_keeps_what_stands_in_brackets(command, tmp_path):
    shown = svta(command, "--help", cwd=tmp_path).stdout
    assert "ns/name[@revision]" in "".join(shown.replace("│", "").split())


def test_asking_for_help_is_no_error(tmp_path):
    for args in ((), ("help",), ("help", "pack"), ("review",)):
        done = svta(*args, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), args
        assert "Usage: svta" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("line", ["info --json --categories", "eval --help", "review", "--version", "verify data"])
def test_nobody_reads_the_output(line, hasty):
    command = f"{shlex.join([sys.executable, '-m', 'svta', *line.split()])} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=hasty, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_ctrl_c_is_one_line_and_loses_nothing(tmp_path):
    def run(wait_for_units):
        command = [sys.executable, "-m", "svta", "generate", "d.jsonl", "--out", "clips", "--unit-size", "2"]
        with subprocess.Popen(
            [*command, "--width", "96", "--height", "64", "--workers", "1"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - where tests run in the background it is ignored
        ) as running:
            until = time.monotonic() + 60
            while len(units()) < wait_for_units and running.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
            if wait_for_units and running.poll() is None:
                os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to all processes of the command
            _, told = running.communicate(timeout=120)
        return running.returncode, told.strip().splitlines()

    def units():
        return {path: path.stat().st_mtime_ns for path in tmp_path.glob("clips/parts/*.json")}

    assert svta("describe", "--grammar", "48", "--out", "d.jsonl", cwd=tmp_path).returncode == 0
    code, lines = run(2)
    assert code == 130, lines
    assert [line for line in lines if "interrupted" in line] == lines[-1:]
    assert len(lines) <= 2  # before it, what the storyboard does not draw
    finished = units()
    assert 2 <= len(finished) < 24
    assert run(0)[0] == 0
    assert len(units()) == 24
    assert {path: units()[path] for path in finished} == finished  # not made again


def test_a_folder_that_is_no_dataset(tmp_path):
    (tmp_path / "empty").mkdir()
    for args in (("verify", "empty"), ("pack", "empty", "--out", "d"), ("eval", "--data", "empty", "--model", "m")):
        done = svta(*args, cwd=tmp_path)
        assert done.returncode == 2, (args, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1


def test_empty_caption_file(tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    done = svta("generate", "empty.jsonl", "--out", "c", cwd=tmp_path)
    assert done.returncode == 2
    assert "empty.jsonl" in done.stderr


def test_debug_shows_the_traceback(tmp_path):
    done = svta("verify", "missing-folder", "--debug", cwd=tmp_path)
    assert done.returncode != 0
    assert "Traceback" in done.stderr


@pytest.mark.slow
def test_categories_of_ones_own_need_a_taxonomy_and_every_command_says_so(tmp_path):
    (tmp_path / "own.csv").write_text("caption,category\nA nurse walks.,ward round\nA man runs.,walking\n")
    taxonomy = [
        {"name": name, "is_anomaly": False, "definition": "x", "minor_policy": "film"}
        for name in ("ward round", "walking")
    ]
    (tmp_path / "own.json").write_text(json.dumps({"name": "ward", "version": 1, "categories": taxonomy}))
    own, hint = (
        ("--taxonomy", "own.json"),
        "1 name a category that is not among svta's 98: give your own with --taxonomy FILE",
    )
    describe = ("describe", "--source", "table=own.csv", "--out", "d.jsonl")
    done = svta(*describe, cwd=tmp_path)
    assert done.returncode == 0 and hint in done.stdout
    assert hint not in svta(*describe, *own, cwd=tmp_path).stdout
    assert len((tmp_path / "d.jsonl").read_text().splitlines()) == 2
    assert json.loads((tmp_path / "taxonomy.json").read_text())["name"] == "ward"  # it travels with the descriptions
    done = svta("annotate", "d.jsonl", "--out", "a.jsonl", cwd=tmp_path)
    assert hint not in done.stdout
    assert "next: svta review export a.jsonl --out review.html\n" in done.stderr
    assert hint not in svta("plan", "d.jsonl", cwd=tmp_path).stdout
    (tmp_path / "taxonomy.json").unlink()
    assert hint in svta("plan", "d.jsonl", cwd=tmp_path).stdout
    assert hint in svta("generate", "d.jsonl", "--dry-run", cwd=tmp_path).stderr


@pytest.mark.slow
def test_names_that_nobody_knows_are_told_before_any_work(tmp_path):
    names = ["ward round", "triage", "Triage", "discharge", "walking"]
    rows = "".join(f"A nurse walks to bed {i}.,{name}\n" for i, name in enumerate(names))
    (tmp_path / "own.csv").write_text(f"caption,category\n{rows}")
    categories = [{"name": n, "is_anomaly": False, "definition": "x", "minor_policy": "film"} for n in names[:2]]
    categories += [{"name": n, "is_anomaly": False, "definition": "x", "minor_policy": "film"} for n in names[3:]]
    (tmp_path / "own.json").write_text(json.dumps({"name": "ward", "version": 1, "categories": categories}))
    says = "3 names are not among the 98 built in; --taxonomy FILE?"
    done = svta("describe", "--source", "table=own.csv", cwd=tmp_path)
    assert done.returncode == 2 and says in done.stderr and not (tmp_path / "descriptions.jsonl").exists()
    small = ("--num-frames", "5", "--height", "64", "--width", "64")
    assert not svta("describe", "--source", "table=own.csv", "--taxonomy", "own.json", cwd=tmp_path).returncode
    (tmp_path / "taxonomy.json").rename(tmp_path / "away.json")
    for line in (
        ("annotate", "descriptions.jsonl"),
        ("plan", "descriptions.jsonl"),
        ("generate", "descriptions.jsonl"),
    ):
        done = svta(*line, cwd=tmp_path)
        assert done.returncode == 2 and says in done.stderr, line
    assert not (tmp_path / "clips").exists()
    (tmp_path / "away.json").rename(tmp_path / "taxonomy.json")
    assert not svta("generate", "descriptions.jsonl", *small, cwd=tmp_path).returncode
    plan = json.loads((tmp_path / "clips" / "plan.json").read_text())
    assert json.loads((tmp_path / "clips" / "taxonomy.json").read_text()) == plan.pop("taxonomy")
    (tmp_path / "clips" / "plan.json").write_text(json.dumps(plan))
    done = svta("pack", "clips", "--out", "ds", cwd=tmp_path)
    assert done.returncode == 2 and says in done.stderr and not (tmp_path / "ds").exists()


def test_counts_are_told_in_words_not_as_python(capsys):
    emit({"splits": {"train": 6, "test": 1}, "rejected": {}}, as_json=False)
    assert capsys.readouterr().out == "splits: train 6, test 1\nrejected: none\n"


def test_what_to_do_next_with_clips_can_be_pasted(tmp_path, monkeypatch):
    """Under the project's name, and beside the clips that lie there: packing anew would be refused."""
    monkeypatch.chdir(tmp_path)
    clips = clips_folder(tmp_path / "clips deck", 3)
    assert pack_command("clips deck") == "svta pack 'clips deck' --out svta-dataset"
    (tmp_path / "svta.yaml").write_text("name: ferry\n", encoding="utf-8")
    assert pack_command("clips deck") == "svta pack 'clips deck' --out ferry"
    pack(clips, tmp_path / "ferry")
    assert pack_command("clips deck") == "svta pack 'clips deck' --out ferry --append"
