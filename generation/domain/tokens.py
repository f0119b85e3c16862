"""How many tokens of a prompt the text encoder reads, counted without torch."""

from dataclasses import dataclass

from generation.pocket import WEIGHTS
from models_hub.catalogue.bases import POCKET

MOST_LETTERS = 6000
CHUNK = 75


@dataclass(frozen=True)
class Tokens:
    count: int
    room: int

    @property
    def chunks(self):
        return self.room // CHUNK


def counted(version, prompt):
    """Tokens of `prompt` for a base version, or None where its tokenizer is not at hand in the web process."""
    if version.base_model != POCKET.name:
        return None
    try:
        from generation.sampler.prompts import prompt_chunks

        chunks = prompt_chunks(WEIGHTS / "tokenizer", prompt[:MOST_LETTERS])
    except ImportError:
        # The web process installs without the worker's packages; the count is a comfort, not a need.
        return None
    return Tokens(count=sum(chunks), room=CHUNK * max(1, len(chunks)))
