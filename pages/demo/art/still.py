"""Small ray-marched still lifes."""

import numpy as np

from pages.demo.art.tools import F, fbm, grain, mesh, mix, ramp, rgb, smooth, vignette


def march(w, h, field, eye, aim, sun, sky, tint, seed, fov=1.5, steps=80):
    x, y = mesh(w, h, 1)
    eye, aim = np.array(eye, F), np.array(aim, F)
    f = (aim - eye) / np.linalg.norm(aim - eye)
    r = np.cross(f, [0, 1, 0])
    r /= np.linalg.norm(r)
    u = np.cross(r, f)
    ray = x[..., None] * r - y[..., None] * u + fov * f * 1.6
    ray = (ray / np.linalg.norm(ray, axis=-1, keepdims=True)).astype(F)
    t = np.full(x.shape, 0.1, F)
    for _ in range(steps):
        t = np.minimum(t + field(eye + ray * t[..., None])[0] * 0.9, 40)
    p = eye + ray * t[..., None]
    _, who = field(p)
    e = F(0.002)
    n = np.zeros_like(p)
    for k in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        k = np.array(k, F)
        n += k * field(p + e * k)[0][..., None]
    n /= np.linalg.norm(n, axis=-1, keepdims=True) + 1e-9
    sun = np.array(sun, F)
    sun /= np.linalg.norm(sun)
    shade, s = np.ones_like(t), np.full_like(t, 0.03)
    for _ in range(26):
        d = field(p + n * 0.01 + sun * s[..., None])[0]
        shade = np.minimum(shade, np.clip(9 * d / s, 0, 1))
        s = s + np.clip(d, 0.03, 0.35)
    occ = np.zeros_like(t)
    for k in range(1, 6):
        occ += (k * 0.07 - field(p + n * (k * 0.07))[0]) / 2**k
    occ = np.clip(1 - 2.2 * occ, 0, 1)
    base = tint(who, p, n)
    diff = np.clip(n @ sun, 0, 1) * shade
    up = 0.5 + 0.5 * n[..., 1]
    half_v = sun - ray
    half_v /= np.linalg.norm(half_v, axis=-1, keepdims=True)
    spec = np.clip((n * half_v).sum(-1), 0, 1) ** 70 * shade
    rim = (1 - np.clip(-(n * ray).sum(-1), 0, 1)) ** 3
    warm, cool = rgb("fff0dc").astype(F), rgb("9db7e8").astype(F)
    img = (
        base * (diff[..., None] * warm * 1.0 + (up * occ)[..., None] * cool * 0.42 + 0.07)
        + (spec * 0.35)[..., None] * warm
    )
    img = img + (rim * 0.16 * occ)[..., None] * sky(n[..., 1])
    far = sky(ray[..., 1])
    img = mix(img, far, smooth(7, 19, t))
    return grain(vignette(np.clip(img, 0, 1) ** 0.92, 0.32), seed, 0.012)


def pebbles(w, h):
    stones = [
        ((0, 0.34, 0), (0.95, 0.34, 0.8), "e8e0d4"),
        ((0.06, 0.94, 0.02), (0.72, 0.28, 0.62), "6f8a90"),
        ((-0.05, 1.42, 0), (0.54, 0.23, 0.48), "d98b6a"),
        ((0.04, 1.80, 0.02), (0.36, 0.17, 0.33), "2f3b4c"),
        ((0, 2.08, 0), (0.2, 0.12, 0.18), "f2d9a0"),
    ]

    def field(p):
        d, who = p[..., 1].copy(), np.zeros(p.shape[:-1], int)
        bump = 0.012 * np.sin(p[..., 0] * 9 + p[..., 1] * 4) * np.sin(p[..., 2] * 8)
        for i, (c, r, _) in enumerate(stones):
            q = (p - np.array(c, F)) / np.array(r, F)
            k0 = np.linalg.norm(q, axis=-1)
            k1 = np.linalg.norm(q / np.array(r, F), axis=-1) + 1e-6
            s = k0 * (k0 - 1) / k1 + bump
            who = np.where(s < d, i + 1, who)
            d = np.minimum(d, s)
        return d.astype(F), who

    cols = np.array([rgb("cfc6bb")] + [rgb(s[2]) for s in stones], F)

    def tint(who, p, n):
        c = cols[who]
        speck = fbm(p[..., 0] * 9, p[..., 1] * 9 + p[..., 2] * 7, 5, 3)
        ring = (
            np.sin((p[..., 0] ** 2 + p[..., 2] ** 2) ** 0.5 * 34)
            * (who == 0)
            * smooth(6, 1.5, np.hypot(p[..., 0], p[..., 2]))
        )
        return c * (1 + 0.12 * speck + 0.06 * ring)[..., None]

    return march(
        w,
        h,
        field,
        (1.0, 1.6, 3.9),
        (0, 1.08, 0),
        (-0.75, 0.8, 0.5),
        lambda v: ramp(np.clip(0.5 + v * 0.9, 0, 1), "c9b8a6 e7d2bf a9b9c4 6f879c"),
        tint,
        71,
        1.45,
    )


def orbs(w, h):
    rng = np.random.default_rng(23)
    balls = []
    while len(balls) < 26:
        r = 0.16 + 0.42 * rng.random() ** 2
        c = np.array([rng.uniform(-3.4, 3.4), r, rng.uniform(-2.6, 1.6)])
        if all(np.hypot(*(c - b[0])[[0, 2]]) > (r + b[1]) * 0.98 for b in balls):
            balls.append((c, r, rng.random()))

    def field(p):
        d, who = p[..., 1] + 0.02 * np.sin(p[..., 0] * 2) * np.sin(p[..., 2] * 2.2), np.zeros(p.shape[:-1], int)
        for i, (c, r, _) in enumerate(balls):
            s = np.linalg.norm(p - c.astype(F), axis=-1) - F(r)
            who = np.where(s < d, i + 1, who)
            d = np.minimum(d, s)
        return d.astype(F), who

    cols = np.concatenate(
        [[rgb("5a4a78")], ramp(np.array([b[2] for b in balls]), "ffb48a ff6f61 c33c7a 6a4fd0 3fa7d6 f4e3b2")]
    ).astype(F)
    return march(
        w,
        h,
        field,
        (0.3, 1.15, 3.9),
        (0.05, 0.36, -0.4),
        (0.7, 0.55, 0.35),
        lambda v: ramp(np.clip(0.35 + v * 1.2, 0, 1), "ffb07a f7799a 7a54b8 2b2a63"),
        lambda who, p, n: cols[who],
        24,
        1.25,
    )


def arches(w, h):
    def box(q, b):
        q = np.abs(q) - np.array(b, F)
        return np.linalg.norm(np.maximum(q, 0), axis=-1) + np.minimum(q.max(-1), 0)

    def field(p):
        floor = np.minimum(p[..., 1], p[..., 1] * 0 + 9)
        x = p[..., 0]
        best, who = floor, np.zeros(x.shape, int)
        for i in range(5):
            q = p - np.array([(-1) ** i * 0.22 * i, 0, -1.9 * i + 0.6], F)
            wall = box(q - np.array([0, 2.4, 0], F), (4.2, 2.4, 0.16)) - 0.01
            hole = np.maximum(np.abs(q[..., 0]) - 0.85, q[..., 1] - 1.55)
            disc = np.hypot(q[..., 0], q[..., 1] - 1.55) - 0.85
            s = np.maximum(wall, -np.minimum(hole, disc))
            who = np.where(s < best, i + 1, who)
            best = np.minimum(best, s)
        ball = np.linalg.norm(p - np.array([0.25, 0.42, 0.5], F), axis=-1) - 0.42
        ball = np.where(p[..., 2] > -0.6, ball, 9)
        who = np.where(ball < best, 6, who)
        return np.minimum(best, ball).astype(F), who

    cols = np.array([rgb(c) for c in "d9b79a e7c3a0 e0977a c9686a 8f4a73 4d3a78 2f6f7a".split()], F)

    def tint(who, p, n):
        rough = fbm(p[..., 0] * 5, p[..., 1] * 5 + p[..., 2] * 5, 9, 3)
        return cols[who] * (1 + 0.07 * rough)[..., None]

    return march(
        w,
        h,
        field,
        (-0.55, 1.1, 3.1),
        (0.05, 1.12, 0),
        (-0.55, 0.75, 0.85),
        lambda v: ramp(np.clip(0.5 + v, 0, 1), "ffe0b8 ffc59a 9ec6d8 5f95bf"),
        tint,
        33,
        1.0,
    )
