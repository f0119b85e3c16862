"""Silk: noise warped by noise, lit as cloth."""

import numpy as np

from pages.demo.art.tools import blur, fbm, grain, light, mesh, ramp, screen, unit, vignette


def silk(w, h, seed, stops, zoom=0.46, fold=1.25, stretch=(1, 1)):
    x, y = mesh(w, h, zoom)
    x, y = x * stretch[0], y * stretch[1]
    qx, qy = fbm(x, y, seed, 3), fbm(x + 5.2, y + 1.3, seed + 9, 3)
    rx = fbm(x + fold * qx + 1.7, y + fold * qy + 9.2, seed + 20, 3)
    ry = fbm(x + fold * qx + 8.3, y + fold * qy + 2.8, seed + 30, 3)
    z = fbm(x + fold * rx, y + fold * ry, seed + 40, 2)
    d, s = light(blur(z, 5) * min(w, h), 0.34)
    tint = unit(z * 0.75 + qx * 0.5 + ry * 0.35)
    img = ramp(tint, stops) * (0.34 + 0.86 * d**1.3)[..., None]
    return grain(vignette(screen(img, s[..., None] * 0.28 * np.array([1, 0.95, 0.88])), 0.3), seed)
