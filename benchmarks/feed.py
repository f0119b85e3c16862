"""What one page of each feed costs to find: buffers of PostgreSQL beyond the rows it shows, on page 1 and page 1,000.

Buffers are the same on a noisy machine. Counted is the query that finds the page: what it touches, less one buffer for
each row that it gives (that row's own); pictures, owners and counts of these rows are read by their keys afterwards and
are the same on every page. For a visitor, and for a member who hides 3 tags and 30 people.

    python -m civitai.services exec -- python -m benchmarks.feed [--images 200000] [--models 50000] [--page 1000]
"""

import argparse
import json
import sys

from benchmarks._telling import tell

GOAL = 12
HIDDEN_TAGS, HIDDEN_PEOPLE = 3, 30


def beyond(rows, limit):
    """Shared buffers that PostgreSQL touches to find `limit` rows, beyond one for each row given."""
    plan = json.loads(rows[:limit].explain(analyze=True, buffers=True, format="json"))[0]["Plan"]
    touched = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    # Rows that were read and left out (hidden people and tags) are paid for, and counted: they are not shown.
    return max(0, touched - plan["Actual Rows"])


def page_from(rows, order, number, size):
    """`rows` in `order`, below the last row of page `number` - 1, as a cursor asks for them."""
    from django.db.models import F
    from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

    ordered = rows.order_by(*order)
    if number == 1:
        return ordered
    names = [name.lstrip("-") for name in order]
    last = ordered.values_list(*names)[(number - 1) * size - 1]
    return rows.filter(TupleLessThan(Tuple(*map(F, names)), last)).order_by(*order)


def feeds(user):
    """{name: (rows, order, page size)} of the feeds as `user` gets them."""
    from community.models import Tag
    from gallery import queries
    from gallery.models import Image
    from models_hub import browsing
    from models_hub.models import Model

    images, models = Image.objects.listed_to(user), Model.objects.listed_to(user)
    size, newest, tag = queries.PAGE, ("-sort_at", "-id"), Tag.objects.order_by("-id")[0]
    return {
        "images, newest": (images, newest, size),
        "images, most liked": (images, ("-likes", "-id"), size),
        "images of a tag": (*queries.along(images, newest, "tagged", tag=tag.pk), size),
        "images of a base": (images.filter(base_model="Pocket"), newest, size),
        **{f"models, {name}": (models, order, browsing.PAGE) for name, (_label, order) in browsing.SORTS.items()},
    }


def figures(user, *, page):
    """{feed: (first, deep)} in buffers beyond the rows shown."""
    found = {}
    for name, (rows, order, size) in feeds(user).items():
        deep = max(1, min(page, rows.count() // size))
        found[name] = tuple(beyond(page_from(rows, order, number, size), size + 1) for number in (1, deep))
    return found


def hiding(user, members, tags):
    """`user` hides HIDDEN_PEOPLE members and HIDDEN_TAGS tags."""
    user.hidden_people, user.hidden_tags = list(members[:HIDDEN_PEOPLE]), list(tags[:HIDDEN_TAGS])
    return user


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--models", type=int, default=50_000)
    parser.add_argument("--page", type=int, default=1000)
    asked = parser.parse_args(arguments)

    import django

    django.setup()
    from django.contrib.auth.models import AnonymousUser
    from django.db import connection, transaction
    from django.test.utils import setup_databases, teardown_databases

    from accounts.models import User
    from benchmarks import _rows

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with transaction.atomic():
            members, tags = _rows.people()
            _rows.images(asked.images, members, tags)
            _rows.models(asked.models, members, tags)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        viewer = hiding(User.objects.create_user("viewer", "viewer@example.org", "correct horse"), members, tags)
        missed = 0
        for who, user in (("visitor", AnonymousUser()), ("member who hides", viewer)):
            for name, (first, deep) in figures(user, page=asked.page).items():
                for which, value in (("page 1", first), (f"page {asked.page}", deep)):
                    label = f"{name}, {who}, {which}: buffers beyond the rows shown"
                    missed += tell(label, value, "buffers", goal=f"<= {GOAL}", holds=value <= GOAL)
    finally:
        teardown_databases(databases, verbosity=0)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
