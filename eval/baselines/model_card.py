"""README.md beside a baseline's weights: what it is, what it was trained on, what may be done with it; and the push.

Reads the training clips and the run's figures; `svta train` writes CKPT/README.md, `model.push_to_hub("ns/name")`
sends it with the weights. No caption goes in: captions may not be ours to publish.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from svta.builder.card.front_matter import escape
from svta.builder.io.hub_errors import with_retries
from svta.builder.io.json_text import Json
from svta.builder.record import Clip
from svta.builder.rights import DatasetRights, strictest

MAX_CARD_BYTES: Final = 4_000_000
Settings = Mapping[str, Json]  # of a run: baseline, start, head, dataset, recipe
NAMES: Final = {"tiny": "svta tiny", "clip4clip": "CLIP4Clip", "xclip": "X-CLIP", "gram": "GRAM"}
_PAPERS: Final = {"clip4clip": "arXiv 2104.08860", "xclip": "arXiv 2207.07285", "gram": "arXiv 2412.11959"}


def model_card(settings: Settings, clips: Sequence[Clip], best: dict[str, float], *, data: str, parameters: int) -> str:
    """The whole card of a run (`settings` as in training.json) on these training clips; best: figures on validation."""
    rights = strictest(clips)
    baseline, start = str(settings["baseline"]), settings.get("start")
    name = NAMES[baseline] + (f" ({settings['head']})" if baseline == "clip4clip" else "")
    paper = f" ({_PAPERS[baseline]}), svta's own code on Hugging Face models" if baseline in _PAPERS else ""
    recipe = settings["recipe"]
    return f"""---
{_front(clips, settings, rights, data)}
---

# {name}, trained with svta

A text-video retrieval model{paper}: {parameters:,} parameters, {_start(start)}.

## Trained on

{_trained_on(clips, settings, data)}
{recipe["epochs"]} epochs, batches of {min(recipe["batch_size"], len(clips))}, optimiser {recipe["optimiser"]},
peak lr {recipe["lr"]:g}, seed {recipe["seed"]};
weights chosen on the validation split, never on test. `training.json` holds everything.

{_figures(best)}
## Rights

{_rights(rights)}
## Limits

{_limits(clips)}- For research on retrieval. Not for identifying or judging people, nor for surveillance in operation.
- Higher scores on synthetic clips do not prove higher scores on camera footage: measure on yours with `svta eval`.

## Use

```python
import svta.eval  # from here on Transformers opens models of svta
from transformers import AutoModel, AutoProcessor

place = "THIS_FOLDER_OR_REPO"
model, processor = AutoModel.from_pretrained(place), AutoProcessor.from_pretrained(place)
inputs = processor(text=["a car burns"], videos=[open("clip.mp4", "rb").read()])
scores = model.similarity(**inputs)  # [texts, videos]
```

`svta eval --data DIR --split test --model THIS_FOLDER_OR_REPO` ranks a dataset with it.
"""


def _front(clips: Sequence[Clip], settings: Settings, rights: DatasetRights, data: str) -> str:
    from huggingface_hub import ModelCardData

    synthetic = ["trained-on-synthetic-data"] if any(clip.synthetic for clip in clips) else []
    tags = ["svta", "text-video-retrieval", "video", *synthetic, str(settings["baseline"])]
    start = settings.get("start")
    from_hub = isinstance(start, str) and start != "small" and not Path(start).exists()
    return ModelCardData(
        library_name="svta",
        tags=tags,
        license=rights.licence,
        license_name="strictest-of-training-data" if rights.licence == "other" else None,
        datasets=[data.partition("@")[0]] if not Path(data).exists() and "/" in data else None,
        base_model=str(start).partition("@")[0] if from_hub else None,
    ).to_yaml()


def _start(start: str | None) -> str:
    if start in (None, "small"):
        return "trained from scratch (random weights, a word vocabulary of the training captions)"
    return f"started from {escape(Path(start).name if Path(start).exists() else str(start))}"


def _trained_on(clips: Sequence[Clip], settings: Settings, data: str) -> str:
    synthetic = Counter(clip.synthetic for clip in clips)
    makers, sources = _counted(_maker(clip) for clip in clips), _counted(clip.source for clip in clips)
    where = Path(data).name if Path(data).exists() else data
    return f"""{len(clips):,} clips of the train split of {escape(where)} (fingerprint `{settings["dataset"]}`):
**{synthetic[True]:,} synthetic**, {synthetic[False]:,} real, {synthetic[None]:,} not stated.
Videos by {makers}; captions from {sources}.
"""


def _maker(clip: Clip) -> str | None:
    return clip.generator or ("cameras" if clip.synthetic is False else None)


def _counted(names: Iterable[str | None]) -> str:
    return ", ".join(f"{escape(name or 'not stated')} ({n:,})" for name, n in Counter(names).most_common())


def _figures(best: dict[str, float]) -> str:
    if not best:
        return ""
    rows = [
        f"| {way} | {best[f'{key}_R@1']:.1f} | {best[f'{key}_R@5']:.1f} | {best[f'{key}_R@10']:.1f} |\n"
        for way, key in (("text to video", "t2v"), ("video to text", "v2t"))
    ]
    return (
        f"On the {best['gallery']:,.0f} clips of the validation split it was chosen on, as `svta eval --split "
        f"validation` measures\nthem (float32, frames as in training):\n\n"
        f"| | R@1 | R@5 | R@10 |\n|---|---|---|---|\n{''.join(rows)}"
    )


def _rights(rights: DatasetRights) -> str:
    yes = {True: "yes", False: "**no**"}
    parts = "".join(f"- {escape(p.name)} ({p.kind}): {escape(p.licence)}. {escape(p.note)}\n" for p in rights.parts)
    warning = "" if rights.outputs_may_train_models else (
        "**A licence of a part limits training models on its outputs: read it before you share these weights.**\n"
    )  # fmt: skip
    return f"""The strictest of all parts of the training data: models may be trained on it:
{yes[rights.outputs_may_train_models]}, commercial use: {yes[rights.commercial]}, territory: {escape(rights.territory)}.
Unknown counts as no. Our reading, not legal advice.
{warning}
{parts}"""


def _limits(clips: Sequence[Clip]) -> str:
    drawn = sum(clip.generator == "storyboard" for clip in clips)
    if not drawn:
        return ""
    return f"- {drawn:,} training clips are drawn by a storyboard (flat figures), not filmed by a camera.\n"


def push_folder(
    folder: str,
    repo_id: str,
    message: str,
    private: bool | None,
    token: str | bool | None,
    revision: str | None,
    create_pr: bool,
) -> str:
    """Send a folder of weights and card to a model repo, made if need be; the commit's URL. Raises HubError."""
    from huggingface_hub import HfApi

    api = HfApi(token=token)
    created = with_retries(repo_id, lambda: api.create_repo(repo_id, private=private, exist_ok=True).repo_id)
    if revision is not None and not create_pr:
        with_retries(repo_id, lambda: api.create_branch(created, branch=revision, exist_ok=True))
    commit = with_retries(
        repo_id,
        lambda: api.upload_folder(
            repo_id=created, folder_path=folder, commit_message=message, revision=revision, create_pr=create_pr
        ),
    )
    return str(commit.pr_url or commit.commit_url)
