"""Captionable pictures: what one shows (``Scene``), and its pixels (``render``)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from .drawing import COLOURS, SIDE, SUBJECTS, X, Y, circle, coverage, detail_colour, ellipse, union
from .styles import STYLES, drop_shadow, paint

COLOUR_NAMES, SUBJECT_NAMES = tuple(COLOURS), tuple(SUBJECTS)
PLACES = ("night sky", "sunset", "meadow", "beach")
SIZES = {"small": (0.36, 0.43), "medium": (0.50, 0.62), "large": (0.78, 0.90)}  # half extent, picture units
POSITIONS = {"center": (0, 0), "left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}
UPRIGHT = {"house", "tree"}  # everything else may lean a little
HEIGHT = ((Y + 1) / 2)[..., None]  # 0 at the top, 1 at the bottom


@dataclass(frozen=True)
class Scene:
    subject: str
    colour: str
    background: str  # a colour's name, or one of PLACES
    is_gradient: bool = False
    size: str = "medium"
    position: str = "center"
    style: str = "flat"
    is_blurred: bool = False

    @property
    def is_place(self):
        return self.background in PLACES

    @property
    def is_held_out(self):
        """A tenth of the colour x subject pairs is never trained on, so that composing can be measured."""
        return (3 * SUBJECT_NAMES.index(self.subject) + 7 * COLOUR_NAMES.index(self.colour)) % 10 == 4


class Mix(NamedTuple):
    """How often a drawn scene has what."""

    place: float = 0.20
    gradient: float = 0.12
    styles: tuple[float, float, float] = (0.64, 0.18, 0.18)  # in the order of STYLES
    blurred: float = 0.03


FLAT_AND_PLAIN = Mix(place=0, gradient=0, styles=(1, 0, 0), blurred=0)


def draw_scene(rng: np.random.Generator, mix: Mix = Mix(), *, held_out: bool = False) -> Scene:
    """A random scene; held-out pairs of colour and subject come only, and then always, if asked for."""
    while True:
        colour = str(rng.choice(COLOUR_NAMES))
        is_place = rng.random() < mix.place
        size = str(rng.choice(tuple(SIZES), p=[0.28, 0.47, 0.25]))
        position = str(rng.choice(tuple(POSITIONS), p=[0.52, 0.12, 0.12, 0.12, 0.12]))
        scene = Scene(
            subject=str(rng.choice(SUBJECT_NAMES)),
            colour=colour,
            background=str(rng.choice(PLACES if is_place else [c for c in COLOUR_NAMES if c != colour])),
            is_gradient=not is_place and rng.random() < mix.gradient,
            size=size,
            position=position if size != "large" else "center",  # a large one has nowhere to go
            style=str(rng.choice(STYLES, p=mix.styles)),
            is_blurred=rng.random() < mix.blurred,
        )
        if scene.is_held_out == held_out:
            return scene


def render(scene: Scene, rng: np.random.Generator, *, fill=None) -> np.ndarray:
    """The picture, uint8 (SIDE, SIDE, 3). ``fill`` paints the body as in ``styles.paint``."""
    picture = _background(scene, rng)
    scale = rng.uniform(*SIZES[scene.size])
    lean = 0.0 if scene.subject in UPRIGHT else rng.normal(0, 0.07)  # radians
    reach, wobble = (0.36 if scene.size == "medium" else 0.46), (0.05 if scene.size != "large" else 0.02)
    centre = np.array(POSITIONS[scene.position]) * reach + rng.normal(0, wobble, 2)
    x, y = _own_space(scale, lean, centre)
    colour, brush = _jittered(COLOURS[scene.colour], rng), dict(style=scene.style, scale=scale, centre=centre)
    if scene.style == "realistic":
        shadow = SUBJECTS[scene.subject](x - 0.10, y - 0.14).body * scale
        picture = drop_shadow(picture, shadow)
    subject = SUBJECTS[scene.subject](x, y)
    picture = paint(picture, subject.body * scale, colour, fill=fill, **brush)
    for distance, wanted in subject.details:
        picture = paint(picture, distance * scale, detail_colour(wanted, colour), is_detail=True, **brush)
    if scene.style == "realistic":
        picture = picture + rng.normal(0, 0.008, (SIDE, SIDE, 1))  # grain
    return _to_bytes(picture, blur=3.2 if scene.is_blurred else 0)


def _own_space(scale, lean, centre):
    """Coordinates of every pixel in the subject's own space."""
    x, y, cos, sin = X - centre[0], Y - centre[1], np.cos(lean), np.sin(lean)
    return (x * cos + y * sin) / scale, (y * cos - x * sin) / scale


def _to_bytes(picture, blur):
    pixels = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    if blur:
        pixels = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(blur)))
    return pixels


def _jittered(colour, rng, amount=0.035):
    """No two reds are the same, yet each still reads as red."""
    shift = rng.normal(0, amount, 3) * 0.6 + rng.normal(0, amount) * 0.5
    return np.clip(np.array(colour) + shift, 0, 1).astype(np.float32)


def _background(scene, rng):
    if scene.is_place:
        picture = _PLACE_PAINTERS[scene.background](rng)
    else:
        colour = _jittered(COLOURS[scene.background], rng)
        picture = np.broadcast_to(colour, (SIDE, SIDE, 3)).astype(np.float32)
        if scene.is_gradient:
            picture = picture * (1 - 0.55 * HEIGHT) + (1 - HEIGHT) * 0.12 * (1 - colour)
    if scene.style == "realistic":
        picture = picture * (1.06 - 0.15 * (X**2 + Y**2))[..., None]  # vignette
    return np.clip(picture, 0, 1)


def _sky(top, bottom, power=1.0):
    return np.array(top, np.float32) * (1 - HEIGHT) ** power + np.array(bottom, np.float32) * HEIGHT


def _stamp(picture, distance, colour, strength=1.0):
    inside = coverage(distance)[..., None] * strength
    return picture * (1 - inside) + inside * np.asarray(colour, np.float32)


def _below(picture, height, colour):
    return np.where(HEIGHT > height, np.asarray(colour, np.float32), picture)


def _cloud(picture, rng):
    x, y, size = rng.uniform(-0.9, 0.9), rng.uniform(-0.85, -0.45), rng.uniform(0.10, 0.15)
    puffs = [(-1.1, 0.25, 0.8), (0, 0, 1.1), (1.1, 0.25, 0.8)]
    parts = [ellipse(X, Y, x + dx * size, y + dy * size, r * size * 1.1, r * size * 0.8) for dx, dy, r in puffs]
    return _stamp(picture, union(*parts), (0.98, 0.99, 1.0), 0.9)


def _night_sky(rng):
    picture = _sky((0.03, 0.04, 0.14), (0.10, 0.10, 0.32))
    for _ in range(rng.integers(10, 18)):
        x, y = rng.uniform(-1, 1, 2)
        picture = _stamp(picture, circle(X, Y, x, y, rng.uniform(0.018, 0.034)), (1, 1, 0.85), rng.uniform(0.7, 1))
    return picture


def _sunset(rng):
    horizon = 0.72 + rng.uniform(-0.05, 0.05)
    picture = _sky((0.36, 0.16, 0.48), (1.0, 0.55, 0.22), 1.2)
    picture = _stamp(picture, circle(X, Y, rng.uniform(-0.6, 0.6), horizon * 2 - 1, 0.26), (1.0, 0.86, 0.45))
    return _below(picture, horizon, (0.25, 0.12, 0.22))


def _meadow(rng):
    picture = _cloud(_sky((0.45, 0.74, 0.96), (0.80, 0.92, 0.99)), rng)
    hill = ellipse(X, Y, rng.uniform(-0.6, 0.6), 1.5, 2.6, 1.3 + rng.uniform(-0.1, 0.1))
    return _stamp(picture, hill, _jittered((0.38, 0.72, 0.26), rng))


def _beach(rng):
    waterline = 0.50 + rng.uniform(-0.06, 0.06)
    picture = _cloud(_sky((0.45, 0.78, 0.97), (0.72, 0.92, 1.0)), rng)
    picture = _below(picture, waterline, _jittered((0.10, 0.50, 0.72), rng, 0.02))
    return _below(picture, waterline + 0.22, _jittered((0.94, 0.84, 0.60), rng, 0.02))


_PLACE_PAINTERS = {"night sky": _night_sky, "sunset": _sunset, "meadow": _meadow, "beach": _beach}
