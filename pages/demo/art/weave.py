"""Truchet tiles, woven."""

import numpy as np

from pages.demo.art.tools import F, fbm, grain, half, mesh, mix, ramp, rgb, smooth, unit


def weave(w, h, seed=12, stops="ff6b5a ffb45a f7e9b0 4fc0a8 2f6fc0 5a3fa0 ff6b5a", ground="10131c", n=7):
    W, H = 2 * w, 2 * h
    s = min(W, H) / n
    yy, xx = np.mgrid[0:H, 0:W].astype(F)
    cx, cy = (xx // s).astype(int), (yy // s).astype(int)
    u, v = xx / s - cx - 0.5, yy / s - cy - 0.5
    flip = np.random.default_rng(seed).random((60, 60))[cy, cx] < 0.5
    u = np.where(flip, -u, u)
    a, b = np.hypot(u + 0.5, v + 0.5), np.hypot(u - 0.5, v - 0.5)
    d = np.minimum(np.abs(a - 0.5), np.abs(b - 0.5))
    x, y = mesh(W, H)
    hue = unit(fbm(x * 0.7, y * 0.7, seed + 5, 3))
    img = np.broadcast_to(rgb(ground).astype(F), xx.shape + (3,)).copy()
    for wd, sh in ((0.36, 0.0), (0.25, 0.22), (0.15, 0.45), (0.06, 0.7)):
        band = smooth(wd, wd - 0.012, d)
        tone = ramp((hue + sh) % 1, stops)
        round_ = np.sqrt(np.clip(1 - (d / wd) ** 2, 0, 1))
        img = img * (1 - 0.5 * smooth(wd + 0.07, wd, d))[..., None]
        img = mix(img, tone * (0.58 + 0.46 * round_)[..., None], band)
    return grain(half(img.astype(F)), 12, 0.014)
