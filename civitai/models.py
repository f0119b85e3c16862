"""The kernel's tables."""

from civitai.states import StateChange
from civitai.uploads import Upload

__all__ = ["StateChange", "Upload"]
