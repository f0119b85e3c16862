"""How well prompts steer the model, on prompts held out of training; see `checker` for how pictures are read."""

import json
import platform
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline

from . import dataset
from .captions import plain_caption
from .checker import score
from .scenes import FLAT_AND_PLAIN, draw_scene, render
from .textures import dots, stripes
from .vae import fidelity

STEPS, GUIDANCE = 20, 5.0


def load_pipeline(folder: Path) -> StableDiffusionPipeline:
    pipeline = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32, safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def draw(pipeline, prompts, *, seed=0, steps=STEPS, guidance=GUIDANCE, batch=24) -> list[np.ndarray]:
    """uint8 (128, 128, 3) each; picture i has seed + i."""
    pictures = []
    for start in range(0, len(prompts), batch):
        some = prompts[start : start + batch]
        generators = [torch.Generator().manual_seed(seed + start + number) for number in range(len(some))]
        drawn = pipeline(
            some,
            num_inference_steps=steps,
            guidance_scale=guidance,
            generator=generators,
            height=128,
            width=128,
            output_type="np",
        )
        pictures += list((drawn.images * 255).round().astype(np.uint8))
    return pictures


def questions(count: int, *, seed: int, held_out: bool = False, words: bool = False):
    """Scenes to ask for. ``words``: with a size or position word each; else medium and centred."""
    rng, found = np.random.default_rng(seed), []
    while len(found) < count:
        scene = draw_scene(rng, FLAT_AND_PLAIN, held_out=held_out)
        if not words:
            found.append(replace(scene, size="medium", position="center"))
        elif scene.size != "medium" or scene.position != "center":
            found.append(scene)
    return found


def measure(folder: Path, *, count: int = 100, pictures: Path | None = None) -> dict:
    """Shares right (0..1) for the pipeline in ``folder``; with ``pictures`` also the VAE's fidelity in dB."""
    pipeline, started = load_pipeline(folder), time.process_time()
    sets = {
        "trained combinations": questions(count, seed=5),
        "combinations never trained": questions(count, seed=5, held_out=True),
        "with size and position words": questions(count, seed=6, words=True),
        "small ones": _small(count),
    }
    result = {
        name: score(scenes, draw(pipeline, [plain_caption(scene) for scene in scenes])) for name, scenes in sets.items()
    }
    spent = time.process_time() - started
    result |= {"pictures of each": count, "steps": STEPS, "guidance": GUIDANCE, "sampler": "DPM++ 2M"}
    result |= {"cpu seconds a picture": round(spent / (4 * count), 2), "machine": platform.machine()}
    if pictures:
        result["vae fidelity dB"] = round(fidelity(pipeline.vae, dataset.load(pictures)[0][-256:]), 2)
        result["vae fidelity on stripes and dots dB"] = round(fidelity(pipeline.vae, _strange_fills(32)), 2)
    return result


def trained(folder: Path) -> dict:
    """Steps and minutes of each stage, from its checkpoint in ``folder`` (a scratch folder of `train`)."""
    names = {"VAE": "vae", "text encoder and UNet": "model", "anime": "model-anime", "realistic": "model-realistic"}
    stages = {}
    for title, name in names.items():
        path = folder / f"{name}.checkpoint"
        if path.exists():
            state = torch.load(path, weights_only=True, mmap=True)
            stages[title] = {"steps": state["step"], "minutes": round(state["trained_s"] / 60, 1)}
    return stages


def write(folder: Path, result: dict):
    (folder / "report.json").write_text(json.dumps(result, indent=1) + "\n")


def _small(count):
    scenes = questions(4 * count, seed=7, words=True)
    return [scene for scene in scenes if scene.size == "small"][:count]


def _strange_fills(count):
    rng = np.random.default_rng(12)
    scenes = [draw_scene(rng, FLAT_AND_PLAIN) for _ in range(count)]
    return np.stack([render(scene, rng, fill=(stripes, dots)[i % 2]) for i, scene in enumerate(scenes)])
