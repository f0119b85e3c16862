"""Fractal flames."""

import numpy as np

from pages.demo.art.attractors import develop
from pages.demo.art.tools import F, half, rgb, screen, vignette


def flame(w, h, seed, maps, zoom, centre, n=160_000, steps=110, turn=0.0):
    """maps: (weight, affine of six, variation, hex colour)."""
    rng = np.random.default_rng(seed)
    W, H = 2 * w, 2 * h
    x, y = rng.random(n) * 2 - 1, rng.random(n) * 2 - 1
    col = np.ones((n, 3), F) * 0.5
    weights = np.cumsum([m[0] for m in maps]) / sum(m[0] for m in maps)
    acc = np.zeros((4, W * H), F)
    for k in range(steps):
        pick = np.searchsorted(weights, rng.random(n))
        nx, ny = np.empty_like(x), np.empty_like(y)
        for i, (_, (a, b, c, d, e, f), kind, tint) in enumerate(maps):
            s = pick == i
            u, v = a * x[s] + b * y[s] + c, d * x[s] + e * y[s] + f
            r2 = u * u + v * v + 1e-9
            r, th = np.sqrt(r2), np.arctan2(u, v)
            if kind == "sinusoidal":
                u, v = np.sin(u), np.sin(v)
            elif kind == "spherical":
                u, v = u / r2, v / r2
            elif kind == "swirl":
                u, v = u * np.sin(r2) - v * np.cos(r2), u * np.cos(r2) + v * np.sin(r2)
            elif kind == "polar":
                u, v = th / np.pi, r - 1
            elif kind == "disc":
                u, v = th / np.pi * np.sin(np.pi * r), th / np.pi * np.cos(np.pi * r)
            elif kind == "heart":
                u, v = r * np.sin(th * r), -r * np.cos(th * r)
            elif kind == "julia":
                om = np.where(rng.random(len(u)) < 0.5, 0, np.pi)
                u, v = np.sqrt(r) * np.cos(th / 2 + om), np.sqrt(r) * np.sin(th / 2 + om)
            nx[s], ny[s] = u, v
            col[s] = (col[s] + rgb(tint).astype(F)) / 2
        x, y = nx, ny
        if k < 15:
            continue
        p, q = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
        sc = min(W, H) / 2 / zoom
        i, j = np.nan_to_num((p - centre[0]) * sc + W / 2, nan=-1), np.nan_to_num((q - centre[1]) * sc + H / 2, nan=-1)
        ok = (i >= 0) & (i < W) & (j >= 0) & (j < H)
        at = j[ok].astype(int) * W + i[ok].astype(int)
        acc[3] += np.bincount(at, minlength=W * H).astype(F)
        for ch in range(3):
            acc[ch] += np.bincount(at, col[ok, ch], W * H).astype(F)
    acc = half(acc.reshape(4, H, W).transpose(1, 2, 0))
    return vignette(screen(develop(acc[..., 3], acc[..., :3], gamma=0.5), rgb("05060c").astype(F)), 0.3)
