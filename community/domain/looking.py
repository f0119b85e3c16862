"""Pictures that a moderator looks at before anybody else: held by the classifier, by their text, or by the registry."""

from django.db import transaction
from django.utils.translation import gettext_noop

from civitai import adapters
from community.models import Picture
from moderation.domain import keeping_out, queueing, registry

HELD = "held until a moderator has looked"
SUBJECT = "community.Picture"


def known(found):
    """What the registry says of the file or of its pixels: "block", "hold" or ""."""
    return registry.verdict_of(_hashes(found))


def refused(found, owner):
    """It is not taken; a moderator may want to know who sent it."""
    keeping_out.came_again(_hashes(found), owner)


def _hashes(found):
    return {"sha256": found["sha256"], "pixels": found["pixels_sha256"]}


def hold(picture, *, because):
    """Nobody but its owner sees it before a moderator has looked. Held already, nothing happens."""
    with transaction.atomic():
        if picture.hide(by=None, reason=HELD):
            Picture.objects.filter(pk=picture.pk).update(is_public=False)
            queueing.raise_item(
                (SUBJECT, picture.pk),
                queue="ratings",
                because=gettext_noop("Held until somebody looks"),
                clause="3.1" if because == "classifier" else "2.1",
                severity="P2",
            )


def release(picture, *, by):
    """A moderator has looked. Rooms that show it hear of it."""
    with transaction.atomic():
        if not picture.restore(by=by):
            return False
        adapters.tell("picture_released", picture=picture)
    return True


def set_level(picture, level, *, by):
    """A moderator's word, which may be below what was found; its owner does not go below it from then on.

    Returns what undoing gives back: [level, least level].
    """
    picture.refresh_from_db(fields=["level", "least_level"])
    was = [int(picture.level), int(picture.least_level)]
    new, least = level if isinstance(level, list) else (level, level)
    Picture.objects.filter(pk=picture.pk).update(level=new, least_level=least)
    picture.level, picture.least_level = new, least
    return was
