"""Names out of data are joined to a folder by Root.path alone, and files are opened through builder/io/limits.

Both are searched for in the source of the whole package; what is listed here was looked at, with the reason.
"""

from __future__ import annotations

import ast
import re

from import_graph import ROOT, package_files, parsed

TREES = {path.relative_to(ROOT).as_posix(): parsed(path) for path in package_files()}
_FOLDER = re.compile(
    r"(?:^|_)(?:folder|root|out|dataset|base|dir|path|ready|stage|work|cache|room|place|home|parts|parent|store)s?$"
)
_NAME = re.compile(r"(?:^|_)(?:name|shard|key|path|file|video|member|relative|index)s?$")

OWN_NAMES = {  # joins of names that are svta's own, or come from the disk and not out of data
    "builder/card/front_matter.py": {"f'{folder}/{split}/{prefix}-{split}-*.tar'"},  # a pattern on the card
    "builder/card/plots.py": {"Path(dataset) / name"},  # names of constants
    "builder/dataset/frame_cache.py": {  # a hash, and settings of frames
        "self.folder / _folder_name(frames)",
        "self.folder / _folder_name(frames) / name[:2]",
        "self.folder / _folder_name(frames) / name[:2] / f'{name}.frames'",
    },
    "builder/dataset/source.py": {"f'{self.root}/{name}'"},  # a URL for fsspec; the index's names are checked when read
    "builder/hf_datasets/registration.py": {"room / name"},  # source files of the package
    "builder/hub/push.py": {"folder / name"},  # names of constants
    "builder/ingest/convert.py": {"root.folder / item.video"},  # for a message
    "builder/ingest/discover.py": {"self.folder.root.folder / name"},  # what os.walk gave; opened by root.file
    "builder/ingest/video_names.py": {"Path(folder, name)", "f'{folder}/{name}'"},  # what os.walk gave
    "builder/io/hub_file.py": {  # commit and ETag as hub_client lets them pass, branch and name by check_relative
        "cache / '.locks' / folder.name / f'{work}.lock'",
        "cache / '.locks' / folder.name",
        "folder / 'snapshots' / about.commit / name",
        "folder / 'snapshots' / about.commit",
        "folder / 'refs' / branch",
        "cache / repo_folder_name(repo_id=repo_id, repo_type='dataset')",
        "blobs / f'{work}.{about.blob}.part'",
        "reference.with_name(f'{reference.name}.{os.getpid()}.tmp')",
        "place.parent / blob",
    },
    "builder/io/files.py": {"path.with_name(f'{path.name}.{os.getpid()}.part')"},
    "builder/io/safe_path.py": {"f'{folder}/{name}'", "f'{place}/{part}'", "self.folder / text"},  # the one place
    "builder/layout/detect.py": {"path / name"},  # names of constants
    "builder/layout/guards.py": {"folder / name"},  # names of constants
    "builder/layout/manifest.py": {"dataset / folder"},  # data, proxy, plots
    "builder/packing/derive.py": {  # data, proxy; a name that Root.path joins afterwards
        "dataset / _index(variant)",
        "out / _index(folder)",
        """f"{folder}/{name.removeprefix(f'{variant}/')}\"""",
    },
    "builder/packing/pack.py": {"base.path / index", "out / index"},
    "builder/packing/resume.py": {"out / name", "work / 'base' / name"},  # names of constants
    "builder/project/config.py": {"path.parent / place"},  # a path in the user's own svta.yaml
    "builder/shards/lookup.py": {  # a hash
        "Path(cached_assets_path('svta', namespace='index', subfolder='arrow')) / f'{name}.arrow'"
    },
    "builder/sources/text_lines.py": {"path.with_name(name)"},  # names of constants
    "builder/taxonomy.py": {"descriptions.with_name(f'{descriptions.stem}.{TAXONOMY}')"},
    "builder/verify/dataset_folder.py": {"self.path / name"},  # whether a folder is there
    "builder/verify/foreign_files.py": {"dataset / name", "f'{place}/{name}'", "os.path.join(folder, name)"},  # os.walk
    "generation/annotation/labels.py": {
        "descriptions.with_name(f'{descriptions.stem}.groups.json')",
        "descriptions.with_name(f'{descriptions.stem}.labels.jsonl')",
    },
    "generation/annotation/review.py": {
        "out.with_name(f'{out.stem}.decisions.jsonl')",
        "out.with_name(f'{out.stem}.taxonomy.json')",
    },
    "generation/captions/describe.py": {
        "out.with_name(f'{out.stem}.rejected.jsonl')",
        "out.with_name(f'{out.stem}.report.json')",
        "path.with_name(f'{path.stem}.chat')",
    },
    "generation/chat/client.py": {"self.cache / digest[:2]", "self.cache / digest[:2] / f'{digest}.json'"},  # a hash
    "generation/diffusion/model_files.py": {"folder / part"},  # only where it is one word
    "generation/diffusion/model_info.py": {  # parameters of a pipeline of diffusers, and its constants
        "folder / name",
        "folder / str(part.config_name)",
    },
    "generation/diffusion/pipeline.py": {"folder / name"},  # parameters of a pipeline of diffusers
    "generation/diffusion/plan_spec.py": {"Path(spec.local['configs'])"},  # set by the command itself
    "generation/diffusion/prompt_embeddings.py": {"Path(spec.local['configs'])"},  # the same
    "eval/embeddings/cache.py": {  # hashes and numbers
        "Path(folder) / hashlib.sha256(text.encode()).hexdigest()[:20]",
        "self.folder / f'{kind}-{start // self.part:06d}.npz'",
    },
    "eval/gallery/audit_page.py": {"out.with_name(f'.{out.name}.part')"},  # beside the folder that is written
    "eval/gallery/export.py": {  # the folder beside the one that is written
        "out / path.name",  # what iterdir gave
        "out.with_name(f'.{out.name}.old')",
        "out.with_name(f'.{out.name}.part')",
    },
    "eval/gallery/media.py": {  # recording-0000: a number
        "site / 'media' / f'{name}.jpg'",
        "site / 'media' / f'{name}.mp4'",
    },
    "eval/gallery/site_files.py": {  # names of constants and numbers of scripts
        "files('svta.eval.gallery').joinpath('site', name)",
        "folder / 'data' / f'{name}.js'",
        "folder / name",
    },
    "eval/search/clips.py": {"folder / name"},  # clip_name: letters, digits and signs that are no path
    "eval/search/app/space.py": {"folder / name", "folder / f'index-{n}'"},  # model-N, plugin-N.py, index-N
    "generation/video_api/ledger.py": {"self.folder / name"},  # what os.listdir gave, to be removed
    "generation/storyboard/drawn_tables.py": {"files('svta.generation.storyboard').joinpath(path)"},  # of constants
    "generation/probes/make.py": {"out.absolute().parent / f'.{out.absolute().name}.probes'"},  # beside --out
    "generation/streams/make.py": {  # stream_name: a number
        "out / PARTS / f'{name}.json'",
        "out / PARTS / f'{stream_name(number)}.json'",
        "out / VIDEOS / f'{name}.mp4'",
        "out / VIDEOS / f'{stream_name(number)}.mp4'",
    },
    "eval/encoders/hub_files.py": {"Path(model, name)"},  # names of constants
    "eval/retrieval/results_folder.py": {"folder / name"},  # names of constants
    "eval/training/bertadam.py": {"steps_done / group['total_steps']"},  # numbers
    "eval/training/checkpointing.py": {"folder / path.name"},  # what iterdir gave
    "cli/commands/measuring/audit.py": {"out.with_name(f'{out.name}.chat')"},
    "cli/demo_folders.py": {"self.out.with_name(self.out.name + '-demo')"},
    "cli/commands/demo.py": {"100 / real['gallery']"},
    "cli/commands/descriptions/review.py": {"descriptions.with_name(f'{descriptions.stem}.balance.{ending}')"},
    "builder/layout/own_files.py": {"path.with_name(path.stem + ending)"},
    "cli/commands/measuring/report.py": {"values['runs'][0] / f'report.{ending}'"},
    "cli/outputs.py": {"out.with_name(out.stem + ending)"},
}


def last(node: ast.expr) -> str:
    """The word by which something is named: `b` of a.b."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def is_folder(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return is_folder(node.left)
    if isinstance(node, ast.Call):
        return last(node.func) in ("Path", "cwd", "cached_assets_path", "expanduser", "resolve", "absolute")
    return _FOLDER.search(last(node)) is not None


def is_name(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
    if isinstance(node, ast.Call):
        return last(node.func) == "str"
    return isinstance(node, ast.JoinedStr) or _NAME.search(last(node)) is not None


def is_constant(part: ast.expr) -> bool:
    if isinstance(part, ast.Constant) or last(part).isupper():
        return True
    words = [node.id for node in ast.walk(part) if isinstance(node, ast.Name)]
    return isinstance(part, (ast.BinOp, ast.JoinedStr)) and all(word.isupper() for word in words)


def joined(node: ast.AST) -> list[ast.expr]:
    """What a node joins to a folder: by /, Path(folder, name), os.path.join, with_name or in a text."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return [node.right] if is_folder(node.left) or is_name(node.right) else []
    if isinstance(node, ast.Call):
        function = last(node.func)
        if function in ("Path", "open", "stat") and node.args and isinstance(node.args[0], ast.Subscript):
            return [node.args[0]] if is_name(node.args[0]) else []
        if function in ("Path", "PurePosixPath") or (function == "join" and ast.unparse(node.func) == "os.path.join"):
            return node.args[1:]
        return node.args if function in ("joinpath", "with_name") else []
    if isinstance(node, ast.JoinedStr):
        triples = zip(node.values, node.values[1:], node.values[2:])
        return [
            name.value
            for folder, slash, name in triples
            if isinstance(folder, ast.FormattedValue)
            and isinstance(slash, ast.Constant)
            and slash.value == "/"
            and isinstance(name, ast.FormattedValue)
            and is_folder(folder.value)
        ]
    return []


def joins(tree: ast.AST) -> set[str]:
    """The source of every join of a folder and a name that is no constant."""
    return {ast.unparse(node) for node in ast.walk(tree) if not all(map(is_constant, joined(node)))}


def in_messages(tree: ast.Module) -> set[str]:
    """The source of what is an argument of an exception: words for a reader, no path that is opened."""
    return {
        ast.unparse(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
        for argument in node.exc.args
        for part in ast.walk(argument)
        if isinstance(part, ast.JoinedStr)
    }


def test_no_other_join() -> None:
    found = {name: lines for name, tree in TREES.items() if (lines := joins(tree))}
    in_texts = {name: in_messages(TREES[name]) for name, lines in found.items() if lines != OWN_NAMES.get(name)}
    found = {name: lines - in_texts.get(name, set()) for name, lines in found.items()}
    assert {name: lines for name, lines in found.items() if lines} == OWN_NAMES


def test_the_search_finds_joins() -> None:
    source = """
a = folder / name, folder / 'x', folder / PLAN, count / total
b = Path(root, shard), os.path.join(x, y), path.with_name(row['file']), Path(row['video'])
c = f'{folder}/{name}', f'{count}/{total}', f'{folder}/x'
"""
    assert joins(ast.parse(source)) == {
        "folder / name", "Path(root, shard)", "os.path.join(x, y)", "path.with_name(row['file'])", "Path(row['video'])",
        "f'{folder}/{name}'",
    }  # fmt: skip


OWN_OPENS = {  # opened otherwise: what the command writes itself, or a stream that may be a pipe
    "builder/io/limits.py": {"os.open(path, flags | os.O_NONBLOCK, 438)"},  # the one place
    "builder/io/files.py": {
        "open(part, 'wb')",
        "os.open(folder, os.O_RDONLY | os.O_DIRECTORY)",
        "os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 438)",  # a lock
    },
    "builder/io/hub_file.py": {"open(part, 'ab')"},
    "builder/io/parquet.py": {"pq.read_metadata(path)"},  # after check_regular
    "builder/hf_datasets/registration.py": {"path.read_text(encoding='utf-8')"},  # source files of the package
    "builder/shards/tar.py": {"open(path_or_file, 'rb')"},  # a tar may come through a pipe
    "cli/app.py": {"open(os.devnull, 'w')", "os.open(os.devnull, os.O_WRONLY)"},
    "builder/versions.py": {"_SETUP.read_text('utf-8')"},  # of the checkout itself
}
_READERS = ("read_text", "read_bytes")
_BY_PATH = ("read_table", "read_metadata", "read_schema", "memory_map", "fromfile", "open_zarr")


def opens(tree: ast.AST) -> set[str]:
    """The source of every call that opens a file by its name and not through builder/io/limits."""
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        word = last(node.func)
        if (
            word == "open"
            and ast.unparse(node.func) in ("open", "os.open", "io.open")
            and not any(
                keyword.arg == "opener" and ast.unparse(keyword.value) == "regular" for keyword in node.keywords
            )
        ):
            found.add(ast.unparse(node))
        elif word in _READERS and isinstance(node.func, ast.Attribute):
            inside = any(isinstance(n, ast.Call) and last(n.func) == "files" for n in ast.walk(node.func.value))
            if not inside:  # files(...): data of the wheel
                found.add(ast.unparse(node))
        elif word in _BY_PATH and isinstance(node.func, ast.Attribute):
            found.add(ast.unparse(node))
    return found


def test_files_are_opened_through_one_door() -> None:
    found = {name: opens(tree) for name, tree in TREES.items()}
    assert {name: lines for name, lines in found.items() if lines} == OWN_OPENS


def test_the_search_finds_opens() -> None:
    source = """
a = open(path), open(path, opener=regular), path.read_text(), files('svta').joinpath('x').read_text()
b = pq.read_table(path), read_bytes(path, 10), os.open(path, 0)
"""
    assert opens(ast.parse(source)) == {"open(path)", "path.read_text()", "pq.read_table(path)", "os.open(path, 0)"}
