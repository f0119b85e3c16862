"""A deep page of the feed costs what the first one does; the small form of benchmarks/feed.py."""

import pytest
from django.db import connection

from benchmarks import _rows
from benchmarks.feed import GOAL, figures, hiding
from gallery.queries import PAGE

pytestmark = pytest.mark.django_db

# Of four places of a base one is of the type: what is left out is looked at in here too.
FOUR_TIMES = "models of a type and a base"


def test_a_deep_page_reads_no_more_than_the_first(people):
    members, tags = _rows.people()
    _rows.images(4000, members, tags)
    _rows.models(2500, members, tags)
    _rows.uses()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        # Tables as small as these would be read as a whole.
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    for user in (people.nobody, hiding(people.bob, members, tags)):
        for name, (first, deep) in figures(user, page=90).items():
            # Not vacuumed in here, so the row of each place that an index tells of is looked at too.
            most = GOAL + (PAGE + 1) * (4 if name.startswith(FOUR_TIMES) else 1)
            assert first <= most and deep <= most, (name, first, deep)
