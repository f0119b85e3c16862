"""Appeals as things in a queue: with what was decided about, so that the second look is a look."""

from moderation import subjects
from moderation.models import Appeal
from moderation.subjects import Described


def describe(keys):
    rows = Appeal.objects.filter(pk__in=[key for key in keys if str(key).isdecimal()]).select_related("decision", "by")
    things = subjects.describe([(row.decision.subject, row.decision.row) for row in rows])
    found = {}
    for row in rows:
        thing = things.get((row.decision.subject, row.decision.row))
        found[str(row.pk)] = Described(
            title=row.decision.title,
            url=row.decision.url or row.decision.get_absolute_url(),
            owner=row.by,
            pictures=thing.pictures if thing else (),
            level=thing.level if thing else 0,
            text=row.text,
        )
    return found
