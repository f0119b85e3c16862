"""Dunes, one crest behind the other."""

import numpy as np

from pages.demo.art.tools import F, fbm, grain, half, mesh, mix, perlin, ramp, rgb, screen, smooth


def dunes(w, h, seed=60, sky="27406b 6b86a8 e5c7a8 ffd9a0"):
    W, H = 2 * w, 2 * h
    yy = np.linspace(0, 1, H, dtype=F)[:, None] + np.zeros((1, W), F)
    img = ramp(yy / 0.55, sky)
    x, y = mesh(W, H)
    d = np.hypot(x + 0.75, y + 0.33)
    img = screen(img, np.exp(-((d / 0.35) ** 1.2))[..., None] * rgb("fff0c0").astype(F) * 0.8)
    rows = np.arange(H)[:, None]
    xs = np.linspace(0, 1, W, dtype=F)
    for k in range(6):
        f = k / 5
        line = (
            0.44
            + 0.40 * f**1.2
            + (0.05 + 0.09 * f) * fbm(xs * (2.2 - 0.8 * f) + 3.1 * k, np.full_like(xs, k * 9.0), seed + k, 2)
        ) * H
        crest = np.cumsum(fbm(xs * 2.0 + 5 * k, np.full_like(xs, 4.0 + k), seed + 30 + k, 2)) / W
        depth = (rows - line[None]) / H
        mask = smooth(-1 / H, 1 / H, depth)
        lean = depth * 5.5 - 0.55 - crest[None] * 6 + 0.5 * perlin(x * 1.5 + k, y * 3, 70 + k)
        lit = smooth(-0.06, 0.06, np.sin(xs[None] * (7 - 3 * f) + k * 2.1) * 0.5 + lean * 0.4)
        rip = (
            0.018
            * np.sin((depth * (420 - 240 * f) + 5 * fbm(x * 2.5, y * 5, 40 + k, 2)) * 1.7)
            * smooth(0.0, 0.1, depth)
            * (1 - lit * 0.5)
        )
        tone = mix(
            np.broadcast_to(ramp(np.array([0.15 + 0.5 * f]), "f7cf9a e39a5b b45a3c 6b2f35")[0], img.shape),
            np.broadcast_to(ramp(np.array([f]), "a78a8d 6f4a5c 3a2440 1e1430")[0], img.shape),
            lit * 0.9,
        )
        img = mix(img, (tone + rip[..., None] * np.array([1.2, 1, 0.8])).astype(F), mask)
    return grain(half(img.astype(F)), 61, 0.012)
