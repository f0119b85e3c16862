"""Single-file checkpoints, as A1111 and ComfyUI read them: written from a diffusers folder, and loaded."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from . import ldm
from .errors import BadFile

_UNET, _VAE, _TEXT = "model.diffusion_model.", "first_stage_model.", "cond_stage_model.transformer."


def write_checkpoint(folder, path, *, metadata=None, dtype=torch.float16):
    """One ``.safetensors`` file of a Stable Diffusion 1 folder, under the original names. Returns the path."""
    folder = Path(folder)
    unet_config = json.loads((folder / "unet/config.json").read_text())
    vae_config = json.loads((folder / "vae/config.json").read_text())
    scheduler = json.loads((folder / "scheduler/scheduler_config.json").read_text())
    tensors = {}
    for key, tensor in _tensors(folder / "unet"):
        tensors[_UNET + _renamed(key, ldm.unet_names(unet_config))] = tensor
    for key, tensor in _tensors(folder / "vae"):
        if "attentions" in key and tensor.dim() == 2:
            tensor = tensor[:, :, None, None]  # the original VAE's attention is made of 1x1 convolutions
        tensors[_VAE + _renamed(key, ldm.vae_names(vae_config))] = tensor
    for key, tensor in _tensors(folder / "text_encoder"):
        tensors[_TEXT + (key if key.startswith("text_model.") else f"text_model.{key}")] = tensor
    tensors = {key: tensor.to(dtype).contiguous() for key, tensor in tensors.items()}
    velocity = scheduler.get("prediction_type") == "v_prediction"
    described = {
        "format": "pt",
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": "stable-diffusion-v1",
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
        raise BadFile(f"This base model has a part that a single file can't hold: {key[:120]}")
    return renamed
