"""Models and posts of the demo, published through the same doors as everybody's. Each is whole or not there."""

import tempfile
import zlib
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from civitai.levels import Level
from community.domain import pictures
from gallery.domain import posting
from gallery.metadata.recipe import Recipe
from gallery.models import Post
from gallery.states import PostState
from models_hub.catalogue.bases import POCKET
from models_hub.domain import importing, publishing, samples
from models_hub.models import Model
from models_hub.states import ModelState
from pages.demo import loras

ABOUT_DEMO = (
    "\n\n---\n\n*Part of the demo site. The file is real and can be downloaded and loaded; its weights come from a seed, "
    "nobody trained them, and the pictures are drawn by formulas.*"
)
SAMPLERS = ("DPM++ 2M", "Euler a", "DPM++ 2M SDE", "UniPC")


def model_of(series, owner):
    """The published model of a series, or None."""
    return Model.objects.filter(owner=owner, name=series.name, state=ModelState.PUBLISHED).first()


def version_of(model):
    return model.versions.filter(state=ModelState.PUBLISHED).order_by("index", "-id").first()


def post_of(shot, owner):
    return Post.objects.filter(owner=owner, title=shot.title, state=PostState.PUBLISHED).first()


def picture(owner, png_bytes, *, filename):
    """A ready picture: looked at here and now, as a worker would."""
    row = pictures.add(owner, png_bytes, filename=filename, level=Level.PG)
    return pictures.prepare(row)


@transaction.atomic
def publish_model(series, owner, cover):
    """`series` as a published LoRA with a file; `cover` is a ready picture of its owner."""
    model = publishing.start(owner)
    publishing.describe(
        model, name=series.name, description=series.about + ABOUT_DEMO, tags=series.tags, **series.licence
    )
    if series.change:
        _publish_version(model, model.versions.get(), series, owner, cover, name="v1")
        _publish_version(model, publishing.add_version(model, owner), series, owner, cover, name=series.version)
    else:
        _publish_version(model, model.versions.get(), series, owner, cover, name=series.version)
    return Model.objects.get(pk=model.pk)


def _publish_version(model, version, series, owner, cover, *, name):
    publishing.describe_version(
        version,
        name=name,
        base_model=series.base,
        description=series.change if name == series.version else "",
        trained_words=list(series.words),
        weight_min=round(series.weight - 0.3, 1),
        weight_max=round(series.weight + 0.2, 1),
    )
    stem = f"{model.slug}-{name}"
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        path = loras.write(
            Path(folder) / f"{stem}.safetensors",
            base=series.base,
            seed=_seed(stem),
            rank=series.rank,
            words=series.words,
            name=stem,
        )
        importing.add_file_from_path(version, path)
    samples.add_picture(version, cover)
    # Some weeks ago, or everything would be new at once; an earlier version a month before.
    age = timedelta(hours=_seed(model.slug) % (60 * 24), days=0 if name == series.version else 30)
    publishing.publish(model, owner, version, now=timezone.now() - age)
    model.refresh_from_db()


@transaction.atomic
def publish_post(shot, series, owner, shown, version, base):
    """One picture as a post, with its recipe and the versions it names. `base` is the pocket version or None."""
    post = posting.start(owner, title=shot.title)
    posting.describe(post, title=shot.title, tags=series.tags)
    resources = [(version, series.weight)]
    if series.base == POCKET.name and base is not None:
        resources.insert(0, (base, None))
    image = posting.add_image(post, shown, recipe=recipe_of(shot, series), resources=resources, level=Level.PG)
    # Over the last weeks, a few of them today.
    age = timedelta(hours=_seed(shot.title) % 24 if _seed(shot.prompt) % 4 == 0 else _seed(shot.title) % (24 * 20))
    posting.publish(post, owner, now=timezone.now() - age)
    return image


def recipe_of(shot, series):
    seed = _seed(shot.title + shot.prompt)
    width, height = shot.size
    return Recipe(
        prompt=shot.prompt,
        negative_prompt=series.negative,
        steps=20 + seed % 16,
        sampler=SAMPLERS[seed % len(SAMPLERS)],
        cfg_scale=5 + seed % 5 * 0.5,
        seed=seed,
        width=width,
        height=height,
        model_name="" if series.base == POCKET.name else series.base,
    )


def _seed(text):
    return zlib.crc32(text.encode())
