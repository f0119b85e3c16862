"""BlurHash: what published clients read as an image's `hash`. Made of the stored ThumbHash, so no picture is opened.

Own code after the description and reference at https://github.com/woltapp/blurhash (MIT): the lowest cosine frequencies
of linear light, in base 83.
"""

import struct
from functools import lru_cache
from math import cos, pi

from community.pixels import thumbhash

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
ACROSS, DOWN, SIDE = 4, 3, 8
LINEAR = [value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in range(256)]


@lru_cache(maxsize=16384)
def of_thumbhash(text):
    """The BlurHash, 4 × 3 frequencies, of a thumbhash; "" for what is none."""
    try:
        width, height, rgba = thumbhash.decode(text, SIDE)
    except (ValueError, IndexError, ZeroDivisionError, struct.error):
        return ""
    return _encode(width, height, rgba)


def _encode(width, height, rgba):
    # In the middle of pixels, as the sum over a large picture comes out: this one has eight a side.
    across = [[cos(pi * cx * (x + 0.5) / width) for x in range(width)] for cx in range(ACROSS)]
    down = [[cos(pi * cy * (y + 0.5) / height) for y in range(height)] for cy in range(DOWN)]
    planes = [[LINEAR[value] for value in rgba[channel::4]] for channel in range(3)]
    # Rows first, then columns: the same sum with far fewer products.
    rows = [
        [[sum(map(float.__mul__, plane[y * width : (y + 1) * width], wave)) for y in range(height)] for wave in across]
        for plane in planes
    ]
    parts = [
        [
            (1 if cx == cy == 0 else 2) / (width * height) * sum(map(float.__mul__, rows[channel][cx], down[cy]))
            for channel in range(3)
        ]
        for cy in range(DOWN)
        for cx in range(ACROSS)
    ]
    first, rest = parts[0], parts[1:]
    most = max(abs(value) for part in rest for value in part)
    scale = max(0, min(82, int(most * 166 - 0.5)))
    mean = 0
    for value in first:
        mean = mean << 8 | _byte(value)
    text = _digits(ACROSS - 1 + (DOWN - 1) * 9, 1) + _digits(scale, 1) + _digits(mean, 4)
    return text + "".join(_digits(_packed(part, (scale + 1) / 166), 2) for part in rest)


def _byte(linear):
    value = max(0.0, min(1.0, linear))
    return int((value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055) * 255 + 0.5)


def _packed(part, most):
    found = 0
    for value in part:
        step = abs(value / most) ** 0.5 * (1 if value >= 0 else -1)
        found = found * 19 + max(0, min(18, int(step * 9 + 9.5)))
    return found


def _digits(value, count):
    return "".join(DIGITS[value // 83**place % 83] for place in range(count - 1, -1, -1))
