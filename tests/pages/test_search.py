"""Search: finds what one sees, and tells nothing about the rest."""

import pytest

from civitai.levels import Level
from tests.factories import gallery, models_hub

pytestmark = pytest.mark.django_db
XSS = "\"><script>alert('x')</script>"


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("kind", "queries"), [("all", 6), ("pictures", 4), ("models", 4), ("people", 4)])
def test_costs_the_same_however_much_is_found(client, people, count, kind, queries, django_assert_num_queries):
    for number in range(count):
        models_hub.published(people.alice, name=f"Paper ali {number}")
        gallery.published(people.alice, prompt="a paper moon, ali")
    with django_assert_num_queries(queries):
        page = client.get("/search/", {"q": "ali", "in": kind}).content.decode()
    assert "@" in page or "shot" in page or "alice" in page


@pytest.mark.parametrize("kind", ["all", "pictures", "models", "people", XSS])
def test_a_query_is_text_wherever_it_is_shown(client, people, kind):
    page = client.get("/search/", {"q": XSS, "in": kind})
    assert page.status_code == 200
    text = page.content.decode()
    assert "<script>alert" not in text and "&lt;script&gt;" in text


def test_an_empty_query_asks_for_words(client, db):
    for query in ("", "   ", "\x00", "?q="):
        page = client.get("/search/", {"q": query} if query != "?q=" else {})
        assert page.status_code == 200 and "Words of a prompt" in page.content.decode()


@pytest.mark.parametrize(
    "query", ["%", "_", "\\", "'", '"', "-", '-"', "a" * 5000, "-a -b", "\ud7ff\uffff", "\x00moon"]
)
def test_odd_queries_are_answered(client, people, query):
    assert client.get("/search/", {"q": query}).status_code == 200


def test_percent_is_a_letter_not_a_pattern(client, people):
    gallery.published(people.alice, prompt="a paper moon")
    assert "Nothing is called" in client.get("/search/", {"q": "%"}).content.decode()


def test_words_must_all_be_there_and_refused_ones_must_not(client, people):
    moon = gallery.published(people.alice, prompt="a paper moon over the sea")
    sun = gallery.published(people.alice, prompt="a paper sun over the sea")
    page = client.get("/search/", {"q": "paper sea -moon", "in": "pictures"}).content.decode()
    assert f"/images/{sun.pk}/" in page and f"/images/{moon.pk}/" not in page
    page = client.get("/search/", {"q": '"over the sea" moon', "in": "pictures"}).content.decode()
    assert f"/images/{moon.pk}/" in page and f"/images/{sun.pk}/" not in page


def test_a_hidden_recipe_is_not_found_by_its_prompt(client, people):
    hidden = gallery.published(people.alice, prompt="secret sauce", hide_recipe=True)
    for user in (None, people.bob):
        if user:
            client.force_login(user)
        assert f"/images/{hidden.pk}/" not in client.get("/search/", {"q": "sauce"}).content.decode()


def test_drafts_and_what_is_above_a_visitor_are_not_found(client, people):
    models_hub.draft(people.alice, name="Zebra Draft")
    gallery.draft(people.alice, title="zebra draft")
    mature = gallery.published(people.alice, level=Level.XXX, prompt="zebra")
    page = client.get("/search/", {"q": "zebra"}).content.decode()
    assert "Zebra Draft" not in page and f"/images/{mature.pk}/" not in page and "Nothing is called" in page


def test_people_are_found_by_either_name_unless_their_account_is_closed(client, people):
    people.alice.describe(display_name="Maximiliane von Rüdesheim", bio="")
    assert "/users/alice/" in client.get("/search/", {"q": "rüdesheim", "in": "people"}).content.decode()
    assert "/users/alice/" in client.get("/search/", {"q": "ALI", "in": "people"}).content.decode()
    people.alice.shut_out()
    assert "/users/alice/" not in client.get("/search/", {"q": "ALI", "in": "people"}).content.decode()


def test_more_pictures_come_by_their_key(client, people):
    for _ in range(45):
        gallery.published(people.alice, prompt="comet")
    page = client.get("/search/", {"q": "comet", "in": "pictures"}).content.decode()
    more = page.split('class="button" href="')[1].split('"')[0].replace("&amp;", "&")
    rest = client.get(more, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in rest and rest.count("<article") == 5
