"""What the newest images cost to read on the first page and deep down: buffers of PostgreSQL, not time.

Buffers are the same on a noisy machine. One JSON line per figure; exit code 1 when a goal is missed.

    python -m civitai.services exec -- python -m benchmarks.feed [--images 50000] [--page 1000]
"""

import argparse
import json
import sys

GOAL_RATIO = 1.5  # page 1000 beside page 1
GOAL_BUFFERS = 1500  # a page of 40 with picture, owner, post and its count


def buffers_of(queryset):
    """Shared buffers, hit or read, that PostgreSQL touches for the rows of a query."""
    plan = json.loads(queryset.explain(analyze=True, buffers=True, format="json"))[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def page_of(user, *, at=None, pk=None):
    """The query behind a page of the feed that begins below (at, pk)."""
    from django.db.models import F
    from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

    from gallery import queries
    from gallery.models import Image

    rows = queries.with_card(Image.objects.listed_to(user))
    if at is not None:
        rows = rows.filter(TupleLessThan(Tuple(F("sort_at"), F("id")), (at, pk)))
    return rows.order_by("-sort_at", "-id")[: queries.PAGE + 1]


def figures(user, *, page):
    """{name: buffers} of the first page and of page number `page`."""
    from gallery import queries
    from gallery.models import Image

    place = Image.objects.listed_to(user).order_by("-sort_at", "-id")[(page - 1) * queries.PAGE - 1]
    return {
        "first": buffers_of(page_of(user)),
        "deep": buffers_of(page_of(user, at=place.sort_at, pk=place.pk)),
    }


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--page", type=int, default=1000)
    asked = parser.parse_args(arguments)

    import django

    django.setup()
    from django.contrib.auth.models import AnonymousUser
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    from accounts.models import User
    from tests.factories import gallery

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        owner = User.objects.create_user("bench", "bench@example.org", "correct horse")
        gallery.many(owner, asked.images)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        missed = False
        for who, user in (("visitor", AnonymousUser()), ("member", owner)):
            found = figures(user, page=min(asked.page, asked.images // 40 - 1))
            ratio = round(found["deep"] / found["first"], 2)
            missed |= ratio > GOAL_RATIO or max(found.values()) > GOAL_BUFFERS
            for name, value in {**found, "ratio": ratio}.items():
                print(
                    json.dumps(
                        {"benchmark": "feed", "who": who, "figure": name, "value": value, "images": asked.images}
                    )
                )
    finally:
        teardown_databases(databases, verbosity=0)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
