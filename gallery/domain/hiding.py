"""What moderation does to images and posts: hidden with their bytes, and brought back as they were."""

from django.db import transaction

from community.domain import looking, pictures
from gallery.domain import counting
from gallery.models import Image, ImageResource

PERSON = "shows a real person"


def hide(image, *, by, reason, of_picture=""):
    """Out of every feed, and its bytes with it. Returns whether this act hid it.

    `of_picture`: the reason that its picture bears, where that is another than its own.
    """
    with transaction.atomic():
        if not image.hide(by=by, reason=reason):
            return False
        image.picture.hide(by=by, reason=of_picture or reason)
        ImageResource.objects.filter(image=image).update(sort_at=None)
        pictures.conceal([image.picture])
        counting.recount_for([image])
    return True


def restore(image, *, by):
    """Where it stood. What its owner has taken out meanwhile stays out; what shows a real person stays hidden."""
    with transaction.atomic():
        if image.is_hidden and type(image).objects.filter(pk=image.pk, shows_real_person=True).exists():
            # The database would refuse it above PG; the rule has no exception below either.
            image.take_over(by=image.hidden_by, reason=PERSON)
            return False
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
            hide(image, by=by, reason=_of(post), of_picture=reason)
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
    """A moderator's word, of the image and of its picture. Returns what undoing gives back."""
    with transaction.atomic():
        own, of_picture = level if isinstance(level, list) else (level, level)
        was = [int(image.level), looking.set_level(image.picture, of_picture, by=by)]
        Image.objects.filter(pk=image.pk).update(level=own)
    return was
