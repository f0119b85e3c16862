"""A deep page of the feed costs what the first one does; the small form of benchmarks/feed.py."""

import pytest
from django.db import connection

from benchmarks.feed import figures
from tests.factories import gallery

pytestmark = pytest.mark.django_db


def test_a_deep_page_reads_no_more_than_the_first(people):
    gallery.many(people.alice, 4000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for user in (people.nobody, people.bob):
        found = figures(user, page=90)
        assert found["deep"] < 1.5 * found["first"], found
        assert found["first"] < 1500, found
