"""What the demo site's people say to each other: reviews, talk below pictures and models, collections; and who
downloaded what.
"""

import random
import uuid
from datetime import timedelta

from django.utils import timezone

from civitai.levels import Level
from community.domain import collecting, reacting, threads
from community.domain import demo as talk
from community.models import Collection, Comment
from gallery.models import Image
from models_hub.domain import demo as reviews
from models_hub.domain import downloading, reviewing
from models_hub.models import Model, ModelVersion, Review
from pages.demo.words import QUESTIONS, REVIEWS, TALKS

SPACE = uuid.UUID("5f0c0f26-1a0e-4b8e-9c57-8f1d6c1f3a10")
# Below what one member may say in a minute; see community.domain.threads.
MOST_EACH = 6

COLLECTIONS = [
    ("ines", "Azul", "Tudo que é azul e fica bem na parede.", "public", 9),
    ("sable", "To remix one day", "", "private", 6),
    ("sable", "Light through things", "Glass, leaves, fog, paper: light that had to work to get here.", "public", 8),
    ("mvhr", "Endpapers", "What I would bind a book with.", "public", 7),
    ("linnea", "Fönster", "", "unlisted", 5),
]


def seed_among(members):
    """Through the domain alone, the same each time; what stands there already is left alone."""
    rng = random.Random(11)
    said = dict.fromkeys(members, 0)
    images = list(
        Image.objects.in_feed().filter(level=Level.PG).select_related("owner", "post").order_by("-likes", "id")[:24]
    )
    models = list(Model.objects.published().select_related("owner").order_by("-likes", "id")[:12])
    for image in Image.objects.in_feed().filter(post__title__in=TALKS).select_related("owner", "post").order_by("id"):
        _talk(members, "gallery.Image", image, TALKS[image.post.title], said)
    for model in Model.objects.published().filter(name__in=REVIEWS).select_related("owner").order_by("id"):
        _talk(members, "models_hub.Model", model, QUESTIONS.get(model.name, ()), said)
        _review(members, model, REVIEWS[model.name])
    for row in COLLECTIONS:
        _collect(members, row, images, models, rng)
    for image in images[:3]:
        collecting.keep(members["sable"], "gallery.Image", image.pk)


def seed_downloads(members):
    """By visitors, over the last weeks; some models are wanted by many, most by a few."""
    now, rng = timezone.now(), random.Random(13)
    for version in ModelVersion.objects.filter(state="published", model__state="published", downloads=0).order_by("id"):
        file = version.files.filter(state="ready").select_related("version__model").first()
        for number in range(2 + int(rng.random() ** 2 * 30) if file else 0):
            downloading.count(file, None, address=f"visitor {number}", now=now - timedelta(days=rng.randint(0, 40)))


def _talk(members, label, row, lines, said):
    """One conversation: each line answers the one before it."""
    before = None
    for place, (name, text) in enumerate(lines):
        author = row.owner if name == "owner" else members[name]
        if name != "owner" and author.pk == row.owner_id:
            continue
        key = uuid.uuid5(SPACE, f"{label} {row.pk} {place}")
        known = Comment.objects.filter(author=author, key=key).first()
        if known is None and said.get(author.username, MOST_EACH) < MOST_EACH:
            known = threads.comment(author, label, row.pk, text, parent_id=before and before.pk, key=key)
            said[author.username] += 1
            since = before.at if before is not None else getattr(row, "sort_at", None) or row.published_at
            talk.said(known, _later(since, rng=random.Random(str(key))))
            if before is not None and before.author_id != author.pk:
                reacting.toggle(author, "community.Comment", before.pk, wanted=True)
        before = known or before


def _review(members, model, chosen):
    version = model.versions.filter(state="published").select_related("model__owner").order_by("index", "-id").first()
    for name, recommends, text in chosen:
        author = members[name]
        if author.pk == model.owner_id or Review.objects.filter(version=version, author=author).exists():
            continue
        row = reviewing.review(author, version, recommends=recommends, text=text)
        reviews.reviewed(row, _later(version.published_at, rng=random.Random(f"{model.name} {name}"), most=0.9))


def _later(since, *, rng, most=0.4):
    """Some time after `since` and before now: nobody answers what was not said, or reviews what was not there."""
    return since + (timezone.now() - since) * rng.uniform(0.02, most)


def _collect(members, row, images, models, rng):
    name, title, description, shown, count = row
    owner = members[name]
    chosen = rng.sample(images, min(count, len(images)))
    if Collection.objects.filter(owner=owner, name=title).exists():
        return
    made = collecting.begin(owner, name=title, description=description, shown=shown)
    for image in reversed(chosen):
        collecting.put(made, "gallery.Image", image.pk, by=owner)
    for model in models[: count // 3]:
        collecting.put(made, "models_hub.Model", model.pk, by=owner)
