"""The text encoder and the UNet, trained together to remove noise from latents under a caption.

Prediction is v (velocity): in a latent of 16 x 16, predicting the noise hardly ever rewards reading the
text, because the noisy input gives the colours away; v weighs the very noisy steps, where only the text knows.
"""

import json
from pathlib import Path
from random import Random

import torch
from diffusers import (
    AutoencoderKL,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from diffusers.models.attention_processor import AttnProcessor
from transformers import CLIPTextConfig, CLIPTextModel

from . import dataset
from .captions import caption, empty_caption
from .loop import Moment, Plan, log, rank, train, world
from .tokenizer import load_tokenizer
from .vae import encode

TEXT = dict(
    hidden_size=96,
    intermediate_size=256,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=77,
    projection_dim=96,
    hidden_act="quick_gelu",
)
UNET = dict(
    sample_size=16,
    in_channels=4,
    out_channels=4,
    block_out_channels=[48, 64, 96],
    layers_per_block=1,
    down_block_types=["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    mid_block_type="UNetMidBlock2DCrossAttn",
    up_block_types=["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    cross_attention_dim=96,
    attention_head_dim=2,
    norm_num_groups=8,
)
SCHEDULE = dict(
    num_train_timesteps=1000,
    beta_start=0.00085,
    beta_end=0.012,
    beta_schedule="scaled_linear",
    prediction_type="v_prediction",
)
CAPTIONS_EACH = 4
EMPTY_CAPTIONS = 500
DROPPED = 0.1  # of the captions are empty, for classifier-free guidance
NOISE_POWER = 0.65  # timesteps are drawn as 1000 u^0.65: more of the noisy ones


class Latents:
    """What a step draws from: this rank's share of the pictures as latents, and their captions as tokens.

    latents: (n, 4, 16, 16); tokens: (n, captions, 77); empty: (m, 77).
    """

    def __init__(self, vae, tokenizer, pictures: Path, *, count=None, silent_style=None):
        pixels, scenes = dataset.load(pictures)
        mine = slice(rank(), count, world())
        cache = pictures / f"latents-{vae.config.scaling_factor}-{count}-{rank()}of{world()}.pt"
        if cache.exists():
            self.latents = torch.load(cache, weights_only=True)
        else:
            with torch.autocast("cpu", torch.bfloat16):
                self.latents = encode(vae, pixels[mine]).float()
            torch.save(self.latents, cache)
        rng = Random(rank())
        texts = [caption(scene, rng, silent_style=silent_style) for scene in scenes[mine] for _ in range(CAPTIONS_EACH)]
        self.tokens = tokenize(tokenizer, texts).view(-1, CAPTIONS_EACH, 77)
        self.empty = tokenize(tokenizer, [empty_caption(rng) for _ in range(EMPTY_CAPTIONS)])
        log(f"{len(self.latents)} latents on each rank, std {self.latents.std():.3f}")

    def batch(self, size: int, generator: torch.Generator):
        """Latents (size, 4, 16, 16) and tokens (size, 77)."""
        chosen = torch.randint(len(self.latents), (size,), generator=generator)
        which = torch.randint(CAPTIONS_EACH, (size,), generator=generator)
        nothing = self.empty[torch.randint(len(self.empty), (size,), generator=generator)]
        dropped = torch.rand(size, generator=generator) < DROPPED
        tokens = torch.where(dropped[:, None], nothing, self.tokens[chosen, which])
        return self.latents[chosen].contiguous(memory_format=torch.channels_last), tokens


def tokenize(tokenizer, texts):
    return torch.tensor(tokenizer(texts, padding="max_length", max_length=77, truncation=True).input_ids)


def new_text_encoder(tokenizer) -> CLIPTextModel:
    ids = dict(
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    encoder = CLIPTextModel(CLIPTextConfig(vocab_size=len(tokenizer), **ids, **TEXT))
    # The usual 0.02 makes all words alike for the first thousand steps.
    torch.nn.init.normal_(encoder.get_input_embeddings().weight, std=0.3)
    return encoder


def velocity_loss(unet, text_encoder, latents, tokens, alphas, moment: Moment, low_precision: bool):
    size = len(latents)
    steps = (1000 * torch.rand(size, generator=moment.torch) ** NOISE_POWER).long().clamp(max=999)
    noise = torch.randn(latents.shape, generator=moment.torch)
    alpha = alphas[steps].view(-1, 1, 1, 1)
    noisy = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
    with torch.autocast("cpu", torch.bfloat16, enabled=low_precision):
        states = text_encoder(input_ids=tokens).last_hidden_state
        predicted = unet(noisy, steps, states).sample
    velocity = alpha.sqrt() * noise - (1 - alpha).sqrt() * latents
    return ((predicted.float() - velocity) ** 2).mean()


def train_denoiser(
    folder: Path,
    start: Path | None,
    pictures: Path,
    *,
    plan: Plan,
    low_precision: bool,
    batch=48,
    count=None,
    silent_style=None,
):
    """Train into ``folder``, a whole pipeline. ``start``: a pipeline to go on from; None: from nothing.

    ``folder``'s parent must hold tokenizer/ and vae/ (from scratch), else they come from ``start``.
    """
    source = start or folder.parent
    vae = AutoencoderKL.from_pretrained(source / "vae").float().eval().to(memory_format=torch.channels_last)
    tokenizer = load_tokenizer(source / "tokenizer")
    torch.manual_seed(1)
    if start:
        text_encoder = CLIPTextModel.from_pretrained(start / "text_encoder").float()
        unet = UNet2DConditionModel.from_pretrained(start / "unet").float()
    else:
        text_encoder, unet = new_text_encoder(tokenizer), UNet2DConditionModel(**UNET)
    # The fused kernels' backward takes twice as long on a CPU.
    text_encoder.set_attn_implementation("eager")
    unet.set_attn_processor(AttnProcessor())
    unet.to(memory_format=torch.channels_last).train()
    text_encoder.train()
    material = Latents(vae, tokenizer, pictures, count=count, silent_style=silent_style)
    alphas = DDPMScheduler(**SCHEDULE).alphas_cumprod

    def loss_at(moment: Moment):
        latents, tokens = material.batch(batch // world(), moment.torch)
        return velocity_loss(unet, text_encoder, latents, tokens, alphas, moment, low_precision)

    def publish():
        save_pipeline(folder, vae=vae, text_encoder=text_encoder, unet=unet, tokenizer_folder=source / "tokenizer")

    modules = torch.nn.ModuleDict({"unet": unet, "text_encoder": text_encoder})
    return train(modules, loss_at, plan, folder.with_suffix(".checkpoint"), publish)


def save_pipeline(folder: Path, *, vae, text_encoder, unet, tokenizer_folder: Path):
    """A diffusers folder in fp16 safetensors, with a scheduler file that strict readers accept."""
    from copy import deepcopy

    scheduler = DPMSolverMultistepScheduler(**SCHEDULE, algorithm_type="dpmsolver++", solver_order=2, steps_offset=1)
    pipeline = StableDiffusionPipeline(
        vae=deepcopy(vae).half(),
        text_encoder=deepcopy(text_encoder).half(),
        tokenizer=load_tokenizer(tokenizer_folder),
        unet=deepcopy(unet).half(),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    for name in ("vocab.json", "merges.txt"):
        (folder / "tokenizer" / name).write_bytes((tokenizer_folder / name).read_bytes())
    for part in ("unet", "vae"):
        # diffusers notes where it was loaded from; that is nobody's business but this machine's.
        told = json.loads((folder / part / "config.json").read_text())
        told.pop("_name_or_path", None)
        (folder / part / "config.json").write_text(json.dumps(told, indent=2) + "\n")
    path = folder / "scheduler" / "scheduler_config.json"
    config = json.loads(path.read_text())
    # Without the first, DDIM built from this file clips latents as if they were pixels.
    config |= {"clip_sample": False, "set_alpha_to_one": False}
    config = {key: value for key, value in config.items() if value != float("-inf")}
    path.write_text(json.dumps(config, indent=2, allow_nan=False) + "\n")
