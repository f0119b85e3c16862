"""Escape-time sets with orbit traps."""

import numpy as np

from pages.demo.art.tools import F, blur, half, light, mesh, ramp, rgb, unit, vignette


def julia(w, h, c, zoom, stops, seed, turn=0.0, centre=(0, 0), trap=(0.0, 0.0)):
    x, y = mesh(2 * w, 2 * h, zoom)
    z = ((x + 1j * y) * np.exp(1j * turn) + complex(*centre)).astype(np.complex64)
    near, line, n = np.full(z.shape, 9, F), np.full(z.shape, 9, F), np.zeros(z.shape, F)
    live = np.ones(z.shape, bool)
    for _step in range(170):
        z[live] = z[live] ** 2 + c
        a = np.abs(z)
        live &= a < 8
        near = np.where(live, np.minimum(near, np.abs(z - complex(*trap))), near)
        line = np.where(live, np.minimum(line, np.abs(z.real * 0.8 + z.imag * 0.6 + 0.12)), line)
        n += live
    a = np.sqrt(near)
    tint = unit(a * 0.8 + 0.22 * np.log1p(n))
    img = ramp(tint, stops)
    d, s = light(blur(a, 2) * min(w, h) * 0.5, 0.5)
    img = img * (0.42 + 0.75 * d)[..., None] + s[..., None] * 0.22
    img += np.exp(-line * 42)[..., None] * rgb("ffe9c0").astype(F) * 0.5
    return vignette(half(np.clip(img, 0, 1).astype(F)), 0.35)
