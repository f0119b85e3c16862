"""Threads carried by a field."""

import numpy as np

from pages.demo.art.tools import F, blur, grain, half, perlin, ramp, rgb, screen, unit, vignette


def flow(w, h, seed, palette, ground, n=9000, steps=260, paper=False, swirl=1.6, zoom=1.3):
    rng = np.random.default_rng(seed)
    W, H = 2 * w, 2 * h
    px, py = rng.random(n).astype(F) * W * 1.2 - 0.1 * W, rng.random(n).astype(F) * H * 1.2 - 0.1 * H
    s = 2 * zoom / min(W, H)
    tone = unit((perlin(px * s * 0.6 + 40, py * s * 0.6, seed + 3) + 0.25 * rng.normal(size=n)).reshape(1, -1)).ravel()
    colour = ramp(tone, palette)
    if paper:
        colour = 1 - colour
    buffer = np.zeros((3, W * H), F)
    for k in range(steps):
        a = perlin(px * s, py * s, seed) * np.pi * swirl + perlin(px * s * 2.7, py * s * 2.7, seed + 1) * 0.7
        px += np.cos(a) * 1.6
        py += np.sin(a) * 1.6
        ok = (px >= 0) & (px < W - 1) & (py >= 0) & (py < H - 1)
        at = py[ok].astype(int) * W + px[ok].astype(int)
        fade = np.sin(np.pi * (k + 1) / steps)
        for c in range(3):
            buffer[c] += np.bincount(at, colour[ok, c] * fade, W * H).astype(F)
    img = half(buffer.reshape(3, H, W).transpose(1, 2, 0))
    ground = rgb(ground).astype(F)
    if paper:
        return grain(np.clip(ground * np.exp(-img * 0.62), 0, 1), seed, 0.02)
    glow = blur(img, 14)
    img = 1 - np.exp(-(img * 0.62 + glow * 0.55))
    return vignette(screen(np.broadcast_to(ground, img.shape), img), 0.45)
