"""Appeals as things in a queue."""

from moderation.models import Appeal
from moderation.subjects import Described


def describe(keys):
    rows = Appeal.objects.filter(pk__in=[key for key in keys if str(key).isdecimal()]).select_related("decision", "by")
    return {
        str(row.pk): Described(
            title=row.decision.title,
            url=row.decision.get_absolute_url(),
            owner=row.by,
            text=row.text,
        )
        for row in rows
    }
