"""Random textures, for the VAE only: styles that the scenes never show must survive its latents too."""

import numpy as np
from PIL import Image

from .drawing import PIXELS_PER_UNIT, SIDE, SUBJECTS, X, Y, coverage, polygon

PERIOD = 0.28  # of the stripes below, picture units


def stripes(colour, period=PERIOD):
    """A fill for ``scenes.render``: diagonal black stripes, a style that no training picture has."""
    wave = np.clip(0.5 + np.sin((X + Y) / period * np.sqrt(2) * np.pi) * 3, 0, 1)[..., None]
    return colour * wave + np.array((0.03, 0.03, 0.04), np.float32) * (1 - wave)


def dots(colour, period=0.26):
    """A fill for ``scenes.render``: white dots."""
    u, v = (X / period) % 1 - 0.5, (Y / period) % 1 - 0.5
    ground = np.clip(0.5 + (np.hypot(u, v) - 0.3) * 8, 0, 1)[..., None]
    return colour * ground + (1 - ground)


def draw_texture(rng: np.random.Generator) -> np.ndarray:
    """Two colours mixed by a random pattern, often within or around a subject; uint8 (SIDE, SIDE, 3)."""
    pattern = _PATTERNS[rng.integers(len(_PATTERNS))](rng)[..., None]
    one, other, third = rng.random((3, 3)).astype(np.float32)
    picture = one * pattern + other * (1 - pattern)
    if rng.random() < 0.6:
        name, scale, (at_x, at_y) = rng.choice(tuple(SUBJECTS)), rng.uniform(0.3, 0.9), rng.uniform(-0.4, 0.4, 2)
        inside = coverage(SUBJECTS[name]((X - at_x) / scale, (Y - at_y) / scale).body * scale)[..., None]
        if rng.random() < 0.5:
            inside = 1 - inside
        picture = picture * inside + third * (1 - inside)
    return (np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _turned_grid(rng):
    turn, period = rng.uniform(0, np.pi), rng.uniform(0.12, 0.6)
    u, v = X * np.cos(turn) + Y * np.sin(turn), Y * np.cos(turn) - X * np.sin(turn)
    return u / period, v / period, period


def _waves(rng):
    u, _, _ = _turned_grid(rng)
    return np.clip(0.5 + np.sin(u * 2 * np.pi) * rng.uniform(1, 6), 0, 1)


def _checks(rng):
    u, v, _ = _turned_grid(rng)
    return np.clip(0.5 + np.sin(u * 2 * np.pi) * np.sin(v * 2 * np.pi) * rng.uniform(2, 9), 0, 1)


def _spots(rng):
    u, v, period = _turned_grid(rng)
    inside = rng.uniform(0.2, 0.4) - np.hypot(u % 1 - 0.5, v % 1 - 0.5)
    return np.clip(0.5 + inside * period * PIXELS_PER_UNIT, 0, 1)


def _noise(rng):
    cells = int(2 ** rng.integers(1, 5))
    resample = (Image.Resampling.NEAREST, Image.Resampling.BICUBIC)[rng.integers(2)]
    field = Image.fromarray((rng.random((cells, cells)) * 255).astype(np.uint8)).resize((SIDE, SIDE), resample)
    return np.asarray(field, np.float32) / 255


def _shard(rng):
    return coverage(polygon(X, Y, rng.uniform(-1.1, 1.1, (rng.integers(3, 6), 2))))


_PATTERNS = (_waves, _checks, _spots, _noise, _shard)
