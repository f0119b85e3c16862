"""Bounties and entries as things that can be reported, and that have a thread."""

from django.utils.translation import gettext_lazy

from bounties.domain import hiding
from bounties.models import Bounty, Entry
from moderation import subjects
from moderation.subjects import Described


def register():
    subjects.register(
        "bounties.Bounty",
        name=gettext_lazy("Bounty"),
        describe=bounties,
        hide=hiding.hide_bounty,
        restore=hiding.restore_bounty,
    )
    subjects.register(
        "bounties.Entry",
        name=gettext_lazy("Entry"),
        describe=entries,
        hide=hiding.hide_entry,
        restore=hiding.restore_entry,
    )


def bounties(keys):
    return _described(Bounty.objects.filter(pk__in=_numbers(keys)))


def entries(keys):
    return _described(Entry.objects.filter(pk__in=_numbers(keys)).select_related("bounty"))


def _described(rows):
    return {
        str(row.pk): Described(
            title=row.name,
            url=row.get_absolute_url(),
            owner=row.owner,
            pictures=tuple(one.picture_id for one in row.shown.all()),
            text=row.description,
        )
        for row in rows.select_related("owner").prefetch_related("shown")
    }


def _numbers(keys):
    return [int(key) for key in keys if str(key).isdecimal() and len(str(key)) < 19]
