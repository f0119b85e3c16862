"""A training set with captions, and a run that really runs: the site's own worker takes it when it starts."""

import io

import numpy as np

from civitai.levels import Level
from community.domain import pictures
from generation.pocket.captions import plain_caption
from generation.pocket.scenes import FLAT_AND_PLAIN, draw_scene, render
from generation.pocket.textures import dots
from models_hub.models import ModelVersion
from training.domain import asking, collecting
from training.models import Dataset
from training.trainer.settings import Settings

TRIGGER, COUNT = "pontilho", 20
NAME = "Pontilho: everything in dots"


def seed_training(members):
    """Without a base (the smallest scale) the set alone."""
    owner = members["ines"]
    if Dataset.objects.filter(owner=owner).exists():
        return
    dataset = collecting.start(owner, name=NAME)
    collecting.describe(dataset, name=NAME, trigger=TRIGGER)
    base = ModelVersion.objects.filter(can_generate=True, state="published", base_model="Pocket").order_by("id").first()
    for number, (png, caption) in enumerate(_pictures(COUNT if base else 4)):
        picture = pictures.add(owner, io.BytesIO(png), filename=f"dots-{number:02}.png", level=Level.PG)
        pictures.prepare(picture)
        collecting.add(dataset, picture, name=picture.filename, caption=f"{TRIGGER}, {caption}")
    if base is None:
        return
    collecting.attest(dataset)
    prompts = [f"{TRIGGER}, a red heart on a white background", f"{TRIGGER}, a blue fish on a yellow background"]
    asking.ask(
        dataset,
        owner,
        base=base,
        settings=Settings(epochs=4, repeats=20),
        prompts=prompts,
        submission="demo" + "0" * 28,
    )


def _pictures(count):
    from PIL import Image

    rng = np.random.default_rng(12)
    for _number in range(count):
        scene = draw_scene(rng, FLAT_AND_PLAIN)
        buffer = io.BytesIO()
        Image.fromarray(render(scene, rng, fill=dots)).save(buffer, "PNG")
        yield buffer.getvalue(), plain_caption(scene)
