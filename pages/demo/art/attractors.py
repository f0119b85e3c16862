"""Strange attractors: millions of points, log density."""

import numpy as np

from pages.demo.art.tools import F, blur, half, ramp, screen, vignette


def develop(density, colour, stops=None, gamma=0.42, glow=0.35):
    t = (np.log1p(density) / np.log1p(np.percentile(density, 99.95))) ** (1 / (gamma * 2.4))
    t = np.clip(t, 0, 1.1).astype(F)
    if stops:
        img = ramp(t, stops)
    else:
        img = colour / np.maximum(density, 1e-6)[..., None] * t[..., None]
    return screen(img, blur(img, 24) * glow)


def attractor(w, h, kind, p, stops, n=200_000, steps=90, seed=1, turn=0.0, pad=1.08):
    rng = np.random.default_rng(seed)
    x, y = rng.random(n) * 2 - 1, rng.random(n) * 2 - 1
    a, b, c, d = p
    W, H = 2 * w, 2 * h
    density, box = np.zeros(W * H, F), None
    for k in range(steps):
        if kind == "clifford":
            x, y = np.sin(a * y) + c * np.cos(a * x), np.sin(b * x) + d * np.cos(b * y)
        else:
            x, y = np.sin(a * y) - np.cos(b * x), np.sin(c * x) - np.cos(d * y)
        if k < 12:
            continue
        u, v = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
        if box is None:
            box = (
                (u.min() + u.max()) / 2,
                (v.min() + v.max()) / 2,
                max((u.max() - u.min()) / W, (v.max() - v.min()) / H) * pad,
            )
        i = ((u - box[0]) / box[2] + W / 2).astype(int)
        j = ((v - box[1]) / box[2] + H / 2).astype(int)
        ok = (i >= 0) & (i < W) & (j >= 0) & (j < H)
        density += np.bincount(j[ok] * W + i[ok], minlength=W * H).astype(F)
    return vignette(develop(half(density.reshape(H, W)), None, stops), 0.25)
