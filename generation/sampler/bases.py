"""A base model in memory: from a diffusers folder or from one safetensors checkpoint, never from a pickle."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch

from . import configs, files, loras
from .errors import BadFile, DoesNotFit

PIPELINES = {"StableDiffusionPipeline", "StableDiffusionXLPipeline"}


@dataclass
class Base:
    """The parts of one pipeline, on their device, and the LoRAs that are on them."""

    key: str
    pipeline: object
    scheduler_config: dict
    weights: loras.Weights
    device: torch.device

    def __getattr__(self, name):
        return getattr(self.__dict__["pipeline"], name)

    @property
    def is_sdxl(self):
        return type(self.pipeline).__name__ == "StableDiffusionXLPipeline"

    @property
    def force_zeros(self):
        return bool(self.pipeline.config.get("force_zeros_for_empty_prompt", True))

    @property
    def weight_bytes(self):
        """What its parameters take in memory."""
        parts = (self.unet, self.vae, self.text_encoder, getattr(self.pipeline, "text_encoder_2", None))
        tensors = [parameter for part in parts if part is not None for parameter in part.parameters()]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    @property
    def scale(self):
        """Pixels per latent."""
        return 2 ** (len(self.pipeline.vae.config.block_out_channels) - 1)


def load_base(path, *, key, device, dtype, config=None):
    """Load a base. Raises ``BadFile`` with what is wrong with it."""
    path = Path(path)
    _hush()
    try:
        pipeline = _from_folder(path, dtype) if path.is_dir() else _from_checkpoint(path, dtype, config)
    except (BadFile, DoesNotFit):
        raise
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise BadFile("This base model can't be loaded: its parts do not belong together.") from error
    scheduler_config = dict(pipeline.scheduler.config)
    if not path.is_dir():
        known = files.describe_checkpoint(path)
        if known.prediction_type == "v_prediction":
            scheduler_config["prediction_type"] = "v_prediction"
        if known.zero_snr:
            scheduler_config["rescale_betas_zero_snr"] = True
    pipeline.to(device)
    for part in (pipeline.unet, pipeline.vae, pipeline.text_encoder, getattr(pipeline, "text_encoder_2", None)):
        if part is not None:
            part.eval().requires_grad_(False)
    if device.type == "cuda":
        pipeline.unet.to(memory_format=torch.channels_last)
        pipeline.vae.to(memory_format=torch.channels_last)
    components = {name: getattr(pipeline, name, None) for name in ("unet", "text_encoder", "text_encoder_2")}
    weights = loras.Weights(components, pipeline.unet.config)
    return Base(key, pipeline, scheduler_config, weights, device)


def config_for(path):
    """The diffusers folder that a single-file checkpoint is shaped like."""
    known = files.describe_checkpoint(path)
    if not known.has_text_encoder or not known.has_vae:
        raise BadFile("This checkpoint is incomplete: its text encoder or its VAE is missing.")
    if known.architecture == files.POCKET:
        from generation.pocket import WEIGHTS

        return WEIGHTS
    if not configs.known(known.architecture):
        raise BadFile("Checkpoints of this architecture can't be drawn with here: only SD 1, SDXL and Pocket.")
    return configs.folder(known.architecture)


def _pipeline_class(name):
    import diffusers

    if name not in PIPELINES:
        raise BadFile("A base model must be a Stable Diffusion 1 or SDXL pipeline, not {name}.", name=str(name)[:80])
    return getattr(diffusers, name)


def _from_folder(path, dtype):
    try:
        index = json.loads((path / "model_index.json").read_text())
        name = index["_class_name"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadFile("This folder is no diffusers model: its model_index.json can't be read.") from error
    for entry in index.values():
        # A component may name a module of the folder's own, which would be code.
        if isinstance(entry, list) and entry[:1] not in ([None], ["diffusers"], ["transformers"]):
            raise BadFile("This base model wants to run code of its own.")
    pipeline_class = _pipeline_class(name)
    variant = None
    for part in ("unet", "vae", "text_encoder") + (("text_encoder_2",) if "XL" in name else ()):
        weights = sorted((path / part).glob("*.safetensors"))
        if not weights:
            raise BadFile("A part of this base model has no safetensors file: {part}", part=part)
        if all(".fp16." in file.name for file in weights):
            variant = "fp16"
        for file in weights:
            files.read_header(file)
    extras = (
        {} if "XL" in name else {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    )
    return pipeline_class.from_pretrained(
        path, dtype=dtype, variant=variant, use_safetensors=True, local_files_only=True, **extras
    )


def _from_checkpoint(path, dtype, config):
    files.read_header(path)
    if path.suffix.lower() != ".safetensors":
        raise BadFile("A base model must be a folder or a safetensors file.")
    config = Path(config) if config else config_for(path)
    name = json.loads((config / "model_index.json").read_text())["_class_name"]
    from .checkpoints import load_checkpoint

    return load_checkpoint(path, config, _pipeline_class(name), dtype)


def _hush():
    """No progress bars of the libraries in a worker's log."""
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
