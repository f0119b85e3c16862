"""A deep page of a feed costs what the first one does; the small form of benchmarks/feed.py."""

import pytest
from django.db import connection, transaction

from benchmarks import _rows
from benchmarks.feed import EACH, GOAL, feeds, first_and_deep, followed, hiding
from models_hub import asking


@pytest.mark.django_db(transaction=True)
def test_a_deep_page_reads_no_more_than_the_first(people):
    with transaction.atomic():
        members, tags = _rows.people()
        _rows.images(4000, members, tags)
        _rows.models(2500, members, tags)
        _rows.uses()
        _rows.hearts(members)
        follows = _rows.follows(members)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        # Tables as small as these would be read as a whole.
        for way in ("bitmapscan", "seqscan", "sort"):
            cursor.execute(f"SET enable_{way} = off")
    try:
        for user in (people.nobody, hiding(people.bob, members, tags)):
            for name, (found, size) in feeds(user).items():
                most = GOAL + (EACH * len(asking.drawn_places()) if "supportsGeneration" in name else 0)
                first, deep = first_and_deep(found, size, page=90)
                assert first <= most and deep <= most, (name, first, deep)
        for (name, count), (found, size) in followed(follows).items():
            first, deep = first_and_deep(found, size, page=90)
            assert max(first, deep) <= GOAL + EACH * count, (name, count, first, deep)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ALL")
