"""Pictures and captions, prepared once: latents and text embeddings are cached, so a step is the UNet alone."""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageOps

from .settings import TrainerError

LONGEST_CAPTION = 75  # tokens; what is beyond is not learnt


@dataclass
class Material:
    """latents: (n, 4, h, w), with their mirror images behind them when `flip`; states: (n + 1, 77, width), the last is empty."""

    latents: torch.Tensor
    states: torch.Tensor
    pictures: int

    def draw(self, chosen, flips, dropped):
        """Latents and text states of a batch: `chosen` indexes (b,), `flips` and `dropped` bool (b,)."""
        places = chosen + flips.long() * self.pictures if len(self.latents) > self.pictures else chosen
        texts = torch.where(dropped, torch.full_like(chosen, len(self.states) - 1), chosen)
        return self.latents[places], self.states[texts]


@torch.inference_mode()
def prepare(base, pairs, settings, *, on_each=lambda done: None):
    """Material of (picture path, caption) pairs. Raises TrainerError naming the picture that can't be used."""
    latents, mirrored = [], []
    for done, (path, _caption) in enumerate(pairs, 1):
        pixels = _pixels(path, settings.resolution).to(base.device)
        latents.append(_encode(base, pixels))
        if settings.flip:
            mirrored.append(_encode(base, pixels.flip(-1)))
        if not torch.isfinite(latents[-1]).all():
            raise TrainerError("Picture {number} can't be encoded by this base model.", number=done)
        on_each(done)
    states = _encode_text(base, [caption for _path, caption in pairs] + [""])
    return Material(torch.cat(latents + mirrored).clone(), states.clone(), len(pairs))


def _pixels(path, side):
    """(1, 3, side, side) in -1..1: the middle square, scaled."""
    with Image.open(path) as image:
        square = ImageOps.fit(image.convert("RGB"), (side, side), Image.Resampling.LANCZOS)
    array = np.asarray(square, np.float32) / 127.5 - 1
    return torch.from_numpy(array).permute(2, 0, 1)[None]


def _encode(base, pixels):
    return base.vae.encode(pixels.to(base.vae.dtype)).latent_dist.mode().float() * base.vae.config.scaling_factor


def _encode_text(base, captions):
    tokens = base.tokenizer(
        captions, padding="max_length", max_length=77, truncation=True, return_tensors="pt"
    ).input_ids.to(base.device)
    return torch.cat([base.text_encoder(input_ids=part).last_hidden_state.float() for part in tokens.split(32)])
