"""Reads a picture back: which colour, on which background, which subject, how large and where. No learned judge.

On pictures that `scenes.render` draws flat and on a plain background it is right in at least 99 of 100.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from .drawing import COLOURS, SIDE, SUBJECTS, X, Y
from .scenes import COLOUR_NAMES, SUBJECT_NAMES, UPRIGHT, Scene

DIFFERENT = 22  # CIE76 distance from the background that counts as subject
SMALLEST = 60  # pixels; below, there is nothing there
MASK = 32  # side of a normalised silhouette
LUMA = np.array([0.3, 0.59, 0.11])


class Reading(NamedTuple):
    background: str
    colour: str | None
    subject: str | None
    extent: float  # longer side of the subject ÷ side of the picture
    x: float  # centre of mass, -1 … 1
    y: float


def lab(rgb: np.ndarray) -> np.ndarray:
    """sRGB in 0..1 (…, 3) to CIE L*a*b* under D65."""
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ matrix.T / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


_PALETTE = lab(np.array([COLOURS[name] for name in COLOUR_NAMES]))


def nearest_colour(rgb) -> str:
    return COLOUR_NAMES[int(np.argmin(((_PALETTE - lab(np.asarray(rgb))) ** 2).sum(-1)))]


def read(picture: np.ndarray) -> Reading:
    """``picture``: uint8 (SIDE, SIDE, 3)."""
    pixels = np.asarray(picture, np.float32) / 255
    ground = background_of(pixels)
    away = np.sqrt(((lab(pixels) - lab(ground)) ** 2).sum(-1))
    mask = _largest(away > DIFFERENT)
    if mask.sum() < SMALLEST:
        return Reading(nearest_colour(ground), None, None, 0.0, 0.0, 0.0)
    rows, columns = np.nonzero(mask)
    subject = _nearest_subject(mask)
    # A house's roof is a darker tone than its walls, and nearly as large.
    body = mask & (np.arange(SIDE)[:, None] > rows.mean()) if subject == "house" else mask
    names = Counter(nearest_colour(pixel) for pixel in pixels[body][:: max(1, int(body.sum()) // 300)])
    extent = max(np.ptp(rows), np.ptp(columns)) / SIDE
    centre = columns.mean() / SIDE * 2 - 1, rows.mean() / SIDE * 2 - 1
    return Reading(nearest_colour(ground), names.most_common(1)[0][0], subject, float(extent), *map(float, centre))


def background_of(pixels: np.ndarray) -> np.ndarray:
    edges = [
        pixels[:4].reshape(-1, 3),
        pixels[-4:].reshape(-1, 3),
        pixels[:, :4].reshape(-1, 3),
        pixels[:, -4:].reshape(-1, 3),
    ]
    return np.median(np.concatenate(edges), 0)


def is_right(scene: Scene, reading: Reading) -> dict[str, bool]:
    """What of the scene the reading confirms; position and size only where the scene names them."""
    right = {
        "colour": reading.colour == scene.colour,
        "background": reading.background == scene.background,
        "subject": reading.subject == scene.subject,
    }
    if scene.position != "center":
        away = {"left": -reading.x, "right": reading.x, "top": -reading.y, "bottom": reading.y}
        right["position"] = away[scene.position] > 0.15
    if scene.size != "medium":
        right["size"] = reading.extent < 0.5 if scene.size == "small" else reading.extent > 0.66
    return right


def score(scenes: Sequence[Scene], pictures: Sequence[np.ndarray]) -> dict[str, float]:
    """Share of pictures in which each is right, 0..1, three digits."""
    rows = [is_right(scene, read(picture)) for scene, picture in zip(scenes, pictures, strict=True)]
    keys = dict.fromkeys(key for row in rows for key in row)
    return {key: round(float(np.mean([row[key] for row in rows if key in row])), 3) for key in keys}


def stripes(picture: np.ndarray, period: float = 0.28) -> float:
    """How far the subject is filled with 45-degree stripes, 0 (not at all) to about 0.9. ``period``: picture units."""
    pixels = np.asarray(picture, np.float32) / 255
    away = np.sqrt(((lab(pixels) - lab(background_of(pixels))) ** 2).sum(-1))
    mask = _closed(away > DIFFERENT)
    if mask.sum() < 150:
        return 0.0
    light = pixels @ LUMA
    wave = light[mask] - light[mask].mean()
    spread = np.sqrt((wave**2).mean()) + 0.03
    periods = np.linspace(period * 0.75, period * 1.25, 11)
    phases = [(X[mask] + Y[mask]) / p * 2 * np.pi / 1.4142 for p in periods]
    return float(max(abs((wave * np.exp(1j * phase)).mean()) * 2 / (spread * 1.4142) for phase in phases))


def _closed(mask):
    """Gaps between dark stripes on a dark ground belong to the subject."""
    for _ in range(5):
        mask = mask | np.roll(mask, 1, 0) | np.roll(mask, -1, 0) | np.roll(mask, 1, 1) | np.roll(mask, -1, 1)
    for _ in range(7):
        mask = mask & np.roll(mask, 1, 0) & np.roll(mask, -1, 0) & np.roll(mask, 1, 1) & np.roll(mask, -1, 1)
    return mask


def _largest(mask):
    """The largest 4-connected region."""
    seen, best = np.zeros_like(mask), []
    for start in zip(*np.nonzero(mask), strict=True):
        if seen[start]:
            continue
        region, open_ones = [], [start]
        seen[start] = True
        while open_ones:
            row, column = open_ones.pop()
            region.append((row, column))
            for near in ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)):
                if 0 <= near[0] < mask.shape[0] and 0 <= near[1] < mask.shape[1] and mask[near] and not seen[near]:
                    seen[near] = True
                    open_ones.append(near)
        if len(region) > len(best):
            best = region
    largest = np.zeros_like(mask)
    if best:
        largest[tuple(np.array(best).T)] = True
    return largest


def _normalised(mask):
    """The silhouette scaled into MASK × MASK, its longer side filling it."""
    rows, columns = np.nonzero(mask)
    side = max(np.ptp(rows), np.ptp(columns)) + 1
    ticks = (np.arange(MASK) + 0.5) / MASK - 0.5
    y = (rows.min() + rows.max() + 1) / 2 + ticks * side
    x = (columns.min() + columns.max() + 1) / 2 + ticks * side
    inside = ((y >= 0) & (y < mask.shape[0]))[:, None] & ((x >= 0) & (x < mask.shape[1]))[None]
    return (
        mask[np.ix_(np.clip(y, 0, mask.shape[0] - 1).astype(int), np.clip(x, 0, mask.shape[1] - 1).astype(int))]
        & inside
    )


@cache
def _templates():
    found = []
    for name in SUBJECT_NAMES:
        for lean in (0.0,) if name in UPRIGHT else (-0.14, -0.07, 0.0, 0.07, 0.14):
            cos, sin = np.cos(lean), np.sin(lean)
            subject = SUBJECTS[name]((X * cos + Y * sin) / 0.8, (Y * cos - X * sin) / 0.8)
            mask = subject.body < 0
            for distance, _ in subject.details:
                mask = mask | (distance < 0)
            found.append((name, _normalised(mask)))
    return found


def _nearest_subject(mask):
    shape = _normalised(mask)
    overlaps = [((shape & other).sum() / (shape | other).sum(), name) for name, other in _templates()]
    return max(overlaps)[1]
