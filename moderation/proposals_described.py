"""Proposals as things in a queue: with what they are about, so that the second look is a look."""

from moderation import subjects
from moderation.models import Proposal


def describe(keys):
    rows = Proposal.objects.filter(pk__in=[key for key in keys if str(key).isdecimal()]).select_related("item")
    things = subjects.describe([(row.item.subject, row.item.row) for row in rows])
    found = {str(row.pk): things.get((row.item.subject, row.item.row)) for row in rows}
    return {key: thing for key, thing in found.items() if thing is not None}
