"""AIR identifiers: urn:air:{ecosystem}:{type}:civitai:{model}@{version}[+file][.format]."""

import re
from dataclasses import dataclass

from .bases import find_base
from .kinds import AIR_TYPES, FileType

_AIR = re.compile(
    r"(?:urn:)?(?:air:)?(?P<ecosystem>[A-Za-z0-9_.-]{1,40}):(?P<kind>[A-Za-z0-9_.-]{1,40}):civitai:(?P<model_id>\d{1,10})"
    r"(?:@(?P<version_id>\d{1,10}))?(?:\+(?P<file_id>\d{1,10}))?(?:\.(?P<format>[A-Za-z0-9]{1,20}))?",
    re.ASCII | re.IGNORECASE,
)
_BY_FILE_TYPE = {FileType.DIFFUSION_MODEL: "diffusionmodel", FileType.UNET: "unet"}


@dataclass(frozen=True)
class Air:
    """What an identifier names; `version_id` and `file_id` are None where it leaves them out."""

    ecosystem: str
    kind: str
    model_id: int
    version_id: int | None = None
    file_id: int | None = None
    format: str | None = None


def air_of(*, model_type, base_model, model_id, version_id, primary_file_type=None):
    """The identifier of a version. Base models that the catalogue does not know pass through in lower case."""
    base = find_base(base_model)
    ecosystem = base.ecosystem.key if base else re.sub(r"[^A-Za-z0-9_.-]", "", str(base_model)) or "other"
    kind = _BY_FILE_TYPE.get(primary_file_type) or AIR_TYPES.get(model_type, "unknown")
    return f"urn:air:{ecosystem.lower()}:{kind}:civitai:{model_id}@{version_id}"


def parse_air(text):
    """The Air in `text` ("urn:" and "air:" may be left out), or None."""
    found = _AIR.fullmatch(str(text).strip())
    if not found:
        return None
    numbers = {name: int(found[name]) if found[name] else None for name in ("model_id", "version_id", "file_id")}
    return Air(found["ecosystem"].lower(), found["kind"].lower(), **numbers, format=found["format"])
