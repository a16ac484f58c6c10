"""Fine-tune an image-text model of the SigLIP family on clips: frame embeddings averaged, sigmoid loss.

    python examples/finetune_siglip.py DIR --model google/siglip2-base-patch16-224 --out ckpt --steps 1000

Any Transformers model with get_text_features and get_image_features and an image size in its vision config will do.
"""

from __future__ import annotations

import argparse

import torch
from torch.nn import functional as F
from transformers import AutoModel, AutoTokenizer

import svta


def features(output: torch.Tensor) -> torch.Tensor:
    """Embeddings, whether the model gives a tensor or an output object."""
    return output if isinstance(output, torch.Tensor) else output.pooler_output


def sigmoid_loss(similarity: torch.Tensor) -> torch.Tensor:
    """SigLIP's loss (arXiv 2303.15343) of logits [B, B] whose diagonal holds the true pairs."""
    sign = 2 * torch.eye(len(similarity), device=similarity.device) - 1
    return -F.logsigmoid(sign * similarity).sum(1).mean()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="a packed folder, or ns/name[@revision]")
    parser.add_argument("--model", required=True, help="a folder or Hub id")
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--num-frames", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1e-5)
    args = parser.parse_args()

    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = AutoModel.from_pretrained(args.model).to(device).train()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    size, length = model.config.vision_config.image_size, model.config.text_config.max_position_embeddings
    dataset = svta.open_dataset(args.data, num_frames=args.num_frames, size=size, sampling="random-segment")
    batches = dataset.batches(args.batch_size, shuffle=True, seed=0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)

    step = 0
    while step < args.steps:
        for batch in batches:
            pixels = batch["pixel_values"].to(device).flatten(0, 1) / 127.5 - 1  # SigLIP: mean .5, std .5
            mask = batch["frame_mask"].to(device)[..., None]
            frames = features(model.get_image_features(pixel_values=pixels)).unflatten(0, mask.shape[:2])
            video = F.normalize((F.normalize(frames, dim=-1) * mask).sum(1), dim=-1)
            tokens = tokenizer(
                batch["caption"], padding="max_length", truncation=True, max_length=length, return_tensors="pt"
            )
            text = F.normalize(features(model.get_text_features(input_ids=tokens["input_ids"].to(device))), dim=-1)
            loss = sigmoid_loss(text @ video.T * model.logit_scale.exp() + model.logit_bias)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            print(f"step {step} loss {loss.item():.4f}")
            if step == args.steps:
                break
    model.save_pretrained(args.out)
    tokenizer.save_pretrained(args.out)


if __name__ == "__main__":
    main()
