"""What made a picture, in one shape for all tools."""

import re
from dataclasses import dataclass, field

# Longer texts are refused unread.
MAX_TEXT = 8_000_000
MAX_PROMPTS = 1_100_000  # to be written: as JSON with escapes they grow up to sixfold
MAX_RESOURCES = 100

CHECKPOINT, LORA, EMBEDDING, VAE, HYPERNETWORK = "checkpoint", "lora", "embedding", "vae", "hypernet"

# What the SHA-256 of nothing begins with: a trainer once wrote it into every file.
EMPTY_HASH = "e3b0c44298fc"

_HASH = re.compile(r"(?:0x)?([0-9a-fA-F]{8,64})")


class Unreadable(ValueError):
    """The text or the file can't be read as a recipe; the message says why."""


@dataclass(frozen=True)
class Resource:
    """Something that a picture was made with. ``hash`` is lower-case hex of 8 to 64 digits, or empty."""

    name: str = ""
    type: str = LORA
    hash: str = ""
    version_id: int | None = None
    weight: float | None = None
    version_name: str = ""
    air: str = ""


@dataclass(frozen=True)
class Recipe:
    """Numbers are None where a text does not say. ``model_hash`` is AutoV2 (10 digits) as a rule.

    ``extra`` keeps every other setting as text, in the order found.
    """

    prompt: str = ""
    negative_prompt: str = ""
    steps: int | None = None
    sampler: str = ""
    schedule: str = ""
    cfg_scale: float | None = None
    seed: int | None = None
    width: int | None = None
    height: int | None = None
    clip_skip: int = 1
    model_name: str = ""
    model_hash: str = ""
    resources: tuple = ()
    extra: dict = field(default_factory=dict)

    def references(self):
        """All resources, with the base model first when no checkpoint stands among them."""
        if (self.model_name or self.model_hash) and not any(r.type == CHECKPOINT for r in self.resources):
            return (Resource(name=self.model_name, type=CHECKPOINT, hash=self.model_hash), *self.resources)
        return self.resources


def clean_hash(text):
    """Lower-case hex without 0x, or "" for what is no hash or the hash of nothing."""
    match = _HASH.fullmatch(str(text).strip())
    digest = match[1].lower() if match else ""
    return "" if digest.startswith(EMPTY_HASH[:8]) else digest
