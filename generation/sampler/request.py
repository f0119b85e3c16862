"""What is to be drawn, and within which bounds."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import BadRequest
from .samplers import AUTOMATIC, check_names

MAX_SEED = 2**32 - 1
MAX_PROMPT = 10_000
MAX_LORAS = 16
MAX_COUNT = 12
MAX_STEPS = 150
MIN_SIDE, MAX_SIDE, SIDE_STEP = 64, 2048, 8


@dataclass(frozen=True, kw_only=True)
class DrawRequest:
    """One order of ``count`` pictures; picture i has the seed ``seed + i``, wrapped at 2³².

    ``base`` is a diffusers folder or one ``.safetensors`` checkpoint; ``config`` may then be the diffusers folder
    that it is shaped like (for SD 1.5, SDXL and Pocket it is found by itself). ``loras`` are (path, weight) pairs.
    ``clip_skip`` counts as A1111 does: 1 is the last layer.
    """

    base: Path | str
    prompt: str
    negative_prompt: str = ""
    loras: tuple = ()
    width: int = 512
    height: int = 512
    steps: int = 20
    cfg_scale: float = 7.0
    sampler: str = "DPM++ 2M"
    schedule: str = AUTOMATIC
    seed: int = 0
    clip_skip: int = 1
    count: int = 1
    config: Path | str | None = None

    def validate(self):
        """Raise ``BadRequest`` (sentence, field) at the first setting that can't be drawn; return self."""
        for field in ("prompt", "negative_prompt"):
            text = getattr(self, field)
            if not isinstance(text, str):
                raise BadRequest("The prompt must be text.", field)
            if len(text) > MAX_PROMPT:
                raise BadRequest("The prompt is longer than {most} characters.", field, most=MAX_PROMPT)
        for field in ("width", "height"):
            side = _whole(getattr(self, field), field, MIN_SIDE, MAX_SIDE)
            if side % SIDE_STEP:
                raise BadRequest("Width and height must be multiples of {step} pixels.", field, step=SIDE_STEP)
        _whole(self.steps, "steps", 1, MAX_STEPS)
        _whole(self.seed, "seed", 0, MAX_SEED)
        _whole(self.clip_skip, "clip_skip", 1, 12)
        _whole(self.count, "count", 1, MAX_COUNT)
        _number(self.cfg_scale, "cfg_scale", 1, 30)
        check_names(self.sampler, self.schedule)
        if len(self.loras) > MAX_LORAS:
            raise BadRequest("At most {most} LoRAs can be combined.", "loras", most=MAX_LORAS)
        for _, weight in self.loras:
            _number(weight, "loras", -5, 5)
        return self

    def seed_of(self, index):
        """The seed of picture ``index``."""
        return (self.seed + index) % (MAX_SEED + 1)

    def alone(self, index):
        """The request that draws picture ``index`` of this one, and no other."""
        return replace(self, seed=self.seed_of(index), count=1)


_WHOLE = {
    "width": "The width must be a whole number from {least} to {most}.",
    "height": "The height must be a whole number from {least} to {most}.",
    "steps": "The number of steps must be a whole number from {least} to {most}.",
    "seed": "The seed must be a whole number from {least} to {most}.",
    "clip_skip": "Clip skip must be a whole number from {least} to {most}.",
    "count": "The number of images must be a whole number from {least} to {most}.",
}
_NUMBER = {
    "cfg_scale": "The CFG scale must be a number from {least} to {most}.",
    "loras": "The weight of a LoRA must be a number from {least} to {most}.",
}


def _whole(value, field, least, most):
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadRequest(_WHOLE[field], field, least=least, most=most)
    return value


def _number(value, field, least, most):
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not fits or not least <= value <= most:
        raise BadRequest(_NUMBER[field], field, least=least, most=most)
    return value
