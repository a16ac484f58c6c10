"""Every example runs as its first lines say, on small data."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from reading_hub import reading_hub

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="needs the checkout, not an installed wheel")


def run(name: str, *args: object, cwd: Path, launch: tuple[str, ...] = (), offline: str = "1") -> str:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(cwd / "hf"), "HF_HUB_OFFLINE": offline}
    env |= {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true", "HF_UPDATE_DOWNLOAD_COUNTS": "0"}
    command = [sys.executable, *launch, str(EXAMPLES / name), *map(str, args)]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.nightly
def test_train_resumes_on_another_number_of_processes(tmp_path, packed):
    pytest.importorskip("accelerate")
    common = (packed, "--out", tmp_path / "ckpt", "--batch-size", 6, "--size", 32, "--epochs", 2)
    stopped = run("train.py", *common, "--stop-after", 3, cwd=tmp_path)
    assert "epoch 0 clip 18/40" in stopped
    state = json.loads((tmp_path / "ckpt/state-0-18/batches.json").read_text())
    assert (state["epoch"], state["position"]) == (0, 18)
    with pytest.raises(AssertionError, match="holds a checkpoint: --resume"):
        run("train.py", *common, cwd=tmp_path)
    launch = ("-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", str(free_port()))
    resumed = run("train.py", *common, "--resume", cwd=tmp_path, launch=launch)
    places = [int(place) for place in re.findall(r"clip (\d+)/40", resumed)]
    assert places == [30, 40, 12, 24, 36, 40]
    (last,) = (tmp_path / "ckpt").iterdir()
    assert json.loads((last / "batches.json").read_text())["epoch"] == 2
    assert run("train.py", *common, "--resume", cwd=tmp_path) == ""  # nothing is left to do


@pytest.mark.slow
def test_stream_from_a_folder(tmp_path, packed):
    told = run("stream_from_hub.py", packed, "--limit", 6, "--categories", "arson", cwd=tmp_path)
    assert told.count("(8, 3, 112, 112) arson - clip ") == 6
    assert "resumed after 3 clips" in told


@pytest.mark.slow
def test_stream_from_a_repo(tmp_path, packed, monkeypatch):
    with reading_hub({"ns/clips": packed}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        told = run("stream_from_hub.py", "ns/clips@v1", "--limit", 6, cwd=tmp_path, offline="0")
    assert told.count("(8, 3, 112, 112) ") == 6
    assert "resumed after 3 clips" in told


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_webdataset(tmp_path, packed, workers):
    pytest.importorskip("webdataset")
    told = run("webdataset_pipeline.py", packed, "--workers", workers, cwd=tmp_path)
    assert "(8, 8, 3, 112, 112) 64 clip " in told
    assert told.splitlines()[-1] == "40 clips of 4 shards"
    with pytest.raises(AssertionError, match="no shard of the split none"):
        run("webdataset_pipeline.py", packed, "--split", "none", cwd=tmp_path)


@pytest.mark.slow
def test_finetune_siglip(tmp_path, packed):
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = transformers.SiglipConfig(
        text_config={**sizes, "vocab_size": 64, "max_position_embeddings": 12, "projection_size": 16},
        vision_config={**sizes, "image_size": 32, "patch_size": 16},
    )
    transformers.SiglipModel(config).save_pretrained(tmp_path / "tiny")
    words = {word: i for i, word in enumerate(["<pad>", "<unk>", "clip", "of", "train", *map(str, range(40))])}
    model = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="<unk>"))
    model.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    transformers.PreTrainedTokenizerFast(tokenizer_object=model, pad_token="<pad>", unk_token="<unk>").save_pretrained(
        tmp_path / "tiny"
    )
    options = ("--model", tmp_path / "tiny", "--out", tmp_path / "out", "--steps", 6, "--num-frames", 2, "--lr", 1e-2)
    told = run("finetune_siglip.py", packed, *options, cwd=tmp_path)
    losses = [float(loss) for loss in re.findall(r"loss (\S+)", told)]
    assert len(losses) == 6
    assert losses[-1] < losses[0]
    assert (tmp_path / "out/model.safetensors").exists()
