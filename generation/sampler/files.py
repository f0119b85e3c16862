"""What a weights file is, from its safetensors header alone: no torch, no tensor is read, no pickle is opened."""

import hashlib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path

from .errors import BadFile

MAX_HEADER_BYTES = 64 * 1024**2
MAX_TENSORS = 200_000
PICKLES = {".ckpt", ".pt", ".pth", ".bin", ".pkl", ".pickle"}
WIDTHS = {
    "F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2,
    "I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1,
}  # fmt: skip

SD1, SD2, SDXL, POCKET = "stable-diffusion-v1", "stable-diffusion-v2", "stable-diffusion-xl-v1-base", "pocket"

# The width of the text that cross-attention reads tells the families apart.
ARCHITECTURES = {96: POCKET, 768: SD1, 1024: SD2, 2048: SDXL}
NAMES = {SD1: "Stable Diffusion 1", SD2: "Stable Diffusion 2", SDXL: "SDXL", POCKET: "Pocket"}


@dataclass(frozen=True)
class Header:
    """The shapes and the metadata of a safetensors file whose size agrees with them."""

    shapes: dict
    metadata: dict
    dtypes: set


@dataclass(frozen=True)
class LoraDescription:
    """``kind`` is LoRA, LoCon, LoHa, LoKr or DoRA; ``architecture`` is None where the shapes say nothing."""

    kind: str
    architecture: str | None
    rank: int | None
    alpha: float | None
    network_module: str
    trigger_words: tuple = ()
    tags: dict = field(default_factory=dict)


@dataclass(frozen=True)
class CheckpointDescription:
    """``has_text_encoder`` and ``has_vae`` tell whether the file is whole."""

    architecture: str | None
    prediction_type: str
    zero_snr: bool
    has_text_encoder: bool
    has_vae: bool


def read_header(path):
    """Check the whole header against the file's size. Raises ``BadFile`` with what is wrong."""
    path = Path(path)
    if path.suffix.lower() in PICKLES:
        raise BadFile("Only safetensors files are used here: a pickle file could run a program.")
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
            if start[:2] in (b"PK", b"\x80\x02", b"\x80\x04"):
                raise BadFile("This is a pickle under another name. Only safetensors files are used here.")
            length = int.from_bytes(start, "little")
            if len(start) < 8 or length < 2 or length > size - 8:
                raise BadFile("This file is cut short, or it is no safetensors file.")
            if length > MAX_HEADER_BYTES:
                raise BadFile("The header of this file is too large.")
            text = file.read(length)
    except OSError as error:
        raise BadFile("The file can't be read.") from error
    try:
        entries = json.loads(text, object_pairs_hook=_no_twins)
    except (ValueError, RecursionError) as error:
        raise BadFile("The header of this file can't be read.") from error
    return _checked(entries, size - 8 - length)


def content_key(path):
    """A short name for what lies at ``path``, file or folder: it changes when the content does.

    Weights are known by header, size, time and three samples, so that gigabytes need not be read.
    """
    path = Path(path)
    if not path.exists():
        raise BadFile("The model's file is missing.")
    digest = hashlib.blake2b(digest_size=16)
    parts = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    for part in parts:
        status = part.stat()
        name = part.name if path.is_file() else part.relative_to(path).as_posix()
        digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
        with part.open("rb") as file:
            for place in (0, status.st_size // 2, max(0, status.st_size - 65_536)):
                file.seek(place)
                digest.update(file.read(65_536))
    return digest.hexdigest()


def weight_bytes(path):
    """The size of all weights at ``path``, a file or a folder."""
    path = Path(path)
    parts = [path] if path.is_file() else path.rglob("*.safetensors")
    return sum(part.stat().st_size for part in parts)


def describe_lora(path):
    """What kind of LoRA the file holds, for which family, and what its trainer wrote down."""
    header = read_header(path)
    kind = kind_of_lora(header.shapes)
    if kind is None:
        raise BadFile("There is no LoRA in this file.")
    meta = header.metadata
    tags = _tags(meta.get("ss_tag_frequency"))
    triggers = meta.get("modelspec.trigger_phrase") or meta.get("ss_trigger_words") or ""
    return LoraDescription(
        kind=kind,
        architecture=_lora_architecture(header.shapes) or _stated_architecture(meta),
        rank=_whole(meta.get("ss_network_dim")) or _rank(header.shapes),
        alpha=_number(meta.get("ss_network_alpha")),
        network_module=str(meta.get("ss_network_module", ""))[:100],
        trigger_words=tuple(word.strip()[:100] for word in triggers.split(",") if word.strip())[:20],
        tags=tags,
    )


def describe_checkpoint(path):
    """Which family a single-file checkpoint belongs to, and what it predicts."""
    header = read_header(path)
    shapes = header.shapes
    width = next(
        (shape[1] for key, shape in shapes.items() if key.endswith("attn2.to_k.weight") and len(shape) == 2), None
    )
    if not any(key.startswith("model.diffusion_model.") for key in shapes):
        raise BadFile("There is no Stable Diffusion checkpoint in this file.")
    stated = header.metadata.get("modelspec.prediction_type", "")
    return CheckpointDescription(
        architecture=ARCHITECTURES.get(width),
        prediction_type="v_prediction" if stated.startswith("v") or "v_pred" in shapes else "epsilon",
        zero_snr="ztsnr" in shapes,
        has_text_encoder=any(key.startswith(("cond_stage_model.", "conditioner.")) for key in shapes),
        has_vae=any(key.startswith("first_stage_model.decoder.") for key in shapes),
    )


def kind_of_lora(names):
    """LoRA, LoCon, LoHa, LoKr, DoRA, or None when the names are no LoRA's."""
    found = {name.rsplit(".", 1)[-1] for name in names}
    if "dora_scale" in found or any("lora_magnitude_vector" in name for name in names):
        return "DoRA"
    if "hada_w1_a" in found:
        return "LoHa"
    if found & {"lokr_w1", "lokr_w1_a"}:
        return "LoKr"
    downs = [name for name in names if "lora_down" in name or "lora_A" in name or "lora.down" in name
             or "_lora.down" in name or "lora_linear_layer.down" in name]  # fmt: skip
    if not downs:
        return None
    shapes = names if isinstance(names, dict) else {}
    return "LoCon" if any(len(shapes.get(name, ())) == 4 and "resnets" in name for name in downs) else "LoRA"


def _checked(entries, data_bytes):
    if not isinstance(entries, dict):
        raise BadFile("The header of this file can't be read.")
    metadata = entries.pop("__metadata__", {})
    if not isinstance(metadata, dict) or any(not isinstance(value, str) for value in metadata.values()):
        raise BadFile("The metadata of this file is not what safetensors allows.")
    if not entries or len(entries) > MAX_TENSORS:
        raise BadFile("This file holds no weights.")
    spans, shapes, dtypes = [], {}, set()
    for name, entry in entries.items():
        try:
            shape, (start, end), dtype = entry["shape"], entry["data_offsets"], entry["dtype"]
            sound = all(type(n) is int and n >= 0 for n in (*shape, start, end))
            sound = sound and len(shape) <= 8 and end - start == math.prod(shape) * WIDTHS[dtype]
        except (KeyError, TypeError, ValueError):
            sound = False
        if not sound:
            raise BadFile("This file lies about the size of its weights.")
        spans.append((start, end))
        shapes[name] = tuple(shape)
        dtypes.add(dtype)
    reached = 0
    for start, end in sorted(spans):
        if start != reached:
            raise BadFile("The weights in this file overlap or leave gaps.")
        reached = end
    if reached > data_bytes:
        raise BadFile("This file is cut short.")
    if reached < data_bytes:
        raise BadFile("This file holds more than its header says.")
    return Header(shapes, metadata, dtypes)


def _no_twins(pairs):
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise ValueError("a name stands twice")
    return entries


def _lora_architecture(shapes):
    halves = ("lora_down.weight", "lora_A.weight", "lora.down.weight", "hada_w1_b")
    for name, shape in shapes.items():
        if "attn2" in name and "to_k" in name and len(shape) == 2 and name.endswith(halves):
            return ARCHITECTURES.get(shape[1])
    return None


def _stated_architecture(meta):
    stated = (meta.get("modelspec.architecture") or meta.get("ss_base_model_version") or "").lower()
    if "xl" in stated:
        return SDXL
    if stated.startswith(("sd_2", "stable-diffusion-v2")):
        return SD2
    return SD1 if stated.startswith(("sd_1", "sd_v1", "stable-diffusion-v1")) else None


def _rank(shapes):
    for name, shape in shapes.items():
        if name.endswith(("lora_down.weight", "lora_A.weight", "lora.down.weight")) and shape:
            return shape[0]
    return None


def _tags(text):
    try:
        folders = json.loads(text or "{}")
        counts = {}
        for tags in folders.values():
            for tag, count in tags.items():
                counts[tag[:100]] = counts.get(tag[:100], 0) + int(count)
    except (ValueError, AttributeError, TypeError, RecursionError):
        return {}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:200])


def _whole(text):
    number = _number(text)
    return int(number) if number is not None and number == int(number) and 0 < number <= 4096 else None


def _number(text):
    try:
        number = float(text)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
