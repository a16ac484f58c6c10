"""Loops of libraries that are not among the test packages: three epochs, a stop and two resumes, every clip once.

Each test is skipped where its library is missing; .ci/loops.sh makes an environment that has them all.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from whole_epochs import Loop, assert_whole, small_clips, three_epochs

import svta

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("workers", [0, 2, 3])
@pytest.mark.parametrize("kind", ["batches", "sampler"])
def test_stateful_dataloader(packed, kind, workers):
    loaders = pytest.importorskip("torchdata.stateful_dataloader")
    data = small_clips(packed)

    def start(state: Any) -> Loop:
        if kind == "batches":
            batches = data.batches(4, seed=1)
            loader = loaders.StatefulDataLoader(batches, batch_size=None, num_workers=workers)
            set_epoch = batches.set_epoch
        else:
            sampler = svta.DistributedClipSampler(data, 4, seed=1)
            loader = loaders.StatefulDataLoader(
                data, batch_sampler=sampler, num_workers=workers, collate_fn=svta.collate
            )
            set_epoch = sampler.set_epoch
        if state is not None:
            loader.load_state_dict(state[1])

        def epoch_of(epoch: int) -> Any:
            set_epoch(epoch)  # workers are started anew for each epoch, and begin where the main process stands
            return loader

        return Loop(epoch_of, lambda done: (0, loader.state_dict()))

    assert_whole(three_epochs(start), data["key"])


class Recorder:
    """What a training framework's module saw, by epoch."""

    def __init__(self) -> None:
        self.trained: dict[int, list[str]] = {}
        self.validated: list[list[str]] = []


def lightning_module(seen: Recorder, stop: tuple[int, int] | None) -> Any:
    lightning = pytest.importorskip("pytorch_lightning")

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))
            self.steps = 0

        def training_step(self, batch: Any, number: int) -> Any:
            seen.trained.setdefault(self.current_epoch, []).extend(batch["key"])
            self.steps += 1
            return (self.weight * batch["pixel_values"].float().mean()).sum()

        def on_train_batch_end(self, *args: Any) -> None:
            if stop is not None and (self.current_epoch, self.steps) == stop:
                self.trainer.save_checkpoint(self.trainer.default_root_dir + "/last.ckpt")
                raise KeyboardInterrupt

        def on_validation_epoch_start(self) -> None:
            seen.validated.append([])

        def validation_step(self, batch: Any, number: int) -> None:
            seen.validated[-1] += batch["key"]

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), 0.1)

    return Module()


@pytest.mark.parametrize("kind", ["batches", "StatefulDataLoader"])
@pytest.mark.parametrize("within", [False, True], ids=["between-epochs", "within-an-epoch"])
def test_lightning_fit_with_sanity_check_validation_and_two_resumes(packed, tmp_path, within, kind):
    """Lightning counts the batches before a stop against len(), also those that are not given again."""
    lightning = pytest.importorskip("pytorch_lightning")
    train = small_clips(packed)
    held_out = svta.open_dataset(packed, "test", num_frames=2, size=8, threads=0)
    seen = Recorder()
    checkpoint = None
    for epochs, stop in enumerate(((0, 3), (1, 10), None) if within else (None,) * 3, 1):
        trainer = lightning.Trainer(
            max_epochs=3 if within else epochs, accelerator="cpu", logger=False, enable_progress_bar=False,
            enable_model_summary=False, default_root_dir=str(tmp_path), num_sanity_val_steps=2,
            enable_checkpointing=False,
        )  # fmt: skip
        loader: Any = train.batches(4, seed=1)
        if kind == "StatefulDataLoader":
            loaders = pytest.importorskip("torchdata.stateful_dataloader")
            sampler = svta.DistributedClipSampler(train, 4, seed=1)
            loader = loaders.StatefulDataLoader(train, batch_sampler=sampler, collate_fn=svta.collate)
        with suppress(KeyboardInterrupt, SystemExit):  # a stop, as Lightning passes it on
            module = lightning_module(seen, stop)
            trainer.fit(module, loader, held_out.batches(5, shuffle=False), ckpt_path=checkpoint)
        checkpoint = str(tmp_path / "last.ckpt")
        if stop is None:
            trainer.save_checkpoint(checkpoint)
    assert_whole([seen.trained[epoch] for epoch in range(3)], train["key"], shuffled=False)
    whole = [keys for keys in seen.validated if len(keys) == len(held_out)]
    assert len(whole) == 3, [len(keys) for keys in seen.validated]
    assert all(sorted(keys) == sorted(held_out["key"]) for keys in whole)


def test_ray_reads_every_clip_of_the_tars(packed, monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    import ray

    tars = sorted(str(path) for path in packed.glob("data/train/*.tar"))
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, configure_logging=False)
    try:
        read = ray.data.read_webdataset(tars, decoder=None)
        epochs = [sorted(row["__key__"] for row in read.iter_rows()) for _ in range(3)]
    finally:
        ray.shutdown()
    assert_whole(epochs, small_clips(packed)["key"], shuffled=False)


def test_duckdb_and_polars_read_the_index(packed):
    wanted = sorted(small_clips(packed)["key"])
    index = Path(packed) / "clips.parquet"
    duckdb, polars = pytest.importorskip("duckdb"), pytest.importorskip("polars")
    rows = duckdb.sql(f"select key from '{index}' where split = 'train'").fetchall()
    assert sorted(key for (key,) in rows) == wanted
    table = polars.read_parquet(index)
    assert sorted(table.filter(polars.col("split") == "train")["key"]) == wanted
