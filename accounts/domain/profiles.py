"""How a member shows, and how the site speaks to them."""

import logging

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from civitai import adapters
from civitai.errors import Refused
from civitai.levels import Level, up_to

log = logging.getLogger("accounts.profiles")


def arrange(user, *, display_name, bio, level, language, portrait=None, drop_portrait=False):
    """Everything of the profile page at once. `level` is the highest one to be shown; `portrait` an uploaded file.

    Raises Refused when the portrait is no picture that we take, or while a removal case is open about the profile; then
    nothing has changed.
    """
    said = (display_name, bio) != (user.display_name, user.bio)
    if user.freeze_level and (said or portrait is not None or drop_portrait):
        raise Refused(
            _("This stays as it is while case %(reference)s is open.") % {"reference": user.case_reference},
            code="frozen",
        )
    with transaction.atomic():
        user.describe(display_name=display_name, bio=bio)
        user.choose_level(int(up_to(int(level))))
        user.choose_language(language)
        if portrait is not None:
            wear_file(user, portrait, filename=portrait.name)
        elif drop_portrait:
            user.wear(None)


def wear_file(user, file, *, filename):
    """Hands the file to the room that keeps pictures ("portrait_given"), and wears what it answers: a picture's id."""
    for picture_uuid in adapters.tell("portrait_given", user=user, file=file, filename=filename):
        if picture_uuid is not None:
            user.wear(picture_uuid)


def take_off(picture):
    """The picture turned out to be none, or not fit for everyone: who wears it has initials again. Twice is once."""
    if picture.state != "ready" or picture.level != Level.PG:
        count = User.objects.filter(avatar_uuid=picture.pk).update(avatar_uuid=None)
        if count:
            log.info("portrait %s was taken off", picture.pk)
