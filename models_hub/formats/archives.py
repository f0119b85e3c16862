"""What may be inside an uploaded .zip, judged by its directory before anything is unpacked.

Programs disagree about odd archives: which of two directories counts, which of two names, where an
entry ends. So odd ones are refused, and what passes looks the same to everybody.
"""

import stat
import unicodedata
import zipfile
import zlib

from .errors import BadFile, refuse, shown
from .ranged import RangedFile
from .safetensors import read_header

MOST_ENTRIES_MODEL = 400
# A thousand pictures with captions, and what operating systems add.
MOST_ENTRIES_TRAINING = 4_100
MOST_DIRECTORY_BYTES = 4 << 20
MOST_UNPACKED_MODEL_BYTES = 48 << 30
MOST_UNPACKED_TRAINING_BYTES = 4 << 30
MOST_RATIO = 100
# Below this an entry may shrink as it likes: a caption of spaces is no bomb.
RATIO_MATTERS_BYTES = 1 << 20
LONGEST_PATH_BYTES = 400
LONGEST_PART_BYTES = 200
DEEPEST_MODEL = 6
DEEPEST_TRAINING = 4
# After an entry whose sizes were not known when it was begun.
DESCRIPTOR_BYTES = 24

MODEL_EXTENSIONS = frozenset(
    {"safetensors", "json", "txt", "model", "md", "jinja", "yaml", "yml", "png", "jpg", "jpeg", "webp"}
)
PICTURE_EXTENSIONS = frozenset({"png", "jpg", "jpeg", "webp"})
ARCHIVE_EXTENSIONS = frozenset({"zip", "7z", "rar", "tar", "gz", "tgz", "bz2", "xz", "zst", "jar", "whl"})
PICKLE_EXTENSIONS = frozenset({"ckpt", "pt", "pth", "bin", "pkl", "pickle", "joblib", "dill", "npy", "npz"})
WEIGHTS_INDEX = ".safetensors.index.json"

_END, _END64_LOCATOR, _END64, _LOCAL = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06", b"PK\x03\x04"
_WINDOWS_DEVICES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)}
)


def check_diffusers_folder(read, size_bytes):
    """The names in a .zip of a diffusers folder, or BadFile. Headers of the safetensors inside are read strictly."""
    archive, entries = _open(read, size_bytes, MOST_ENTRIES_MODEL)
    if any(entry.filename.rpartition("/")[2] == "data.pkl" for entry in entries):
        raise refuse("pickle")  # torch.save makes such zips
    files = _checked(read, archive, entries, MOST_UNPACKED_MODEL_BYTES)
    for entry in files:
        extension = _extension(entry.filename)
        if extension in PICKLE_EXTENSIONS:
            raise refuse("zip_pickle", name=shown(entry.filename))
        if extension in ARCHIVE_EXTENSIONS:
            raise refuse("zip_nested", name=shown(entry.filename))
        bare = extension == "" and entry.filename.rpartition("/")[2].casefold() in ("license", "readme", "notice")
        if not bare and extension not in MODEL_EXTENSIONS or entry.filename.count("/") > DEEPEST_MODEL:
            raise refuse("zip_unwanted", name=shown(entry.filename))
    _check_is_pipeline([entry.filename for entry in files])
    for entry in files:
        if _extension(entry.filename) == "safetensors":
            _check_member(archive, entry)
    return tuple(entry.filename for entry in files)


def check_training_data(read, size_bytes):
    """The names in a .zip of pictures and captions and nothing else, at most one folder deep, or BadFile."""
    return sort_training_data(read, size_bytes)[0]


def sort_training_data(read, size_bytes, *, leave_out=False):
    """(names of pictures and captions, [(name, code)] of what else is in it) of a .zip, or BadFile.

    To pass it on as it is, everything in it must be wanted. To take the pictures out, `leave_out` the rest: what is not
    opened harms nobody.
    """
    archive, entries = _open(read, size_bytes, MOST_ENTRIES_TRAINING)
    names, left = [], []
    for entry in _checked(read, archive, entries, MOST_UNPACKED_TRAINING_BYTES):
        extension = _extension(entry.filename)
        if extension in ARCHIVE_EXTENSIONS:
            raise refuse("zip_nested", name=shown(entry.filename))
        if extension in PICKLE_EXTENSIONS:
            raise refuse("zip_pickle", name=shown(entry.filename))
        if extension not in PICTURE_EXTENSIONS and extension != "txt":
            left.append((entry.filename, "zip_unwanted"))
        elif entry.filename.count("/") > (DEEPEST_TRAINING if leave_out else 1):
            left.append((entry.filename, "zip_deep"))
        else:
            names.append(entry.filename)
    has_pictures = any(_extension(name) in PICTURE_EXTENSIONS for name in names)
    if left and not (leave_out and has_pictures):
        raise refuse(left[0][1], name=shown(left[0][0]))
    if not has_pictures:
        raise refuse("zip_no_pictures")
    return tuple(names), tuple(left)


def _open(read, size_bytes, most_entries):
    _check_directory(read, size_bytes, most_entries)
    try:
        archive = zipfile.ZipFile(RangedFile(read, size_bytes))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, UnicodeError):
        raise refuse("zip_broken") from None
    entries = archive.infolist()
    # zipfile counts what it finds, not what the end record claims.
    if len(entries) > most_entries:
        raise refuse("zip_too_many", count=len(entries), limit=most_entries)
    return archive, entries


def _check_directory(read, size_bytes, most_entries):
    """Bounds of the central directory, before a parser makes an object for each of a million entries."""
    if size_bytes < 22 or read(0, 4) not in (_LOCAL, _END):
        raise refuse(
            "zip_split" if read(0, 4) == b"PK\x07\x08" else "zip_broken" if size_bytes < 22 else "zip_extra_bytes"
        )
    tail_start = max(0, size_bytes - 22 - 0xFFFF)
    tail = read(tail_start, size_bytes - tail_start)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise refuse("zip_broken")
    end = tail[at:]
    if 22 + int.from_bytes(end[20:22], "little") != len(end):
        raise refuse("zip_extra_bytes")
    if end[4:8] != b"\0\0\0\0":
        raise refuse("zip_split")
    count, length, start = (int.from_bytes(end[a:b], "little") for a, b in ((10, 12), (12, 16), (16, 20)))
    directory_end = tail_start + at
    # Python's zipfile believes a 64-bit record wherever it finds one, so that is the one to check.
    has_locator = directory_end >= 20 and read(directory_end - 20, 4) == _END64_LOCATOR
    if has_locator or count == 0xFFFF or 0xFFFFFFFF in (length, start):
        count, length, start, directory_end = _large_directory(read, directory_end)
    if count > most_entries:
        raise refuse("zip_too_many", count=count, limit=most_entries)
    if length > MOST_DIRECTORY_BYTES:
        raise refuse("zip_too_many", count=count, limit=most_entries)
    if start + length != directory_end:
        raise refuse("zip_extra_bytes")


def _large_directory(read, end_at):
    locator = read(end_at - 20, 20) if end_at >= 20 else b""
    if locator[:4] != _END64_LOCATOR:
        raise refuse("zip_broken")
    at = int.from_bytes(locator[8:16], "little")
    if at > end_at - 20 - 56:
        raise refuse("zip_broken")
    record = read(at, 56)
    if record[:4] != _END64 or at + 12 + int.from_bytes(record[4:12], "little") != end_at - 20:
        raise refuse("zip_broken")
    count, length, start = (int.from_bytes(record[a : a + 8], "little") for a in (32, 40, 48))
    return count, length, start, at


def _checked(read, archive, entries, most_unpacked_bytes):
    """The entries that are files and are wanted, after every check that does not depend on their kind."""
    if not entries:
        raise refuse("zip_broken")
    seen, unpacked_bytes, packed_bytes = set(), 0, 0
    for entry in entries:
        _check_entry(entry)
        folded = unicodedata.normalize("NFC", entry.filename).casefold().rstrip("/")
        if folded in seen:
            raise refuse("zip_duplicate", name=shown(entry.filename))
        seen.add(folded)
        unpacked_bytes += entry.file_size
        packed_bytes += entry.compress_size
    if unpacked_bytes > most_unpacked_bytes:
        raise refuse("zip_too_large", limit_bytes=most_unpacked_bytes)
    if unpacked_bytes > RATIO_MATTERS_BYTES and unpacked_bytes > MOST_RATIO * max(packed_bytes, 1):
        raise refuse("zip_bomb", ratio=unpacked_bytes // max(packed_bytes, 1))
    _check_places(read, entries, archive.start_dir)
    return [entry for entry in entries if not entry.is_dir() and not _is_litter(entry.filename)]


def _check_entry(entry):
    name = shown(entry.filename)
    # zipfile cuts a name at NUL, other programs do not.
    if entry.orig_filename != entry.filename or not _is_safe_path(entry.filename):
        raise refuse("zip_path", name=name)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refuse("zip_link", name=name)
    if entry.flag_bits & 0x1 or entry.flag_bits & 0x40 or entry.flag_bits & 0x2000:
        raise refuse("zip_encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refuse("zip_method", name=name)
    if entry.compress_type == zipfile.ZIP_STORED and entry.compress_size != entry.file_size:
        raise refuse("zip_broken")
    if entry.is_dir() and entry.file_size:
        raise refuse("zip_broken")
    if entry.file_size > RATIO_MATTERS_BYTES and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        raise refuse("zip_bomb", ratio=entry.file_size // max(entry.compress_size, 1))


def _check_places(read, entries, directory_start):
    """Each entry has the same name in both places, and they fill the file up to the directory without overlap or gap."""
    at = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        start = entry.header_offset
        if start < at:
            raise refuse("zip_overlap")
        if start > at + (DESCRIPTOR_BYTES if at else 0):
            raise refuse("zip_extra_bytes")
        local = read(start, 30)
        if len(local) < 30 or local[:4] != _LOCAL:
            raise refuse("zip_broken")
        name_bytes, extra_bytes = int.from_bytes(local[26:28], "little"), int.from_bytes(local[28:30], "little")
        encoding = "utf-8" if entry.flag_bits & 0x800 else "cp437"
        if read(start + 30, name_bytes) != entry.orig_filename.encode(encoding, errors="replace"):
            raise refuse("zip_names_differ", name=shown(entry.filename))
        if (int.from_bytes(local[6:8], "little") ^ entry.flag_bits) & ~0x8:
            raise refuse("zip_names_differ", name=shown(entry.filename))
        at = start + 30 + name_bytes + extra_bytes + entry.compress_size
    if at > directory_start:
        raise refuse("zip_overlap")
    if directory_start > at + DESCRIPTOR_BYTES:
        raise refuse("zip_extra_bytes")


def _is_safe_path(path):
    parts = path.rstrip("/").split("/")
    return (
        "\\" not in path
        and len(path.encode(errors="replace")) <= LONGEST_PATH_BYTES
        and not any(unicodedata.category(ch) in ("Cc", "Cf", "Cs", "Zl", "Zp") or ch in '<>:"|?*' for ch in path)
        and all(_is_safe_part(part) for part in parts)
    )


def _is_safe_part(part):
    return (
        part not in ("", ".", "..")
        and len(part.encode(errors="replace")) <= LONGEST_PART_BYTES
        and part == part.rstrip(". ")
        and part.partition(".")[0].casefold() not in _WINDOWS_DEVICES
    )


def _is_litter(path):
    """What operating systems put into archives by themselves: ignored, never unpacked."""
    parts = path.split("/")
    return "__MACOSX" in parts or parts[-1] in (".DS_Store", "Thumbs.db", "desktop.ini") or parts[-1].startswith("._")


def _check_is_pipeline(names):
    roots = [name.removesuffix("model_index.json") for name in names if name.rpartition("/")[2] == "model_index.json"]
    if len(roots) != 1 or roots[0].count("/") > 1:
        raise refuse("zip_no_model")
    if not any(name.startswith(roots[0]) and name.endswith(".safetensors") for name in names):
        raise refuse("zip_no_model")


def _check_member(archive, entry):
    """A pickle renamed .safetensors inside a zip would reach people all the same, so its header is read too."""
    try:
        with archive.open(entry) as member:
            read_header(_forward(member), size_bytes=entry.file_size)
    except BadFile as bad:
        raise refuse("zip_member", name=shown(entry.filename), why=bad.sentence) from None
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, RuntimeError, zlib.error):
        raise refuse("zip_broken") from None


def _forward(member):
    """`read(start, length)` over a member, keeping only what the header reader asks for: its start."""
    kept = bytearray()

    def read(start, length):
        while len(kept) < start + length and (part := member.read(start + length - len(kept))):
            kept.extend(part)
        return bytes(kept[start : start + length])

    return read


def _extension(path):
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].casefold() if "." in name.lstrip(".") else ""
