"""A city at dusk, in the fog."""

import numpy as np

from pages.demo.art.tools import F, blur, fbm, grain, mesh, mix, ramp, rgb, screen, smooth, vignette


def city(
    w,
    h,
    seed=40,
    sky="0a1026 1a2350 4a3a7a c45c7a ffa96b ffd39a",
    fog="b0627c 6a3f72 3a2a5e 1c1a40 0a0b1e",
    mist="c46a80",
    moon=(0.28, 0.12),
):
    rng = np.random.default_rng(seed)
    img = ramp(
        np.linspace(0, 1, h, dtype=F)[:, None] + np.zeros((1, w), F),
        sky,
        (0, 0.25, 0.42, 0.6, 0.72, 1),
    )
    x, y = mesh(w, h)
    img *= (1 + 0.10 * fbm(x * 1.2, y * 4, 3, 4))[..., None]
    d = np.hypot(x - moon[0], y - moon[1])
    img = screen(img, np.exp(-((d / 0.34) ** 1.5))[..., None] * rgb("ffd9a8").astype(F) * 0.55)
    img = mix(img, rgb("fff0d0").astype(F), smooth(0.172, 0.166, d))
    for layer in range(5):
        f = layer / 4
        depth = ramp(np.array([f]), fog)[0]
        mask, lamps = np.zeros((h, w), F), np.zeros((h, w, 3), F)
        at = -20
        while at < w:
            bw = int(rng.integers(22, 48) * (0.7 + 0.9 * f))
            top = int(h * (0.46 + 0.14 * f - (0.17 - 0.02 * layer) * rng.random() ** 1.6 + 0.02 * rng.normal()))
            a, b = max(at, 0), min(at + bw, w)
            if b > a:
                mask[top:, a:b] = 1
                if rng.random() < 0.3:
                    m = (a + b) // 2
                    mask[max(0, top - int(30 + 30 * f)) : top, m : m + 2] = 1
                step = 5 + int(4 * f)
                for wy in range(top + 6, h, step + 2):
                    for wx in range(a + 4, b - 4, step):
                        if rng.random() < 0.12 + 0.16 * f:
                            c = rgb(
                                ("ffd58a", "ffb45c", "ffe9c4", "8fd8ff", "ff7d6b")[min(4, int(rng.exponential(1.1)))]
                            )
                            lamps[wy : wy + 2 + int(2 * f), wx : wx + 2 + int(1.5 * f)] = c * (0.35 + 0.6 * f)
            at += bw + int(rng.integers(-4, 8))
        tone = depth * (1 - 0.25 * np.linspace(0, 1, h, dtype=F)[:, None, None])
        img = mix(img, np.broadcast_to(tone, img.shape), mask * 0.97)
        img = screen(img, lamps * mask[..., None])
        img = screen(img, blur(lamps * mask[..., None], 10) * 1.1)
        haze = smooth(0.45, 0.95, np.linspace(0, 1, h))[:, None] * (0.30 - 0.26 * f) + np.zeros((1, w))
        img = mix(img, np.broadcast_to(rgb(mist).astype(F), img.shape), haze)
    return grain(vignette(np.clip(img, 0, 1), 0.3), seed, 0.014)
