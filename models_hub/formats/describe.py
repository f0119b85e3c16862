"""What a safetensors header says about its model, put so that a form can be filled from it.

Names and shapes of tensors are facts; metadata is what somebody's program claimed. Where they
disagree, shapes win. All of it is a proposal that the owner may change, and text from the file is
text from a stranger.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ..catalogue.kinds import BaseModelType, FileType, ModelType, Precision
from .architecture import Guess, guess
from .private import PrivateLine, private_lines

MOST_WORDS = 30
LONGEST_WORD = 120
MOST_TRIGGERS = 3
# A word in this share of the captions is what the model was taught by.
TRIGGER_SHARE = 0.95

_PRECISIONS = {
    "F32": Precision.FP32, "F64": Precision.FP32, "F16": Precision.FP16, "BF16": Precision.BF16, "F8_E4M3": Precision.FP8,
    "F8_E5M2": Precision.FP8, "F8_E8M0": Precision.MXFP8, "F8_E4M3FNUZ": Precision.FP8, "F8_E5M2FNUZ": Precision.FP8,
    "I8": Precision.INT8, "U8": Precision.INT8, "F4": Precision.NVFP4,
}  # fmt: skip


@dataclass(frozen=True)
class Word:
    """A caption word or phrase and the number of captions that have it."""

    text: str
    count: int


@dataclass(frozen=True)
class Description:
    """None and empty mean that the header does not say. `base_model` is a published name of the catalogue."""

    kind: ModelType
    file_type: FileType
    architecture: str | None = None
    base_model: str | None = None
    base_model_type: BaseModelType = BaseModelType.STANDARD
    claimed_base_model: str | None = None
    rank: int | None = None
    alpha: float | None = None
    precision: Precision | None = None
    n_parameters: int = 0
    steps: int | None = None
    epochs: int | None = None
    n_pictures: int | None = None
    resolution: tuple[int, int] | None = None
    clip_skip: int | None = None
    prediction_type: str | None = None
    trigger_words: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    title: str = ""
    author: str = ""
    embedded_hash: str | None = None  # sshs_model_hash or modelspec.hash_sha256, upper case, without 0x
    private_lines: tuple[PrivateLine, ...] = field(default=(), repr=False)

    @property
    def contradicts_itself(self):
        """The metadata names a base model whose shapes these are not."""
        return bool(self.claimed_base_model and self.base_model and self.claimed_base_model != self.base_model)

    def told(self):
        """[(label, text), …] for "What its header told us": only what is known, in the order shown."""
        lines = [(_("Kind"), self._kind_text)]
        if self.base_model:
            lines.append((_("Base"), self.base_model))
        if self.precision:
            lines.append((_("Precision"), self.precision.label))
        if self._trained_text:
            lines.append((_("Trained"), self._trained_text))
        if self.n_pictures or self.resolution:
            lines.append((_("Pictures"), self._pictures_text))
        if self.clip_skip:
            lines.append((_("Clip skip"), str(self.clip_skip)))
        return lines

    @cached_property
    def _kind_text(self):
        label = self.kind.label
        if self.rank and self.alpha is not None:
            return format_lazy(
                _("{kind}, rank {rank}, alpha {alpha}"), kind=label, rank=self.rank, alpha=f"{self.alpha:g}"
            )
        if self.rank:
            return format_lazy(_("{kind}, rank {rank}"), kind=label, rank=self.rank)
        return label

    @cached_property
    def _trained_text(self):
        if self.steps and self.epochs:
            return format_lazy(_("{steps} steps, epoch {epoch}"), steps=f"{self.steps:,}", epoch=self.epochs)
        if self.steps:
            return format_lazy(_("{steps} steps"), steps=f"{self.steps:,}")
        return format_lazy(_("epoch {epoch}"), epoch=self.epochs) if self.epochs else None

    @cached_property
    def _pictures_text(self):
        if not self.resolution:
            return str(self.n_pictures)
        width, height = self.resolution
        size = str(width) if width == height else f"{width}×{height}"
        if self.n_pictures:
            return format_lazy(_("{count}, at {size}"), count=self.n_pictures, size=size)
        return format_lazy(_("at {size}"), size=size)


def describe(header):
    """The Description of a safetensors.Header."""
    metadata = header.metadata
    found = guess(header)
    n_pictures = _picture_count(metadata)
    words = _words(metadata)
    return Description(
        kind=found.kind,
        file_type=found.file_type,
        architecture=found.architecture or _text(metadata.get("modelspec.architecture")) or None,
        base_model=found.base_model,
        base_model_type=found.base_model_type,
        claimed_base_model=found.claimed_base_model,
        rank=found.rank or _whole(metadata.get("ss_network_dim")) if _is_adapter(found) else None,
        alpha=_alpha(metadata) if _is_adapter(found) else None,
        precision=_precision(header),
        n_parameters=header.n_parameters,
        steps=_steps(metadata),
        epochs=_epochs(metadata),
        n_pictures=n_pictures,
        resolution=_resolution(metadata),
        clip_skip=_whole(metadata.get("ss_clip_skip")) or _whole(metadata.get("modelspec.encoder_layer")),
        prediction_type=_prediction_type(metadata),
        trigger_words=_trigger_words(metadata, words, n_pictures),
        words=words[:MOST_WORDS],
        title=_text(metadata.get("modelspec.title")),
        author=_text(metadata.get("modelspec.author")),
        embedded_hash=_embedded_hash(metadata),
        private_lines=private_lines(metadata),
    )


def _is_adapter(found: Guess):
    return found.kind in (ModelType.LORA, ModelType.LOCON, ModelType.DORA)


def _precision(header):
    """That of most bytes: norms often stay in fp32 while the weights are fp16."""
    n_bytes = Counter()
    for tensor in header.tensors.values():
        n_bytes[tensor.dtype] += tensor.n_bytes
    return _PRECISIONS.get(n_bytes.most_common(1)[0][0])


def _alpha(metadata):
    alpha = _number(metadata.get("ss_network_alpha"))
    if alpha is not None:
        return alpha
    adapter = _json(metadata.get("lora_adapter_metadata"), dict)
    alphas = {value for key, value in adapter.items() if key.rpartition(".")[2] == "lora_alpha"}
    alpha = alphas.pop() if len(alphas) == 1 else None
    return float(alpha) if type(alpha) in (int, float) else None


def _steps(metadata):
    training = _json(metadata.get("training_info"), dict)
    return (
        _whole(metadata.get("ss_steps")) or _whole(training.get("step")) or _whole(metadata.get("ss_max_train_steps"))
    )


def _epochs(metadata):
    training = _json(metadata.get("training_info"), dict)
    return _whole(metadata.get("ss_epoch")) or _whole(training.get("epoch")) or _whole(metadata.get("ss_num_epochs"))


def _picture_count(metadata):
    """Pictures, not pictures × repeats, where the header tells them apart."""
    folders = _json(metadata.get("ss_dataset_dirs"), dict).values()
    counted = sum(_whole(folder.get("img_count")) or 0 for folder in folders if isinstance(folder, dict))
    if not counted:
        subsets = [subset for data in _datasets(metadata) for subset in _listed(data.get("subsets"))]
        counted = sum(_whole(subset.get("img_count")) or 0 for subset in subsets)
    return counted or _whole(metadata.get("ss_num_train_images"))


def _resolution(metadata):
    found = [metadata.get("ss_resolution"), metadata.get("modelspec.resolution")]
    found += [data.get("resolution") for data in _datasets(metadata)]
    for value in found:
        sides = [int(side) for side in re.findall(r"\d{1,5}", str(value)[:40])] if value else []
        if sides and all(16 <= side <= 16384 for side in sides):
            return (sides[0], sides[1] if len(sides) > 1 else sides[0])
    return None


def _words(metadata):
    """All caption words, most frequent first."""
    counts = Counter()
    for folder in _json(metadata.get("ss_tag_frequency"), dict).values():
        for text, count in folder.items() if isinstance(folder, dict) else ():
            text = _text(text)[:LONGEST_WORD]
            if text and type(count) is int and 0 < count < 10**9:
                counts[text] += count
    return tuple(Word(text, count) for text, count in counts.most_common())


def _trigger_words(metadata, words, n_pictures):
    phrase = _text(metadata.get("modelspec.trigger_phrase"))
    if phrase:
        return tuple(part for part in (part.strip()[:LONGEST_WORD] for part in phrase.split(",")) if part)[
            :MOST_TRIGGERS
        ]
    if not n_pictures:
        return ()
    return tuple(word.text for word in words if word.count >= TRIGGER_SHARE * n_pictures)[:MOST_TRIGGERS]


def _prediction_type(metadata):
    said = _text(metadata.get("modelspec.prediction_type")).casefold()
    if said:
        return "v_prediction" if said.startswith("v") else "epsilon" if said.startswith("eps") else None
    return "v_prediction" if metadata.get("ss_v_parameterization") == "True" else None


def _embedded_hash(metadata):
    for key in ("sshs_model_hash", "modelspec.hash_sha256"):
        value = metadata.get(key, "").strip().removeprefix("0x").upper()
        if re.fullmatch(r"[0-9A-F]{10,64}", value):
            return value
    return None


def _datasets(metadata):
    return _listed(_json(metadata.get("ss_datasets"), list))


def _listed(value):
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _json(text, kind):
    """The value in a metadata text if it is of that kind, else an empty one."""
    try:
        value = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return kind()
    return value if isinstance(value, kind) else kind()


def _number(value):
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 < number < 1e9 else None


def _whole(value):
    if isinstance(value, bool):
        return None
    number = _number(value)
    return int(number) if number and number == int(number) else None


def _text(value):
    """One line of printable text, without the "None" that Python programs write for nothing."""
    text = "".join(ch if ch.isprintable() else " " for ch in value[:2000]).strip() if isinstance(value, str) else ""
    return "" if text == "None" else text
