"""What moderation does to images and posts: hidden with their bytes, and brought back as they were."""

from django.db import transaction

from community.domain import pictures
from gallery.domain import counting
from gallery.models import Image, ImageResource


def hide(image, *, by, reason):
    """Out of every feed, and its bytes with it. Returns whether this act hid it."""
    with transaction.atomic():
        if not image.hide(by=by, reason=reason):
            return False
        image.picture.hide(by=by, reason=reason)
        ImageResource.objects.filter(image=image).update(sort_at=None)
        pictures.conceal([image.picture])
        counting.recount_for([image])
    return True


def restore(image, *, by):
    """Where it stood. What its owner has taken out meanwhile stays out."""
    with transaction.atomic():
        if not image.restore(by=by):
            return False
        image.picture.restore(by=by)
        ImageResource.objects.filter(image=image).update(sort_at=image.sort_at)
        if image.sort_at:
            pictures.show([image.picture])
        counting.recount_for([image])
    return True


def hide_post(post, *, by, reason):
    """With all its images; those that were hidden before keep their own reason."""
    with transaction.atomic():
        if not post.hide(by=by, reason=reason):
            return False
        for image in post.images.filter(hidden_at=None, removed_at=None).select_related("picture"):
            hide(image, by=by, reason=_of(post))
    return True


def restore_post(post, *, by):
    with transaction.atomic():
        if not post.restore(by=by):
            return False
        for image in post.images.filter(hidden_reason=_of(post)).select_related("picture"):
            restore(image, by=by)
    return True


def _of(post):
    return f"with post {post.pk}"


def set_level(image, level, *, by):
    """A moderator's word; returns the level that it had."""
    was = int(image.level)
    with transaction.atomic():
        Image.objects.filter(pk=image.pk).update(level=level)
        pictures.rate(image.picture, level)
    return was
