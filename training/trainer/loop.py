"""The training loop. Everything it depends on is in its state: a run that was killed goes on bit for bit.

Randomness needs no state: what a step draws is seeded by (seed, step), the order of pictures by (seed, epoch).
"""

import math
from dataclasses import dataclass, field
from pathlib import Path

import torch
from diffusers import DDPMScheduler

from . import lora
from .settings import Settings, TrainerError

MOST_BAD_STEPS = 3


@dataclass
class Progress:
    """What the caller sees after each step."""

    step: int
    steps: int
    epoch: int
    loss: float
    is_epoch_end: bool
    losses: list = field(default_factory=list)


class Training:
    """One run on a base: `for progress in training.go(): …`; save and restore between any two steps."""

    def __init__(self, base, material, settings):
        self.base, self.material, self.settings = base, material, settings.check()
        self.unet = base.unet.float() if base.device.type == "cpu" else base.unet
        self.weights = lora.put_on(self.unet, settings)
        self.optimizer = torch.optim.AdamW(
            self.weights, lr=settings.learning_rate, betas=(0.9, 0.99), weight_decay=settings.weight_decay, fused=True
        )
        names = (
            "num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "prediction_type", "rescale_betas_zero_snr"
        )  # fmt: skip
        config = {name: base.scheduler_config[name] for name in names if name in base.scheduler_config}
        self.alphas = DDPMScheduler(**config).alphas_cumprod.to(base.device)
        self.predicts_velocity = config.get("prediction_type") == "v_prediction"
        self.steps_an_epoch = settings.steps_an_epoch(material.pictures)
        self.steps = settings.steps(material.pictures)
        self.step, self.bad, self.losses = 0, 0, []
        self._ordered = (None, None)

    def go(self):
        """Yields a Progress after each step. Raises TrainerError when the loss is no number several times."""
        while self.step < self.steps:
            loss = self._one()
            self.step += 1
            self.losses.append(loss)
            epoch = math.ceil(self.step / self.steps_an_epoch)
            is_end = self.step % self.steps_an_epoch == 0
            yield Progress(self.step, self.steps, epoch, loss, is_end, self.losses)

    def _one(self):
        latents, states, draws = self._batch()
        noise, steps = draws
        alpha = self.alphas[steps].view(-1, 1, 1, 1)
        noisy = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
        predicted = self.unet(noisy, steps, states).sample.float()
        target = alpha.sqrt() * noise - (1 - alpha).sqrt() * latents if self.predicts_velocity else noise
        loss = (((predicted - target) ** 2).mean((1, 2, 3)) * self._weights_of(alpha)).mean()
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.weights, self.settings.clip)
        # The only thing of a step that waits for the device.
        told, length = torch.stack([loss.detach(), norm]).tolist()
        if not (math.isfinite(told) and math.isfinite(length)):
            return self._bad_step()
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        self.optimizer.step()
        return told

    def _batch(self):
        """Latents, text states and (noise, timesteps) of this step, from (seed, step) and (seed, epoch) alone."""
        size = self.settings.batch_size
        epoch, place = divmod(self.step, self.steps_an_epoch)
        source = self._source("step", self.step, 0)
        chosen = self._order(epoch)[place * size : (place + 1) * size]
        flips = torch.rand(len(chosen), generator=source) < 0.5
        dropped = torch.rand(len(chosen), generator=source) < self.settings.caption_dropout
        latents, states = self.material.draw(chosen, flips, dropped)
        noise = torch.randn(latents.shape, generator=source)
        if self.settings.noise_offset:
            noise += self.settings.noise_offset * torch.randn(len(chosen), latents.shape[1], 1, 1, generator=source)
        steps = torch.randint(len(self.alphas), (len(chosen),), generator=source)
        device = self.base.device
        return latents.to(device), states.to(device), (noise.to(device), steps.to(device))

    def _order(self, epoch):
        """Each picture as often as its repeats, every round of all pictures shuffled anew."""
        if self._ordered[0] != epoch:
            rounds = range(math.ceil(self.steps_an_epoch * self.settings.batch_size / self.material.pictures))
            pictures = self.material.pictures
            order = [torch.randperm(pictures, generator=self._source("order", epoch, turn)) for turn in rounds]
            self._ordered = (epoch, torch.cat(order))
        return self._ordered[1]

    def _source(self, what, number, turn):
        text = (self.settings.seed * 1_000_003 + number) * 2 + (what == "order") + turn * 7_368_787
        return torch.Generator().manual_seed(text % (2**63))

    def _weights_of(self, alpha):
        """Min-SNR (arXiv 2303.09556); for velocity the weight is divided by SNR + 1."""
        gamma = self.settings.min_snr_gamma
        if not gamma:
            return torch.ones(len(alpha), device=alpha.device)
        snr = (alpha / (1 - alpha)).flatten()
        capped = snr.clamp(max=gamma)
        return capped / (snr + 1) if self.predicts_velocity else capped / snr

    def _rate(self):
        warm = min(1.0, (self.step + 1) / max(1, self.settings.warmup))
        cosine = 0.5 + 0.5 * math.cos(math.pi * self.step / max(1, self.steps))
        return self.settings.learning_rate * (warm * cosine + 0.01)

    def _bad_step(self):
        self.bad += 1
        if self.bad > MOST_BAD_STEPS:
            raise TrainerError("The loss is no number any more. Try a lower learning rate.")
        return math.nan

    def save(self, path):
        """Everything that the rest of the run depends on, at once: a kill while saving leaves the last good one."""
        path = Path(path)
        state = {
            "step": self.step,
            "bad": self.bad,
            "losses": self.losses,
            "weights": [weight.detach().cpu() for weight in self.weights],
            "optimizer": self.optimizer.state_dict(),
            "settings": self.settings.as_dict(),
        }
        draft = path.with_suffix(".draft")
        torch.save(state, draft)
        draft.replace(path)

    def restore(self, path):
        """Goes on from a saved state. Raises TrainerError when it is of other settings."""
        state = torch.load(path, weights_only=True, map_location="cpu")
        if Settings.of(state["settings"]) != self.settings:
            raise TrainerError("This checkpoint belongs to another run.")
        with torch.no_grad():
            for weight, kept in zip(self.weights, state["weights"], strict=True):
                weight.copy_(kept)
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.bad, self.losses = state["step"], state["bad"], list(state["losses"])

    def tensors(self):
        """The LoRA as it is now, with kohya's keys."""
        return lora.tensors(self.unet, self.settings)
