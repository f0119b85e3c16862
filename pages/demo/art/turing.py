"""Reaction and diffusion, cast in relief."""

import numpy as np

from pages.demo.art.tools import F, blur, grain, light, mesh, perlin, ramp, screen, unit, vignette


def turing(w, h, seed, feed, kill, steps, stops, pits=28, relief=5.0):
    from PIL import Image

    rng = np.random.default_rng(seed)
    k = 2.4
    gw, gh = int(w / k), int(h / k)
    u, v = np.ones((gh, gw), F), np.zeros((gh, gw), F)
    for _ in range(pits):
        cx, cy, r = rng.integers(0, gw), rng.integers(0, gh), rng.integers(3, 9)
        yy, xx = np.ogrid[:gh, :gw]
        v[(xx - cx) ** 2 + (yy - cy) ** 2 < r * r] = 0.5
    drift = (perlin(*mesh(gw, gh, 1.4), seed) * 0.0014).astype(F)

    def spread(a):
        p = np.pad(a, 1, "wrap")
        return (
            0.2 * (p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:])
            + 0.05 * (p[:-2, :-2] + p[:-2, 2:] + p[2:, :-2] + p[2:, 2:])
            - a
        )

    age = np.zeros_like(v)
    for i in range(steps):
        uvv = u * v * v
        u += 1.0 * spread(u) - uvv + feed * (1 - u)
        v += 0.5 * spread(v) + uvv - (feed + kill + drift) * v
        if i % 25 == 0:
            age += v > 0.2

    def big(a):
        return np.asarray(Image.fromarray(a.astype(F), "F").resize((w, h), Image.BICUBIC))

    z, age = big(v), blur(big(age), 18)
    d, s = light(z * 60, relief / 4)
    tint = unit(z * 0.6 + unit(age) * 0.45)
    img = ramp(tint, stops) * (0.4 + 0.8 * d)[..., None]
    return grain(vignette(screen(img, s[..., None] * 0.4), 0.35), seed, 0.012)
