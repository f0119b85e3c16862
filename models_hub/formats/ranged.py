"""Reading parts of a file that may lie in an object store.

A `read(start, length) -> bytes` callable is all the readers here need, so that a header of a file
of 24 GB costs two small requests and not a download.
"""

import io


def ranged(source):
    """`source` as a `read(start, length)` callable; seekable binary files are wrapped.

    The callable may answer with fewer bytes than asked only where the file ends.
    """
    if hasattr(source, "seek"):
        return _of_file(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return lambda start, length: bytes(source[start : start + length])
    if callable(source):
        return source
    raise TypeError("a seekable file, bytes, or a callable read(start, length)")


def size_of(source):
    """Size in bytes of a seekable file or of bytes."""
    if hasattr(source, "seek"):
        return source.seek(0, io.SEEK_END)
    return len(source)


def _of_file(file):
    def read(start, length):
        file.seek(start)
        parts, missing = [], length
        # Raw and socket-backed files answer short before their end.
        while missing and (part := file.read(missing)):
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    return read


class RangedFile(io.RawIOBase):
    """A seekable file over `read(start, length)`, for readers that want a file (zipfile)."""

    def __init__(self, read, size_bytes):
        self._read, self._size_bytes, self._at = read, size_bytes, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self._at

    def seek(self, offset, whence=io.SEEK_SET):
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size_bytes}[whence]
        if start + offset < 0:
            raise OSError("seek before the start")
        self._at = start + offset
        return self._at

    def readinto(self, buffer):
        length = max(0, min(len(buffer), self._size_bytes - self._at))
        data = self._read(self._at, length) if length else b""
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
