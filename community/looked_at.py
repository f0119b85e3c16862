"""Pictures as things that a rule holds until a moderator has looked."""

import uuid

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civitai.levels import LADDER
from community.domain import looking
from community.models import Picture
from moderation import subjects
from moderation.subjects import Described


def register():
    subjects.register(
        looking.SUBJECT,
        name=gettext_lazy("Picture"),
        describe=pictures,
        restore=looking.release,
        set_level=looking.set_level,
        levels=tuple(int(level) for level in LADDER),
    )


def pictures(keys):
    rows = Picture.objects.filter(pk__in=list(filter(None, map(_uuid, keys)))).select_related("owner")
    return {
        str(row.pk): Described(
            title=row.filename or _("Picture of %(name)s") % {"name": row.owner.name},
            owner=row.owner,
            pictures=(row.pk,),
            text=row.generation_text,
            level=int(row.level),
        )
        for row in rows
    }


def _uuid(key):
    try:
        return uuid.UUID(str(key))
    except ValueError:
        return None
