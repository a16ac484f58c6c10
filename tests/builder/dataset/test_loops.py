"""Loops of other libraries over our clips: three epochs, a stop and two resumes, every clip once in each epoch.

What torchdata, Lightning, Ray, duckdb and polars do is in test_foreign_loops.py, for which .ci/loops.sh makes an
environment of its own.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from whole_epochs import Loop, assert_whole, small_clips, three_epochs

import svta

torch = pytest.importorskip("torch")
HOME = Path(svta.__file__).parent
WORKERS = [
    pytest.param({"num_workers": 0}, id="0"),
    pytest.param({"num_workers": 2, "multiprocessing_context": "fork"}, id="2-fork"),
    pytest.param(
        {"num_workers": 2, "multiprocessing_context": "fork", "persistent_workers": True}, id="2-fork-persistent"
    ),
    pytest.param({"num_workers": 2, "multiprocessing_context": "spawn"}, id="2-spawn", marks=pytest.mark.nightly),
    pytest.param(
        {"num_workers": 2, "multiprocessing_context": "spawn", "persistent_workers": True},
        id="2-spawn-persistent",
        marks=pytest.mark.nightly,
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("options", WORKERS)
def test_dataloader_with_our_batch_sampler(packed, options):
    data = small_clips(packed)

    def start(state: Any) -> Loop:
        sampler = svta.DistributedClipSampler(data, 4, seed=1)
        if state is not None:
            sampler.load_state_dict(state)
        loader = torch.utils.data.DataLoader(data, batch_sampler=sampler, collate_fn=svta.collate, **options)
        return Loop(lambda epoch: loader, sampler.state_dict)

    epochs = three_epochs(start)
    assert_whole(epochs, data["key"])
    batches = data.batches(4, seed=1)
    assert epochs == [[key for batch in batches for key in batch["key"]] for _ in range(3)]


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.parametrize("options", WORKERS)
def test_dataloader_over_batches(packed, options):
    """Stopped by break; without workers it is resumed too (with workers a StatefulDataLoader is)."""
    data = small_clips(packed)
    batches = data.batches(4, seed=1)
    loader = torch.utils.data.DataLoader(batches, batch_size=None, **options)
    epochs = []
    for epoch in range(3):
        batches.set_epoch(epoch)
        epochs.append([key for batch in loader for key in batch["key"]])
        assert len(loader) == len(batches) == 10
        if epoch == 1:
            next(iter(loader))
    assert_whole(epochs, data["key"])
    assert epochs[0] == [key for batch in data.batches(4, seed=1) for key in batch["key"]]

    def start(state: Any) -> Loop:
        batches = data.batches(4, seed=1)
        if state is not None:
            batches.load_state_dict(state)
        loader = torch.utils.data.DataLoader(batches, batch_size=None)
        return Loop(lambda epoch: loader, lambda done: batches.state_dict())

    if options["num_workers"] == 0:
        assert_whole(three_epochs(start), data["key"])


def _strict(worker: int) -> None:
    warnings.simplefilter("error")


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_workers_that_repeat_an_epoch_say_so(packed, workers):
    """Each loop starts them anew and they know no epoch: not silent, and mended by set_epoch."""
    batches = small_clips(packed).batches(4, seed=1)
    loader = torch.utils.data.DataLoader(
        batches, batch_size=None, num_workers=workers, multiprocessing_context="fork", worker_init_fn=_strict
    )
    with pytest.raises(UserWarning, match=r"call set_epoch\(n\) before each loop"):
        list(loader)
    batches.set_epoch(0)
    assert len({key for batch in loader for key in batch["key"]}) == 40


def run_ranks(script: str, folder: Path, world: int) -> list[list[str]]:
    """The lines of each of `world` processes, started as torchrun starts them (torch and accelerate read variables)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = []
    for rank in range(world):
        environment = {
            **os.environ, "PYTHONPATH": f"{HOME}{os.pathsep}{HOME / 'tests' / 'support'}", "RANK": str(rank),
            "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world), "LOCAL_WORLD_SIZE": str(world),
            "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "ACCELERATE_USE_CPU": "true",
        }  # fmt: skip
        command = [sys.executable, "-W", "ignore", "-c", script, str(folder)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        processes.append(subprocess.Popen(command, env=environment, text=True, **pipes))
    outputs = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0] * world, outputs[0][1] + outputs[-1][1]
    return [output.splitlines() for output, _ in outputs]


# every step ends in an all_reduce: ranks with unlike numbers of batches would wait for each other for ever
DISTRIBUTED = """
import sys, torch, torch.distributed as dist
from whole_epochs import Loop, small_clips, three_epochs
dist.init_process_group("gloo")
rank, world = dist.get_rank(), dist.get_world_size()
data = small_clips(sys.argv[1])
def start(state):
    batches = data.batches(3, seed=1, rank=rank, world_size=world)
    if state is not None:
        batches.load_state_dict(state)
    def steps(epoch):
        for batch in batches:
            dist.all_reduce(torch.ones(1))
            yield batch
    return Loop(steps, lambda done: batches.state_dict())
for epoch, keys in enumerate(three_epochs(start, {0: (2,), 1: (1, 3), 2: ()})):
    for key in keys:
        print(epoch, key)
dist.destroy_process_group()
"""


@pytest.mark.nightly
def test_torch_distributed_with_ranks_that_do_not_divide_the_clips(packed):
    lines = run_ranks(DISTRIBUTED, packed, 3)
    epochs = [[line.split()[1] for rank in lines for line in rank if line[0] == str(epoch)] for epoch in range(3)]
    assert_whole(epochs, small_clips(packed)["key"])


ACCELERATE = """
import sys, torch, svta
from torch.utils.data import DataLoader
from accelerate import Accelerator, DataLoaderConfiguration
from accelerate.data_loader import skip_first_batches
from whole_epochs import small_clips
torch.manual_seed(0)
data = small_clips(sys.argv[1])[:37]
numbers = {key: i for i, key in enumerate(data["key"])}
def numbered(samples):  # gathering wants tensors alone
    return {"number": torch.tensor([numbers[sample["key"]] for sample in samples])}
def show(kind, epoch, batch):
    for number in batch["number"].tolist():
        print(kind, epoch, data["key"][number])
for kind in ("even", "uneven", "split", "dispatch"):
    options = {"even": {}, "uneven": {"even_batches": False}, "split": {"split_batches": True, "even_batches": False},
               "dispatch": {"dispatch_batches": True}}[kind]
    accelerator = Accelerator(cpu=True, dataloader_config=DataLoaderConfiguration(use_seedable_sampler=True, **options))
    make = lambda: accelerator.prepare(DataLoader(data, batch_size=4, shuffle=True, collate_fn=numbered))
    loader = make()
    for epoch in range(3):
        stops = [2, 4] if epoch == 1 else []
        done = 0
        while True:
            loader.set_epoch(epoch)
            running = skip_first_batches(loader, done) if done else loader
            if done:
                running.set_epoch(epoch)
            for batch in running:
                show(kind, epoch, batch)
                done += 1
                if stops and done == stops[0]:
                    stops.pop(0)
                    loader = make()
                    break
            else:
                break
rank, world = accelerator.process_index, accelerator.num_processes
batches = data.batches(4, seed=0, rank=rank, world_size=world)
state = None
for epoch in range(3):
    stops, done = ([2, 4] if epoch == 1 else []), 0
    while True:
        for batch in batches:
            for key in batch["key"]:
                print("ours", epoch, key)
            accelerator.reduce(torch.ones(1))
            done += 1
            if stops and done == stops[0]:
                stops.pop(0)
                state = batches.state_dict()
                batches = data.batches(4, seed=0, rank=rank, world_size=world)
                batches.load_state_dict(state)
                break
        else:
            break
"""


@pytest.mark.nightly
def test_accelerate_with_two_processes(packed):
    """Ours is whole. Accelerate's own loaders: what they lose and repeat is in docs/loading.md."""
    pytest.importorskip("accelerate")
    lines = [line.split() for rank in run_ranks(ACCELERATE, packed, 2) for line in rank]
    wanted = sorted(small_clips(packed)[:37]["key"])
    figures = {}
    for kind in ("ours", "even", "uneven", "split", "dispatch"):
        epochs = [Counter(key for what, number, key in lines if (what, number) == (kind, str(n))) for n in range(3)]
        figures[kind] = [(len(set(wanted) - set(keys)), keys.total() - len(keys)) for keys in epochs]
    assert figures["ours"] == [(0, 0)] * 3
    assert figures["uneven"] == figures["split"] == [(0, 0)] * 3
    assert figures["even"] == [(0, 3)] * 3  # the last round is filled up with clips of the first
    assert all(lost == 0 for lost, _ in figures["dispatch"])
    assert figures["dispatch"][1][1] > figures["dispatch"][0][1] > 0, "docs/loading.md says that resumes repeat clips"


def test_webdataset_with_shuffle_and_split_by_node(packed, monkeypatch):
    wds = pytest.importorskip("webdataset")
    tars = sorted(str(path) for path in packed.glob("data/train/*.tar"))
    wanted = small_clips(packed)["key"]
    epochs = []
    for _ in range(3):
        keys = []
        for rank in range(2):
            monkeypatch.setenv("RANK", str(rank))
            monkeypatch.setenv("WORLD_SIZE", "2")
            data = wds.WebDataset(tars, shardshuffle=False, nodesplitter=wds.split_by_node).shuffle(8)
            keys += [sample["__key__"] for sample in data]
        epochs.append(keys)
    assert_whole(epochs, wanted)


def test_datasets_stream_with_resumes(packed, tmp_path):
    """Mapped and batched, by two ranks: whole where set_epoch() is called. A shuffle buffer loses clips at a resume."""
    datasets = pytest.importorskip("datasets")
    from datasets.distributed import split_dataset_by_node

    stream = datasets.load_dataset(
        "svta", data_dir=str(packed), split="train", streaming=True, cache_dir=str(tmp_path)
    ).remove_columns("video")
    wanted = small_clips(packed)["key"]

    def epochs_of(make, with_set_epoch: bool = True) -> list[list[str]]:
        def start(state: Any) -> Loop:
            data = make()
            if state is not None:
                data.load_state_dict(state)

            def epoch_of(epoch: int) -> Any:
                if with_set_epoch:
                    data.set_epoch(epoch)
                return data

            return Loop(epoch_of, lambda done: data.state_dict())

        return three_epochs(start)

    def mapped(data):
        return data.map(lambda row: {"length": len(row["caption"])}).batch(4)

    ranks = [epochs_of(lambda r=rank: mapped(split_dataset_by_node(stream, rank=r, world_size=2))) for rank in range(2)]
    assert_whole([one + other for one, other in zip(*ranks, strict=True)], wanted, shuffled=False)
    assert_whole(epochs_of(lambda: mapped(stream)), wanted, shuffled=False)
    shards_only = epochs_of(lambda: mapped(stream.shuffle(seed=0, buffer_size=1)))
    assert_whole(shards_only, wanted, shuffled=False)
    lossy = epochs_of(lambda: mapped(stream.shuffle(seed=0, buffer_size=10)))
    assert len(set(lossy[2])) == len(wanted)
    assert all(len(set(keys)) < len(wanted) for keys in lossy[:2]), "datasets keeps its buffer now: docs/loading.md"
    short = epochs_of(lambda: mapped(stream), with_set_epoch=False)
    assert all(len(keys) < len(wanted) for keys in short[1:]), "set_epoch is not needed any more: docs/loading.md"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["map-style", "streamed"])
def test_spawned_workers_of_a_dataset_that_was_read_before(packed, tmp_path, kind):
    """A spawned worker gets the dataset pickled: open files, threads and caches of the parent may not go with it."""
    options: dict[str, Any] = {"num_workers": 2, "multiprocessing_context": "spawn", "persistent_workers": True}
    data = svta.open_dataset(packed, "train", num_frames=2, size=16)
    wanted = data["key"]
    if kind == "map-style":
        assert data[0]["key"] == wanted[0] and len(next(iter(data.batches(4)))["key"]) == 4
        loader = torch.utils.data.DataLoader(data, batch_size=4, collate_fn=svta.collate, **options)
        epochs = [[key for batch in loader for key in batch["key"]] for _ in range(2)]
    else:
        datasets = pytest.importorskip("datasets")
        stream = datasets.load_dataset(
            "svta", data_dir=str(packed), split="train", streaming=True, cache_dir=str(tmp_path)
        ).map(svta.frames(num_frames=2, size=16), remove_columns=["video"])
        assert next(iter(stream))["key"] == wanted[0]
        loader = torch.utils.data.DataLoader(stream, batch_size=None, **options)
        epochs = [[row["key"] for row in loader]]
    for keys in epochs:
        assert sorted(keys) == sorted(wanted)


def test_pandas_reads_the_index(packed):
    pandas = pytest.importorskip("pandas")
    table = pandas.read_parquet(packed / "clips.parquet")
    assert sorted(table[table.split == "train"].key) == sorted(small_clips(packed)["key"])


def _trainer(data: Any, folder: Path, seen: dict[int, list[int]], stop: int | None, **options: Any) -> Any:
    """A transformers.Trainer that saves at every step, notes the numbers it trains on by epoch, and ends at `stop`."""
    transformers = pytest.importorskip("transformers")

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, number: Any) -> Any:
            seen.setdefault(int(trainer.state.epoch or 0), []).extend(number.tolist())
            return {"loss": (self.weight * number.float()).mean() ** 2}

    class Stop(transformers.TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> Any:
            control.should_training_stop = state.global_step == stop
            return control

    arguments = transformers.TrainingArguments(
        output_dir=str(folder), num_train_epochs=3, save_steps=1, save_total_limit=1, use_cpu=True, report_to=[],
        disable_tqdm=True, remove_unused_columns=False, seed=3, logging_strategy="no", **options,
    )  # fmt: skip
    trainer = transformers.Trainer(Model(), arguments, callbacks=[Stop()], **data)
    return trainer


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["map-style", "iterable"])
def test_transformers_trainer_with_two_resumes(packed, tmp_path, kind):
    """resume_from_checkpoint skips what was trained on: for a map-style dataset, and for batches as an iterable one."""
    data = small_clips(packed)
    numbers = {key: i for i, key in enumerate(data["key"])}
    seen: dict[int, list[int]] = {}

    def collated(samples: list[Any]) -> dict[str, Any]:
        keys = samples[0]["key"] if kind == "iterable" else [sample["key"] for sample in samples]
        return {"number": torch.tensor([numbers[key] for key in keys])}

    for stop in (3, 14, None):
        train = data if kind == "map-style" else data.batches(4, seed=1)
        trainer = _trainer(
            {"train_dataset": train, "data_collator": collated}, tmp_path, seen, stop,
            per_device_train_batch_size=4 if kind == "map-style" else 1,
        )  # fmt: skip
        trainer.train(resume_from_checkpoint=stop != 3)
        assert trainer.state.global_step == (stop or 30)
    assert_whole([[data["key"][i] for i in seen[epoch]] for epoch in range(3)], data["key"])
