"""What search engines and link previews get: public things at PG, from the site's own address, and never a mature picture."""

import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from civitai.levels import Level
from community.domain import pictures
from community.models import Collection, Picture
from gallery.models import Image
from models_hub.models import Model
from tests.factories import bounties, gallery, models_hub

pytestmark = pytest.mark.django_db
SECTIONS = ("pages", "models", "images", "posts", "bounties", "people")


def listed(client, section):
    answer = client.get(f"/sitemap-{section}.xml")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/xml"
    tree = ElementTree.fromstring(answer.content)
    return {place.text.removeprefix("http://localhost") for place in tree.iter() if place.tag.endswith("}loc")}


def head(client, row):
    """{property or name: content} of a page's head, and its canonical address."""
    page = client.get(row.get_absolute_url()).text.partition("</head>")[0]
    found = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', page))
    return {**found, "canonical": re.search(r'rel="canonical" href="([^"]+)"', page)[1]}


class TestSitemap:
    def test_the_index_names_every_section(self, client):
        told = client.get("/sitemap.xml").text
        assert all(f"/sitemap-{section}.xml" in told for section in SECTIONS)
        assert client.get("/sitemap-secrets.xml").status_code == 404

    def test_robots_names_the_sitemap_and_what_is_nobodys(self, client):
        told = client.get("/robots.txt").text
        assert "Sitemap: http://localhost/sitemap.xml" in told
        assert {"Disallow: /accounts/", "Disallow: /admin/", "Disallow: /api/"} <= set(told.splitlines())

    def test_what_is_public_and_pg_is_in_it(self, client, people):
        model, image = models_hub.published(people.alice), gallery.published(people.bob)
        assert model.get_absolute_url() in listed(client, "models")
        assert image.get_absolute_url() in listed(client, "images")
        assert image.post.get_absolute_url() in listed(client, "posts")
        assert listed(client, "people") == {"/users/alice/", "/users/bob/"}
        assert "/models/" in listed(client, "pages")
        bounty = bounties.put_up(people.alice)
        assert listed(client, "bounties") == {bounty.get_absolute_url()}
        bounty.hide(by=people.mona, reason="spam")
        assert listed(client, "bounties") == set()

    def test_what_is_not_is_not(self, client, people):
        hidden, frozen, taken = (models_hub.published(people.alice, name=name) for name in ("a", "b", "c"))
        hidden.hide(by=people.mona, reason="spam")
        Model.objects.filter(pk=frozen.pk).update(freeze_level=1, frozen_at=timezone.now())
        Model.objects.filter(pk=taken.pk).update(taken_down_at=timezone.now())
        models_hub.draft(people.alice)
        models_hub.published(people.alice, level=Level.R)
        models_hub.published(people.alice, is_mature=True)
        assert listed(client, "models") == set()
        gallery.draft(people.bob)
        mature = gallery.published(people.bob, level=Level.X)
        later = gallery.published(people.bob)
        later.hide(by=people.mona, reason="spam")
        assert listed(client, "images") == listed(client, "posts") == set()
        # One mature image among others: the one at PG is in it, the post is not.
        mild = gallery.image_of(mature.post)
        assert listed(client, "images") == {mild.get_absolute_url()} and listed(client, "posts") == set()
        assert listed(client, "people") == {"/users/bob/"}
        User.objects.filter(pk=people.bob.pk).update(freeze_level=1)
        assert listed(client, "people") == set()
        User.objects.filter(pk=people.bob.pk).update(is_active=False, freeze_level=0)
        assert listed(client, "people") == set()

    def test_it_costs_the_same_for_one_and_for_many(self, client, people, django_assert_max_num_queries):
        for more in (1, 3):
            for _number in range(more):
                gallery.published(people.alice)
                models_hub.published(people.bob)
            for section in SECTIONS[1:]:
                with django_assert_max_num_queries(2):
                    client.get(f"/sitemap-{section}.xml")
            with django_assert_max_num_queries(5):
                client.get("/sitemap.xml")


class TestLinkPreviews:
    def test_a_model_shows_its_cover(self, client, people):
        model = models_hub.published(people.alice, name='Paper "cut"', description="Layers.\n\nMany <b>layers</b>.")
        told = head(client, model)
        assert told["canonical"] == told["og:url"] == f"http://localhost{model.get_absolute_url()}"
        assert told["og:title"] == "Paper &quot;cut&quot;" and told["og:description"].startswith(
            "Layers. Many &lt;b&gt;"
        )
        assert told["og:image"] == f"http://localhost{model.cover.url(1200)}"
        assert told["twitter:card"] == "summary_large_image"

    def test_marks_of_a_text_are_not_shown_where_they_mean_nothing(self, client, people):
        text = "Say `seven`.\n\n---\n\n*Part* of **it**"
        model = models_hub.published(people.alice, description=text)
        post = gallery.published(people.alice).post
        type(post).objects.filter(pk=post.pk).update(description=text)
        bounty = bounties.put_up(people.alice)
        type(bounty).objects.filter(pk=bounty.pk).update(description=text)
        for row in (model, post, bounty):
            told = head(client, row)
            assert told["og:description"] == "Say seven. Part of it"
            assert told["description"].endswith("Say seven. Part of it")

    def test_an_image_a_post_and_a_person_have_theirs(self, client, people):
        image = gallery.published(people.alice, title="Moon over the mill")
        told = head(client, image)
        assert told["og:title"] == "Moon over the mill" and "paper moon" in told["og:description"]
        assert str(image.picture_id) in told["og:image"] and told["og:type"] == "article"
        told = head(client, image.post)
        assert told["canonical"].endswith(image.post.get_absolute_url()) and str(image.picture_id) in told["og:image"]
        User.objects.filter(pk=people.alice.pk).update(bio="Mills.", avatar_uuid=image.picture_id)
        told = head(client, people.alice)
        assert told["og:description"] == "Mills." and str(image.picture_id) in told["og:image"]
        assert told["og:type"] == "profile"

    def test_a_bounty_and_a_public_collection_have_theirs(self, client, people):
        bounty = bounties.put_up(people.alice)
        picture = pictures.prepare(bounty.examples.get())
        assert head(client, bounty)["og:title"] == bounty.name and str(picture.pk) in head(client, bounty)["og:image"]
        Picture.objects.filter(pk=picture.pk).update(level=Level.R)
        assert "og:image" not in head(client, bounty)
        kept = Collection.objects.create(owner=people.alice, name="Mills", description="Of all winds.", shown="public")
        assert head(client, kept)["og:description"] == "Of all winds."
        Collection.objects.filter(pk=kept.pk).update(shown="unlisted")
        assert "og:title" not in client.get(kept.get_absolute_url()).text

    def test_the_address_is_the_sites_and_not_the_hosts(self, client, people):
        model = models_hub.published(people.alice)
        page = client.get(model.get_absolute_url() + "?version=1&from=elsewhere", headers={"host": "127.0.0.1"}).text
        found = client.get(model.get_absolute_url(), headers={"host": "127.0.0.1"}).text
        assert f'href="http://localhost{model.get_absolute_url()}"' in found and "127.0.0.1" not in page

    @pytest.mark.parametrize("level", [Level.PG13, Level.R, Level.X, Level.XXX, Level.UNRATED])
    def test_a_mature_picture_is_in_none(self, client, people, level):
        """For nobody: a member who sees it shares the link to those who do not."""
        model = models_hub.published(people.alice, level=level or Level.PG)
        Picture.objects.filter(pk=model.cover_id).update(level=level)
        image = gallery.published(people.alice, level=level or Level.PG, title="Late")
        Picture.objects.filter(pk=image.picture_id).update(level=level)
        User.objects.filter(pk=people.alice.pk).update(avatar_uuid=image.picture_id)
        User.objects.filter(pk=people.mona.pk).update(level_mask=31)
        for who in (None, people.alice, people.mona):
            client.logout()
            if who:
                who.refresh_from_db()
                client.force_login(who)
            for row in (model, image, image.post, people.alice):
                told = head(client, row)
                assert "og:image" not in told and told["twitter:card"] == "summary", (who, row)
            if level:
                assert "paper moon" not in head(client, image).get("og:description", ""), "nor its prompt"
                assert head(client, image)["robots"] == head(client, image.post)["robots"] == "noindex"

    def test_a_post_shows_the_first_that_everybody_may_see(self, client, people):
        mature = gallery.published(people.alice, level=Level.R)
        mild = gallery.image_of(mature.post, position=1)
        assert str(mild.picture_id) in head(client, mature.post)["og:image"]
        Image.objects.filter(pk=mild.pk).update(sort_at=None)
        assert "og:image" not in head(client, mature.post)

    def test_the_row_and_the_list_agree_on_what_is_open(self, people):
        shots = [
            models_hub.picture(people.alice),
            models_hub.picture(people.alice, level=Level.R),
            models_hub.picture(people.alice, is_public=False),
            models_hub.picture(people.alice, state="pending"),
            models_hub.picture(people.alice, hidden_at=timezone.now() - timedelta(days=1)),
        ]
        opened = set(Picture.objects.open_to_all().values_list("pk", flat=True))
        assert {shot.pk for shot in shots if shot.is_open_to_all} == opened == {shots[0].pk}


def test_every_address_of_it_is_known():
    assert reverse("robots") == "/robots.txt" and reverse("sitemap") == "/sitemap.xml"
