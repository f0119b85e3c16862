"""Comments and collections as things that can be reported, and comments as things that can be liked."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.domain import reacting, threads
from community.models import Collection, Comment
from moderation import subjects
from moderation.subjects import Described


def register():
    reacting.register_subject(
        "community.Comment", "community.Comment", counter="likes", owner="author", see=threads.require_seen
    )
    subjects.register(
        "community.Comment",
        name=gettext_lazy("Comment"),
        describe=comments,
        hide=threads.hide,
        restore=threads.restore,
    )
    subjects.register("community.Collection", name=gettext_lazy("Collection"), describe=collections)


def comments(keys):
    rows = Comment.objects.filter(pk__in=_numbers(keys), removed_at=None).select_related("author")
    return {
        str(row.pk): Described(
            title=_("Comment by %(name)s") % {"name": row.author.name if row.author else "?"},
            url=row.get_absolute_url(),
            owner=row.author,
            text=row.text,
        )
        for row in rows
    }


def collections(keys):
    rows = Collection.objects.filter(pk__in=_numbers(keys)).select_related("owner")
    return {
        str(row.pk): Described(
            title=row.name, url=row.get_absolute_url(), owner=row.owner, text=f"{row.name}\n{row.description}"
        )
        for row in rows
    }


def _numbers(keys):
    return [int(key) for key in keys if str(key).isdecimal() and len(str(key)) < 19]
