"""Cut paper: layers, each with its own shadow."""

import numpy as np

from pages.demo.art.tools import F, blur, fbm, grain, half, mesh, mix, ramp, rgb, screen, smooth


def ridge(w, seed, rough, octaves=6):
    x = np.linspace(0, 1, w, dtype=F) * rough
    return fbm(x, np.full_like(x, seed * 3.7), seed, octaves, 0.47)


def paper(w, h, sky, layers, orb, seed, tall=0.16, rough=2.6, base=0.40, stars=0):
    W, H = 2 * w, 2 * h
    yy = np.linspace(0, 1, H, dtype=F)[:, None] + np.zeros((1, W), F)
    img = ramp(yy / 0.9, sky)
    x, y = mesh(W, H)
    rng = np.random.default_rng(seed)
    if stars:
        dots = np.zeros((H, W), F)
        sx, sy = rng.integers(0, W, stars), (rng.random(stars) ** 1.5 * H * 0.55).astype(int)
        dots[sy, sx] = rng.random(stars) ** 2 * 2.5 + 0.3
        img = screen(img, np.clip(blur(dots, 2) * 9, 0, 1)[..., None])
    ox, oy, r, tint = orb
    d = np.hypot(x - ox, y - oy)
    img = screen(img, (np.exp(-((d / (r * 2.6)) ** 1.3)) * 0.5)[..., None] * rgb(tint).astype(F))
    img = mix(img, rgb(tint).astype(F), smooth(r + 0.004, r - 0.004, d))
    n = len(layers.split())
    rows = np.arange(H)[:, None]
    for k, c in enumerate(rgb(s) for s in layers.split()):
        f = k / (n - 1)
        top = (base + (1.0 - base) * f**1.15 * 0.86) * H - ridge(
            W, seed + 5 * k, rough * (0.7 + f), 6 if k < n - 2 else 5
        ) * tall * H * (1.1 - 0.35 * f)
        mask = smooth(-1, 1, rows - top[None])
        shade = smooth(-26 - 34 * f, 10, rows - top[None] + 6) * (1 - mask)
        img = img * (1 - (0.26 + 0.14 * f) * shade)[..., None]
        depth = np.clip((rows - top[None]) / (H * 0.22), 0, 1)
        tone = c * (1.10 - 0.22 * depth)[..., None] + 0.03 * (1 - smooth(0, 5, rows - top[None]))[..., None]
        img = mix(img, tone.astype(F), mask)
    fibre = fbm(x * 60, y * 22, seed + 80, 2) * 0.016 + fbm(x * 9, y * 40, seed + 90, 2) * 0.012
    return grain(half((img + fibre[..., None]).astype(F)), seed, 0.012)
