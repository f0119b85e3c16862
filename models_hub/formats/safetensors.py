"""The header of a safetensors file, read strictly, without opening the weights.

Layout: 8 bytes little-endian length, that many bytes of JSON (padded with spaces), then the tensors.
The specification and its library accept some headers that two readers understand differently
(duplicate keys) or that are only there to hurt; those are refused here. Nothing is allocated before
the length was compared with the file, and nothing of a file is ever executed.
"""

import json
import math
import unicodedata
from dataclasses import dataclass, field

from .errors import refuse, shown
from .ranged import ranged, size_of

# The specification allows 100 MB. The largest honest headers (some thousand tensors, the tag counts
# of a large data set, a preview) stay below a few MB, and parsing costs some thirty times the text.
LARGEST_HEADER_BYTES = 16 << 20
LARGEST_METADATA_BYTES = 4 << 20
MOST_METADATA_KEYS = 10_000
MOST_TENSORS = 100_000
LONGEST_NAME = 1024
MOST_DIMENSIONS = 16
COPY_BYTES = 8 << 20

BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "U32": 32, "I32": 32, "U64": 64, "I64": 64,
    "F16": 16, "BF16": 16, "F32": 32, "F64": 64, "C64": 64,
    "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip


@dataclass(frozen=True)
class Tensor:
    """`start` and `end` count from the first byte after the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int

    @property
    def n_bytes(self):
        return self.end - self.start

    @property
    def n_elements(self):
        return math.prod(self.shape)


@dataclass(frozen=True)
class Header:
    """`n_bytes` is the JSON's length; tensors begin at `tensors_start`. Order is the file's own."""

    tensors: dict[str, Tensor]
    metadata: dict[str, str] = field(default_factory=dict)
    n_bytes: int = 0

    @property
    def tensors_start(self):
        return 8 + self.n_bytes

    @property
    def n_parameters(self):
        return sum(tensor.n_elements for tensor in self.tensors.values())


def read_header(source, *, size_bytes=None):
    """The Header of a safetensors file, or BadFile.

    `source` is a seekable binary file, bytes, or `read(start, length)`; the last needs `size_bytes`,
    the size of the whole file. Two reads, of 8 bytes and of the header.
    """
    size_bytes = size_of(source) if size_bytes is None else size_bytes
    read = ranged(source)
    text = _header_text(read, size_bytes)
    entries = _parsed(text)
    metadata = _metadata(entries.pop("__metadata__", {}))
    if len(entries) > MOST_TENSORS:
        raise refuse("too_many_tensors", count=len(entries), limit=MOST_TENSORS)
    tensors = {name: _tensor(name, entry) for name, entry in entries.items()}
    _check_layout(tensors, size_bytes - 8 - len(text))
    return Header(tensors=tensors, metadata=metadata, n_bytes=len(text))


def rewrite_metadata(source, target, changes, *, size_bytes=None):
    """Copy a safetensors file to the writable `target` with metadata changed and tensors untouched.

    `changes` maps keys to their new text, or to None to remove them. The bytes after the header stay,
    so AutoV3 stays; the file's SHA-256 does not. Returns the new file's Header. BadFile as read_header,
    and for changes that would make a bad file.
    """
    size_bytes = size_of(source) if size_bytes is None else size_bytes
    read = ranged(source)
    header = read_header(read, size_bytes=size_bytes)
    merged = header.metadata | changes
    metadata = _metadata({key: value for key, value in merged.items() if value is not None})
    text = _serialised(header.tensors, metadata)
    if len(text) > LARGEST_HEADER_BYTES:
        raise refuse("header_too_large", claimed_bytes=len(text), limit_bytes=LARGEST_HEADER_BYTES)
    target.write(len(text).to_bytes(8, "little"))
    target.write(text)
    at = header.tensors_start
    while at < size_bytes:
        part = read(at, min(COPY_BYTES, size_bytes - at))
        if not part:
            raise refuse("truncated", missing_bytes=size_bytes - at)
        target.write(part)
        at += len(part)
    return Header(tensors=header.tensors, metadata=metadata, n_bytes=len(text))


def _header_text(read, size_bytes):
    if size_bytes == 0:
        raise refuse("empty")
    prefix = read(0, 8) if size_bytes >= 8 else b""
    if len(prefix) < 8:
        raise refuse("too_short")
    claimed_bytes = int.from_bytes(prefix, "little")
    if claimed_bytes > LARGEST_HEADER_BYTES:
        # Eight bytes of something else (a pickle, a web page) make an absurd length: then say so.
        if size_bytes > 8 and read(8, 1) != b"{":
            raise refuse("not_safetensors")
        raise refuse("header_too_large", claimed_bytes=claimed_bytes, limit_bytes=LARGEST_HEADER_BYTES)
    if claimed_bytes > size_bytes - 8:
        raise refuse("header_past_end")
    text = read(8, claimed_bytes)
    if len(text) < claimed_bytes:
        raise refuse("too_short")
    if not text.startswith(b"{"):
        raise refuse("not_safetensors")
    return text


def _parsed(text):
    try:
        entries = json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise refuse("header_not_utf8") from None
    except RecursionError:
        raise refuse("header_nested") from None
    except ValueError:  # also numbers too long to be one
        raise refuse("header_not_json") from None
    return entries  # an object, since the text begins with its brace


def _unique(pairs):
    made = {}
    for name, value in pairs:
        if name in made:
            raise refuse("duplicate_key", name=shown(name))
        made[name] = value
    return made


def _no_constant(_name):
    raise ValueError("NaN and Infinity are not JSON")


def _metadata(found):
    if not isinstance(found, dict):
        raise refuse("header_shape")
    n_bytes = sum(len(key) + len(value) for key, value in found.items() if isinstance(value, str))
    if n_bytes > LARGEST_METADATA_BYTES or len(found) > MOST_METADATA_KEYS:
        limits = {"limit_bytes": LARGEST_METADATA_BYTES, "limit_keys": MOST_METADATA_KEYS}
        raise refuse("metadata_too_large", n_bytes=n_bytes, n_keys=len(found), **limits)
    for key, value in found.items():
        _check_name(key)
        if not isinstance(value, str) or not _encodable(value):
            raise refuse("metadata_not_text", name=shown(key))
    return found


def _tensor(name, entry):
    _check_name(name)
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise refuse("header_shape")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BITS:
        raise refuse("bad_dtype", name=shown(name))
    if not _are_counts(shape) or len(shape) > MOST_DIMENSIONS:
        raise refuse("bad_shape", name=shown(name))
    if not _are_counts(offsets) or len(offsets) != 2:
        raise refuse("out_of_range", name=shown(name))
    start, end = offsets
    if end < start:
        raise refuse("out_of_range", name=shown(name))
    if math.prod(shape) * BITS[dtype] != (end - start) * 8:
        raise refuse("size_mismatch", name=shown(name))
    return Tensor(name, dtype, tuple(shape), start, end)


def _are_counts(values):
    # A bool is an int to Python, and 2.0 equals 2: neither is a count.
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**63 for value in values)


def _check_layout(tensors, data_bytes):
    if not tensors or not any(tensor.n_bytes for tensor in tensors.values()):
        raise refuse("no_tensors")
    at = 0
    for tensor in sorted(tensors.values(), key=lambda tensor: (tensor.start, tensor.end)):
        if tensor.start < at:
            raise refuse("overlap", name=shown(tensor.name))
        if tensor.start > at:
            raise refuse("hole", name=shown(tensor.name))
        at = tensor.end
    if at > data_bytes:
        raise refuse("truncated", missing_bytes=at - data_bytes)
    if at < data_bytes:
        raise refuse("trailing_bytes", extra_bytes=data_bytes - at)


def _check_name(name):
    bad = (
        not name
        or len(name) > LONGEST_NAME
        or any(unicodedata.category(ch) in ("Cc", "Cf", "Cs", "Zl", "Zp") for ch in name)
        or ".." in name.replace("\\", "/").split("/")
    )
    if bad:
        raise refuse("bad_name", name=shown(name))


def _encodable(text):
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def _serialised(tensors, metadata):
    entries = {"__metadata__": metadata} if metadata else {}
    for tensor in tensors.values():
        entries[tensor.name] = {
            "dtype": tensor.dtype,
            "shape": tensor.shape,
            "data_offsets": [tensor.start, tensor.end],
        }
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    return text + b" " * (-len(text) % 8)  # tensors stay aligned
