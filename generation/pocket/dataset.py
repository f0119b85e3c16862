"""The drawn data set on disk: pictures, textures and their scenes, rendered by several processes."""

import json
import os
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from .drawing import SIDE
from .scenes import Mix, Scene, draw_scene, render
from .textures import draw_texture

CHUNK = 500  # pictures per seed, so that the set does not depend on how many processes draw it


def build(folder: Path, *, pictures: int, textures: int = 0, seed: int = 0, mix: Mix = Mix(), processes: int = 2):
    """Draw the set into ``folder`` unless it is there; scenes.json comes last and marks it complete."""
    if (folder / "scenes.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(min(CHUNK, pictures - k), seed * 100_003 + k // CHUNK, mix) for k in range(0, pictures, CHUNK)]
    texture_jobs = [(min(CHUNK, textures - k), seed * 100_003 + 50_000 + k // CHUNK) for k in range(0, textures, CHUNK)]
    with _mapping(processes) as mapped:
        scenes = _gather(mapped(_draw_pictures, jobs), folder / "pictures.npy", pictures)
        _gather(mapped(_draw_textures, texture_jobs), folder / "textures.npy", textures)
    (folder / "scenes.json").write_text(json.dumps([asdict(scene) for scene in scenes]))


def load(folder: Path) -> tuple[np.ndarray, list[Scene]]:
    """Pictures uint8 (n, SIDE, SIDE, 3), mapped from disk, and their scenes."""
    scenes = [Scene(**row) for row in json.loads((folder / "scenes.json").read_text())]
    return np.load(folder / "pictures.npy", mmap_mode="r"), scenes


def load_textures(folder: Path) -> np.ndarray:
    return np.load(folder / "textures.npy", mmap_mode="r")


@contextmanager
def _mapping(processes):
    if processes == 1:
        yield map  # tests draw a handful, beside threads that a fork would lose
        return
    with get_context("fork").Pool(processes, initializer=os.nice, initargs=(10,)) as pool:
        yield pool.imap


def _gather(chunks, path, count):
    pixels = np.lib.format.open_memmap(path, "w+", np.uint8, (count, SIDE, SIDE, 3))
    scenes, start = [], 0
    for pictures, drawn in chunks:
        pixels[start : start + len(pictures)] = pictures
        scenes, start = scenes + drawn, start + len(pictures)
    pixels.flush()
    return scenes


def _draw_pictures(job):
    count, seed, mix = job
    rng = np.random.default_rng(seed)
    scenes = [draw_scene(rng, mix) for _ in range(count)]
    return np.stack([render(scene, rng) for scene in scenes]), scenes


def _draw_textures(job):
    count, seed = job
    rng = np.random.default_rng(seed)
    return np.stack([draw_texture(rng) for _ in range(count)]), []
