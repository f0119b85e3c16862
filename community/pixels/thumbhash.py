"""ThumbHash: a picture's colours and shape in about 25 bytes.

Own code after the description and reference by Evan Wallace, https://github.com/evanw/thumbhash (MIT): the lowest
cosine frequencies of luminance and two chroma channels (and alpha), quantised to four bits each.
"""

import base64
import struct
import zlib
from functools import lru_cache
from math import cos, pi

LONGEST_SIDE = 100


def encode(width, height, rgba):
    """The hash, base64, of `width` × `height` RGBA bytes; at most 100 px a side."""
    if not (1 <= width <= LONGEST_SIDE and 1 <= height <= LONGEST_SIDE):
        raise ValueError("a thumbhash is made of a small picture")
    count = width * height
    mean, opaque = [0.0, 0.0, 0.0], 0.0
    for at in range(0, 4 * count, 4):
        alpha = rgba[at + 3] / 255
        opaque += alpha
        for channel in range(3):
            mean[channel] += alpha / 255 * rgba[at + channel]
    mean = [value / opaque if opaque else 0 for value in mean]

    light, yellow, red, alphas = [], [], [], []
    for at in range(0, 4 * count, 4):
        alpha = rgba[at + 3] / 255
        r, g, b = (mean[channel] * (1 - alpha) + alpha / 255 * rgba[at + channel] for channel in range(3))
        light.append((r + g + b) / 3)
        yellow.append((r + g) / 2 - b)
        red.append(r - g)
        alphas.append(alpha)

    has_alpha = opaque < count
    most, longest = (5 if has_alpha else 7), max(width, height)
    lx, ly = max(1, _half_up(most * width / longest)), max(1, _half_up(most * height / longest))
    shape = width, height
    l_dc, l_ac, l_scale = _channel(light, shape, max(3, lx), max(3, ly))
    p_dc, p_ac, p_scale = _channel(yellow, shape, 3, 3)
    q_dc, q_ac, q_scale = _channel(red, shape, 3, 3)
    is_landscape = width > height

    head = (
        _half_up(63 * l_dc)
        | _half_up(31.5 + 31.5 * p_dc) << 6
        | _half_up(31.5 + 31.5 * q_dc) << 12
        | _half_up(31 * l_scale) << 18
        | has_alpha << 23
    )
    tail = (ly if is_landscape else lx) | _half_up(63 * p_scale) << 3 | _half_up(63 * q_scale) << 9 | is_landscape << 15
    out = bytearray([head & 255, head >> 8 & 255, head >> 16, tail & 255, tail >> 8])
    values = [*l_ac, *p_ac, *q_ac]
    if has_alpha:
        a_dc, a_ac, a_scale = _channel(alphas, shape, 5, 5)
        out.append(_half_up(15 * a_dc) | _half_up(15 * a_scale) << 4)
        values += a_ac
    nibbles = [_half_up(15 * value) for value in values]
    nibbles += [0] * (len(nibbles) % 2)
    out += bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
    return base64.b64encode(out).decode()


def signature(text):
    """(shape, mean colours, waves) of a hash, to be compared by `distance`; None for what is no hash."""
    try:
        raw = base64.b64decode(text, validate=True)
        means, _shape, waves = _read(raw)
    except (ValueError, IndexError):
        return None
    return (raw[3] & 7, raw[4] >> 7, len(raw)), means, [factor for channel in waves for _cx, _cy, factor in channel]


def distance(one, other):
    """How much of two signatures differs: 0 to about 0.15 for one picture saved twice, scaled or made brighter, 0.3 and more
    for two that are like each other. None where shapes or mean colours are too far apart to ask."""
    if one[0] != other[0] or any(abs(a - b) > 0.1 for a, b in zip(one[1], other[1], strict=True)):
        return None
    apart = sum(abs(a - b) for a, b in zip(one[2], other[2], strict=True))
    return 2 * apart / (0.1 + sum(map(abs, one[2])) + sum(map(abs, other[2])))


@lru_cache(maxsize=4096)
def data_url(text, size=8):
    """A tiny PNG as data:image/png, `size` px on its longer side; "" for what is no hash. It is shown blurred."""
    try:
        width, height, rgba = decode(text, size)
    except (ValueError, IndexError, ZeroDivisionError, struct.error):
        return ""
    rows = b"".join(b"\0" + rgba[4 * width * y : 4 * width * (y + 1)] for y in range(height))
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)), (b"IDAT", zlib.compress(rows))]
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in [*parts, (b"IEND", b"")]
    )
    return "data:image/png;base64," + base64.b64encode(png).decode()


def decode(text, size=32):
    """(width, height, RGBA bytes) of a hash, `size` px on its longer side. Raises ValueError or IndexError."""
    raw = base64.b64decode(text, validate=True)
    dc, (lx, ly), (light, yellow, red, alpha) = _read(raw)
    width, height = (size, max(1, round(size * ly / lx))) if lx > ly else (max(1, round(size * lx / ly)), size)
    a_dc = (raw[5] & 15) / 15 if alpha else 1.0
    out = bytearray()
    for y in range(height):
        for x in range(width):
            u, v = (x + 0.5) / width * pi, (y + 0.5) / height * pi
            lum = dc[0] + _at(light, u, v)
            p, q = dc[1] + _at(yellow, u, v), dc[2] + _at(red, u, v)
            b = lum - 2 / 3 * p
            r = (3 * lum - b + q) / 2
            out += bytes(_byte(value) for value in (r, r - q, b, a_dc + _at(alpha, u, v)))
    return width, height, bytes(out)


def _read(raw):
    """(mean lightness, yellow and red), (waves across, down), and the waves of light, yellow, red and alpha."""
    head, tail = raw[0] | raw[1] << 8 | raw[2] << 16, raw[3] | raw[4] << 8
    has_alpha, is_landscape = head >> 23 & 1, tail >> 15
    most, least = (5 if has_alpha else 7), max(1, tail & 7)
    lx, ly = (most, least) if is_landscape else (least, most)
    start = 6 if has_alpha else 5
    nibbles = iter([value for byte in raw[start:] for value in (byte & 15, byte >> 4)])
    light = _inverse(nibbles, max(3, lx), max(3, ly), (head >> 18 & 31) / 31)
    yellow = _inverse(nibbles, 3, 3, (tail >> 3 & 63) / 63 * 1.25)
    red = _inverse(nibbles, 3, 3, (tail >> 9 & 63) / 63 * 1.25)
    alpha = _inverse(nibbles, 5, 5, (raw[5] >> 4) / 15) if has_alpha else []
    dc = (head & 63) / 63, (head >> 6 & 63) / 31.5 - 1, (head >> 12 & 63) / 31.5 - 1
    return dc, (lx, ly), (light, yellow, red, alpha)


def _channel(values, shape, nx, ny):
    width, height = shape
    dc, ac, scale = 0.0, [], 0.0
    across = [[cos(pi / width * cx * (x + 0.5)) for x in range(width)] for cx in range(nx)]
    down = [[cos(pi / height * cy * (y + 0.5)) for y in range(height)] for cy in range(ny)]
    # Rows first, then columns: the same sum with far fewer products.
    rows = [
        [sum(map(float.__mul__, values[y * width : (y + 1) * width], wave)) for wave in across] for y in range(height)
    ]
    for cy in range(ny):
        cx = 0
        while cx * ny < nx * (ny - cy):
            factor = sum(row[cx] * wave for row, wave in zip(rows, down[cy], strict=True)) / (width * height)
            if cx or cy:
                ac.append(factor)
                scale = max(scale, abs(factor))
            else:
                dc = factor
            cx += 1
    if scale:
        ac = [0.5 + 0.5 / scale * factor for factor in ac]
    return dc, ac, scale


def _inverse(nibbles, nx, ny, scale):
    return [
        (cx, cy, (next(nibbles, 8) / 7.5 - 1) * scale)
        for cy in range(ny)
        for cx in range(0 if cy else 1, nx)
        if cx * ny < nx * (ny - cy)
    ]


def _at(waves, u, v):
    return sum(factor * 2 * cos(cx * u) * cos(cy * v) for cx, cy, factor in waves)


def _byte(value):
    return max(0, min(255, round(255 * value)))


def _half_up(value):
    return int(value + 0.5)
