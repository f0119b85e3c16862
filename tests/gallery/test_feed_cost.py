"""A deep page of the feed costs what the first one does; the small form of benchmarks/feed.py."""

import pytest
from django.db import connection

from benchmarks import _rows
from benchmarks.feed import GOAL, figures, hiding
from gallery.queries import PAGE

pytestmark = pytest.mark.django_db


def test_a_deep_page_reads_no_more_than_the_first(people):
    members, tags = _rows.people()
    _rows.images(4000, members, tags)
    _rows.models(2500, members, tags)
    _rows.uses()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for user in (people.nobody, hiding(people.bob, members, tags)):
        for name, (first, deep) in figures(user, page=90).items():
            # Not vacuumed in here, so each row that an index tells of is looked at once more.
            most = GOAL + PAGE + 1
            assert first <= most and deep <= most, (name, first, deep)
