"""The autoencoder: pictures of 128 x 128 to latents of 4 x 16 x 16 and back."""

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from . import dataset
from .loop import Moment, Plan, log, train, world

CONFIG = dict(
    in_channels=3,
    out_channels=3,
    down_block_types=["DownEncoderBlock2D"] * 4,
    up_block_types=["UpDecoderBlock2D"] * 4,
    block_out_channels=[16, 32, 64, 64],
    layers_per_block=1,
    latent_channels=4,
    norm_num_groups=2,
    sample_size=128,
    mid_block_add_attention=False,
)
# (until which fraction of the run, crop in pixels, scenes and textures in a batch). Flat colours are
# learnt slowly on large crops, and edges need the whole picture at the end.
CURRICULUM = ((0.45, 32, 30, 10), (0.72, 64, 8, 3), (2.0, 128, 2, 1))
SETTLED = 0.85  # from this fraction on the latent's mode is decoded, as it will be when drawing


def train_vae(folder: Path, pictures: Path, *, minutes: float, low_precision: bool):
    """Train into ``folder`` (a diffusers VAE folder), resuming from the checkpoint beside it."""
    scenes, _ = dataset.load(pictures)
    textures = dataset.load_textures(pictures)
    torch.manual_seed(0)
    vae = AutoencoderKL(**CONFIG).to(memory_format=torch.channels_last)

    def loss_at(moment: Moment):
        pixels = to_pixels(_crops(scenes, textures, moment))
        return _loss(vae, pixels, moment, low_precision)

    def publish():
        vae.register_to_config(scaling_factor=_scaling_factor(vae, scenes))
        vae.save_pretrained(folder)
        log(f"VAE: {fidelity(vae, scenes[-64:]):.2f} dB on scenes, scaling factor {vae.config.scaling_factor}")

    plan = Plan(learning_rate=3e-3, minutes=minutes, warmup=50, weight_decay=1e-4, save_every_s=240)
    train(torch.nn.ModuleDict({"vae": vae}), loss_at, plan, folder.with_suffix(".checkpoint"), publish)


def to_pixels(pictures: np.ndarray) -> torch.Tensor:
    """uint8 (n, H, W, 3) to float (n, 3, H, W) in -1..1."""
    pixels = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return pixels.contiguous(memory_format=torch.channels_last)


def to_pictures(pixels: torch.Tensor) -> np.ndarray:
    """The way back from ``to_pixels``."""
    return ((pixels.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()


@torch.no_grad()
def encode(vae, pictures: np.ndarray, batch: int = 64) -> torch.Tensor:
    """Scaled latents (n, 4, 16, 16), the mode of the posterior."""
    chunks = [to_pixels(pictures[k : k + batch]) for k in range(0, len(pictures), batch)]
    return torch.cat([vae.encode(pixels).latent_dist.mode() for pixels in chunks]) * vae.config.scaling_factor


@torch.no_grad()
def round_trip(vae, pictures: np.ndarray) -> np.ndarray:
    latents = encode(vae, pictures) / vae.config.scaling_factor
    return np.concatenate([to_pictures(vae.decode(part).sample) for part in latents.split(32)])


def fidelity(vae, pictures: np.ndarray) -> float:
    """Mean peak signal-to-noise ratio of the round trip, dB."""
    error = (round_trip(vae, pictures).astype(np.float32) - pictures) / 255
    return float(np.mean(-10 * np.log10((error**2).mean((1, 2, 3)))))


def _scaling_factor(vae, scenes):
    latents = encode(vae, scenes[:256]) / vae.config.scaling_factor
    return round(1 / latents.std().item(), 4)


def _crops(scenes, textures, moment):
    crop, from_scenes, from_textures = next(row[1:] for row in CURRICULUM if moment.fraction < row[0])
    shrink = 2 if world() > 1 and crop < 128 else 1  # the ranks share a batch; the last stage is small already
    rng, size = moment.numpy, (from_scenes // shrink, from_textures // shrink)
    chosen = [scenes[i] for i in rng.integers(len(scenes), size=size[0])]
    chosen += [textures[i] for i in rng.integers(len(textures), size=size[1])]
    corners = rng.integers(0, (128 - crop) // 8 + 1, (len(chosen), 2)) * 8  # on the latents' grid
    batch = np.stack([p[y : y + crop, x : x + crop] for p, (y, x) in zip(chosen, corners, strict=True)])
    return batch[:, :, ::-1] if rng.random() < 0.5 else batch


def _loss(vae, pixels, moment, low_precision):
    """L1 + L2 + half the L1 of the gradients (which is what makes edges crisp) + a little KL."""
    with torch.autocast("cpu", torch.bfloat16, enabled=low_precision):
        posterior = vae.encode(pixels).latent_dist
        settled = moment.fraction >= SETTLED
        latents = posterior.mode() if settled else posterior.sample(moment.torch)
        decoded = vae.decode(latents).sample
    error = decoded.float() - pixels
    slopes = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    mean, log_variance = posterior.mean.float(), posterior.logvar.float()
    divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).mean()
    return error.abs().mean() + (error**2).mean() + 0.5 * slopes + 3e-4 * divergence
