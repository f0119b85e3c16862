"""The sun over the sea."""

import numpy as np

from pages.demo.art.tools import F, fbm, grain, mesh, mix, perlin, ramp, rgb, screen, smooth, unit, vignette


def sea(
    w,
    h,
    seed=4,
    sky="10193d 2f3f7d 8a5a92 e8837a ffc98a ffe9b8",
    water="f3a07c 9a6a92 3f4f8a 1b2a5c 0b1536",
    glow="ffd79a",
    at=0.05,
):
    x, y = mesh(w, h)
    horizon = -0.12
    above = ramp(unit(y, 0, 100) * 1.6, sky)
    cloud = fbm(x * 0.8 + 0.6 * perlin(x * 1.5, y * 3, seed), y * 4.2, seed + 2, 5)
    above = screen(above, smooth(0.05, 0.7, cloud)[..., None] * rgb(glow).astype(F) * 0.42)
    d = np.hypot(x - at, y - horizon + 0.10)
    above = screen(above, np.exp(-((d / 0.30) ** 1.15))[..., None] * rgb(glow).astype(F) * 0.85)
    above = mix(above, rgb("fffbe6").astype(F), smooth(0.145, 0.138, d))
    depth = np.maximum(y - horizon, 1e-3)
    persp = 1 / depth
    wave = fbm(x * persp * 0.9, persp * 6.5, seed + 4, 4) + 0.6 * fbm(x * persp * 2.6 + 3, persp * 15, seed + 14, 3)
    base = ramp(np.clip(depth / 1.3, 0, 1), water)
    slope = np.gradient(wave, axis=0) * depth * 60
    below = base * (1 + np.clip(slope, -0.5, 0.7) * 0.55)[..., None]
    lane = np.exp(-(((x - at) / (0.10 + depth * 0.36)) ** 2))
    glint = smooth(0.12, 0.8, wave + lane * 0.75 - 0.28) * lane
    below = screen(below, glint[..., None] * rgb(glow).astype(F) * 0.95)
    img = mix(above, below.astype(F), smooth(-0.002, 0.002, y - horizon))
    return grain(vignette(np.clip(img, 0, 1), 0.28), 77, 0.012)
