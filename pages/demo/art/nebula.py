"""Gas, dust and stars."""

import numpy as np

from pages.demo.art.tools import F, blur, fbm, mesh, ramp, screen, smooth, unit, vignette


def nebula(
    w, h, seed=100, gas="03040c 0b1030 2a1f6a 8a2f7f e8615f ffc98f fff3d8", veil="000000 02060c 07303f 1f8a92 9fe8d8"
):
    x, y = mesh(w, h, 1.0)
    wx, wy = fbm(x, y, seed + 1, 4), fbm(x + 3, y + 8, seed + 11, 4)
    cloud = fbm(x + 1.2 * wx, y + 1.2 * wy, seed + 21, 6, 0.55)
    dust = fbm(x * 1.4 + 1.6 * wy, y * 1.4 - 1.2 * wx, seed + 31, 6, 0.56)
    img = ramp(unit(cloud + 0.3 * wx), gas) * (0.35 + 0.8 * unit(dust))[..., None]
    img = screen(img, ramp(unit(-cloud + 0.5 * wy), veil) * 0.55)
    img *= (1 - 0.85 * smooth(0.15, 0.75, dust * 1.1 - cloud * 0.4))[..., None]
    rng = np.random.default_rng(seed + 7)
    stars = np.zeros((h, w), F)
    for n, b in ((900, 0.7), (120, 3), (18, 14)):
        stars[rng.integers(0, h, n), rng.integers(0, w, n)] += b * rng.random(n)
    img = screen(
        img, np.clip(stars + blur(stars, 2) * 4 + blur(stars, 9) * 6, 0, 1)[..., None] * np.array([1, 0.96, 0.9])
    )
    return vignette(np.clip(img, 0, 1), 0.35)
