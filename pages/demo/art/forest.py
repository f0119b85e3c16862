"""Firs in the mist, layer behind layer."""

import numpy as np

from pages.demo.art.paper import ridge
from pages.demo.art.tools import F, fbm, grain, half, mesh, mix, ramp, rgb, screen, smooth


def forest(w, h, seed=15, sky="dfe7d5 c9dcc8 9fc0b0 6d9a92 3f6a6c"):
    from PIL import Image, ImageDraw

    rng = np.random.default_rng(seed)
    W, H = 2 * w, 2 * h
    yy = np.linspace(0, 1, H, dtype=F)[:, None] + np.zeros((1, W), F)
    img = ramp(yy, sky)
    x, y = mesh(W, H)
    img = screen(img, np.exp(-((x - 0.3) ** 2 + (y + 0.75) ** 2) / 0.35)[..., None] * rgb("fff6cf").astype(F) * 0.75)
    for k in range(6):
        f = k / 5
        layer = Image.new("L", (W, H), 0)
        pen = ImageDraw.Draw(layer)
        ground = H * (0.58 + 0.30 * f)
        for _ in range(int(34 - 24 * f)):
            tx, th = rng.random() * W * 1.1 - 0.05 * W, H * (0.24 + 0.42 * f) * (0.65 + 0.6 * rng.random())
            base = ground + rng.normal() * H * 0.02
            wd = th * (0.17 + 0.05 * rng.random())
            pen.line([(tx, base + 60), (tx, base - th)], fill=255, width=max(2, int(th * 0.007)))
            tiers = int(10 + 9 * f)
            for m in range(tiers):
                v = m / tiers
                cy, half_w = base - th * (1 - v) * 0.98, wd * (v**0.68) * (0.82 + 0.3 * rng.random()) + 2
                drop = th / tiers * (1.2 + 0.5 * rng.random())
                pts = [(tx, cy - drop * 0.5)]
                for q in range(1, 6):
                    pts.append((tx + half_w * q / 5, cy + drop * (0.15 + 0.85 * q / 5) + rng.normal() * drop * 0.14))
                for q in range(5, 0, -1):
                    pts.append(
                        (
                            tx + half_w * (q - 0.5) / 5,
                            cy + drop * (0.15 + 0.85 * q / 5) * 0.72 + rng.normal() * drop * 0.1 - 2,
                        )
                    )
                pts.append((tx, cy + drop * 0.4))
                for q in range(1, 6):
                    pts.append(
                        (
                            tx - half_w * (q - 0.5) / 5,
                            cy + drop * (0.15 + 0.85 * q / 5) * 0.72 + rng.normal() * drop * 0.1 - 2,
                        )
                    )
                for q in range(5, 0, -1):
                    pts.append((tx - half_w * q / 5, cy + drop * (0.15 + 0.85 * q / 5) + rng.normal() * drop * 0.14))
                pen.polygon(pts, fill=255)
        line = ground + ridge(W, 185 + seed + k, 3, 5) * H * 0.03
        mask = np.maximum(np.asarray(layer, F) / 255, smooth(-1, 1, np.arange(H)[:, None] - line[None]))
        tone = ramp(np.array([f]), "a9c7b8 7fa79e 4f7f80 2b585f 153840 081d26")[0]
        img = mix(img, np.broadcast_to(tone, img.shape), mask * (0.82 + 0.18 * f))
        fog = smooth(
            ground - H * 0.16, ground + H * 0.14, np.arange(H)[:, None] + 70 * fbm(x * 1.2 + k, y * 2.2, 300 + k, 3)
        )
        img = mix(img, np.broadcast_to(rgb("d5e3d3").astype(F), img.shape), fog * (0.62 - 0.6 * f))
    return grain(half(np.clip(img, 0, 1).astype(F)), 15, 0.014)
