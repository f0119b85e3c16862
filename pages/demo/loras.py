"""LoRA files of the demo: the layout that trainers write, shapes of the base they are for, weights from a seed.

They are files like any other: hashed, described and loaded. Nobody trained them; the one for the pocket base shows in its
pictures, the others are there to be looked into.
"""

import json
import struct
from pathlib import Path

FOR = {"Pocket": "pocket", "SD 1.5": "sd_v1-5", "SDXL 1.0": "sdxl_base_v1-0", "Illustrious": "sdxl_base_v1-0"}
STRENGTH = 0.22


def write(path, *, base, seed, rank, words, name):
    """Writes a kohya LoRA for `base` to `path`, the same bytes for the same arguments; returns the path."""
    import numpy as np

    rng = np.random.default_rng(seed)
    tensors = {}
    for module, (out, inner) in _modules(base):
        down = rng.normal(0, 1, (rank, inner)) / inner**0.5
        up = rng.normal(0, 1, (out, rank)) * STRENGTH / rank**0.5
        stem = f"lora_unet_{module}"
        tensors[f"{stem}.lora_down.weight"] = down.astype(np.float16)
        tensors[f"{stem}.lora_up.weight"] = up.astype(np.float16)
        tensors[f"{stem}.alpha"] = np.array(rank, np.float16)
    return _save(tensors, Path(path), _metadata(base, rank, words, name))


def _save(tensors, path, metadata):
    """As the format wants it. The library's own writer orders metadata anew in each process, so hashes would differ."""
    header, bodies, at = {"__metadata__": metadata}, [], 0
    for name in sorted(tensors):
        body = tensors[name].tobytes()
        header[name] = {"dtype": "F16", "shape": list(tensors[name].shape), "data_offsets": [at, at + len(body)]}
        bodies.append(body)
        at += len(body)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(bodies))
    return path


def _metadata(base, rank, words, name):
    told = {
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(rank),
        "ss_network_alpha": str(rank),
        "ss_output_name": name,
        "ss_base_model_version": FOR[base],
        "ss_tag_frequency": json.dumps({"demo": {word: 24 for word in words}}),
        "modelspec.title": name,
    }
    if base == "Illustrious":
        told["ss_sd_model_name"] = "Illustrious-XL-v0.1.safetensors"
    return told


def _modules(base):
    """(module in kohya's spelling, (width out, width in)) of the cross-attention that the file changes."""
    if base == "Pocket":
        return _of_pocket()
    if base == "SD 1.5":
        return [
            (f"down_blocks_{block}_attentions_{n}_transformer_blocks_0_attn2_to_{part}", (width, inner))
            for block, width in ((0, 320), (1, 640), (2, 1280))
            for n in (0, 1)
            for part, inner in (("q", width), ("k", 768), ("v", 768))
        ]
    return [
        (f"input_blocks_{block}_1_transformer_blocks_{n}_attn2_to_{part}", (640, inner))
        for block in (4, 5)
        for n in (0, 1)
        for part, inner in (("q", 640), ("k", 2048), ("v", 2048))
    ]


def _of_pocket():
    from safetensors import safe_open

    from generation.pocket import WEIGHTS

    found = []
    with safe_open(WEIGHTS / "unet" / "diffusion_pytorch_model.safetensors", "numpy") as weights:
        for key in sorted(weights.keys()):
            if key.endswith((".attn2.to_q.weight", ".attn2.to_v.weight")):
                out, inner = weights.get_slice(key).get_shape()
                found.append((key.removesuffix(".weight").replace(".", "_"), (out, inner)))
    return found
