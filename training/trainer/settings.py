"""What a run is asked to do. Sources of the defaults: the sizes that the pocket model was measured with."""

import math
from dataclasses import asdict, dataclass


class TrainerError(Exception):
    """Expected: a sentence for who started the run, told in their language by who knows one."""

    def __init__(self, template, **values):
        super().__init__(template.format(**values))
        self.template, self.values = template, values

    def told(self, translate):
        return translate(self.template).format(**self.values)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`steps` of `batch_size` pictures; an epoch is one pass over the pictures times `repeats`.

    `learning_rate` peaks after `warmup` steps and falls by a cosine. `alpha` scales the LoRA by alpha / rank.
    `layers` is a key of trainer.lora.LAYERS: what of the UNet is learnt.
    `min_snr_gamma` 0 switches the weighting off. `resolution` in pixels: pictures are cropped to a square of it.
    """

    rank: int = 16
    alpha: float = 16.0
    layers: str = "all"
    learning_rate: float = 2e-3
    batch_size: int = 8
    epochs: int = 6
    repeats: int = 20
    warmup: int = 20
    resolution: int = 128
    min_snr_gamma: float = 5.0
    noise_offset: float = 0.0
    caption_dropout: float = 0.05
    flip: bool = False
    weight_decay: float = 0.01
    clip: float = 1.0
    seed: int = 0

    @classmethod
    def of(cls, told):
        """From `as_dict` of any day: runs that were asked for before layers could be chosen learn the attention."""
        return cls(**{"layers": "attention", **told})

    def steps_an_epoch(self, pictures):
        return max(1, math.ceil(pictures * self.repeats / self.batch_size))

    def steps(self, pictures):
        return self.epochs * self.steps_an_epoch(pictures)

    def check(self):
        """Raises TrainerError for what can't be trained."""
        bounds = {
            "rank": (1, 128),
            "epochs": (1, 50),
            "repeats": (1, 1000),
            "batch_size": (1, 64),
            "resolution": (64, 1024),
        }
        for name, (least, most) in bounds.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise TrainerError(
                    "{name} must be a whole number from {least} to {most}.", name=name, least=least, most=most
                )
        if self.layers not in ("attention", "all"):
            raise TrainerError("layers must be attention or all.")
        for name, most in {"learning_rate": 0.1, "alpha": 128, "min_snr_gamma": 20}.items():
            value = getattr(self, name)
            if not math.isfinite(value) or not 0 <= value <= most:
                raise TrainerError("{name} must be a number from 0 to {most}.", name=name, most=most)
        return self

    def as_dict(self):
        return asdict(self)
