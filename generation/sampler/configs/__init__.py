"""The shapes of Stable Diffusion 1 and SDXL, so that a single-file checkpoint loads where no network is.

A checkpoint file holds weights alone; diffusers would fetch configs and tokenizer from a hub. ``folder`` writes
them into a temporary diffusers folder instead. ``clip_merges.txt.gz`` is the merges of OpenAI's CLIP tokenizer
(github.com/openai/CLIP, MIT licence); its vocabulary follows from them.
"""

import gzip
import json
import tempfile
from functools import lru_cache
from pathlib import Path

from ..files import SD1, SDXL

_BEGIN, _END = "<|startoftext|>", "<|endoftext|>"
_NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}

_CLIP_L = {
    "architectures": ["CLIPTextModel"], "model_type": "clip_text_model", "hidden_size": 768, "intermediate_size": 3072,
    "num_attention_heads": 12, "num_hidden_layers": 12, "projection_dim": 768, "hidden_act": "quick_gelu",
    "vocab_size": 49408, "max_position_embeddings": 77, "bos_token_id": 49406, "eos_token_id": 49407, "pad_token_id": 49407,
}  # fmt: skip
_CLIP_G = _CLIP_L | {
    "architectures": ["CLIPTextModelWithProjection"], "hidden_size": 1280, "intermediate_size": 5120,
    "num_attention_heads": 20, "num_hidden_layers": 32, "projection_dim": 1280, "hidden_act": "gelu",
}  # fmt: skip
_VAE = {
    "_class_name": "AutoencoderKL", "block_out_channels": [128, 256, 512, 512], "layers_per_block": 2,
    "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4,
    "in_channels": 3, "out_channels": 3, "latent_channels": 4, "norm_num_groups": 32,
}  # fmt: skip
_UNET = {"_class_name": "UNet2DConditionModel", "in_channels": 4, "out_channels": 4, "layers_per_block": 2}

_PARTS = {
    SD1: {
        "unet/config.json": _UNET | {
            "sample_size": 64, "cross_attention_dim": 768, "attention_head_dim": 8,
            "block_out_channels": [320, 640, 1280, 1280],
            "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
            "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
        },
        "vae/config.json": _VAE | {"sample_size": 512, "scaling_factor": 0.18215},
        "text_encoder/config.json": _CLIP_L,
        "scheduler/scheduler_config.json": _NOISE | {
            "_class_name": "PNDMScheduler", "skip_prk_steps": True, "steps_offset": 1, "set_alpha_to_one": False,
            "prediction_type": "epsilon",
        },
        "model_index.json": {
            "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.42.1",
            "requires_safety_checker": False, "safety_checker": [None, None], "feature_extractor": [None, None],
            "image_encoder": [None, None], "scheduler": ["diffusers", "PNDMScheduler"],
            "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"],
            "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
        },
    },
    SDXL: {
        "unet/config.json": _UNET | {
            "sample_size": 128, "cross_attention_dim": 2048, "attention_head_dim": [5, 10, 20],
            "block_out_channels": [320, 640, 1280], "transformer_layers_per_block": [1, 2, 10],
            "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
            "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
            "use_linear_projection": True, "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
            "projection_class_embeddings_input_dim": 2816,
        },
        "vae/config.json": _VAE | {"sample_size": 1024, "scaling_factor": 0.13025, "force_upcast": True},
        "text_encoder/config.json": _CLIP_L,
        "text_encoder_2/config.json": _CLIP_G,
        "scheduler/scheduler_config.json": _NOISE | {
            "_class_name": "EulerDiscreteScheduler", "steps_offset": 1, "timestep_spacing": "leading",
            "prediction_type": "epsilon",
        },
        "model_index.json": {
            "_class_name": "StableDiffusionXLPipeline", "_diffusers_version": "0.42.1",
            "force_zeros_for_empty_prompt": True, "feature_extractor": [None, None], "image_encoder": [None, None],
            "scheduler": ["diffusers", "EulerDiscreteScheduler"],
            "text_encoder": ["transformers", "CLIPTextModel"],
            "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
            "tokenizer": ["transformers", "CLIPTokenizer"], "tokenizer_2": ["transformers", "CLIPTokenizer"],
            "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
        },
    },
}  # fmt: skip

_kept = []


def known(architecture):
    """Whether ``folder`` can be asked for it."""
    return architecture in _PARTS


@lru_cache
def folder(architecture):
    """A diffusers folder without weights, which lives as long as the process."""
    temporary = tempfile.TemporaryDirectory(prefix="civitai-configs-")
    _kept.append(temporary)
    place = Path(temporary.name)
    for name, config in _PARTS[architecture].items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(json.dumps(config))
    # SDXL's second encoder was trained with "!" (token 0) as padding.
    _write_tokenizer(place / "tokenizer", pad=_END)
    if architecture == SDXL:
        _write_tokenizer(place / "tokenizer_2", pad="!")
    return place


def _write_tokenizer(place, pad):
    place.mkdir()
    merges = gzip.decompress((Path(__file__).parent / "clip_merges.txt.gz").read_bytes()).decode().split("\n")
    letters = _letters()
    words = letters + [letter + "</w>" for letter in letters] + ["".join(merge.split()) for merge in merges]
    vocabulary = {word: number for number, word in enumerate([*words, _BEGIN, _END])}
    (place / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    (place / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    config = {
        "tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "bos_token": _BEGIN, "eos_token": _END,
        "unk_token": _END, "pad_token": pad,
    }  # fmt: skip
    (place / "tokenizer_config.json").write_text(json.dumps(config))


def _letters():
    """The 256 bytes as printable letters, in the order in which CLIP numbers them."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + number) for number in range(len(others))]
