"""Where the panes of a stained glass lie, and their colours."""

import numpy as np

from pages.demo.art.glass import glass
from pages.demo.art.tools import F, ramp, rgb

SETS = "f4b23c ffd978|d8402f f07a3a|23407f 3f78c9|7a2a63 c64a7a|1f6f6a 4fb39a|20305f 355fa6|8f2433 d8583c"


def rose(w, h, seed=4, heart="ffe9a8", rings=6):
    """A rose window: rings of panes around one in the middle."""
    rng, points, tints = np.random.default_rng(seed), [(0, 0)], [heart]
    sets = [pair.split() for pair in SETS.split("|")]
    for ring in range(1, rings + 1):
        count = 6 * ring if ring < 5 else 30
        for k in range(count):
            angle = 2 * np.pi * (k + (ring % 2) * 0.5) / count
            radius = 0.21 * ring * (1 + 0.02 * rng.random())
            points.append((radius * np.cos(angle), radius * np.sin(angle)))
            tints.append(sets[(ring + seed) % 7][k % 2])
    return glass(w, h, points, np.array([rgb(tint) for tint in tints], F), seed, (0, 0, 0.95), 0.012)


def panes(w, h, seed=17, stops="1c2f6b 2f6fb0 7fc4c9 ffe3a0 f59a4a c2453f 4a1d4f", count=90):
    """Panes strewn at random, their colours in layers like a sky over land."""
    rng = np.random.default_rng(seed)
    points = rng.random((count, 2)) * [2.2, 3.3] - [1.1, 1.65]
    height = np.clip((points[:, 1] + 1.5) / 3 + 0.16 * rng.normal(size=count), 0, 1)
    return glass(w, h, points, ramp(height, stops), seed, (0.25, 0.1, 1.0))
