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


@pytest.mark.parametrize("typed", ["coracao", "CORAÇÃO", "coraca", "Cora\u0063\u0327a\u0303o", "“coração”"])
def test_accents_do_not_matter_and_other_scripts_are_words(people, typed):
    make.published(people.alice, name="Coração de papel")
    assert found(typed) == ["Coração de papel"]


@pytest.mark.parametrize(
    "name, typed",
    [("紙の月 ガラス", "ガラス"), ("Бумажный ёж", "ежик еж"), ("달빛 종이", "달빛"), ("Straße", "strasse")],
)
def test_names_in_other_scripts(people, name, typed):
    make.published(people.alice, name=name)
    expected = [] if typed in ("ежик еж", "strasse") else [name]
    assert found(typed) == expected


@pytest.mark.parametrize(
    "typed",
    ["🦊", "🦊 leadlight", "a" * 1000, "leadlight " * 100, "-", '"', "- -", '-"', "'" * 200, "\u0149", "ﷺ", "\ud800x"],
)
def test_what_is_typed_never_breaks_the_page(client, some, typed):
    typed = typed.encode("utf-8", "replace").decode()
    for url in ("/models/", "/search/", "/api/v1/models"):
        answer = client.get(url, {"q": typed, "query": typed})
        assert answer.status_code == 200
        if typed == "leadlight " * 100:
            assert b"Leadlight" in answer.content


def test_with_words_the_best_match_comes_first_until_another_order_is_asked_for(client, some, people):
    late = make.published(people.bob, name="Paper lamp")
    publishing.describe(late, description="Looks like leadlight.", tags=[])
    page = client.get("/models/", {"q": "leadlight"}).content.decode()
    assert page.index(">Leadlight<") < page.index(">Paper lamp<") and "Best match" in page
    page = client.get("/models/", {"q": "leadlight", "sort": "newest"}).content.decode()
    assert page.index(">Paper lamp<") < page.index(">Leadlight<")
    assert "Best match" not in client.get("/models/").content.decode()


def test_deep_pages_of_the_best_match_come_once(client, people, monkeypatch):
    monkeypatch.setattr("models_hub.views.browse.PAGE", 2)
    monkeypatch.setattr("models_hub.views.browse.LAST_PAGE", 1)
    for number in range(5):
        make.published(people.alice, name=f"Moon {number}", downloads=number % 2)
    seen, url = [], "/models/?q=moon"
    while url:
        answer = client.get(url)
        seen += [card["name"] for card in answer.context["cards"]]
        url = f"/models/{answer.context['more_url']}" if answer.context["more_url"] else ""
    assert sorted(seen) == [f"Moon {number}" for number in range(5)]


def test_filters_of_licence_and_format(client, people):
    make.published(people.alice, name="Free", allow_commercial_use=["Sell"])
    shy = make.published(
        people.alice, name="Shy", allow_commercial_use=[], allow_derivatives=False, allow_no_credit=False
    )
    shy.versions.get().files.update(format="GGUF")

    def names(query):
        return [card["name"] for card in client.get(f"/models/?{query}").context["cards"]]

    for licence in browsing.LICENCES:
        assert names(f"licence={licence}") == ["Free"]
    assert names("format=GGUF") == ["Shy"] and names("format=SafeTensor") == ["Free"]
    assert names("format=GGUF&licence=sold") == [] and len(names("format=PickleTensor&licence=nonsense")) == 2
    page = client.get("/models/?licence=sold&format=GGUF&q=x").content.decode()
    assert 'name="licence" value="sold"' in page and 'name="format" value="GGUF"' in page, "a search keeps the filters"


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
