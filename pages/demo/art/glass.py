"""Stained glass: panes around points, lead between them, one sun behind."""

import numpy as np

from pages.demo.art.tools import F, blur, fbm, half, mesh, perlin, screen, smooth


def glass(w, h, points, tints, seed, sun, lead=0.010):
    x, y = mesh(2 * w, 2 * h)
    wob = 0.012
    x2, y2 = x + wob * perlin(x * 6, y * 6, seed), y + wob * perlin(x * 6 + 9, y * 6, seed + 1)
    first, second, who = np.full(x.shape, 9, F), np.full(x.shape, 9, F), np.zeros(x.shape, np.int32)
    for i, (px, py) in enumerate(points):
        d = np.hypot(x2 - px, y2 - py)
        closer = d < first
        second = np.where(closer, first, np.minimum(second, d))
        who = np.where(closer, i, who)
        first = np.where(closer, d, first)
    edge = second - first
    rng = np.random.default_rng(seed)
    pane = tints[who] * (0.78 + 0.34 * rng.random(len(points)).astype(F))[who][..., None]
    streak = fbm(x * 3 + 2 * perlin(x * 2, y * 2, seed + 4), y * 9, seed + 5, 4)
    bubble = smooth(0.42, 0.6, perlin(x * 34, y * 34, seed + 6))
    pane = pane * (0.9 + 0.22 * streak + 0.12 * bubble)[..., None]
    reach = np.exp(-((x - sun[0]) ** 2 + (y - sun[1]) ** 2) / sun[2] ** 2)
    img = pane * (0.34 + 1.0 * reach)[..., None]
    img = np.clip(img, 0, 1.2) * (0.55 + 0.45 * smooth(0, 0.09, edge))[..., None]
    bar = smooth(lead, lead * 1.7, edge)
    rim = smooth(lead * 0.2, lead * 0.6, edge) * (1 - bar)
    img = img * bar[..., None] + (rim * 0.10)[..., None] * np.array([1, 0.95, 0.85])
    img = half(img.astype(F))
    return screen(img, blur(img, 26) * 0.5)
