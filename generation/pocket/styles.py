"""Three ways to paint the same region: flat, anime (ink and two tones), realistic (light from the top left)."""

import numpy as np

from .drawing import PIXELS_PER_UNIT, X, Y, circle, coverage

STYLES = ("flat", "anime", "realistic")
OUTLINE = np.array((0.06, 0.05, 0.09), np.float32)


def paint(picture, distance, colour, *, style, scale, centre, is_detail=False, fill=None):
    """A copy of ``picture`` (H, W, 3) with the region of ``distance`` (SDF in picture units) painted over.

    scale: half the subject's extent; centre: (x, y) of the subject; both in picture units.
    fill: instead of the style's shading, a function from colour (3,) to pixels (H, W, 3).
    """
    inside = coverage(distance)[..., None]
    colour = np.asarray(colour, np.float32)
    if fill is not None and not is_detail:
        pixels = fill(colour)
    elif is_detail or style == "flat":
        pixels = colour
    elif style == "anime":
        pixels = _two_tones(colour, scale, centre)
    else:
        pixels = _lit(colour, distance, scale, centre)
    painted = picture * (1 - inside) + inside * pixels
    if style == "anime" and not is_detail:
        line = coverage(np.abs(distance) - 0.045 * (0.55 + 0.45 * scale))[..., None]
        painted = painted * (1 - line) + line * OUTLINE
    return painted


def drop_shadow(picture, distance):
    """``distance``: SDF of the subject, moved to where its shadow falls."""
    return picture * (1 - 0.45 * np.clip(0.5 - distance / 0.16, 0, 1)[..., None])


def _two_tones(colour, scale, centre):
    x, y = X - centre[0], Y - centre[1]
    shaded = np.clip(0.5 + (0.45 * x + 0.75 * y - 0.22 * scale) * PIXELS_PER_UNIT * 0.8, 0, 1)[..., None]
    pixels = colour * (1 - shaded) + (colour * 0.66 + np.array((0, 0, 0.05), np.float32)) * shaded
    glint = coverage(circle(x, y, -0.30 * scale, -0.34 * scale, 0.13 * scale))[..., None] * 0.75
    return pixels * (1 - glint) + glint


def _lit(colour, distance, scale, centre):
    x, y = (X - centre[0]) / scale, (Y - centre[1]) / scale
    light = np.clip(1.0 - 0.42 * (x * 0.6 + y * 0.8) - 0.18 * (x * x + y * y), 0.25, 1.35)[..., None]
    rounding = np.clip(-distance / (0.22 * scale), 0, 1)[..., None]  # darker towards the edge, as on a ball
    glint = 0.6 * np.exp(-((x + 0.32) ** 2 + (y + 0.38) ** 2) / 0.05)[..., None]
    return np.clip(colour * light * (0.72 + 0.28 * rounding), 0, 1) * (1 - glint) + glint
