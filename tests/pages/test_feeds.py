"""Atom: what a visitor's lists show at PG, well formed whatever members write, and gone as soon as it is gone there."""

from xml.etree import ElementTree

import pytest
from django.utils import timezone

from civitai.levels import Level
from community.models import Tag
from models_hub.domain import publishing
from models_hub.models import Model
from tests.factories import gallery, models_hub

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
MODELS, IMAGES = "/feeds/models.atom", "/feeds/images.atom"


def titles(client, url):
    answer = client.get(url)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("application/atom+xml")
    assert "max-age=300" in answer["Cache-Control"] and "public" in answer["Cache-Control"]
    return [entry.findtext(f"{ATOM}title") for entry in ElementTree.fromstring(answer.content).iter(f"{ATOM}entry")]


def test_models_of_all_of_a_member_and_of_a_tag(client, people):
    first = models_hub.published(people.alice, name="First")
    publishing.describe(first, description="<b>bold</b> & *more*", tags=["stained glass"])
    models_hub.published(people.bob, name="Second")
    assert titles(client, MODELS) == ["Second", "First"]
    assert titles(client, f"{MODELS}?by=ALICE") == titles(client, f"{MODELS}?tag=Stained+Glass") == ["First"]
    assert titles(client, f"{MODELS}?by=bob&tag=stained+glass") == []
    entry = ElementTree.fromstring(client.get(f"{MODELS}?by=alice").content).find(f"{ATOM}entry")
    assert entry.find(f"{ATOM}link").get("href").endswith(first.get_absolute_url())
    summary = entry.findtext(f"{ATOM}summary")
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; more<" in summary and f"/media/{first.cover_id}/width=450/" in summary


def test_pictures_of_all_of_a_member_and_of_a_tag(client, people):
    tag = Tag.objects.create(name="night")
    gallery.published(people.alice, title="Moon", tags=[tag])
    gallery.published(people.bob, title="Sun")
    assert set(titles(client, IMAGES)) == {"Moon", "Sun"}
    assert titles(client, f"{IMAGES}?by=bob") == ["Sun"]


@pytest.mark.parametrize("query", ["?by=nobody", "?by=%00", "?by=alice%00", "?by=" + "x" * 5000])
def test_who_is_not_there_has_none(client, people, query):
    assert client.get(f"{MODELS}{query}").status_code == client.get(f"{IMAGES}{query}").status_code == 404


@pytest.mark.parametrize("query", ["?tag=%00", "?tag=%0B%1F", "?tag=<x>%26\"'", "?tag=" + "y" * 5000, "?tag=%ED%A0%80"])
def test_any_tag_is_text(client, people, query):
    assert (
        titles(client, f"{MODELS}{query}".replace("tag=%00", "tag=%00x")) == titles(client, f"{IMAGES}{query}x") == []
    )


def test_letters_that_xml_knows_no_place_for(client, people):
    models_hub.published(people.alice, name="Bell\x07 \x0b]]> 🦊 \uffff")
    gallery.published(people.alice, title="A\x1b[31m", prompt="x\x02")
    assert titles(client, MODELS) == ["Bell ]]> 🦊 "] and titles(client, IMAGES) == ["A[31m"]


def test_nothing_above_pg_whoever_is_signed_in(client, people):
    models_hub.published(people.alice, name="Mature", level=int(Level.R))
    models_hub.published(people.alice, name="Both", level=int(Level.PG | Level.R))
    gallery.published(people.alice, level=Level.PG13, title="Mild")
    people.bob.choose_level(31)
    client.force_login(people.bob)
    assert titles(client, MODELS) == titles(client, IMAGES) == []


def test_what_is_hidden_frozen_or_taken_back_is_gone(client, people):
    model, image = models_hub.published(people.alice, name="One"), gallery.published(people.alice, title="Shown")
    assert titles(client, MODELS) == ["One"] and titles(client, IMAGES) == ["Shown"]
    for change, back in (
        ({"freeze_level": 1, "frozen_at": timezone.now()}, {"freeze_level": 0}),
        ({"state": "unpublished"}, {"state": "published"}),
    ):
        Model.objects.filter(pk=model.pk).update(**change)
        assert titles(client, MODELS) == []
        Model.objects.filter(pk=model.pk).update(**back)
    model.hide(by=people.mona, reason="x")
    image.hide(by=people.mona, reason="x")
    assert titles(client, MODELS) == titles(client, IMAGES) == []
    people.alice.freeze(1, reference="CASE-1")
    assert client.get(f"{MODELS}?by=alice").status_code == 404


def test_a_hidden_recipe_is_not_told(client, people):
    gallery.published(people.alice, prompt="secret sauce", hide_recipe=True)
    assert "sauce" not in client.get(IMAGES).content.decode()


def test_pages_name_their_feeds(client, people):
    models_hub.published(people.alice)
    for url, href in (
        ("/models/?tag=a+b", "/feeds/models.atom?tag=a%20b"),
        ("/images/", "/feeds/images.atom"),
        ("/users/alice/", "/feeds/models.atom?by=alice"),
        ("/", "/feeds/models.atom"),
    ):
        assert 'type="application/atom+xml" title="New' in client.get(url).content.decode()
        assert f'href="{href}"' in client.get(url).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_costs_two_queries_at_most(client, people, count, django_assert_num_queries):
    for number in range(count):
        models_hub.published(people.alice, name=f"M {number}")
        gallery.published(people.alice)
    for url in (MODELS, IMAGES):
        with django_assert_num_queries(1):
            client.get(url)
        with django_assert_num_queries(2):
            client.get(f"{url}?by=alice")
