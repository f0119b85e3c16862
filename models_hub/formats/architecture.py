"""Which kind of model a list of tensors is, and for which base, from names and shapes.

The width of the text that cross-attention reads tells base models apart: 768 for SD 1, 1024 for
SD 2, 2048 for SDXL, 96 for Pocket. Several trainers name the same tensor differently; the patterns
below cover kohya's, diffusers', peft's and the original layouts.
"""

import re
from collections import Counter
from dataclasses import dataclass

from ..catalogue.kinds import BaseModelType, FileType, ModelType


@dataclass(frozen=True)
class Guess:
    kind: ModelType
    file_type: FileType = FileType.MODEL
    base_model: str | None = None
    base_model_type: BaseModelType = BaseModelType.STANDARD
    architecture: str | None = None
    claimed_base_model: str | None = None
    rank: int | None = None


_BY_TEXT_WIDTH = {96: "Pocket", 768: "SD 1.5", 1024: "SD 2.1", 2048: "SDXL 1.0", 1280: "SDXL 1.0"}
_ARCHITECTURES = {
    "Pocket": "stable-diffusion-v1",
    "SD 1.5": "stable-diffusion-v1",
    "SD 2.1": "stable-diffusion-v2-768-v",
    "SDXL 1.0": "stable-diffusion-xl-v1-base",
    "SD 3": "stable-diffusion-3-medium",
    "Flux.1 D": "flux-1-dev",
    "Flux.1 S": "flux-1-schnell",
}
_SUFFIXES = {
    ModelType.LORA: "/lora", ModelType.LOCON: "/lora", ModelType.DORA: "/lora", ModelType.TEXTUAL_INVERSION: "/textual-inversion",
    ModelType.CONTROLNET: "/controlnet", ModelType.VAE: "/vae",
}  # fmt: skip
# What trainers write into ss_base_model_version and modelspec.architecture, longest match first.
_CLAIMS = (
    ("pocket", "Pocket"),
    ("stable-diffusion-xl", "SDXL 1.0"),
    ("stable-diffusion-v1", "SD 1.5"),
    ("stable-diffusion-v2", "SD 2.1"),
    ("stable-diffusion-3", "SD 3"),
    ("flux-1-schnell", "Flux.1 S"),
    ("flux-1", "Flux.1 D"),
    ("flux1", "Flux.1 D"),
    ("flux2", "Flux.2 D"),
    ("chroma", "Chroma"),
    ("lumina", "Lumina"),
    ("sdxl", "SDXL 1.0"),
    ("sd3", "SD 3"),
    ("sd_v1", "SD 1.5"), ("sd_1", "SD 1.5"), ("sd1", "SD 1.5"),
    ("sd_v2", "SD 2.1"), ("sd_2", "SD 2.1"), ("sd2", "SD 2.1"),
)  # fmt: skip
# SDXL's shapes with other weights: only the name of the model trained on tells.
_SDXL_FAMILIES = (
    ("illustrious", "Illustrious"),
    ("noob", "NoobAI"),
    ("pony", "Pony"),
    ("turbo", "SDXL Turbo"),
    ("lightning", "SDXL Lightning"),
)

_DOWN = re.compile(
    r"\.(lora_down|lora_A|lora\.down|lora_linear_layer\.down|hada_w1_b|lokr_w1_b)(\.default)?(\.weight)?$"
)
_ADAPTER = re.compile(
    r"\.(lora_down|lora_up|lora_A|lora_B|lora\.down|lora\.up|lora_linear_layer|hada_w\d_[ab]|lokr_w\d(?:_[ab])?|lokr_t2|hada_t\d|oft_blocks|oft_diag|dora_scale|lora_magnitude_vector|on_input)\b"
)
_LYCORIS = re.compile(r"\.(hada_w\d_[ab]|hada_t\d|lokr_w\d(?:_[ab])?|lokr_t2|oft_blocks|oft_diag|lora_mid|on_input)\b")
_CROSS_TEXT = re.compile(r"attn2[._]to_[kv]\.")
_EMBEDDING_NAMES = frozenset({"emb_params", "clip_l", "clip_g"})


def guess(header):
    """The best Guess from a safetensors.Header; `claimed_base_model` is what its metadata says."""
    tensors, metadata = header.tensors, header.metadata
    kind, file_type = _kind(tensors)
    claimed = _claimed(metadata)
    shaped = _base_by_shape(tensors, kind)
    base = shaped or claimed
    if base == "SDXL 1.0":
        base = _sdxl_family(metadata) or base
        claimed = base if claimed == "SDXL 1.0" else claimed
    elif shaped == "Pocket" and claimed == "SD 1.5":
        claimed = "Pocket"  # the same architecture in small: trainers call it SD 1
    elif shaped == "Flux.1 D" and claimed in ("Flux.1 S", "Chroma"):
        base = claimed  # the same shapes: metadata decides
    shared = "SDXL 1.0" if base in {family for _word, family in _SDXL_FAMILIES} else base
    architecture = _ARCHITECTURES.get(shared)
    return Guess(
        kind=kind,
        file_type=file_type,
        base_model=base,
        base_model_type=_base_type(tensors),
        architecture=architecture + _SUFFIXES.get(kind, "") if architecture else None,
        claimed_base_model=claimed,
        rank=_rank(tensors) if kind in (ModelType.LORA, ModelType.LOCON, ModelType.DORA) else None,
    )


def _kind(tensors):
    names = list(tensors)
    if any(_ADAPTER.search(name) for name in names):
        return _adapter_kind(tensors), FileType.MODEL
    if _has(
        names,
        "lllite_",
        "control_model.",
        "controlnet_cond_embedding.",
        "controlnet_down_blocks.",
        "input_hint_block.",
        "controlnet_blocks.",
    ):
        return ModelType.CONTROLNET, FileType.MODEL
    if _has(names, "motion_modules.", "temporal_transformer"):
        return ModelType.MOTION_MODULE, FileType.MODEL
    if _is_embedding(tensors):
        return ModelType.TEXTUAL_INVERSION, FileType.MODEL
    draws = _has(names, "model.diffusion_model.")
    reads = _has(names, "cond_stage_model.", "conditioner.embedders.", "text_encoders.")
    if draws and (reads or _has(names, "first_stage_model.", "vae.decoder.")):
        return ModelType.CHECKPOINT, FileType.MODEL
    if _starts(
        names,
        "double_blocks.",
        "model.diffusion_model.double_blocks.",
        "joint_blocks.",
        "transformer_blocks.",
        "single_transformer_blocks.",
    ):
        return ModelType.CHECKPOINT, FileType.DIFFUSION_MODEL
    if (
        draws
        or _starts(names, "down_blocks.", "input_blocks.")
        and _has(names, "attn2.to_k", "conv_in.", "input_blocks.0.0")
    ):
        return ModelType.UNET, FileType.UNET
    if _has(names, "vision_model.embeddings.", "visual.transformer."):
        return ModelType.CLIP_VISION, FileType.CLIP_VISION
    if _has(names, "token_embedding.weight", "shared.weight", "embed_tokens.weight"):
        return ModelType.TEXT_ENCODER, FileType.TEXT_ENCODER
    if _has(names, "decoder.conv_out.weight", "decoder.conv_in.weight"):
        return ModelType.VAE, FileType.VAE
    if _has(names, "RDB", ".rdb1.conv1", "RRDB_trunk", "conv_up1.", "residual_group.blocks.") or _starts(
        names, "body.0."
    ):
        return ModelType.UPSCALER, FileType.UPSCALER
    return ModelType.OTHER, FileType.MODEL


def _adapter_kind(tensors):
    if any(name.endswith(("dora_scale", "lora_magnitude_vector", "lora_magnitude_vector.weight")) for name in tensors):
        return ModelType.DORA
    if any(_LYCORIS.search(name) for name in tensors):
        return ModelType.LOCON
    # LoRA on 3×3 convolutions is what LoCon added; 1×1 ones are SD 1's own projections.
    downs = (tensor for name, tensor in tensors.items() if _DOWN.search(name))
    return ModelType.LOCON if any(len(down.shape) == 4 and down.shape[2] > 1 for down in downs) else ModelType.LORA


def _is_embedding(tensors):
    if len(tensors) > 4:
        return False
    flat = all(len(tensor.shape) in (1, 2) for tensor in tensors.values())
    known = any(name in _EMBEDDING_NAMES or name.startswith("string_to_param") for name in tensors)
    # diffusers names the only tensor after the token itself.
    token = len(tensors) == 1 and all(
        tensor.shape and tensor.shape[-1] in (96, 768, 1024, 1280) and "." not in name
        for name, tensor in tensors.items()
    )
    return flat and (known or token)


def _base_by_shape(tensors, kind):
    if kind is ModelType.TEXTUAL_INVERSION:
        if "clip_g" in tensors:
            return "SDXL 1.0"
        widths = {tensor.shape[-1] for tensor in tensors.values() if tensor.shape}
        return _BY_TEXT_WIDTH.get(widths.pop()) if len(widths) == 1 else None
    if kind is ModelType.VAE:
        # The VAEs of SD 1, SD 2 and SDXL have one shape.
        out = next((tensor for name, tensor in tensors.items() if name.endswith("decoder.conv_out.weight")), None)
        return "Pocket" if out and out.shape[1:2] == (16,) else None
    if kind is ModelType.TEXT_ENCODER:
        table = next((tensor for name, tensor in tensors.items() if name.endswith("token_embedding.weight")), None)
        return "Pocket" if table and table.shape[1:] == (96,) else None
    if any(_has((name,), "double_blocks", "single_transformer_blocks", "single_blocks") for name in tensors):
        return _flux(tensors)
    if any(_has((name,), "joint_blocks", "add_k_proj") for name in tensors):
        return "SD 3"
    width = _text_width(tensors)
    if width:
        return _BY_TEXT_WIDTH.get(width)
    if any(name.startswith(("lora_te1_", "lora_te2_", "text_encoder_2.")) for name in tensors):
        return "SDXL 1.0"
    return None


def _text_width(tensors):
    """The most common input width of what reads the text in cross-attention."""
    widths = Counter()
    for name, tensor in tensors.items():
        if not _CROSS_TEXT.search(name) or len(tensor.shape) < 2:
            continue
        adapter = _ADAPTER.search(name)
        if not adapter or _DOWN.search(name):  # the up half has the other width
            widths[tensor.shape[1]] += 1
    return widths.most_common(1)[0][0] if widths else None


def _flux(tensors):
    """Flux.1 is 3072 wide, Flux.2 6144; its small siblings share neither."""
    widths = Counter(
        side for name, tensor in tensors.items() if "blocks" in name for side in tensor.shape if side in (3072, 6144)
    )
    if not widths:
        return None
    return "Flux.1 D" if widths.most_common(1)[0][0] == 3072 else "Flux.2 D"


def _base_type(tensors):
    """By the number of channels that enter: 9 with a mask, 8 with a picture to change, 4 without either."""
    for name in ("model.diffusion_model.input_blocks.0.0.weight", "input_blocks.0.0.weight", "conv_in.weight"):
        if name in tensors and len(tensors[name].shape) == 4:
            shape = tensors[name].shape
            if shape[1] == 9:
                return BaseModelType.INPAINTING
            if shape[1] == 8:
                return BaseModelType.PIX2PIX
            return BaseModelType.REFINER if shape[0] == 384 else BaseModelType.STANDARD
    return BaseModelType.STANDARD


def _rank(tensors):
    ranks = Counter(tensor.shape[0] for name, tensor in tensors.items() if _DOWN.search(name) and tensor.shape)
    return ranks.most_common(1)[0][0] if ranks else None


def _claimed(metadata):
    said = (
        f"{metadata.get('ss_base_model_version', '')[:80]} {metadata.get('modelspec.architecture', '')[:80]}".casefold()
    )
    return next((base for claim, base in _CLAIMS if claim in said), None)


def _sdxl_family(metadata):
    said = f"{metadata.get('ss_sd_model_name', '')[-200:]} {metadata.get('modelspec.title', '')[:200]}".casefold()
    return next((base for word, base in _SDXL_FAMILIES if word in said), None)


def _has(names, *parts):
    return any(part in name for name in names for part in parts)


def _starts(names, *starts):
    return any(name.startswith(starts) for name in names)
