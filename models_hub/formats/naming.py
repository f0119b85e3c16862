"""What a downloaded file is called, and the header that says so.

Tools recognise files by these names, so the rule is the published one. A name is built from text
that anybody may have typed: what leaves here has no folder, no control or invisible character, no
name that some system keeps for a device, and at most 200 bytes.
"""

import re
import unicodedata
from urllib.parse import quote

from ..catalogue.kinds import BaseModelType, FileType, ModelType

LONGEST_NAME_BYTES = 200
WORD_LENGTH = 20
KEEPS_UPLOADED_NAME = frozenset({ModelType.LORA, ModelType.LOCON, ModelType.DORA, ModelType.VAE})
_DEVICES = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
_ATTR_CHARS = "!#$&+-.^_`|~"  # RFC 5987 attr-char beside letters and digits


def download_name(
    *,
    model_name,
    version_name,
    model_type,
    extension,
    uploaded_name="",
    file_type=FileType.MODEL,
    base_model_type=BaseModelType.STANDARD,
    trained_word="",
    override_name="",
):
    """The name a version's file is downloaded by, `extension` (without dot) always being its last part."""
    if file_type == FileType.TRAINING_DATA:
        return clean_name(f"{filenamize(model_name)}_{filenamize(version_name)}_trainingData", "zip")
    if override_name:
        return clean_name(override_name, extension)
    if uploaded_name and (model_type in KEEPS_UPLOADED_NAME or file_type == FileType.VAE):
        return clean_name(uploaded_name, extension)
    if model_type == ModelType.TEXTUAL_INVERSION and trained_word:
        return clean_name(trained_word + ("-neg" if file_type == FileType.NEGATIVE else ""), extension)
    version = _without(version_name, model_name)
    stem = "_".join(part for part in (filenamize(model_name), filenamize(version)) if part)
    return clean_name((stem or "model") + _suffix(version_name, base_model_type, file_type), extension)


def filenamize(text, length=WORD_LENGTH):
    """camelCase of the words of `text`, cut at a word where it can be: "Realistic Vision V6.0 B1" is realisticVisionV60B1."""
    text = unicodedata.normalize("NFC", str(text))
    words = [_letters(word, ascii_only=True) for word in re.split(r"[\s_\-/\\|:+,()\[\]]+", text[:500])]
    # A name in another script would vanish; then its own letters are better than none.
    if not any(words):
        words = [_letters(word, ascii_only=False) for word in re.split(r"[\s_\-/\\|:+,()\[\]]+", text[:500])]
    made = ""
    for word in filter(None, words):
        part = word if made and word.isupper() else word[:1].upper() + word[1:].lower() if made else word.lower()
        if made and len(made) + len(part) > length:
            break
        made += part
    return made[:length]


def clean_name(name, extension=""):
    """`name` as a safe file name, ending in `.extension` when one is given; never empty, at most 200 bytes."""
    text = unicodedata.normalize("NFC", str(name)[:2000]).replace("\\", "/").rpartition("/")[2]
    text = "".join("" if _is_invisible(ch) else "_" if ch in '<>:"/|?*%;' else ch for ch in text)
    text = text.encode("utf-8", errors="ignore").decode()
    suffix = f".{extension}" if extension else ""
    if suffix and text.casefold().endswith(suffix.casefold()):
        text = text[: -len(suffix)]
    elif suffix and (known := re.search(r"\.(safetensors|ckpt|pt|pth|bin|gguf|zip)$", text, re.IGNORECASE)):
        text = text[: known.start()]  # the format decides the extension, not the name
    elif not suffix and "." in text.strip(". "):
        text, _dot, last = text.strip(". ").rpartition(".")
        suffix = f".{last[:20]}"
    text = text.strip(". ") or "file"
    if _DEVICES.match(text):
        text = f"_{text}"
    return _cut(text, LONGEST_NAME_BYTES - len(suffix.encode())).rstrip(". ") + suffix


def content_disposition(name):
    """The Content-Disposition of a download.

    Plain names get `attachment; filename="…"` and nothing after it, since published clients read to
    the header's end. Others get RFC 5987's filename* first, and a plain fallback last, for the same reason.
    """
    name = clean_name(name)
    fallback = _ascii(name)
    if fallback == name:
        return f'attachment; filename="{name}"'
    return f"attachment; filename*=UTF-8''{quote(name, safe=_ATTR_CHARS)}; filename=\"{fallback}\""


def _suffix(version_name, base_model_type, file_type):
    folded = str(version_name).casefold()
    if base_model_type == BaseModelType.INPAINTING or "inpainting" in folded:
        return "-inpainting"
    if base_model_type == BaseModelType.PIX2PIX or "instruct-pix2pix" in folded:
        return ".instruct-pix2pix"
    return "_txt" if file_type == FileType.TEXT_ENCODER else ""


def _without(version_name, model_name):
    at = str(version_name).casefold().find(str(model_name).casefold())
    if not model_name or at < 0:
        return version_name
    return version_name[:at] + " " + version_name[at + len(model_name) :]


def _letters(word, *, ascii_only):
    return "".join(ch for ch in word if ch.isalnum() and (ch.isascii() or not ascii_only))


def _is_invisible(ch):
    return unicodedata.category(ch) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _ascii(name):
    text = "".join(ch for ch in unicodedata.normalize("NFKD", name) if not unicodedata.combining(ch))
    plain = "".join(ch if ch.isascii() and ch not in '"\\' else "_" for ch in text)
    stem, dot, extension = plain.rpartition(".")
    return plain if stem.strip("_ ") else f"file{dot}{extension}"


def _cut(text, n_bytes):
    return text.encode()[:n_bytes].decode(errors="ignore")
