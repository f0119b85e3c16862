"""Text chunks of PNG files: read within bounds, and written."""

import struct
import zlib

from .recipe import MAX_TEXT, Unreadable

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 20_000
MAX_TEXTS = 64
MAX_UNPACKED = 2 * MAX_TEXT  # bytes, of all texts of one file together

# What a picture needs to look right; everything else (places, thumbnails, private chunks) is somebody's business.
_PIXELS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"bKGD"}
_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}


def read_texts(file):
    """{keyword: text} of an open binary file, and the raw EXIF under "exif" if there is any.

    Reads chunk headers and text chunks alone. Compressed texts are unpacked only up to a bound; what is beyond it,
    or broken, is left out. Raises ``Unreadable`` when it is no PNG.
    """
    file.seek(0)
    if file.read(8) != SIGNATURE:
        raise Unreadable("This is no PNG picture.")
    texts, room = {}, MAX_UNPACKED
    for _ in range(MAX_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            break
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            break
        if kind in _TEXTS | {b"eXIf"} and length <= MAX_UNPACKED and len(texts) < MAX_TEXTS:
            body = file.read(length)
            file.seek(4, 1)
            if len(body) < length:
                break
            if kind == b"eXIf":
                texts.setdefault("exif", body)
                continue
            keyword, text = _decoded(kind, body, room)
            if text is not None:
                room -= len(text)
                texts.setdefault(keyword, text)
        else:
            file.seek(length + 4, 1)
    return texts


def write_text(data, texts):
    """The PNG bytes with these {keyword: text} chunks, in place of any under the same keywords.

    Latin-1 goes into tEXt, which the oldest readers know, and everything else into iTXt.
    """
    out = [SIGNATURE]
    for kind, body, raw in _chunks(data):
        if kind in _TEXTS and body.split(b"\0", 1)[0].decode("latin-1") in texts:
            continue
        out.append(raw)
        if kind == b"IHDR":
            out += [_text_chunk(keyword, text) for keyword, text in texts.items()]
    return b"".join(out)


def cleaned(data, keep=("parameters", "prompt", "workflow")):
    """The PNG bytes with the same pixels and the texts ``keep``, and nothing else, not even trailing bytes."""
    out = [SIGNATURE]
    for kind, body, raw in _chunks(data):
        kept = kind in _TEXTS and body.split(b"\0", 1)[0].decode("latin-1") in keep
        if kind in _PIXELS or kept:
            out.append(raw)
    return b"".join(out)


def _chunks(data):
    if data[:8] != SIGNATURE:
        raise Unreadable("This is no PNG picture.")
    at = 8
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise Unreadable("This picture is cut short.")
        yield kind, data[at + 8 : end - 4], data[at:end]
        if kind == b"IEND":
            return
        at = end
    raise Unreadable("This picture is cut short.")


def _text_chunk(keyword, text):
    text = text.replace("\0", "")
    try:
        kind, body = b"tEXt", text.encode("latin-1")
        body = keyword.encode("latin-1") + b"\0" + body
    except UnicodeEncodeError:
        kind = b"iTXt"
        body = keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8", "replace")
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _decoded(kind, body, room):
    keyword, _, rest = body.partition(b"\0")
    name = keyword[:79].decode("latin-1")
    if kind == b"tEXt":
        return name, _within(rest, room, "latin-1")
    if kind == b"zTXt":
        return name, _unpacked(rest[1:], room, "latin-1")
    compressed, rest = rest[:1] == b"\1", rest[2:]
    _, _, rest = rest.partition(b"\0")  # language
    _, _, rest = rest.partition(b"\0")  # translated keyword
    return name, _unpacked(rest, room, "utf-8") if compressed else _within(rest, room, "utf-8")


def _within(raw, room, encoding):
    return raw.decode(encoding, "replace") if len(raw) <= room else None


def _unpacked(raw, room, encoding):
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(raw, room + 1)
    except zlib.error:
        return None
    return _within(text, room, encoding)
