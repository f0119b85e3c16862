"""Small pictures of what is being drawn, cheap enough for each step."""

import torch
from PIL import Image

from .pixels import to_image

# A decoder this small costs less than one step of the UNet: the true picture is shown.
SMALL_DECODER = 3_000_000
SIDE = 256


class Previewer:
    """Makes pictures of latents for one base; for large VAEs by a linear map from latents to colours.

    The map is fitted by least squares to the base's own decoder, once, so that it is right for any VAE.
    """

    def __init__(self, base):
        self._base = base
        self._small = sum(p.numel() for p in base.vae.decoder.parameters()) < SMALL_DECODER
        self._map = None

    @torch.inference_mode()
    def picture(self, clean_latents):
        """A PIL image of at most 256 pixels a side from one image's latents (C, h, w)."""
        latents = clean_latents.float()
        if self._small and latents.shape[-1] * latents.shape[-2] <= 64 * 64:
            image = to_image(decode(self._base, clean_latents[None])[0])
        else:
            if self._map is None:
                self._map = self._fit()
            flat = latents.flatten(1).T
            colours = torch.cat([flat, torch.ones_like(flat[:, :1])], dim=1) @ self._map.to(flat.device)
            image = to_image(colours.T.reshape(3, *latents.shape[1:]))
            scale = self._base.scale
            image = image.resize((image.width * scale, image.height * scale), Image.BICUBIC)
        image.thumbnail((SIDE, SIDE))
        return image

    def _fit(self):
        base = self._base
        generator = torch.Generator().manual_seed(0)
        channels = base.vae.config.latent_channels
        # Patches of one colour each, as pictures have them; white noise would teach the map nothing.
        patches = torch.randn(4, channels, 4, 4, generator=generator)
        latents = torch.nn.functional.interpolate(patches, scale_factor=4, mode="nearest").to(base.device)
        pictures = torch.stack([decode(base, latent[None])[0] for latent in latents]).float()
        colours = torch.nn.functional.adaptive_avg_pool2d(pictures, latents.shape[-2:])
        rows = latents.float().permute(0, 2, 3, 1).reshape(-1, channels)
        rows = torch.cat([rows, torch.ones_like(rows[:, :1])], dim=1)
        return torch.linalg.lstsq(rows.cpu(), colours.permute(0, 2, 3, 1).reshape(-1, 3).cpu()).solution


def decode(base, latents):
    """Pictures in [-1, 1] of latents; decoded again in float32 where half precision overflowed."""
    vae = base.vae
    latents = _unscaled(latents, vae.config)
    pixels = vae.decode(latents.to(vae.dtype), return_dict=False)[0]
    if vae.dtype != torch.float32 and not torch.isfinite(pixels).all():
        vae.to(torch.float32)  # and it stays so: a VAE that overflowed once will again
        pixels = vae.decode(latents.float(), return_dict=False)[0]
    return pixels


def _unscaled(latents, config):
    mean, std = getattr(config, "latents_mean", None), getattr(config, "latents_std", None)
    if mean is not None and std is not None:
        mean = torch.tensor(mean, device=latents.device, dtype=latents.dtype).view(1, -1, 1, 1)
        std = torch.tensor(std, device=latents.device, dtype=latents.dtype).view(1, -1, 1, 1)
        return latents * std / config.scaling_factor + mean
    return latents / config.scaling_factor + (getattr(config, "shift_factor", None) or 0)
