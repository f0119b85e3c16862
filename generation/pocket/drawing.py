"""Subjects as signed distance functions, and how a region of one is painted.

A signed distance function (SDF) is negative inside a shape, zero on its edge and positive outside. Here
every SDF is an array as large as the picture. A subject lives in a space of its own in which it fills
about [-1, 1] x [-1, 1], y pointing down; a picture also spans [-1, 1] on both axes.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

SIDE = 128  # pixels
PIXELS_PER_UNIT = SIDE / 2
_ticks = ((np.arange(SIDE) + 0.5) / SIDE * 2 - 1).astype(np.float32)
X, Y = np.meshgrid(_ticks, _ticks)  # centre of every pixel

COLOURS = {  # sRGB, 0..1
    "red": (0.86, 0.13, 0.15),
    "orange": (0.97, 0.53, 0.08),
    "yellow": (0.98, 0.88, 0.15),
    "green": (0.16, 0.63, 0.22),
    "cyan": (0.15, 0.80, 0.84),
    "blue": (0.13, 0.30, 0.83),
    "purple": (0.50, 0.18, 0.68),
    "pink": (0.98, 0.54, 0.73),
    "brown": (0.45, 0.27, 0.12),
    "white": (0.97, 0.97, 0.97),
    "black": (0.05, 0.05, 0.06),
    "gray": (0.53, 0.53, 0.55),
}
INK = (0.08, 0.07, 0.09)
SHADE = "shade"  # a detail in a darker tone of the body (a lighter one, where the body is nearly black)
GLINT = (0.97, 0.95, 0.85)
BLUSH = (0.95, 0.55, 0.60)
LIT_WINDOW = (0.98, 0.93, 0.62)
TRUNK = (0.42, 0.25, 0.12)
POLLEN = (0.99, 0.80, 0.18)


class Subject(NamedTuple):
    body: np.ndarray  # SDF
    details: list[tuple[np.ndarray, tuple | str]]  # SDF and colour, painted over the body in this order


def circle(x, y, at_x, at_y, radius):
    return np.hypot(x - at_x, y - at_y) - radius


def ellipse(x, y, at_x, at_y, radius_x, radius_y):
    """Nearly a distance: exact at the edge, stretched elsewhere, which suffices for painting."""
    shorter = min(radius_x, radius_y)
    return (np.hypot((x - at_x) / radius_x, (y - at_y) / radius_y) - 1) * shorter


def box(x, y, at_x, at_y, half_width, half_height):
    dx, dy = np.abs(x - at_x) - half_width, np.abs(y - at_y) - half_height
    return np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0)


def polygon(x, y, corners):
    """Exact distance to a simple polygon, negative inside (winding-independent)."""
    corners = np.asarray(corners, np.float32)
    squared = np.full(x.shape, 1e9, np.float32)
    sign = np.ones(x.shape, np.float32)
    for here, before in zip(corners, np.roll(corners, 1, axis=0), strict=True):
        edge_x, edge_y = before - here
        to_x, to_y = x - here[0], y - here[1]
        along = np.clip((to_x * edge_x + to_y * edge_y) / (edge_x**2 + edge_y**2), 0, 1)
        squared = np.minimum(squared, (to_x - edge_x * along) ** 2 + (to_y - edge_y * along) ** 2)
        below, above, left = y >= here[1], y < before[1], edge_x * to_y > edge_y * to_x
        sign = np.where((below & above & left) | ~(below | above | left), -sign, sign)
    return sign * np.sqrt(squared)


def union(*parts):
    return np.minimum.reduce(parts)


def _star_corners(points, outer, inner):
    turn = np.arange(2 * points) * np.pi / points - np.pi / 2
    radius = np.where(np.arange(2 * points) % 2 == 0, outer, inner)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], 1)


def _heart_corners(count=44):
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([16 * np.sin(t) ** 3 / 17, -y / 17 - 0.08], 1)


STAR, HEART = _star_corners(5, 1.0, 0.45), _heart_corners()


def _moon(x, y):
    return Subject(np.maximum(circle(x, y, -0.02, 0, 0.92), -circle(x, y, 0.46, -0.12, 0.72)), [])


def _cat(x, y):
    """A face: wide cheeks and pointed ears keep it apart from a circle when it is small."""
    left = polygon(x, y, [(-0.80, -0.98), (-0.06, -0.46), (-0.84, 0.16)])
    right = polygon(x, y, [(0.80, -0.98), (0.84, 0.16), (0.06, -0.46)])
    inner = union(
        polygon(x, y, [(-0.66, -0.70), (-0.36, -0.44), (-0.64, -0.26)]),
        polygon(x, y, [(0.66, -0.70), (0.64, -0.26), (0.36, -0.44)]),
    )
    eyes = union(ellipse(x, y, -0.34, 0.08, 0.15, 0.19), ellipse(x, y, 0.34, 0.08, 0.15, 0.19))
    nose = polygon(x, y, [(-0.14, 0.38), (0.14, 0.38), (0, 0.54)])
    return Subject(union(ellipse(x, y, 0, 0.20, 0.90, 0.74), left, right), [(inner, BLUSH), (eyes, INK), (nose, BLUSH)])


def _fish(x, y):
    lens = np.maximum(circle(x, y, -0.22, 0.48, 1.0), circle(x, y, -0.22, -0.48, 1.0))
    tail = polygon(x, y, [(0.36, 0), (1.0, -0.58), (0.82, 0), (1.0, 0.58)])
    fin = polygon(x, y, [(-0.42, -0.40), (0.22, -0.76), (0.28, -0.28)])
    stripe = np.maximum(np.abs(circle(x, y, -0.95, 0, 0.92)) - 0.06, lens)
    return Subject(
        union(lens, tail, fin),
        [(stripe, SHADE), (circle(x, y, -0.66, -0.10, 0.15), GLINT), (circle(x, y, -0.68, -0.10, 0.08), INK)],
    )


def _house(x, y):
    walls, roof = box(x, y, 0, 0.38, 0.66, 0.54), polygon(x, y, [(0, -0.98), (0.98, -0.10), (-0.98, -0.10)])
    chimney = box(x, y, 0.52, -0.66, 0.13, 0.30)
    windows = union(box(x, y, -0.36, 0.24, 0.15, 0.15), box(x, y, 0.36, 0.24, 0.15, 0.15))
    return Subject(
        union(walls, roof, chimney),
        [(union(roof, chimney), SHADE), (box(x, y, 0, 0.62, 0.15, 0.30), SHADE), (windows, LIT_WINDOW)],
    )


def _tree(x, y):
    crown = union(
        polygon(x, y, [(0, -1), (0.50, -0.30), (-0.50, -0.30)]),
        polygon(x, y, [(0, -0.72), (0.72, 0.50), (-0.72, 0.50)]),
    )
    return Subject(union(crown, box(x, y, 0, 0.74, 0.15, 0.26)), [(box(x, y, 0, 0.75, 0.15, 0.25), TRUNK)])


def _flower(x, y):
    turns = np.arange(5) * 2 * np.pi / 5 - np.pi / 2
    petals = [circle(x, y, 0.58 * np.cos(t), 0.58 * np.sin(t), 0.37) for t in turns]
    return Subject(union(circle(x, y, 0, 0, 0.34), *petals), [(circle(x, y, 0, 0, 0.29), POLLEN)])


SUBJECTS: dict[str, Callable[[np.ndarray, np.ndarray], Subject]] = {
    "circle": lambda x, y: Subject(circle(x, y, 0, 0, 0.92), []),
    "square": lambda x, y: Subject(box(x, y, 0, 0, 0.82, 0.82), []),
    "triangle": lambda x, y: Subject(polygon(x, y, [(0, -0.9), (0.95, 0.78), (-0.95, 0.78)]), []),
    "star": lambda x, y: Subject(polygon(x, y, STAR), []),
    "heart": lambda x, y: Subject(polygon(x, y, HEART), []),
    "diamond": lambda x, y: Subject(polygon(x, y, [(0, -1), (0.68, 0), (0, 1), (-0.68, 0)]), []),
    "ring": lambda x, y: Subject(np.abs(np.hypot(x, y) - 0.66) - 0.26, []),
    "cross": lambda x, y: Subject(union(box(x, y, 0, 0, 0.92, 0.31), box(x, y, 0, 0, 0.31, 0.92)), []),
    "moon": _moon,
    "cat": _cat,
    "fish": _fish,
    "house": _house,
    "tree": _tree,
    "flower": _flower,
}


def coverage(distance):
    """Anti-aliased share of each pixel inside, from an SDF in picture units."""
    return np.clip(0.5 - distance * PIXELS_PER_UNIT, 0, 1)


def luminance(colour):
    """Rec. 601, 0..1; colour (..., 3)."""
    return np.asarray(colour) @ np.array([0.30, 0.59, 0.11], np.float32)


def detail_colour(wanted, body):
    """The colour of a detail on a body of colour ``body``, both sRGB."""
    dark_body = luminance(body) < 0.2
    if wanted is SHADE:
        return np.array((0.42, 0.38, 0.36)) if dark_body else np.asarray(body) * 0.62
    if wanted is INK and dark_body:
        return np.array((0.95, 0.90, 0.30))  # eyes that shine in the dark
    return np.asarray(wanted)
