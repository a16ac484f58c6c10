"""What one place alone may do, looked up in the source: downloads, models, threads, JSON, first lines of errors."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from svta.cli.eval_options import encoder

TOP = Path(__file__).resolve().parents[2]
FILES = sorted(path for part in ("builder", "generation", "eval", "cli") for path in (TOP / part).rglob("*.py"))
REACHES_HUB = ("from_pretrained", "hf_hub_download", "snapshot_download", "http_stream_backoff", "load_dataset")
REACHES_HUB += ("load_lora_weights", "upload_folder", "list_repo_tree", "create_repo", "dataset_info", "download")
GUARDS = ("limited", "library_errors", "with_retries", "read_answer")
OWN = {  # not guarded where they are called, and why
    "eval/baselines/tiny.py": "a folder on disk alone",
    "eval/baselines/clip4clip.py": "RetrievalModel.from_pretrained, which guards",
    "eval/baselines/xclip.py": "RetrievalModel.from_pretrained, which guards",
    "eval/baselines/gram_model.py": "RetrievalModel.from_pretrained, which guards",
    "eval/training/factory.py": "RetrievalModel.from_pretrained, which guards",
    "eval/baselines/model.py from_pretrained": "TinyAuto's: TinyModel reads a folder on disk alone; the others guard",
    "eval/__init__.py": "a class method that hands on what AutoConfig was called with; the caller is the user",
    "generation/diffusion/prompt_embeddings.py planned_limit": "a folder on disk alone (local_files_only)",
    "generation/diffusion/lora.py _merge": "load_lora calls it inside limited()",
    "builder/io/hub_file.py hub_answer": "its callers are inside limited(): with_retries, and ranges of their own",
    "builder/dataset/source.py _download": "fetches by _with_retries, whose every try is inside limited()",
    "builder/hf_datasets/builder.py _split_generators": "dl_manager.download of data_files that the user names",
    "cli/commands/demo.py": "load_dataset of a folder",
}


@lru_cache(maxsize=1)
def trees() -> dict[str, ast.Module]:
    return {path.relative_to(TOP).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """(the last part of the function's name, the call)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            yield (node.func.id if isinstance(node.func, ast.Name) else node.func.attr), node


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """Functions and methods, outermost only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node)


def unguarded(name: str, tree: ast.Module) -> list[str]:
    found = []
    for function in functions(tree):
        called = {called for called, _ in calls(function)}
        if called & set(REACHES_HUB) and not called & set(GUARDS):
            found.append(f"{name} {function.name}")
    return found


def test_every_call_that_may_reach_the_hub_is_guarded() -> None:
    found = {place for name, tree in trees().items() for place in unguarded(name, tree)}
    assert {place for place in found if place not in OWN and place.split()[0] not in OWN} == set()
    assert unguarded("x.py", ast.parse("def f(): return AutoModel.from_pretrained('a/b')")) == ["x.py f"]


def code_allowed(name: str, tree: ast.Module) -> list[str]:
    """Calls of from_pretrained (and a pipeline's download) that do not say trust_remote_code=False."""
    found = []
    for called, call in calls(tree):
        if called not in ("from_pretrained", "download") or isinstance(call.func, ast.Name):
            continue
        words = {word.arg: ast.unparse(word.value) for word in call.keywords if word.arg}
        unpacked = [ast.unparse(word.value) for word in call.keywords if word.arg is None]
        owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        of_no_hub = ("super()", "_class(name)", "dl_manager", "nn.Embedding")
        is_own = owner in ("Clip4Clip", "XClip", "GramModel", "TinyModel", *of_no_hub)
        if not is_own and words.get("trust_remote_code") != "False" and not {"NO_CODE", "options"} & set(unpacked):
            found.append(f"{name}: {ast.unparse(call)[:80]}")
    return found


def test_no_model_may_bring_code() -> None:
    assert [place for name, tree in trees().items() for place in code_allowed(name, tree)] == []
    assert code_allowed("x.py", ast.parse("AutoModel.from_pretrained(m)")) == ["x.py: AutoModel.from_pretrained(m)"]
    trusting = {
        name
        for name, tree in trees().items()
        for _, call in calls(tree)
        for word in call.keywords
        if word.arg == "trust_remote_code" and ast.unparse(word.value) != "False"
    }
    assert trusting == {"eval/encoders/sentence_transformers.py"}  # it passes on what --trust-remote-code says
    assert inspect.signature(encoder).parameters["trust_remote_code"].default is False
    loaders = {name for name, tree in trees().items() for called, _ in calls(tree) if called == "load_model"}
    assert loaders >= {"eval/mteb/models.py"}  # mteb's; the others call load_model of inputs.py
    assert "library_errors" in {called for called, _ in calls(trees()["eval/mteb/models.py"])}


def test_threads_and_cpus_are_counted_in_one_place() -> None:
    wanted = {"ThreadPoolExecutor", "cpu_count", "sched_getaffinity", "process_cpu_count"}
    found = set()
    for name, tree in trees().items():
        for called, call in calls(tree):
            if called in wanted and not (called == "cpu_count" and isinstance(call.func, ast.Name)):
                found.add(name)
    assert found == {"builder/io/parallel.py"}


def json_loads(tree: ast.Module) -> list[str]:
    """Calls of json.loads and json.load, but for files of the package itself."""
    return [
        ast.unparse(call)
        for called, call in calls(tree)
        if called in ("loads", "load")
        and isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func.value) == "json"
        and "files(" not in ast.unparse(call)
    ]


def test_json_is_parsed_in_one_place() -> None:
    found = {name: sites for name, tree in trees().items() if (sites := json_loads(tree))}
    assert found == {"builder/io/json_text.py": ["json.loads(text)"]}


def first_lines(tree: ast.Module) -> list[str]:
    """splitlines()[0] and the like; str(error) cut at a line's end or at a number of characters."""
    found = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call)):
            continue
        function, text = node.value.func, ast.unparse(node.value)
        if text in ("str(error)", "str(problem)", "str(refused)"):
            found.append(ast.unparse(node))
        elif isinstance(function, ast.Attribute) and "error" in ast.unparse(function.value):
            cut = function.attr == "splitlines" or (function.attr in ("split", "partition") and "\\n" in text)
            found += [ast.unparse(node)] * cut
    return found


def test_first_lines_of_errors_are_cut_in_one_place() -> None:
    assert {name: sites for name, tree in trees().items() if (sites := first_lines(tree))} == {}
    assert first_lines(ast.parse("str(error).splitlines()[0]")) == ["str(error).splitlines()[0]"]
    assert first_lines(ast.parse("str(error)[:80], words[0], str(name)[:80]")) == ["str(error)[:80]"]
