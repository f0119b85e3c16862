"""A print of four inks with their screens."""

import numpy as np

from pages.demo.art.tools import F, fbm, grain, half, mesh, perlin, rgb, smooth


def riso(w, h, seed=5, inks="ff5a4e 2f7fc2 1d5b4f ffc93c", sun=(0.0, -0.42, 0.56)):
    W, H = 2 * w, 2 * h
    x, y = mesh(W, H)
    paper_tone = rgb("f4eddc").astype(F)

    def dots(value, angle, size):
        u, v = (x * np.cos(angle) - y * np.sin(angle)) / size, (x * np.sin(angle) + y * np.cos(angle)) / size
        return smooth(-0.10, 0.10, value - (0.5 + 0.25 * (np.cos(u * 2 * np.pi) + np.cos(v * 2 * np.pi))))

    disc = smooth(0.004, -0.004, np.hypot(x - sun[0], y - sun[1]) - sun[2])
    grad = np.clip((y + 1.0) / 1.15, 0, 1)
    hill = np.maximum(
        smooth(-0.003, 0.003, y - 0.30 - 0.16 * fbm(x * 1.3, x * 0 + 2, seed, 3)) * 0.85,
        smooth(-0.003, 0.003, y - 0.62 - 0.14 * fbm(x * 1.1 + 4, x * 0 + 7, seed + 1, 3)),
    )
    waves = smooth(-0.1, 0.1, np.sin((y - 0.62) * 70 + 3 * fbm(x * 1.4, y * 1.4, 9, 2))) * smooth(
        0.60, 0.63, y - 0.14 * fbm(x * 1.1 + 4, x * 0 + 7, seed + 1, 3)
    )
    img = np.broadcast_to(paper_tone, x.shape + (3,)).copy()
    fleck = 1 - 0.35 * smooth(0.45, 0.75, perlin(x * 70, y * 70, 3))
    red, blue, green, yellow = inks.split()
    for cover, ink in (
        (disc * dots(0.25 + 0.85 * (1 - grad), 0.3, 0.018) * fleck, red),
        (dots(np.clip(0.62 - 0.75 * (y + 1.3), 0, 0.6), 1.1, 0.018) * (1 - disc) * fleck, blue),
        (hill * dots(0.35 + 0.8 * np.clip(y + 0.1, 0, 1), 0.75, 0.016) * fleck, green),
        (waves * 0.9 * fleck, yellow),
    ):
        img = img * (1 - cover[..., None] * (1 - rgb(ink).astype(F)))
    return grain(half(img.astype(F)), 3, 0.014)
