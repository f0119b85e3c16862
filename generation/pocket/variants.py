"""The anime and the realistic variant: fine-tuned, then kept only as what they differ by.

Each is a rank-16 approximation of (fine-tuned − base) for every matrix and convolution of the UNet and
the text encoder, in fp16: a tenth of the weights. `merge` adds it back.
"""

from pathlib import Path
from shutil import copytree

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from . import WEIGHTS

RANK = 16
VARIANTS = ("anime", "realistic")
PARTS = {"unet": "diffusion_pytorch_model.safetensors", "text_encoder": "model.safetensors"}


def difference(base: Path, tuned: Path, to: Path, *, rank: int = RANK):
    """Write what ``tuned`` (a pipeline folder) adds to ``base`` as low-rank factors and small whole tensors."""
    kept = {}
    for part, name in PARTS.items():
        before, after = load_file(base / part / name), load_file(tuned / part / name)
        for key, weight in after.items():
            change = weight.float() - before[key].float()
            flat = change.flatten(1) if change.dim() > 1 else None
            # Where factors would be no smaller, and for biases and norms, the whole difference.
            if flat is None or rank * sum(flat.shape) >= flat.numel():
                kept[f"{part}.{key}.whole"] = change.half()
                continue
            u, s, v = torch.linalg.svd(flat, full_matrices=False)
            root = s[:rank].sqrt()
            kept[f"{part}.{key}.up"] = (u[:, :rank] * root).half().contiguous()
            kept[f"{part}.{key}.down"] = (root[:, None] * v[:rank]).half().contiguous()
    save_file(kept, to, metadata={"format": "pt", "kind": "low-rank difference", "rank": str(rank)})


def merge(variant: str, to: Path, *, base: Path = WEIGHTS) -> Path:
    """A pipeline folder of ``base`` with the variant ("anime" or "realistic") added. Returns ``to``."""
    copytree(
        base,
        to,
        dirs_exist_ok=True,
        ignore=lambda folder, names: [n for n in names if n.removesuffix(".safetensors") in VARIANTS],
    )
    with safe_open(base / f"{variant}.safetensors", "pt") as difference_file:
        kept = {key: difference_file.get_tensor(key).float() for key in difference_file.keys()}
    for part, name in PARTS.items():
        weights = load_file(base / part / name)
        merged = {key: _added(weight, kept, f"{part}.{key}") for key, weight in weights.items()}
        save_file(merged, to / part / name, metadata={"format": "pt"})
    return to


def _added(weight, kept, key):
    if f"{key}.whole" in kept:
        change = kept[f"{key}.whole"]
    else:
        change = (kept[f"{key}.up"] @ kept[f"{key}.down"]).view(weight.shape)
    return (weight.float() + change).half()
