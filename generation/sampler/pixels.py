"""From numbers to pictures."""

import torch
from PIL import Image


def to_image(pixels):
    """An RGB PIL image of one (3, h, w) tensor in [-1, 1], rounded as diffusers rounds."""
    levels = (pixels.float() / 2 + 0.5).clamp(0, 1).mul(255).round().to(torch.uint8)
    return Image.fromarray(levels.permute(1, 2, 0).cpu().numpy())
