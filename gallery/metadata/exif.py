"""The few EXIF texts that carry generation data: UserComment, ImageDescription, Make, Model. Pure and bounded."""

import struct

from .recipe import MAX_TEXT, Unreadable

DESCRIPTION, MAKE, MODEL, EXIF_IFD, USER_COMMENT = 0x010E, 0x010F, 0x0110, 0x8769, 0x9286
MAX_EXIF = 2 * MAX_TEXT + 65_536
MAX_SEGMENTS = 1_000
MAX_ENTRIES = 500
_WANTED = {DESCRIPTION, MAKE, MODEL, USER_COMMENT}


def find(file):
    """The raw EXIF block of a JPEG or WebP file, or b"". Raises ``Unreadable`` for other files."""
    file.seek(0)
    start = file.read(12)
    if start[:2] == b"\xff\xd8":
        return _in_jpeg(file)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return _in_webp(file)
    raise Unreadable("This is no JPEG or WebP picture.")


def read_texts(block):
    """{tag: text} of an EXIF block. What is broken is left out."""
    block = block.removeprefix(b"Exif\0\0")[:MAX_EXIF]
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if not order or len(block) < 8:
        return {}
    texts = {}
    (first,) = struct.unpack_from(order + "I", block, 4)
    waiting, seen = [first], set()
    while waiting:
        at = waiting.pop()
        if at in seen or not 8 <= at <= len(block) - 2:
            continue
        seen.add(at)
        (count,) = struct.unpack_from(order + "H", block, at)
        for number in range(min(count, MAX_ENTRIES)):
            place = at + 2 + 12 * number
            if place + 12 > len(block):
                break
            tag, kind, size = struct.unpack_from(order + "HHI", block, place)
            (value,) = struct.unpack_from(order + "I", block, place + 8)
            if tag == EXIF_IFD and len(seen) < 4:
                waiting.append(value)
            elif tag in _WANTED and kind in (1, 2, 7) and size <= MAX_EXIF:
                raw = block[place + 8 : place + 8 + size] if size <= 4 else block[value : value + size]
                if len(raw) == size:
                    texts.setdefault(tag, _comment(raw, order) if tag == USER_COMMENT else _plain(raw))
    return texts


def orientation(block):
    """How a picture is turned, 1 to 8 as EXIF counts; 1 where a block does not say."""
    block = block.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if not order or len(block) < 10:
        return 1
    (at,) = struct.unpack_from(order + "I", block, 4)
    if not 8 <= at <= len(block) - 2:
        return 1
    (count,) = struct.unpack_from(order + "H", block, at)
    for number in range(min(count, MAX_ENTRIES, (len(block) - at - 2) // 12)):
        tag, kind, size, value = struct.unpack_from(order + "HHIH", block, at + 2 + 12 * number)
        if tag == 0x0112 and kind == 3 and size == 1 and 1 <= value <= 8:
            return value
    return 1


def _in_jpeg(file):
    file.seek(2)
    for _ in range(MAX_SEGMENTS):
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (0xDA, 0xD9):
            break
        (length,) = struct.unpack(">H", head[2:])
        if length < 2:
            break
        body = file.read(length - 2)
        if head[1] == 0xE1 and body.startswith(b"Exif\0\0"):
            return body
    return b""


def _in_webp(file):
    for _ in range(MAX_SEGMENTS):
        head = file.read(8)
        if len(head) < 8:
            break
        kind, length = struct.unpack("<4sI", head)
        if kind == b"EXIF":
            return file.read(length) if length <= MAX_EXIF else b""
        file.seek(length + (length & 1), 1)
    return b""


def _comment(raw, order):
    mark, text = raw[:8], raw[8:]
    if mark.startswith(b"UNICODE"):
        return _utf16(text, order)
    if mark.startswith((b"ASCII", b"UTF8", b"UTF-8")) or mark == b"\0" * 8:
        return _plain(text)
    return _plain(raw)


def _utf16(text, order):
    """Writers disagree on the byte order: a mark decides, else where the zero bytes of Latin letters stand."""
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return text.decode("utf-16", "replace").rstrip("\0")
    even, odd = text[0:2000:2].count(0), text[1:2000:2].count(0)
    big = even > odd if even != odd else order == ">"
    if not even and not odd and len(text) > 8:
        try:
            return text.decode("utf-8").rstrip("\0")  # some write UTF-8 under the UNICODE mark
        except UnicodeDecodeError:
            pass
    return text.decode("utf-16-be" if big else "utf-16-le", "replace").rstrip("\0")


def _plain(raw):
    raw = raw.rstrip(b"\0")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
