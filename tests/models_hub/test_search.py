"""Words find models: kept by the database, ranked, mended, and never more than a viewer may see."""

import pytest
from django.db import connection
from django.utils import timezone

from community.models import Tag
from models_hub import browsing
from models_hub.browsing import Asked
from models_hub.domain import publishing
from models_hub.models import Model, ModelVersion
from tests.factories import models_hub as make

pytestmark = pytest.mark.django_db


def found(text, user=None):
    from django.contrib.auth.models import AnonymousUser

    rows = browsing.models(Asked(text=text), user or AnonymousUser())
    return list(browsing.by_relevance(rows, text).values_list("name", flat=True))


@pytest.fixture
def some(people):
    glass = make.published(people.alice, name="Leadlight")
    publishing.describe(
        glass, description="Windows of coloured glass, with tides of light.", tags=["stained glass", "window"]
    )
    ModelVersion.objects.filter(model=glass).update(trained_words=["ldlght"], name="Tide edition")
    make.published(people.alice, name="Tides of Silk")
    make.published(people.bob, name="Glass Onion")
    return glass


@pytest.mark.parametrize(
    "text, names",
    [
        ("leadlight", ["Leadlight"]),
        ("LEADL", ["Leadlight"]),
        ("ldlght", ["Leadlight"]),
        ("windows coloured", ["Leadlight"]),
        ('"coloured glass"', ["Leadlight"]),
        ('"glass coloured"', []),
        ("glass", ["Glass Onion", "Leadlight"]),
        ("glass -onion", ["Leadlight"]),
        ("tides", ["Tides of Silk", "Leadlight"]),
        ("%_'\\ :*& |!()<->", []),
        ("'; DROP TABLE models_hub_model; --", []),
    ],
)
def test_what_words_find_and_in_which_order(some, text, names):
    assert found(text) == names


def test_the_database_keeps_the_words_whoever_writes(some, people):
    Model.objects.filter(pk=some.pk).update(name="Renamed")
    assert found("leadlight") == [] and found("renamed") == ["Renamed"]
    some.tags.set([Tag.objects.create(name="cathedral")])
    assert found("cathedral") == ["Renamed"] and found("window") == ["Renamed"], "still in the description"
    ModelVersion.objects.filter(model=some).update(trained_words=["other"], state="unpublished")
    assert found("other") == [], "of a version that nobody sees"


def test_what_is_not_seen_is_not_found_nor_meant(some, people):
    some.hide(by=people.mona, reason="x")
    assert found("leadlight") == [] and browsing.meant("leedlight", people.bob) == ""
    Model.objects.update(hidden_at=None, state="unpublished", published_at=timezone.now())
    assert found("leadlight") == []


@pytest.mark.parametrize(
    "typed, meant", [("leedlight", "Leadlight"), ("tidse of silk", "Tides of Silk"), ("xyzzy", ""), ("", "")]
)
def test_what_was_mistyped_is_offered(client, some, people, typed, meant):
    assert browsing.meant(typed, people.bob) == meant
    if typed:
        for url in ("/models/", "/search/"):
            page = client.get(url, {"q": typed}).content.decode()
            assert ("Did you mean" in page) == bool(meant) and (not meant or meant in page)


def test_the_index_is_what_is_read(some):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        sql, values = Model.objects.filter(browsing.has_word("glass")).query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Scan on model_search" in plan
