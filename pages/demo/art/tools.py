"""Colour, noise and light. Ramps are mixed in OKLab, so that the middle of a ramp is never grey.

A picture is a float array (height, width, 3) in 0..1, sRGB; the same seed gives the same one."""

import numpy as np

F = np.float32
M1 = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
M2 = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def rgb(text):
    return np.array([int(text[i : i + 2], 16) / 255 for i in (0, 2, 4)])


def to_lab(c):
    c = np.where(c <= 0.04045, c / 12.92, ((np.maximum(c, 0) + 0.055) / 1.055) ** 2.4)
    return np.cbrt(c @ M1.T) @ M2.T


def from_lab(c):
    c = ((c @ np.linalg.inv(M2).T) ** 3) @ np.linalg.inv(M1).T
    c = np.clip(c, 0, 1)
    return np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)


def ramp(t, stops, at=None):
    """Colour of t in 0..1 along space-separated hex stops."""
    labs = np.array([to_lab(rgb(s)) for s in stops.split()])
    at = np.linspace(0, 1, len(labs)) if at is None else np.array(at)
    grid = np.linspace(0, 1, 1024)
    table = from_lab(np.stack([np.interp(grid, at, labs[:, k]) for k in range(3)], 1))
    return table[np.clip(t * 1023, 0, 1023).astype(int)].astype(F)


def mesh(w, h, scale=1.0):
    """Coordinates with the short side running over -scale..scale."""
    s = 2 * scale / min(w, h)
    x = (np.arange(w, dtype=F) + 0.5 - w / 2) * s
    y = (np.arange(h, dtype=F) + 0.5 - h / 2) * s
    return np.meshgrid(x, y)


def perlin(x, y, seed):
    n = 256
    a = np.random.default_rng(seed).random((n, n)).astype(F) * F(2 * np.pi)
    gx, gy = np.cos(a), np.sin(a)
    xi, yi = np.floor(x).astype(int), np.floor(y).astype(int)
    xf, yf = (x - xi).astype(F), (y - yi).astype(F)
    u, v = (t * t * t * (t * (t * 6 - 15) + 10) for t in (xf, yf))

    def corner(i, j):
        p, q = (xi + i) % n, (yi + j) % n
        return gx[q, p] * (xf - i) + gy[q, p] * (yf - j)

    top = corner(0, 0) * (1 - u) + corner(1, 0) * u
    low = corner(0, 1) * (1 - u) + corner(1, 1) * u
    return (top * (1 - v) + low * v) * F(1.5)


def fbm(x, y, seed, octaves=5, gain=0.5):
    total, amp = np.zeros_like(x, dtype=F), 1.0
    for k in range(octaves):
        total += F(amp) * perlin(x * 2**k + 7.3 * k, y * 2**k - 3.1 * k, seed + k)
        amp *= gain
    return total


def unit(a, low=1, high=99):
    lo, hi = np.percentile(a[::3, ::3], (low, high))
    return np.clip((a - lo) / (hi - lo + 1e-9), 0, 1).astype(F)


def smooth(a, b, t):
    t = np.clip((t - a) / (b - a), 0, 1)
    return (t * t * (3 - 2 * t)).astype(F)


def mix(a, b, t):
    return a + (b - a) * np.asarray(t)[..., None]


def blur(img, r):
    from PIL import Image

    lo, hi = float(img.min()), float(img.max()) + 1e-9
    planes = img[..., None] if img.ndim == 2 else img
    done = [
        np.asarray(
            Image.fromarray(((planes[..., k] - lo) / (hi - lo)).astype(F), "F").resize(
                (max(1, img.shape[1] // 2), max(1, img.shape[0] // 2)), Image.BILINEAR
            )
        )
        for k in range(planes.shape[2])
    ]
    done = [_box3(p, max(1, int(r / 2))) for p in done]
    done = [
        np.asarray(Image.fromarray(p, "F").resize((img.shape[1], img.shape[0]), Image.BICUBIC)) * (hi - lo) + lo
        for p in done
    ]
    return (done[0] if img.ndim == 2 else np.stack(done, -1)).astype(F)


def _box3(p, r):
    for _ in range(3):
        for axis in (0, 1):
            q = np.cumsum(
                np.pad(p, [(r + 1, r) if k == axis else (0, 0) for k in (0, 1)], "edge"), axis=axis, dtype=np.float64
            )
            n = p.shape[axis]
            p = (
                (np.take(q, range(2 * r + 1, n + 2 * r + 1), axis) - np.take(q, range(0, n), axis)) / (2 * r + 1)
            ).astype(F)
    return p


def light(height, strength, angle=2.2, lift=0.9):
    """Lambert and a soft highlight from a height field."""
    gy, gx = np.gradient(height)
    nx, ny, nz = -gx * strength, -gy * strength, np.ones_like(height)
    length = np.sqrt(nx * nx + ny * ny + 1)
    lx, ly, lz = np.cos(angle), -np.sin(angle), lift
    k = np.sqrt(lx * lx + ly * ly + lz * lz)
    d = np.clip((nx * lx + ny * ly + nz * lz) / length / k, 0, 1)
    spec = np.clip((nx * lx + ny * ly + nz * (lz + 1.3)) / length / np.sqrt(lx**2 + ly**2 + (lz + 1.3) ** 2), 0, 1)
    return d.astype(F), (spec**60).astype(F)


def half(img):
    h, w = img.shape[0] // 2 * 2, img.shape[1] // 2 * 2
    img = img[:h, :w]
    return (img[0::2, 0::2] + img[1::2, 0::2] + img[0::2, 1::2] + img[1::2, 1::2]) / 4


def grain(img, seed, amount=0.016):
    h, w = img.shape[:2]
    n = np.random.default_rng(seed).normal(0, 1, (h, w)).astype(F)
    return img + (blur(n, 2) * 2.2 + n * 0.35)[..., None] * amount


def vignette(img, amount=0.35):
    x, y = mesh(img.shape[1], img.shape[0])
    d = np.sqrt((x / x.max()) ** 2 + (y / y.max()) ** 2) / 1.414
    return img * (1 - amount * smooth(0.35, 1.05, d))[..., None]


def screen(a, b):
    return 1 - (1 - np.clip(a, 0, 1)) * (1 - np.clip(b, 0, 1))
