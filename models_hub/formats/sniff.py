"""What a file really is, from its bytes, and whether we publish it.

Names lie and extensions are habits, so bytes decide; the name only settles what bytes leave open.
Everything that is not on the short list is refused with a sentence that says what to do instead.
"""

from dataclasses import dataclass
from enum import StrEnum

from ..catalogue.kinds import FileFormat
from . import archives
from .errors import refuse
from .ranged import ranged, size_of
from .safetensors import Header, read_header

HEAD_BYTES = 4096


class Kind(StrEnum):
    EMPTY = "empty"
    SAFETENSORS = "safetensors"
    GGUF = "gguf"
    ZIP = "zip"
    TORCH_ZIP = "torch_zip"
    PICKLE = "pickle"
    ONNX = "onnx"
    OTHER_TENSORS = "other_tensors"
    PICTURE = "picture"
    EXECUTABLE = "executable"
    WEB_PAGE = "web_page"
    LFS_POINTER = "lfs_pointer"
    OTHER_ARCHIVE = "other_archive"
    DOCUMENT = "document"
    TEXT = "text"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Accepted:
    """A file that may be published: `format` for its metadata, `header` where it is safetensors, `names` where it is an archive."""

    kind: Kind
    format: FileFormat
    header: Header | None = None
    names: tuple[str, ...] = ()
    # (name, code of the sentence) of what is in an archive and not wanted.
    left_out: tuple[tuple[str, str], ...] = ()


PICKLE_EXTENSIONS = frozenset({"ckpt", "pt", "pth", "bin", "pkl", "pickle", "joblib", "dill", "npy", "npz"})
_MAGIC = (
    (b"GGUF", Kind.GGUF),
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
    (b"PK\x07\x08", Kind.ZIP),
    (b"\x89PNG\r\n\x1a\n", Kind.PICTURE),
    (b"\xff\xd8\xff", Kind.PICTURE),
    (b"GIF8", Kind.PICTURE),
    (b"BM", Kind.PICTURE),
    (b"II*\x00", Kind.PICTURE),
    (b"MM\x00*", Kind.PICTURE),
    (b"MZ", Kind.EXECUTABLE),
    (b"\x7fELF", Kind.EXECUTABLE),
    (b"#!", Kind.EXECUTABLE),
    (b"\xcf\xfa\xed\xfe", Kind.EXECUTABLE),
    (b"\xce\xfa\xed\xfe", Kind.EXECUTABLE),
    (b"\xca\xfe\xba\xbe", Kind.EXECUTABLE),
    (b"\x00asm", Kind.EXECUTABLE),
    (b"version https://git-lfs.github.com/spec/", Kind.LFS_POINTER),
    (b"7z\xbc\xaf\x27\x1c", Kind.OTHER_ARCHIVE),
    (b"Rar!\x1a\x07", Kind.OTHER_ARCHIVE),
    (b"\x1f\x8b", Kind.OTHER_ARCHIVE),
    (b"BZh", Kind.OTHER_ARCHIVE),
    (b"\xfd7zXZ\x00", Kind.OTHER_ARCHIVE),
    (b"\x28\xb5\x2f\xfd", Kind.OTHER_ARCHIVE),
    (b"\x89HDF\r\n\x1a\n", Kind.OTHER_TENSORS),
    (b"\x93NUMPY", Kind.PICKLE),  # an .npy may hold pickled objects
    (b"%PDF-", Kind.DOCUMENT),
    (b"{\\rtf", Kind.DOCUMENT),
    (b"\xd0\xcf\x11\xe0", Kind.DOCUMENT),
)
_BY_EXTENSION = {
    "onnx": Kind.ONNX, "h5": Kind.OTHER_TENSORS, "hdf5": Kind.OTHER_TENSORS, "keras": Kind.OTHER_TENSORS, "pb": Kind.OTHER_TENSORS,
    "tflite": Kind.OTHER_TENSORS, "tar": Kind.OTHER_ARCHIVE, "exe": Kind.EXECUTABLE, "dll": Kind.EXECUTABLE, "bat": Kind.EXECUTABLE,
    "ps1": Kind.EXECUTABLE, "sh": Kind.EXECUTABLE, "py": Kind.EXECUTABLE, "js": Kind.EXECUTABLE, "vbs": Kind.EXECUTABLE,
}  # fmt: skip
_REFUSALS = {
    Kind.EMPTY: "empty", Kind.PICKLE: "pickle", Kind.TORCH_ZIP: "pickle", Kind.ONNX: "onnx", Kind.OTHER_TENSORS: "other_tensors",
    Kind.PICTURE: "picture", Kind.EXECUTABLE: "executable", Kind.WEB_PAGE: "web_page", Kind.LFS_POINTER: "lfs_pointer",
    Kind.OTHER_ARCHIVE: "other_archive", Kind.DOCUMENT: "document", Kind.TEXT: "document", Kind.UNKNOWN: "unknown",
}  # fmt: skip
_LEAST_GGUF_TENSOR_BYTES = 24
_LEAST_GGUF_ENTRY_BYTES = 13


def sniff(head, filename=""):
    """The Kind of a file from its first bytes (HEAD_BYTES of them are enough) and its name."""
    extension = extension_of(filename)
    if not head:
        return Kind.EMPTY
    if _starts_like_safetensors(head):
        return Kind.SAFETENSORS
    # Before the two-letter signatures: a pickle may begin with nearly any letter.
    if head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05":
        return Kind.PICKLE
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return Kind.TORCH_ZIP if kind is Kind.ZIP and extension in PICKLE_EXTENSIONS else kind
    if (
        head[:4] == b"RIFF"
        and head[8:12] == b"WEBP"
        or head[4:12] in (b"ftypavif", b"ftypavis", b"ftypheic", b"ftypmif1")
    ):
        return Kind.PICTURE
    if head[257:262] == b"ustar":
        return Kind.OTHER_ARCHIVE
    if extension in PICKLE_EXTENSIONS:
        return Kind.PICKLE  # protocols 0 and 1 have no signature
    if extension in _BY_EXTENSION:
        return _BY_EXTENSION[extension]
    return _kind_of_text(head)


def sniff_by_name(filename):
    """The BadFile code for a name that can only be refused, or None: to answer before anything is uploaded."""
    extension = extension_of(filename)
    if extension in PICKLE_EXTENSIONS:
        return "pickle"
    return _REFUSALS.get(_BY_EXTENSION.get(extension))


def accept_model_file(source, filename, *, size_bytes=None):
    """Accepted for a file that may be published as a model, or BadFile.

    Reads the header of safetensors, the counts of GGUF, the directory of a zip and the headers of
    the safetensors in it; never a whole file. `source` as for `read_header`.
    """
    size_bytes = size_of(source) if size_bytes is None else size_bytes
    read = ranged(source)
    kind = _kind_of(read, filename, size_bytes)
    if kind is Kind.SAFETENSORS:
        return Accepted(kind, FileFormat.SAFETENSOR, header=read_header(read, size_bytes=size_bytes))
    if kind is Kind.GGUF:
        _check_gguf(read(0, 24), size_bytes)
        return Accepted(kind, FileFormat.GGUF)
    if kind is Kind.ZIP:
        return Accepted(kind, FileFormat.DIFFUSERS, names=archives.check_diffusers_folder(read, size_bytes))
    raise refuse(_REFUSALS[kind])


def accept_training_data(source, filename, *, size_bytes=None, leave_out=False):
    """Accepted for a .zip of pictures and captions, by names and sizes alone, or BadFile.

    `leave_out`: of what else is in it only the pictures and captions are wanted; see archives.sort_training_data.
    """
    size_bytes = size_of(source) if size_bytes is None else size_bytes
    read = ranged(source)
    kind = _kind_of(read, filename, size_bytes)
    if kind is Kind.ZIP:
        names, left = archives.sort_training_data(read, size_bytes, leave_out=leave_out)
        return Accepted(kind, FileFormat.OTHER, names=names, left_out=left)
    raise refuse(
        _REFUSALS[kind]
        if kind in (Kind.EMPTY, Kind.PICKLE, Kind.TORCH_ZIP, Kind.OTHER_ARCHIVE)
        else "not_training_data"
    )


def extension_of(filename):
    return filename.rpartition(".")[2].strip().casefold() if "." in filename else ""


def _kind_of(read, filename, size_bytes):
    head = read(0, min(HEAD_BYTES, size_bytes))
    kind = sniff(head, filename)
    if kind is Kind.SAFETENSORS or extension_of(filename) != "safetensors":
        return kind
    # Named safetensors and something else inside. A known other kind gets its own sentence (a pickle
    # renamed, a web page saved under that name); the rest is a damaged safetensors file.
    if kind in (Kind.UNKNOWN, Kind.TEXT):
        return Kind.SAFETENSORS
    return kind


def _starts_like_safetensors(head):
    return len(head) > 8 and head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") < 1 << 40


def _kind_of_text(head):
    try:
        text = head.decode("utf-8", errors="strict" if len(head) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        return Kind.UNKNOWN
    if "\x00" in text:
        return Kind.UNKNOWN
    start = text.lstrip("\ufeff \t\r\n").casefold()
    if start.startswith(("<!doctype html", "<html", "<head", "<body", "<script", "<?php")):
        return Kind.WEB_PAGE
    if start.startswith(("<svg", "<?xml")):
        return Kind.PICTURE if "<svg" in start else Kind.DOCUMENT
    printable = sum(ch.isprintable() or ch in "\r\n\t" for ch in text)
    return Kind.TEXT if text and printable == len(text) else Kind.UNKNOWN


def _check_gguf(head, size_bytes):
    """Only what bounds the file: the rest of a GGUF header (templates included) is never read here."""
    if len(head) < 24:
        raise refuse("gguf_counts")
    version = int.from_bytes(head[4:8], "little")
    if version not in (2, 3):
        raise refuse("gguf_version", version=version)
    n_tensors, n_entries = int.from_bytes(head[8:16], "little"), int.from_bytes(head[16:24], "little")
    room = size_bytes - 24
    if not n_tensors or n_tensors * _LEAST_GGUF_TENSOR_BYTES + n_entries * _LEAST_GGUF_ENTRY_BYTES > room:
        raise refuse("gguf_counts")
    if n_tensors > 100_000 or n_entries > 100_000:
        raise refuse("gguf_counts")
