"""What one page of each feed costs to find: buffers of PostgreSQL beyond the rows it shows, on page 1 and page 1,000.

Buffers are the same on a noisy machine. Counted is the query that finds the page: what it touches, less one buffer for
each row that it gives (that row's own). What cards show of these (pictures, owners, counts; the images themselves, where
a feed is found by their places) is read by keys afterwards, the same on every page: told too, as what a whole page
takes beside the newest. For a visitor, and for a member who hides 3 tags and 30 people. What those make whom one follows is
found for each of them apart: told with how many they are.

    python -m civitai.services exec -- python -m benchmarks.feed [--images 200000] [--models 50000] [--page 1000]
"""

import argparse
import json
import sys

from benchmarks._telling import tell

GOAL = 12
# Each person who is followed is looked at apart: a way into an index, and once more where their rows lie on two of its pages.
EACH = 5
PROGRAM = 100
HIDDEN_TAGS, HIDDEN_PEOPLE = 3, 30


def beyond(found, *, after=None, limit):
    """Shared buffers that PostgreSQL touches to find `limit` things, beyond one for each row of theirs that it gives.

    Of places nothing is taken off: they are found in an index alone, and no row of theirs is shown.
    """
    touched, given = buffers(found.keys(after=after, limit=limit))
    if not given:
        raise RuntimeError(f"Nothing was found by {found.rows.query}: a figure of it would say nothing.")
    # Rows that were read and left out (hidden people and tags) are paid for, and counted: they are not shown.
    return touched if found.things is not None else max(0, touched - given)


def buffers(keys):
    """(buffers, rows) of a queryset, or of what Found says in its place."""
    from django.db import connection

    sql, given = keys.query.sql_with_params() if hasattr(keys, "query") else (keys.sql, keys.params)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", given)
        (told,) = cursor.fetchone()
    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], plan["Actual Rows"]


def last_of(found, start):
    """What a cursor says after `start` things of it."""
    names = [name.lstrip("-") for name in found.order]
    rows = found.rows if found.things is None else found.things
    keys = found.keys(limit=1, start=start - 1)
    return rows.filter(pk__in=keys).values_list(*names)[0]


def feeds(user):
    """{name: (Found, page size)} of the feeds as `user` gets them."""
    from django.http import QueryDict

    from accounts.models import User
    from community.models import Tag
    from gallery import queries
    from gallery.models import ImageUse
    from models_hub import browsing
    from models_hub.models import ModelVersion

    tag, version = Tag.objects.order_by("-id")[0], ImageUse.objects.order_by("-version")[0].version_id
    owner = User.objects.filter(images__isnull=False).order_by("-id")[0]
    model = ModelVersion.objects.values_list("model", flat=True).get(pk=version)
    asked = {
        "newest": {},
        "of a base": {"base": "Pocket"},
        "of a tag": {"tag": tag.name},
        "of a version": {"version": version},
        "of a member": {"owner": owner},
        "of a tag, of a week": {"tag": tag.name, "period": "week"},
        "of a base and a tag": {"tag": tag.name, "base": "Pocket"},
        "rising": {"sort": "rising"},
        "rising of a base": {"sort": "rising", "base": "Pocket"},
        "most liked": {"sort": "liked"},
        "of a base, most liked": {"base": "Pocket", "sort": "liked"},
        "of a version, most liked": {"version": version, "sort": "liked"},
        "of a member, most liked": {"owner": owner, "sort": "liked"},
        "of a tag, most liked": {"tag": tag.name, "sort": "liked"},
        "of a tag, most liked of a month": {"tag": tag.name, "sort": "liked", "period": "month"},
        **{
            f"most liked of a {period}": {"sort": "liked", "period": period}
            for period in ("day", "week", "month", "year")
        },
    }
    found = {f"images, {name}": (queries.found(user, **wanted), queries.PAGE) for name, wanted in asked.items()}
    narrowed = (
        "", "type=LORA", "type=TextualInversion", "base=Pocket", "base=Kolors", "type=Checkpoint&base=Pony", f"tag={tag.name}",
        "period=month", "type=LORA&period=week", "licence=sold", "licence=paid", "licence=merged", "licence=unnamed",
        "format=SafeTensor", "format=GGUF", "level=1", "type=LORA&format=GGUF", "base=Pocket&licence=merged", "licence=paid&type=LORA",
    )  # fmt: skip
    for query in narrowed:
        for sort in browsing.SORTS:
            listed = browsing.listed(browsing.Asked.of(QueryDict(f"{query}&sort={sort}")), user)
            found[f"models, {query or 'all'}, {sort}"] = listed, browsing.PAGE
    return found | programs(user, tag, version, model, owner)


def programs(user, tag, version, model, owner):
    """The same of what programs ask for."""
    from django.http import QueryDict

    from gallery import api
    from models_hub import asking

    found = {}
    images = {
        "all": "", "of a version": f"modelVersionId={version}", "of a model": f"modelId={model}", "of a tag": f"tags={tag.pk}",
        "of a user": f"userId={owner.pk}", "of a name": f"username={owner.username}", "of a base": "baseModels=Pocket",
        "of a day": "period=Day", "of a week": "period=Week", "of a month": "period=Month", "of a year": "period=Year",
        "of a tag, of a month": f"tags={tag.pk}&period=Month",
    }  # fmt: skip
    for name, query in images.items():
        for sort in api.SORTS:
            found[f"images for programs, {name}, {sort}"] = api.found(QueryDict(f"{query}&sort={sort}")), PROGRAM
    models = (
        "", "nsfw=true", "types=LORA", "types=TextualInversion", "baseModels=Pocket", "baseModels=Kolors", f"tag={tag.name}",
        f"username={owner.username}", "period=Day", "period=Week", "period=Month", "period=Year",
        "checkpointType=Trained", "checkpointType=Merge", "fileFormats=SafeTensor", "fileFormats=GGUF", "supportsGeneration=true",
        "fromPlatform=true", "allowNoCredit=true", "allowNoCredit=false", "allowDerivatives=true", "allowDerivatives=false",
        "allowDifferentLicense=true", "allowDifferentLicense=false", "allowCommercialUse=Image", "allowCommercialUse=Sell",
        "browsingLevel=16", "types=LORA&allowDerivatives=false", "types=LORA&allowDerivatives=true", "baseModels=SD 1.5&fileFormats=GGUF",
        "types=LORA&baseModels=Pocket", "types=LORA&period=Week", "baseModels=Kolors&allowNoCredit=true",
    )  # fmt: skip
    for query in models:
        for sort in asking.SORTS:
            given = QueryDict(f"{query}&sort={sort}")
            listed = asking.found(given, asking.mask_of(given), user)
            found[f"models for programs, {query or 'all'}, {sort}"] = listed, PROGRAM
    return found


def followed(follows):
    """The same of those whom one follows: {(name, how many): (Found, page size)}."""
    from django.http import QueryDict

    from gallery import queries
    from models_hub import browsing

    found = {}
    for count, user in follows.items():
        images = {
            "newest": {},
            "most liked": {"sort": "liked"},
            "most liked of a month": {"sort": "liked", "period": "month"},
        }
        for name, wanted in images.items():
            found[f"images of those whom one follows, {name}", count] = (
                queries.found(user, following=True, **wanted),
                queries.PAGE,
            )
        for sort in browsing.SORTS:
            asked = browsing.Asked.of(QueryDict(f"from=following&sort={sort}"))
            found[f"models of those whom one follows, {sort}", count] = browsing.listed(asked, user), browsing.PAGE
    return found


def first_and_deep(found, size, page):
    """(buffers of page 1, of page `page` or the last whole one)."""
    start = (min(page, max(1, found.everything().count() // size)) - 1) * size
    after = last_of(found, start) if start else None
    return beyond(found, limit=size + 1), beyond(found, after=after, limit=size + 1)


def figures(user, *, page):
    """{feed: (first, deep)} in buffers beyond the rows shown."""
    return {name: first_and_deep(found, size, page) for name, (found, size) in feeds(user).items()}


def whole_page(user):
    """Buffers of a page of a tag with all that its cards show, in those of the page of the newest."""
    from gallery import queries

    tagged, newest = (feeds(user)[f"images, {name}"][0] for name in ("of a tag", "newest"))
    keys = tagged.keys(limit=queries.PAGE + 1)
    whole = queries.with_card(tagged.things.filter(pk__in=keys)).order_by(*tagged.order)
    other = queries.with_card(newest.rows).order_by(*newest.order)[: queries.PAGE + 1]
    return round(buffers(whole)[0] / buffers(other)[0], 2)


def hiding(user, members, tags):
    """`user` hides HIDDEN_PEOPLE members and HIDDEN_TAGS tags."""
    user.hidden_people, user.hidden_tags = list(members[:HIDDEN_PEOPLE]), list(tags[:HIDDEN_TAGS])
    return user


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--models", type=int, default=50_000)
    parser.add_argument("--page", type=int, default=1000)
    given = parser.parse_args(arguments)

    import django

    django.setup()
    from django.contrib.auth.models import AnonymousUser
    from django.db import connection, transaction
    from django.test.utils import setup_databases, teardown_databases

    from accounts.models import User
    from benchmarks import _rows
    from models_hub import asking

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with transaction.atomic():
            members, tags = _rows.people()
            _rows.images(given.images, members, tags)
            _rows.models(given.models, members, tags)
            _rows.uses()
            _rows.hearts(members)
            follows = _rows.follows(members)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        viewer = hiding(User.objects.create_user("viewer", "viewer@example.org", "correct horse"), members, tags)
        missed = tell("images of a tag, a whole page with its cards", whole_page(AnonymousUser()), "x", peer="newest")
        for who, user in (("visitor", AnonymousUser()), ("member who hides", viewer)):
            for name, (first, deep) in figures(user, page=given.page).items():
                apart = len(asking.drawn_places()) if "supportsGeneration" in name else 0
                goal = f"<= {GOAL} + {EACH} for each of {apart}" if apart else f"<= {GOAL}"
                for which, value in (("page 1", first), (f"page {given.page}", deep)):
                    label = f"{name}, {who}, {which}: buffers beyond the rows shown"
                    missed += tell(label, value, "buffers", goal=goal, holds=value <= GOAL + EACH * apart)
        for (name, count), (found, size) in followed(follows).items():
            for which, value in zip(
                ("page 1", f"page {given.page}"), first_and_deep(found, size, given.page), strict=True
            ):
                most = GOAL + EACH * count
                label = f"{name}, {count} people, {which}: buffers"
                missed += tell(label, value, "buffers", goal=f"<= {GOAL} + {EACH} each", holds=value <= most)
    finally:
        teardown_databases(databases, verbosity=0)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
