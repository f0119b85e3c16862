"""What one page of each feed costs to find: buffers of PostgreSQL beyond the rows it shows, on page 1 and page 1,000.

Buffers are the same on a noisy machine. Counted is the query that finds the page: what it touches, less one buffer for
each row that it gives (that row's own). What cards show of these (pictures, owners, counts; the images themselves, where
a feed is found by their places) is read by keys afterwards, the same on every page: told too, as what a whole page
takes beside the newest. For a visitor, and for a member who hides 3 tags and 30 people.

    python -m civitai.services exec -- python -m benchmarks.feed [--images 200000] [--models 50000] [--page 1000]
"""

import argparse
import json
import sys

from benchmarks._telling import tell

GOAL = 12
HIDDEN_TAGS, HIDDEN_PEOPLE = 3, 30


def beyond(rows, limit):
    """Shared buffers that PostgreSQL touches to find `limit` rows, beyond one for each row given.

    Of places nothing is taken off: they are found in an index alone, and no row of theirs is shown.
    """
    from gallery.models import Place
    from models_hub.models import ModelPlace

    touched, given = buffers(rows, limit)
    if not given:
        raise RuntimeError(f"Nothing was found by {rows.query}: a figure of it would say nothing.")
    # Rows that were read and left out (hidden people and tags) are paid for, and counted: they are not shown.
    return touched if issubclass(rows.model, Place | ModelPlace) else max(0, touched - given)


def buffers(rows, limit):
    plan = json.loads(rows[:limit].explain(analyze=True, buffers=True, format="json"))[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], plan["Actual Rows"]


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
    from django.http import QueryDict

    from accounts.models import User
    from community.models import Tag
    from gallery import queries
    from gallery.models import ImageUse
    from models_hub import asking, browsing
    from models_hub.models import Model

    tag, version = Tag.objects.order_by("-id")[0].name, ImageUse.objects.order_by("-version")[0].version_id
    owner = User.objects.filter(images__isnull=False).order_by("-id")[0]
    asked = {
        "newest": {},
        "most liked": {"sort": "liked"},
        "of a base": {"base": "Pocket"},
        "of a base, most liked": {"base": "Pocket", "sort": "liked"},
        "of a tag": {"tag": tag},
        "of a version": {"version": version},
        "of a member": {"owner": owner},
        "most liked of a month": {"sort": "liked", "period": "month"},
        "most liked of a day": {"sort": "liked", "period": "day"},
        "most liked of a week": {"sort": "liked", "period": "week"},
        "most liked of a year": {"sort": "liked", "period": "year"},
        "of a tag, of a week": {"tag": tag, "period": "week"},
        "of a tag, most liked of a month": {"tag": tag, "sort": "liked", "period": "month"},
        "of a tag, most liked": {"tag": tag, "sort": "liked"},
    }
    images = {f"images, {name}": (*queries.found(user, **wanted)[:2], queries.PAGE) for name, wanted in asked.items()}
    narrowed = {
        "": "",
        " of a type": "type=LORA",
        " of a base": "base=Pocket",
        " of a type and a base": "type=Checkpoint&base=Pony",
        " of a tag": f"tag={tag}",
        " of a month": "period=month",
        " of a type, of a week": "type=LORA&period=week",
    }
    lists = {}
    for name, query in narrowed.items():
        for sort in browsing.SORTS:
            rows, order, _at = browsing.listed(browsing.Asked.of(QueryDict(f"{query}&sort={sort}")), user)
            lists[f"models{name}, {sort}"] = rows, order, browsing.PAGE
    for name, order in asking.SORTS.items():
        lists[f"models for programs, {name}"] = Model.objects.listed_to(user), order, browsing.PAGE
    return images | lists


def figures(user, *, page):
    """{feed: (first, deep)} in buffers beyond the rows shown."""
    found = {}
    for name, (rows, order, size) in feeds(user).items():
        deep = max(1, min(page, rows.count() // size))
        found[name] = tuple(beyond(page_from(rows, order, number, size), size + 1) for number in (1, deep))
    return found


def whole_page(user):
    """Buffers of a page of a tag with all that its cards show, in those of the page of the newest."""
    from gallery import queries

    one, other = (feeds(user)[f"images, {name}"] for name in ("of a tag", "newest"))
    tagged = queries.with_card(one[0].order_by(*one[1]), "image__")
    newest = queries.with_card(other[0].order_by(*other[1]))
    return round(buffers(tagged, queries.PAGE + 1)[0] / buffers(newest, queries.PAGE + 1)[0], 2)


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
            _rows.uses()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        viewer = hiding(User.objects.create_user("viewer", "viewer@example.org", "correct horse"), members, tags)
        missed = tell("images of a tag, a whole page with its cards", whole_page(AnonymousUser()), "x", peer="newest")
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
