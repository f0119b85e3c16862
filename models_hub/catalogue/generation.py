"""What can be asked of the generator: sizes by ecosystem, limits, sampler names as tools write them."""

from dataclasses import dataclass

from .bases import find_base


@dataclass(frozen=True)
class Range:
    least: float
    most: float
    default: float
    step: float = 1

    def holds(self, value):
        return self.least <= value <= self.most


@dataclass(frozen=True)
class Frame:
    """What an architecture draws well. `multiple`: sides must be divisible by it. Sizes are (width, height), the first is the default."""

    sizes: tuple[tuple[int, int], ...]
    multiple: int
    largest_side: int
    cfg_scale: float
    has_clip_skip: bool = False


STEPS = Range(1, 50, 25)
CFG_SCALE = Range(1, 30, 7, 0.5)
SEED = Range(0, 4_294_967_295, 0)
CLIP_SKIP = Range(1, 3, 1)
QUANTITY = Range(1, 4, 1)
ADAPTER_WEIGHT = Range(-1, 2, 1, 0.05)
DENOISE = Range(0.05, 1, 0.4, 0.05)
UPSCALE = Range(1, 4, 1.5, 0.25)
MOST_RESOURCES = 9
LONGEST_PROMPT = 6000

FRAMES = {
    "pocket": Frame(((128, 128), (160, 128), (128, 160)), multiple=32, largest_side=256, cfg_scale=5),
    "sd1": Frame(((512, 512), (768, 512), (512, 768)), multiple=64, largest_side=1024, cfg_scale=7, has_clip_skip=True),
    "sd2": Frame(((768, 768), (768, 512), (512, 768)), multiple=64, largest_side=1024, cfg_scale=7),
    "sdxl": Frame(((1024, 1024), (1216, 832), (832, 1216)), multiple=64, largest_side=2048, cfg_scale=7),
    "flux1": Frame(((1024, 1024), (1216, 832), (832, 1216)), multiple=16, largest_side=2048, cfg_scale=3.5),
}

# A1111's names, in the order forms show them.
SAMPLERS = (
    "Euler a", "Euler", "LMS", "Heun", "DPM2", "DPM2 a", "DPM++ 2S a", "DPM++ 2M", "DPM++ SDE", "DPM++ 2M SDE", "DPM++ 3M SDE",
    "DPM fast", "DPM adaptive", "LMS Karras", "DPM2 Karras", "DPM2 a Karras", "DPM++ 2S a Karras", "DPM++ 2M Karras",
    "DPM++ SDE Karras", "DPM++ 2M SDE Karras", "DPM++ 3M SDE Karras", "DDIM", "PLMS", "UniPC", "DEIS", "LCM",
)  # fmt: skip
SCHEDULES = ("Automatic", "Normal", "Karras", "Exponential", "SGM Uniform", "Simple", "Beta")


def frame_of(base_model):
    """The Frame for a base model's published name, or None when nothing here draws with it."""
    base = find_base(base_model)
    return FRAMES.get(base.ecosystem.architecture) if base else None
