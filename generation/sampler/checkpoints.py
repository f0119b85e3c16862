"""Single-file checkpoints, as A1111 and ComfyUI read them: written from a diffusers folder, and loaded."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from . import ldm
from .errors import BadFile
from .files import SD1, SDXL

_UNET, _VAE, _TEXT = "model.diffusion_model.", "first_stage_model.", "cond_stage_model.transformer."
_TEXT_L, _TEXT_G = "conditioner.embedders.0.transformer.", "conditioner.embedders.1.model."

# SDXL's second text encoder, as open_clip names it.
_OPEN_CLIP = {
    "layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}  # fmt: skip


def write_checkpoint(folder, path, *, metadata=None, dtype=torch.float16):
    """One ``.safetensors`` file of a Stable Diffusion 1 or SDXL folder, under the original names. Returns the path."""
    folder = Path(folder)
    unet_config = json.loads((folder / "unet/config.json").read_text())
    vae_config = json.loads((folder / "vae/config.json").read_text())
    scheduler = json.loads((folder / "scheduler/scheduler_config.json").read_text())
    is_sdxl = (folder / "text_encoder_2").is_dir()
    tensors = {}
    for key, tensor in _tensors(folder / "unet"):
        tensors[_UNET + _renamed(key, ldm.unet_names(unet_config))] = tensor
    for key, tensor in _tensors(folder / "vae"):
        if "attentions" in key and tensor.dim() == 2:
            tensor = tensor[:, :, None, None]  # the original VAE's attention is made of 1x1 convolutions
        tensors[_VAE + _renamed(key, ldm.vae_names(vae_config))] = tensor
    for key, tensor in _tensors(folder / "text_encoder"):
        key = key if key.startswith("text_model.") else f"text_model.{key}"
        tensors[(_TEXT_L if is_sdxl else _TEXT) + key] = tensor
    if is_sdxl:
        tensors |= _open_clip(dict(_tensors(folder / "text_encoder_2")))
    tensors = {key: tensor.to(dtype).contiguous() for key, tensor in tensors.items()}
    velocity = scheduler.get("prediction_type") == "v_prediction"
    described = {
        "format": "pt",
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": SDXL if is_sdxl else SD1,
        "modelspec.prediction_type": "v" if velocity else "epsilon",
    }
    save_file(tensors, str(path), metadata=described | (metadata or {}))
    return Path(path)


def load_checkpoint(path, config, pipeline_class, dtype):
    """A pipeline of the file's weights, shaped by the configs and the tokenizer of the folder ``config``."""
    options = {"config": str(config), "local_files_only": True, "dtype": dtype}
    if pipeline_class.__name__ == "StableDiffusionPipeline":
        options |= {"safety_checker": None, "feature_extractor": None}
    return pipeline_class.from_single_file(str(path), **options)


def _tensors(folder):
    for file in sorted(folder.glob("*.safetensors")):
        yield from load_file(file).items()


def _renamed(key, names):
    renamed = ldm.rename(key, names)
    if renamed is None:
        raise BadFile("This base model has a part that a single file can't hold: {part}", part=key[:120])
    return renamed


def _open_clip(tensors):
    tensors = {key.removeprefix("text_model."): tensor for key, tensor in tensors.items()}
    named = {
        "token_embedding.weight": tensors.pop("embeddings.token_embedding.weight"),
        "positional_embedding": tensors.pop("embeddings.position_embedding.weight"),
        "text_projection": tensors.pop("text_projection.weight").T,
    }
    tensors.pop("embeddings.position_ids", None)
    for key, tensor in tensors.items():
        if key.startswith("final_layer_norm."):
            named[key.replace("final_layer_norm", "ln_final")] = tensor
            continue
        _, _, layer, part = key.split(".", 3)
        block = f"transformer.resblocks.{layer}"
        stem, _, kind = part.rpartition(".")
        if stem == "self_attn.q_proj":
            rows = [tensors[f"encoder.layers.{layer}.self_attn.{row}_proj.{kind}"] for row in "qkv"]
            named[f"{block}.attn.in_proj_{kind}"] = torch.cat(rows)
        elif stem in _OPEN_CLIP:
            named[f"{block}.{_OPEN_CLIP[stem]}.{kind}"] = tensor
    return {_TEXT_G + key: tensor for key, tensor in named.items()}
