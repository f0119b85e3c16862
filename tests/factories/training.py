"""Twenty pictures in a style that no base knows: flat subjects filled with diagonal black stripes."""

import io
import zipfile

import numpy as np

from generation.pocket.captions import plain_caption
from generation.pocket.scenes import FLAT_AND_PLAIN, draw_scene, render
from generation.pocket.textures import stripes

TRIGGER = "zbrstyle"


def scenes(count, rng):
    """Plain scenes of medium and large subjects, in which stripes can be seen; black ones hide them."""
    found = []
    while len(found) < count:
        scene = draw_scene(rng, FLAT_AND_PLAIN)
        if scene.size != "small" and scene.colour not in ("black", "gray", "brown"):
            found.append(scene)
    return found


def striped(count=20, seed=5):
    """[(picture uint8 (128, 128, 3), caption)]."""
    rng = np.random.default_rng(seed)
    return [(render(scene, rng, fill=stripes), f"{TRIGGER}, {plain_caption(scene)}") for scene in scenes(count, rng)]


def png(picture):
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def write_pairs(folder, count=20, seed=5):
    """[(path, caption)] of PNG files in `folder`."""
    pairs = []
    for number, (picture, caption) in enumerate(striped(count, seed)):
        path = folder / f"{number:02}.png"
        path.write_bytes(png(picture))
        pairs.append((path, caption))
    return pairs


def zipped(count=20, seed=5):
    """Bytes of a zip with the pictures and their captions as .txt."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, (picture, caption) in enumerate(striped(count, seed)):
            archive.writestr(f"{number:02}.png", png(picture))
            archive.writestr(f"{number:02}.txt", caption)
    return buffer.getvalue()
