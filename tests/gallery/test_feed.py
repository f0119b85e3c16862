"""The wall of images: who sees what, in which order, for how many queries."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from django.utils.html import escape

from civitai.levels import Level, up_to
from community.models import Tag
from gallery import queries
from gallery.models import Image
from tests.factories import gallery, models_hub

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def links(response):
    text = response.content.decode()
    return [int(part.split("/")[0]) for part in text.split('href="/images/')[1:] if part.split("/")[0].isdigit()]


@pytest.mark.parametrize("count", [1, 3])
def test_at_most_four_queries_whoever_looks_also_on_the_first_look(client, people, count, django_assert_num_queries):
    for _ in range(count):
        gallery.published(people.alice)
    # one for the chips above, which ten minutes of visitors share, and one for the images
    with django_assert_num_queries(2):
        client.get("/images/")
    client.force_login(people.bob)
    cache.delete("gallery.popular")
    # and for a member: who they are, and the balance in the bar
    with django_assert_num_queries(4):
        assert len(set(links(client.get("/images/")))) == count
    with django_assert_num_queries(3):
        client.get("/images/")
    with django_assert_num_queries(3):
        client.get("/images/", headers=HTMX)


def test_drafts_hidden_removed_and_unrated_images_hang_nowhere(client, people):
    seen = gallery.published(people.alice)
    gallery.draft(people.alice)
    hidden = gallery.published(people.alice)
    hidden.hide(by=people.mona, reason="reported")
    for user in (None, people.alice, people.bob, people.mona):
        if user:
            client.force_login(user)
        assert set(links(client.get("/images/"))) == {seen.pk}


def test_visitors_get_pg_alone_and_members_a_cover_for_what_is_above_them(client, people):
    pg, mature = gallery.published(people.alice), gallery.published(people.alice, level=Level.R, prompt="nude study")
    response = client.get("/images/")
    assert set(links(response)) == {pg.pk}
    client.force_login(people.bob)
    page = client.get("/images/").content.decode()
    assert f"/images/{mature.pk}/" in page and str(mature.picture_id) not in page and "nude study" not in page
    assert 'class="cover"' in page
    people.bob.choose_level(int(up_to(Level.R)))
    page = client.get("/images/").content.decode()
    assert str(mature.picture_id) in page and 'class="cover"' not in page


def test_pages_follow_each_other_without_a_gap(client, people):
    images = [gallery.published(people.alice) for _ in range(45)]
    first = client.get("/images/")
    assert 'rel="next"' in first.content.decode() and len(set(links(first))) == 40
    url = first.context["next_url"]
    more = client.get(url, headers=HTMX)
    text = more.content.decode()
    assert "<html" not in text and "feed-end" not in text
    assert links_in_order(first) + links_in_order(more) == [image.pk for image in images]
    # Without a script the same address is a whole page.
    assert "<html" in client.get(url).content.decode()
    assert "HX-Request" in client.get(url)["Vary"]


def links_in_order(response):
    return list(dict.fromkeys(links(response)))


@pytest.mark.parametrize("cursor", ["x", "!!!", "e30", "WzEsMl0", "WyJ4IiwieSJd", "a" * 600, "WzEsMiwzXQ"])
def test_a_damaged_address_is_a_400_with_a_sentence(client, people, cursor):
    response = client.get("/images/", {"cursor": cursor})
    assert response.status_code == 400 and "first page" in response.content.decode()


@pytest.mark.parametrize("values", [[10**30, 1], [1, 10**30], [-(10**30), 1], ["2026-01-01T00:00:00+00:00", 10**30]])
def test_a_cursor_beyond_all_numbers_is_no_crash(client, people, values):
    import base64
    import json

    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    for sort in ("liked", "newest"):
        assert client.get("/images/", {"cursor": cursor, "sort": sort}).status_code in (200, 400)


def test_most_liked_first_within_a_time(client, people):
    old = gallery.published(people.alice, at=timezone.now() - timedelta(days=90), likes=50)
    few, many = gallery.published(people.alice, likes=1), gallery.published(people.alice, likes=9)
    assert links_in_order(client.get("/images/?sort=liked")) == [many.pk, few.pk]
    assert links_in_order(client.get("/images/?sort=liked&period=all")) == [old.pk, many.pk, few.pk]
    assert set(links(client.get("/images/?sort=nonsense&period=nonsense"))) == {old.pk, few.pk, many.pk}


def test_filters_hold_each_other(client, people):
    moon = Tag.objects.create(name="moon")
    version = models_hub.published(people.alice).versions.get()
    plain = gallery.published(people.alice)
    here = gallery.published(people.alice, made_here=True, base_model="SDXL 1.0")
    tagged = gallery.published(people.alice, tags=[moon], base_model="SDXL 1.0", version=version)
    everything = {plain.pk, here.pk, tagged.pk}
    for query, wanted in {
        "": everything,
        "base=SDXL 1.0": {here.pk, tagged.pk},
        "tag=Moon": {tagged.pk},
        "made=here": {here.pk},
        f"version={version.pk}": {tagged.pk},
        "made=here&tag=moon": set(),
        "base=nothing": set(),
    }.items():
        assert set(links(client.get(f"/images/?{query}"))) == wanted, query
    assert client.get("/images/?version=x").status_code == 404
    assert client.get("/images/?version=999999").status_code == 404


def test_an_empty_wall_says_what_would_hang_here(client, people):
    assert "No images yet" in client.get("/images/").content.decode()
    assert "Nothing with these filters" in client.get("/images/?base=SDXL 1.0").content.decode()


def test_what_members_type_is_shown_as_typed(client, people):
    gallery.published(people.alice, prompt='"><script>alert(1)</script>')
    page = client.get("/images/?base=<script>x</script>&tag=<b>").content.decode()
    assert "<script>alert" not in page and "<script>x" not in page and "<b>" not in page
    assert escape("<script>x</script>") in page


def test_a_card_has_at_most_sixteen_nodes(client, people):
    from html.parser import HTMLParser

    class Nodes(HTMLParser):
        count = 0

        def handle_starttag(self, tag, attrs):
            self.count += 1

    image = gallery.published(people.alice, remix_of=gallery.published(people.alice))
    gallery.image_of(image.post, position=1)
    page = client.get("/images/").content.decode()
    for article in page.split("<article")[1:]:
        nodes = Nodes()
        nodes.feed("<article" + article.split("</article>")[0])
        assert nodes.count <= 16


def test_a_hidden_recipe_is_not_in_the_feed(client, people):
    gallery.published(people.alice, prompt="my secret words", hide_recipe=True)
    assert "secret" not in client.get("/images/").content.decode()
    client.force_login(people.alice)
    assert "secret" in client.get("/images/").content.decode()


def test_a_versions_gallery_shows_what_was_made_with_it(people, django_assert_num_queries):
    from gallery.queries import version_gallery

    version = models_hub.published(people.alice).versions.get()
    mine = [gallery.published(people.alice, version=version) for _ in range(3)]
    gallery.published(people.alice)
    gallery.published(people.bob, version=version).hide(by=people.mona, reason="x")
    gallery.published(people.alice, version=version, level=Level.X)
    with django_assert_num_queries(1):
        found = version_gallery([version], user=people.nobody)
    assert [card["id"] for card in found[version.pk]] == [image.pk for image in mine]
    covered = [card for card in version_gallery([version], user=people.bob)[version.pk] if card["covered"]]
    assert len(covered) == 1 and not covered[0]["src"]


class TestOfATagOrAModel:
    """The feed of a tag and of a version run along indexes of their own, which the database keeps."""

    def shown(self, client, query):
        return links(client.get(f"/images/?{query}", headers=HTMX))

    def test_it_follows_what_happens_to_images_and_tags(self, client, people):
        image, other = gallery.published(people.alice), gallery.published(people.alice)
        assert self.shown(client, "tag=fog") == []
        image.post.tags.add(Tag.objects.create(name="fog"))
        assert set(self.shown(client, "tag=fog")) == {image.pk}
        other.post.tags.set(image.post.tags.all())
        assert set(self.shown(client, "tag=fog")) == {image.pk, other.pk}
        other.hide(by=people.mona, reason="spam")
        assert set(self.shown(client, "tag=fog")) == {image.pk}
        later = gallery.image_of(image.post)
        assert set(self.shown(client, "tag=fog")) == {image.pk, later.pk}
        image.post.tags.clear()
        assert self.shown(client, "tag=fog") == []

    def test_its_pages_go_on_where_the_last_one_ended(self, people):
        fog, version = Tag.objects.create(name="fog"), models_hub.published(people.alice).versions.get()
        for _number in range(5):
            image = gallery.published(people.alice)
            image.post.tags.add(fog)
            image.resources.create(version=version, name="x", type="lora")
        orders = {queries.NEWEST: ("-sort_at", "-id"), queries.MOST_LIKED: ("-likes", "-id")}
        for wanted in ({"tag": "fog"}, {"version": version}, {"tag": "fog", "version": version}):
            for sort, order in orders.items():
                seen, cursor = [], None
                while True:
                    page = queries.feed(people.bob, sort=sort, cursor=cursor, limit=2, **wanted)
                    seen += [row.pk for row in page.rows]
                    cursor = page.next_cursor
                    if cursor is None:
                        break
                assert seen == list(Image.objects.order_by(*order).values_list("pk", flat=True)), (wanted, sort)


def test_what_is_chosen_stands_first_and_can_be_taken_out(client, people):
    gallery.published(people.alice, tags=[Tag.objects.create(name="night")])
    page = client.get("/images/?tag=night&base=Pocket").content.decode()
    chips = page[page.index("feed-chips") :]
    assert chips.index('href="?tag=night"') < chips.index('href="?base=Pocket"') < chips.index("Made here")
    assert chips.count(">night") == 1, "once, and not among the others too"


def test_the_period_can_be_chosen_on_a_phone(client, people):
    page = client.get("/images/?sort=liked").content.decode()
    menu = page[page.index('id="m-period"') :].partition("</div>")[0]
    assert menu.count("<a ") == 5 and "period=day" in menu and "hide-narrow" not in menu


def test_it_says_how_many_and_about_how_many_where_they_are_many(client, people, monkeypatch):
    for _ in range(3):
        gallery.published(people.alice)
    gallery.published(people.alice, level=Level.R)
    assert '<data value="3">3</data> pictures' in client.get("/images/").content.decode()
    client.force_login(people.bob)
    assert '<data value="4">4</data> pictures' in client.get("/images/").content.decode(), "covers are counted"
    assert "<data" not in client.get("/images/?from=following").content.decode()
    cache.clear()
    monkeypatch.setattr(queries, "MOST_COUNTED", 2)
    assert '<data value="2">~2</data>' in client.get("/images/").content.decode()
    assert "~" in client.get("/images/").content.decode().partition("<data")[2][:40]


def test_what_rises_is_a_sort_without_a_time(client, people):
    gallery.published(people.alice)
    page = client.get("/images/?sort=rising").content.decode()
    assert "Nothing rises at this hour" in page and "period=day" not in page
