"""Petals at the golden angle."""

import numpy as np

from pages.demo.art.tools import F, grain, half, mesh, mix, ramp, smooth, vignette


def bloom(w, h, stops="fff0b0 ffc060 f4774f d8426a 8f2f86 402a72", ground="12343a 0c2230 070f1c"):
    W, H = 2 * w, 2 * h
    x, y = mesh(W, H, 1.02)
    img = ramp(np.clip(np.hypot(x, y) / 1.6, 0, 1), ground)
    golden = np.pi * (3 - 5**0.5)
    for k in range(210, -1, -1):
        r, a = 0.058 * (k + 0.5) ** 0.5, k * golden
        size = 0.10 + 0.17 * (k / 210) ** 0.7
        px, py = r * np.cos(a), r * np.sin(a)
        u = ((x - px) * np.cos(a) + (y - py) * np.sin(a)) / (size * 1.25)
        v = (-(x - px) * np.sin(a) + (y - py) * np.cos(a)) / (size * 0.72)
        lo, hi = (
            slice(
                max(0, int((py - size * 1.6) * min(W, H) / 2.04 + H / 2)),
                max(0, int((py + size * 1.6) * min(W, H) / 2.04 + H / 2)),
            ),
            slice(
                max(0, int((px - size * 1.6) * min(W, H) / 2.04 + W / 2)),
                max(0, int((px + size * 1.6) * min(W, H) / 2.04 + W / 2)),
            ),
        )
        u, v = u[lo, hi], v[lo, hi]
        if not u.size:
            continue
        edge = np.hypot(u, v * (1 + 0.45 * u)) - 1
        mask = smooth(0.02, -0.02, edge)
        t = np.clip(0.5 + 0.5 * u, 0, 1)
        tone = ramp(np.clip(k / 210 * 0.85 + 0.16 * t, 0, 1), stops)
        tone = tone * (0.62 + 0.45 * t - 0.10 * np.abs(v) + 0.05 * np.cos(v * 14))[..., None]
        shadow = smooth(0.34, -0.05, edge) * 0.42
        img[lo, hi] = mix(img[lo, hi] * (1 - shadow)[..., None], tone, mask)
    return grain(vignette(half(img.astype(F)), 0.35), 2, 0.012)
