"""Train a text-video model on a packed dataset, on one process or many, and go on where it was stopped.

    python examples/train.py DIR --out ckpt                      # a folder, or ns/name of a Hub repo
    accelerate launch --num_processes 4 examples/train.py DIR --out ckpt
    python examples/train.py DIR --out ckpt --resume             # same or another number of processes

What to take from it: every rank asks for its part of one global order, and the loop's place is saved with the model,
as one folder that is renamed when it is whole: killed at any moment, --resume finds a model and a place that agree.
"""

from __future__ import annotations

import argparse
import json
import shutil
import zlib
from itertools import accumulate
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import nn
from torch.nn import functional as F

import svta

WORDS = 4096


class TwoTowers(nn.Module):
    """Frames through a small CNN, averaged over time; captions as a bag of hashed words."""

    def __init__(self, dim: int = 64):
        super().__init__()
        self.video = nn.Sequential(
            nn.Conv2d(3, 16, 5, stride=4),
            nn.ReLU(),
            nn.Conv2d(16, dim, 3, stride=2),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
        )
        self.text = nn.EmbeddingBag(WORDS, dim)
        self.logit_scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, pixel_values, frame_mask, words, offsets):
        """Similarities [text, video] of a batch; pixel_values uint8 [B, F, 3, H, W], frame_mask bool [B, F]."""
        frames = self.video(pixel_values.flatten(0, 1) / 127.5 - 1).flatten(1).unflatten(0, frame_mask.shape)
        video = (frames * frame_mask[..., None]).sum(1) / frame_mask.sum(1, keepdim=True).clamp(min=1)
        text = self.text(words, offsets)
        return self.logit_scale.exp() * F.normalize(text, dim=-1) @ F.normalize(video, dim=-1).T


def tokenize(captions, device):
    bags = [[zlib.crc32(word.encode()) % WORDS for word in caption.lower().split()] for caption in captions]
    offsets = [0, *accumulate(map(len, bags))][: len(bags)]
    words = [word for bag in bags for word in bag]
    return torch.tensor(words, dtype=torch.long, device=device), torch.tensor(offsets, dtype=torch.long, device=device)


def states(out: Path) -> list[Path]:
    """Finished checkpoints state-EPOCH-POSITION, the latest last."""
    return sorted(out.glob("state-*-*"), key=lambda path: tuple(map(int, path.name.split("-")[1:])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="a packed folder, or ns/name[@revision]")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=16, help="clips a step on each process")
    parser.add_argument("--size", type=int, default=112)
    parser.add_argument("--save-every", type=int, default=100, help="steps between checkpoints")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--stop-after", type=int, help="stop after so many steps, as if killed")
    args = parser.parse_args()

    accelerator = Accelerator()
    torch.manual_seed(0)
    model = TwoTowers()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model, optimizer = accelerator.prepare(model, optimizer)
    dataset = svta.open_dataset(args.data, "train", num_frames=8, size=args.size, sampling="random-segment")
    batches = dataset.batches(
        args.batch_size, shuffle=True, seed=0, rank=accelerator.process_index, world_size=accelerator.num_processes
    )

    def save() -> None:
        part, whole = args.out / "state.part", args.out / f"state-{batches.epoch}-{batches.position}"
        if whole.exists():
            return
        accelerator.save_state(str(part))
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            (part / "batches.json").write_text(json.dumps(batches.state_dict()))
            part.rename(whole)
            for old in states(args.out)[:-1]:
                shutil.rmtree(old)
        accelerator.wait_for_everyone()

    if bool(found := states(args.out)) != args.resume:
        parser.error(f"{args.out}: {'holds a checkpoint: --resume, or another --out' if found else 'no checkpoint'}")
    if args.resume:
        accelerator.load_state(str(found[-1]))
        batches.load_state_dict(json.loads((found[-1] / "batches.json").read_text()))

    step = 0
    while batches.epoch < args.epochs:
        for batch in batches:
            device = accelerator.device
            words, offsets = tokenize(batch["caption"], device)
            similarity = model(batch["pixel_values"].to(device), batch["frame_mask"].to(device), words, offsets)
            target = torch.arange(len(similarity), device=device)
            loss = (F.cross_entropy(similarity, target) + F.cross_entropy(similarity.T, target)) / 2
            accelerator.backward(loss if len(target) else similarity.sum())  # a rank may be left without a clip
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            accelerator.print(f"epoch {batches.epoch} clip {batches.position}/{len(dataset)} loss {loss.item():.3f}")
            if step % args.save_every == 0 or step == args.stop_after:
                save()
            if step == args.stop_after:
                return
    save()


if __name__ == "__main__":
    main()
