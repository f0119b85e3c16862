"""Marbled paper: the drops and the combs, undone pixel by pixel."""

import numpy as np

from pages.demo.art.tools import F, fbm, grain, half, mesh, rgb


def marble(w, h, seed, palette, ground, drops=150, combs=(), spread=1.25, big=0.17):
    rng = np.random.default_rng(seed)
    x, y = mesh(2 * w, 2 * h)
    ops = []
    cols = [rgb(c).astype(F) for c in palette.split()]
    ax, ay = x.max() * spread, y.max() * spread
    for k in range(drops):
        ops.append(
            (
                "drop",
                (rng.random() * 2 - 1) * ax,
                (rng.random() * 2 - 1) * ay,
                big * (0.35 + 0.9 * rng.random() ** 2),
                int(rng.integers(len(cols))),
            )
        )
        if k % 3 == 2:
            cx, cy = ops[-1][1:3]
            for m in range(4):
                ops.append(("drop", cx, cy, big * (0.55 - 0.09 * m), (k + m) % len(cols)))
    ops += combs
    img = np.broadcast_to(rgb(ground).astype(F), x.shape + (3,)).copy()
    done = np.zeros(x.shape, bool)
    edge = np.full(x.shape, 9, F)
    for op in reversed(ops):
        if op[0] == "drop":
            _, cx, cy, r, c = op
            dx, dy = x - F(cx), y - F(cy)
            d2 = dx * dx + dy * dy
            inside = ~done & (d2 < r * r)
            img[inside] = cols[c]
            edge = np.where(done, edge, np.minimum(edge, np.abs(np.sqrt(d2) - r)))
            done |= inside
            k = np.sqrt(np.clip(1 - r * r / np.maximum(d2, 1e-9), 0, 1))
            x, y = np.where(done, x, F(cx) + dx * k).astype(F), np.where(done, y, F(cy) + dy * k).astype(F)
        elif op[0] == "comb":
            _, angle, gap, shift, sharp, phase = op
            ca, sa = F(np.cos(angle)), F(np.sin(angle))
            across = x * -sa + y * ca
            near = np.abs((across / gap + phase) % 1 - 0.5) * gap
            move = shift * np.exp(-near / sharp)
            x, y = (x - ca * move).astype(F), (y - sa * move).astype(F)
        elif op[0] == "wave":
            _, angle, amp, length = op
            ca, sa = F(np.cos(angle)), F(np.sin(angle))
            move = amp * np.sin((x * -sa + y * ca) / length * 2 * np.pi)
            x, y = (x - ca * move).astype(F), (y - sa * move).astype(F)
        elif op[0] == "swirl":
            _, cx, cy, turn, size = op
            dx, dy = x - F(cx), y - F(cy)
            a = -turn * np.exp(-(dx * dx + dy * dy) / size**2)
            x, y = (cx + dx * np.cos(a) - dy * np.sin(a)).astype(F), (cy + dx * np.sin(a) + dy * np.cos(a)).astype(F)
    x, y = mesh(2 * w, 2 * h)
    img *= (1 + 0.05 * fbm(x * 5, y * 5, seed + 3, 4))[..., None]
    return grain(half(img.astype(F)), seed, 0.018)
