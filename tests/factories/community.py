"""Pictures as files, and as rows with objects in the store."""

import io
import struct
import zlib

from civitai import uploads
from community.domain import pictures
from community.models import Picture


def image(size=(64, 80), *, mode="RGB", kind="PNG", colour=None, **saved):
    """The bytes of a picture with some structure in it."""
    from PIL import Image

    picture = Image.linear_gradient("L").resize(size).convert(mode)
    if colour:
        picture = Image.blend(picture.convert("RGB"), Image.new("RGB", size, colour), 0.7).convert(mode)
    out = io.BytesIO()
    picture.save(out, kind, **saved)
    return out.getvalue()


def noise(kind="PNG", *, size=(80, 80), **saved):
    """The bytes of a picture that does not compress."""
    import random

    from PIL import Image

    out = io.BytesIO()
    Image.frombytes("RGB", size, random.Random(7).randbytes(3 * size[0] * size[1])).save(out, kind, **saved)
    return out.getvalue()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_claiming(width, height, *, data=b""):
    """A PNG whose header claims a size; the pixels are what `data` unpacks to."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def stored(owner, data=None, **fields):
    """A picture whose file is in the store and whose preparation has not run."""
    return pictures.add(owner, data or image(), **fields)


def ready(owner, data=None, *, shown=False, **fields):
    """A picture that went the whole way; `shown` as a room above would show it."""
    picture = pictures.prepare(stored(owner, data, **fields))
    if shown:
        pictures.show([picture])
    return Picture.objects.get(pk=picture.pk)


def arrived(owner, data=None, *, filename="moon.png"):
    """The id of a complete upload with the purpose "picture", sent as a browser sends it."""
    import urllib.request

    data = data or image()
    upload = uploads.begin(owner, purpose="picture", filename=filename, size=len(data))
    request = urllib.request.Request(uploads.sign(upload, [1])[1], data=data, method="PUT")
    with urllib.request.urlopen(request, timeout=20):
        return uploads.complete(upload).pk
