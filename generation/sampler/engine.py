"""The engine: bases stay in memory, LoRAs come and go, pictures come out one by one."""

import inspect
import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from . import conditioning, files, loras, previews
from .attention import forget, read_text_once
from .bases import load_base
from .errors import BadRequest, Broken, Stopped
from .pixels import to_image
from .samplers import build_scheduler

LORA_CACHE_BYTES = 512 * 1024**2


@dataclass(frozen=True)
class Drawn:
    """One picture of a request: ``image`` is a PIL image, ``seconds`` its share of its batch's time."""

    index: int
    seed: int
    image: object
    seconds: float


class Engine:
    """Draws requests. One per worker process; its methods may be called from several threads, which take turns.

    ``device`` is "auto" (CUDA where there is one), "cpu" or "cuda". At most ``keep_bases`` bases and ``keep_bytes`` of
    their weights stay resident (60 % of the memory unless said otherwise); the one used longest ago leaves first. On
    small machines torch is set to one thread for the whole process: more of them cost more than they bring for small
    pictures.
    """

    def __init__(self, device="auto", *, keep_bases=4, keep_bytes=None, threads=None):
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self.device = torch.device(device)
        self.dtype = torch.float16 if self.device.type == "cuda" else torch.float32
        if self.device.type == "cpu":
            cores = os.cpu_count() or 1
            torch.set_num_threads(threads or (1 if cores <= 4 else cores // 2))
        self._keep_bases = keep_bases
        self._keep_bytes = keep_bytes or int(0.6 * _memory_bytes(self.device))
        self._bases = OrderedDict()
        self._readers = {}
        self._previewers = {}
        self._loras = OrderedDict()
        self._turn = threading.RLock()

    def draw(self, request, on_step=None, should_stop=None):
        """Check the request now; return an iterator of ``Drawn``, which does the work.

        ``on_step(image_index, step, total, preview)`` is called after each step of each picture; ``preview()`` makes
        a small PIL image of what is seen so far, and may only be called within ``on_step``. ``should_stop()`` is
        asked before each step; when true, ``Stopped`` is raised. Each picture has its own seed and noise, so that it
        comes out the same alone or among others.

        Raises ``BadRequest``, ``BadFile``, ``DoesNotFit``, ``Broken``, ``Stopped``.
        """
        request.validate()
        return self._draw(request, on_step, should_stop or (lambda: False))

    def warm(self, base, config=None):
        """Load a base before anybody asks for it."""
        with self._turn:
            self._base(base, config)

    def resident(self):
        """The content keys of the bases in memory, the one used last at the end."""
        return list(self._bases)

    def _draw(self, request, on_step, should_stop):
        index = 0
        while index < request.count:
            if should_stop():
                raise Stopped
            with self._turn:
                # Asked for again for each batch: another thread may have drawn something else meanwhile.
                base = self._base(request.base, request.config)
                base.weights.put([(key, lora, weight) for key, lora, weight in self._stack(request.loras)])
                size = min(self._batch(base, request), request.count - index)
                indexes = list(range(index, index + size))
                try:
                    drawn = self._draw_batch(base, request, indexes, on_step, should_stop)
                finally:
                    forget(self._readers[base.key])
            yield from drawn
            index += size

    @torch.inference_mode()
    def _draw_batch(self, base, request, indexes, on_step, should_stop):
        start = time.perf_counter()
        seeds = [request.seed_of(index) for index in indexes]
        # On the CPU whatever the device: the same seed is the same picture everywhere.
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        scheduler = build_scheduler(base.scheduler_config, request.sampler, request.schedule, request.steps)
        timesteps = scheduler.timesteps.to(base.device)
        text = conditioning.condition(base, request)
        guided = request.cfg_scale > 1
        embeds, extras = _inputs(base, request, text, len(indexes), guided)
        latents = _noise(base, request, generators) * scheduler.init_noise_sigma
        takes_generator = "generator" in inspect.signature(scheduler.step).parameters
        step_options = {"generator": generators} if takes_generator else {}
        total = len(timesteps)
        for done, timestep in enumerate(timesteps, 1):
            if should_stop():
                raise Stopped
            scaled = scheduler.scale_model_input(latents, timestep)
            both = torch.cat([scaled, scaled]) if guided else scaled
            output = base.unet(both, timestep, encoder_hidden_states=embeds, return_dict=False, **extras)[0]
            if guided:
                negative, positive = output.chunk(2)
                output = negative + request.cfg_scale * (positive - negative)
            latents = scheduler.step(output, timestep, latents, return_dict=False, **step_options)[0]
            latents = latents.to(embeds.dtype)
            if on_step:
                step = done * request.steps // total
                for place, index in enumerate(indexes):
                    on_step(
                        index,
                        step,
                        request.steps,
                        partial(self._preview, base, scheduler, scaled[place], output[place], timestep),
                    )
        if not torch.isfinite(latents).all():
            raise Broken("The picture fell apart while it was drawn. Try a lower CFG scale or lower LoRA weights.")
        images = [to_image(previews.decode(base, latents[place : place + 1])[0]) for place in range(len(indexes))]
        seconds = (time.perf_counter() - start) / len(indexes)
        return [Drawn(*row, seconds) for row in zip(indexes, seeds, images, strict=True)]

    @torch.inference_mode()
    def _preview(self, base, scheduler, scaled, output, timestep):
        """What the model takes the clean picture to be: on the variance-preserving scale for every sampler."""
        alphas = scheduler.alphas_cumprod
        alpha = float(alphas[int(timestep.round().clamp(0, len(alphas) - 1))])
        signal, noise = alpha**0.5, (1 - alpha) ** 0.5
        if scheduler.config.prediction_type == "v_prediction":
            clean = signal * scaled - noise * output
        else:
            clean = (scaled - noise * output) / max(signal, 1e-3)
        clean = torch.nan_to_num(clean).clamp(-20, 20)
        if base.key not in self._previewers:
            self._previewers[base.key] = previews.Previewer(base)
        return self._previewers[base.key].picture(clean)

    def _base(self, path, config):
        key = files.content_key(path)
        if key in self._bases:
            self._bases.move_to_end(key)
            return self._bases[key]
        room = self._keep_bytes - files.weight_bytes(path) * (2 if self.dtype == torch.float32 else 1)
        while self._bases and (len(self._bases) >= self._keep_bases or self._resident_bytes() > room):
            gone, _ = self._bases.popitem(last=False)
            self._readers.pop(gone)
            self._previewers.pop(gone, None)
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
        base = load_base(path, key=key, device=self.device, dtype=self.dtype, config=config)
        self._readers[key] = read_text_once(base.unet)
        self._bases[key] = base
        return base

    def _stack(self, wanted):
        stack = []
        for path, weight in wanted:
            path = Path(path)
            if path.suffix.lower() != ".safetensors":
                files.read_header(path)  # says what is wrong with a pickle
                raise BadRequest("A LoRA must be a safetensors file.", "loras")
            key = files.content_key(path)
            if key not in self._loras:
                self._loras[key] = loras.read_lora(path)
            self._loras.move_to_end(key)
            stack.append((key, self._loras[key], weight))
        while len(self._loras) > len(stack) and self._lora_bytes() > LORA_CACHE_BYTES:
            self._loras.popitem(last=False)
        return stack

    def _resident_bytes(self):
        return sum(base.weight_bytes for base in self._bases.values())

    def _lora_bytes(self):
        return sum(lora.tensor_bytes for lora in self._loras.values())

    def _batch(self, base, request):
        """How many pictures at once: small ones share a step's overhead, large ones would only take memory."""
        pixels = request.width * request.height
        if self.device.type == "cpu":
            return 4 if pixels <= 256 * 256 else 1
        free, _ = torch.cuda.mem_get_info(self.device)
        return max(1, min(4, int(free / (pixels * 12_000))))


def _memory_bytes(device):
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _noise(base, request, generators):
    shape = (1, base.unet.config.in_channels, request.height // base.scale, request.width // base.scale)
    rows = [torch.randn(shape, generator=generator) for generator in generators]
    return torch.cat(rows).to(base.device, base.unet.dtype)


def _inputs(base, request, text, count, guided):
    positive = text.positive.expand(count, -1, -1)
    embeds = torch.cat([text.negative.expand(count, -1, -1), positive]) if guided else positive
    embeds = embeds.to(base.unet.dtype)
    if not base.is_sdxl:
        return embeds, {}
    pooled = text.pooled_positive.expand(count, -1)
    if guided:
        pooled = torch.cat([text.pooled_negative.expand(count, -1), pooled])
    sizes = [request.height, request.width, 0, 0, request.height, request.width]
    time_ids = torch.tensor([sizes], device=base.device, dtype=embeds.dtype).expand(len(embeds), -1)
    return embeds, {"added_cond_kwargs": {"text_embeds": pooled.to(embeds.dtype), "time_ids": time_ids}}
