"""Training sets as things that a rule or a moderator may hold."""

from django.utils.translation import gettext_lazy

from moderation import subjects
from moderation.subjects import Described
from training.models import Dataset


def register():
    subjects.register("training.Dataset", name=gettext_lazy("Training set"), describe=datasets)


def datasets(keys):
    rows = Dataset.objects.filter(pk__in=[key for key in keys if str(key).isdecimal() and len(str(key)) < 19])
    return {
        str(row.pk): Described(
            title=row.name,
            owner=row.owner,
            pictures=tuple(one.picture_id for one in row.pictures.all()[:6]),
            text="\n".join(one.caption for one in row.pictures.all()[:20]),
        )
        for row in rows.select_related("owner").prefetch_related("pictures")
    }
