"""A picture file with its pixels and its generation text, and nothing else: no places, cameras, thumbnails, tails."""

import io
import struct

from . import exif, png
from .recipe import Unreadable

ORIENTATION = 0x0112
_ASCII, _SHORT, _LONG, _BYTES = 2, 3, 4, 7
# What a decoder needs; the pixels themselves are VP8 or VP8L.
_WEBP_PIXELS = {b"ALPH", b"VP8 ", b"VP8L", b"ICCP"}
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def cleaned(data):
    """The cleaned bytes of a PNG, JPEG or WebP file, or None for anything else and for what is broken."""
    try:
        if data[:8] == png.SIGNATURE:
            return png.cleaned(data, keep=("parameters", "prompt", "workflow", "invokeai_metadata", "sui_image_params"))
        if data[:2] == b"\xff\xd8":
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except (Unreadable, struct.error, IndexError):
        return None
    return None


def rewritten(data, tell):
    """As ``cleaned``, with each text in it passed through ``tell``; the coded pixels are the same bytes."""
    try:
        if data[:8] == png.SIGNATURE:
            texts = png.read_texts(io.BytesIO(data))
            plain = {key: text for key, text in texts.items() if isinstance(text, str)}
            return png.write_text(
                png.cleaned(data, keep=tuple(plain)), {key: tell(text) for key, text in plain.items()}
            )
        if data[:2] == b"\xff\xd8":
            return _jpeg(data, tell)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data, tell)
    except (Unreadable, struct.error, IndexError):
        return None
    return None


def _same(text):
    return text


def _jpeg(data, tell=_same):
    out, at, block = [b"\xff\xd8"], 2, b""
    while True:
        if data[at] != 0xFF:
            raise Unreadable("This picture is broken.")
        marker = data[at + 1]
        if marker == 0xFF:  # fill bytes
            at += 1
            continue
        if marker == 0xD9:
            out.append(b"\xff\xd9")
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if end > len(data) or length < 2:
            raise Unreadable("This picture is cut short.")
        segment, body = data[at:end], data[at + 4 : end]
        if marker == 0xE1 and body.startswith(b"Exif\0\0") and not block:
            block = body
        elif marker == 0xE0 and body.startswith(b"JFIF\0"):
            out.append(b"\xff\xe0\x00\x10" + body[:12] + b"\0\0")  # without its thumbnail
        elif not 0xE0 <= marker <= 0xEF and marker != 0xFE:
            out.append(segment)
        elif marker == 0xEE and body.startswith(b"Adobe") or marker == 0xE2 and body.startswith(b"ICC_PROFILE\0"):
            out.append(segment)
        at = end
        if marker == 0xDA:
            start, at = at, _scan_end(data, at)
            out.append(data[start:at])
    kept = _kept(block, tell)
    if kept:
        body = b"Exif\0\0" + kept
        if len(body) <= 65_533:
            place = 2 if len(out) > 1 and out[1][:2] == b"\xff\xe0" else 1
            out.insert(place, b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body)
    return b"".join(out)


def _scan_end(data, at):
    """Where the coded pixels end: at the next marker that is neither a stuffed byte nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise Unreadable("This picture is cut short.")
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        elif data[at + 1] == 0xFF:
            at += 1
        else:
            return at


def _webp(data, tell=_same):
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise Unreadable("This picture is cut short.")
    out, at, head, block = [], 12, None, b""
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        stop = at + 8 + length + (length & 1)
        if at + 8 + length > end:
            raise Unreadable("This picture is cut short.")
        body = data[at + 8 : at + 8 + length]
        if kind == b"VP8X":
            head = bytearray(body)
        elif kind == b"EXIF":
            block = block or body
        elif kind in _WEBP_PIXELS:
            out.append(_riff(kind, body))
        at = stop
    if not any(part[:4] in (b"VP8 ", b"VP8L") for part in out):
        raise Unreadable("This picture holds no pixels.")
    kept = _kept(block, tell) if head else b""
    if head:
        head[0] = head[0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if kept else 0)
        out.insert(0, _riff(b"VP8X", bytes(head)))
    if kept:
        out.append(_riff(b"EXIF", kept))
    body = b"WEBP" + b"".join(out)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _riff(kind, body):
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)


def _kept(block, tell):
    """A new EXIF block with the orientation and the generation texts of an old one; b"" when there are neither."""
    texts = exif.read_texts(block) if block else {}
    entries = []
    turn = exif.orientation(block) if block else 1
    if turn != 1:
        entries.append((ORIENTATION, _SHORT, struct.pack("<H", turn)))
    for tag in (exif.DESCRIPTION, exif.MAKE, exif.MODEL):
        text = texts.get(tag, "")
        is_graph = (
            text.partition(":")[0].lower() in ("prompt", "workflow") and text.partition(":")[2].lstrip()[:1] == "{"
        )
        if is_graph:
            name, colon, graph = text.partition(":")
            entries.append((tag, _ASCII, f"{name}{colon}{tell(graph)}".encode() + b"\0"))
        elif tag == exif.DESCRIPTION and "Steps:" in text:
            entries.append((tag, _ASCII, tell(text).encode() + b"\0"))
    comment = texts.get(exif.USER_COMMENT, "")
    comment = tell(comment) if comment.strip() else ""
    if not entries and not comment.strip():
        return b""
    # Offsets are counted from the block's start: header (8), IFD0, its long values, then the EXIF IFD with the comment.
    comment_ifd = bool(comment.strip())
    size = 2 + 12 * (len(entries) + comment_ifd) + 4
    at, rows, values = 8 + size, [], b""
    for tag, kind, raw in entries:
        if len(raw) <= 4:
            rows.append(struct.pack("<HHI", tag, kind, len(raw) // (2 if kind == _SHORT else 1)) + raw.ljust(4, b"\0"))
        else:
            rows.append(struct.pack("<HHII", tag, kind, len(raw), at + len(values)))
            values += raw + b"\0" * (len(raw) & 1)
    if comment_ifd:
        place = at + len(values)
        raw = b"UNICODE\0" + comment.encode("utf-16-be", "surrogatepass")
        rows.append(struct.pack("<HHII", exif.EXIF_IFD, _LONG, 1, place))
        values += struct.pack("<HHHIII", 1, exif.USER_COMMENT, _BYTES, len(raw), place + 18, 0) + raw
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(rows)) + b"".join(rows) + bytes(4) + values
