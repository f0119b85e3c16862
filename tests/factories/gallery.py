"""Posts and images, each in a state that the domain could have left them in."""

import itertools
from datetime import timedelta

from django.utils import timezone

from civitai.levels import Level
from community.models import Picture
from gallery.models import Image, ImageResource, Post
from gallery.states import PostState
from tests.factories.models_hub import picture

_count = itertools.count()


def draft(owner, *, images=1, **fields):
    """A draft with ready pictures that were never in the store."""
    post = Post.objects.create(owner=owner, **fields)
    for position in range(images):
        shot = picture(owner, is_public=False, widths=[96, 320, 450, 640], level=Level.PG)
        Image.objects.create(post=post, owner=owner, picture=shot, position=position, level=Level.PG)
    return post


def published(owner, *, level=Level.PG, version=None, at=None, title="", tags=(), **fields):
    """One published image. `version` made it."""
    at = at or timezone.now() - timedelta(seconds=next(_count))
    post = Post.objects.create(owner=owner, state=PostState.PUBLISHED, published_at=at, title=title)
    post.tags.set(tags)
    return image_of(post, level=level, version=version, at=at, **fields)


def image_of(post, *, level=Level.PG, version=None, at=None, position=0, **fields):
    at = at or post.published_at
    shot = picture(post.owner, level=level, widths=[96, 320, 450, 640])
    fields = {"prompt": "a paper moon over the sea", "settings": {"steps": 20, "seed": 7}, **fields}
    image = Image.objects.create(
        post=post,
        owner=post.owner,
        picture=shot,
        position=position,
        level=level,
        sort_at=at,
        first_shown_at=at,
        **fields,
    )
    if version is not None:
        ImageResource.objects.create(image=image, version=version, name=version.model.name, type="lora", weight=0.8)
    return image


def many(owner, count, *, level=Level.PG, base_model=""):
    """`count` published images by few statements, for measuring. One post each fifth image."""
    now = timezone.now()
    posts = Post.objects.bulk_create(
        [Post(owner=owner, state=PostState.PUBLISHED, published_at=now) for _ in range(count // 5 + 1)]
    )
    shots = Picture.objects.bulk_create(
        [
            Picture(
                owner=owner, key=f"many/{now.timestamp()}/{number}", state="ready", width=640, height=800, size_bytes=1,
                widths=[96, 320, 450, 640], tone="#445566", is_public=True, level=level,
            )
            for number in range(count)
        ]
    )  # fmt: skip
    return Image.objects.bulk_create(
        [
            Image(
                post=posts[number // 5], owner=owner, picture=shot, position=number % 5, level=level,
                base_model=base_model, prompt="a paper moon " * 20, likes=number * 7919 % 1000,
                sort_at=now - timedelta(seconds=number), first_shown_at=now,
            )
            for number, shot in enumerate(shots)
        ],
        batch_size=5000,
    )  # fmt: skip
