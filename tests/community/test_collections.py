"""Saving and collections: what lies in them, and what they give away."""

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404

from accounts.domain import blocking
from accounts.models import User
from civitai.errors import Refused
from civitai.levels import Level
from community import queries
from community.domain import collecting
from community.models import Collection, CollectionItem, Shown
from gallery.models import Image
from tests.factories import gallery as images
from tests.factories import models_hub as models

pytestmark = pytest.mark.django_db
IMAGE, MODEL, POST = "gallery.Image", "models_hub.Model", "gallery.Post"


@pytest.fixture
def image(people):
    return images.published(people.alice, title="Moon")


def begin(user, name="Moons", shown=Shown.PUBLIC):
    return collecting.begin(user, name=name, shown=shown)


def test_the_bookmark_saves_and_takes_back(people, image):
    for _time in range(2):
        assert collecting.keep(people.bob, IMAGE, image.pk)
    saved = Collection.objects.get(owner=people.bob)
    assert (saved.is_saved, saved.shown, saved.items) == (True, Shown.PRIVATE, 1)
    assert queries.is_saved(people.bob, IMAGE, image.pk)
    for _time in range(2):
        collecting.keep(people.bob, IMAGE, image.pk, wanted=False)
    saved.refresh_from_db()
    assert saved.items == 0
    assert not queries.is_saved(people.bob, IMAGE, image.pk)


def test_the_database_keeps_what_is_saved_private(people, image):
    collecting.keep(people.bob, IMAGE, image.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Collection.objects.filter(is_saved=True).update(shown=Shown.PUBLIC)
    with pytest.raises(Refused):
        collecting.describe(Collection.objects.get(), name="Mine", description="", shown=Shown.PUBLIC)


def test_what_is_not_seen_can_not_be_kept(people):
    draft = images.draft(people.alice).images.get()
    mature = images.published(people.alice, level=Level.X)
    for row in (draft, mature):
        with pytest.raises(Http404):
            collecting.keep(people.bob, IMAGE, row.pk)
    with pytest.raises(Refused):
        collecting.keep(people.bob, "accounts.User", people.alice.pk)


def test_who_sees_which_collection(client, people, image):
    rows = {shown: begin(people.alice, name=f"It is {shown}", shown=shown) for shown in Shown.values}
    for name, private, others in [("alice", 200, 200), ("bob", 404, 200), ("mona", 200, 200), (None, 404, 200)]:
        client.logout()
        if name:
            client.force_login(getattr(people, name))
        assert client.get(f"/collections/{rows['private'].pk}/").status_code == private
        for shown in ("unlisted", "public"):
            assert client.get(f"/collections/{rows[shown].pk}/").status_code == others
    client.force_login(people.bob)
    profile = client.get("/users/alice/?show=collections").content.decode()
    assert "It is public" in profile
    assert "It is unlisted" not in profile
    assert "It is private" not in profile


def test_a_collection_gives_away_nothing_that_its_viewer_may_not_see(client, people):
    shown, mature, later_hidden = (
        images.published(people.alice, prompt="one shown"),
        images.published(people.alice, level=Level.XXX, prompt="too mature"),
        images.published(people.alice, prompt="soon hidden"),
    )
    kept = begin(people.alice)
    for row in (shown, mature, later_hidden):
        collecting.put(kept, IMAGE, row.pk, by=people.alice)
    later_hidden.hide(by=people.mona, reason="rule")
    page = client.get(f"/collections/{kept.pk}/").content.decode()
    assert f"/images/{shown.pk}/" in page
    assert f"/images/{mature.pk}/" not in page
    assert f"/images/{later_hidden.pk}/" not in page
    client.force_login(people.bob)
    page = client.get(f"/collections/{kept.pk}/").content.decode()
    assert str(mature.picture_id) not in page, "covered: no address of its bytes"
    assert f"/images/{later_hidden.pk}/" not in page


def test_things_of_blocked_people_are_not_in_it_for_who_blocked(client, people, image):
    kept = begin(people.charlie)
    collecting.put(kept, IMAGE, image.pk, by=people.charlie)
    blocking.block(people.bob, people.alice)
    client.force_login(people.bob)
    assert f"/images/{image.pk}/" not in client.get(f"/collections/{kept.pk}/").content.decode()
    blocking.block(people.bob, people.charlie)
    assert client.get(f"/collections/{kept.pk}/").status_code == 404


def test_pictures_models_and_posts_each_under_their_tab(client, people, image):
    model = models.published(people.alice, name="Papercut")
    kept = begin(people.bob)
    for label, pk in [(IMAGE, image.pk), (MODEL, model.pk), (POST, image.post_id)]:
        collecting.put(kept, label, pk, by=people.bob)
    page = client.get(f"/collections/{kept.pk}/").content.decode()
    assert "Pictures" in page and "Posts" in page
    assert "Papercut" in client.get(f"/collections/{kept.pk}/?show={MODEL}").content.decode()
    assert f"/posts/{image.post_id}/" in client.get(f"/collections/{kept.pk}/?show={POST}").content.decode()


def test_the_dialog_puts_in_and_takes_out(client, people, image):
    one, two = begin(people.bob, "One"), begin(people.bob, "Two")
    others = begin(people.alice, "Not his")
    collecting.put(one, IMAGE, image.pk, by=people.bob)
    client.force_login(people.bob)
    url = f"/collecting/{IMAGE}/{image.pk}/"
    page = client.get(url).content.decode()
    assert "One" in page and "Not his" not in page
    client.post(url, {"collections": [two.pk], "name": "Three", "shown": "unlisted"})
    assert set(CollectionItem.objects.values_list("collection__name", flat=True)) == {"Two", "Three"}
    assert client.post(url, {"collections": [others.pk]}).status_code == 422
    assert set(CollectionItem.objects.values_list("collection__name", flat=True)) == {"Two", "Three"}


def test_only_its_owner_changes_it(client, people, image):
    kept = begin(people.alice)
    collecting.put(kept, IMAGE, image.pk, by=people.alice)
    client.force_login(people.bob)
    assert client.get(f"/collections/{kept.pk}/edit/").status_code == 403
    assert client.post(f"/collections/{kept.pk}/removal/").status_code == 403
    answer = client.post(f"/collections/{kept.pk}/items/removal/", {"subject": IMAGE, "row": image.pk})
    assert answer.status_code == 403
    client.force_login(people.alice)
    client.post(f"/collections/{kept.pk}/edit/", {"name": "Suns", "description": "", "shown": "private"})
    kept.refresh_from_db()
    assert (kept.name, kept.shown) == ("Suns", "private")
    client.post(f"/collections/{kept.pk}/items/removal/", {"subject": IMAGE, "row": image.pk})
    kept.refresh_from_db()
    assert kept.items == 0
    client.post(f"/collections/{kept.pk}/removal/")
    assert not Collection.objects.exists()
    assert Image.objects.filter(pk=image.pk).exists()


def test_hidden_by_a_moderator_only_its_owner_sees_it(client, people):
    kept = begin(people.alice)
    kept.hide(by=people.mona, reason="rude name")
    client.force_login(people.bob)
    assert client.get(f"/collections/{kept.pk}/").status_code == 404
    client.force_login(people.alice)
    page = client.get(f"/collections/{kept.pk}/").content.decode()
    assert "Hidden by a moderator" in page and "rude name" not in page, "the reason is the log's"


def test_words_of_a_collection_are_tidied_and_refused(client, people):
    assert begin(people.alice, "a\u202eb\nc").name == "ab c"
    client.force_login(people.alice)
    assert client.post("/collections/", {"name": "   ", "shown": "public"}).status_code == 422
    assert client.post("/collections/", {"name": "x" * 81, "shown": "public"}).status_code == 422
    assert client.post("/collections/", {"name": "ok", "shown": "to all"}).status_code == 422


def test_full_is_full(people, image, monkeypatch):
    monkeypatch.setattr(collecting, "MOST_ITEMS", 1)
    kept = begin(people.bob)
    collecting.put(kept, IMAGE, image.pk, by=people.bob)
    with pytest.raises(Refused):
        collecting.put(kept, IMAGE, images.published(people.alice).pk, by=people.bob)
    monkeypatch.setattr(collecting, "MOST", 1)
    with pytest.raises(Refused):
        begin(people.bob, "another")


@pytest.mark.parametrize("count", [1, 3])
def test_its_page_asks_a_fixed_number_of_questions(client, people, count, django_assert_num_queries):
    kept = begin(people.alice)
    for _number in range(count):
        collecting.put(kept, IMAGE, images.published(people.alice).pk, by=people.alice)
    with django_assert_num_queries(4):
        client.get(f"/collections/{kept.pk}/")


def test_the_bookmark_without_a_script_and_with_one(client, people, image):
    url, data = "/saved/", {"subject": IMAGE, "row": image.pk, "next": f"/images/{image.pk}/"}
    assert client.post(url, data).url.startswith("/accounts/login/")
    client.force_login(people.bob)
    assert client.post(url, data).url == f"/images/{image.pk}/"
    assert 'aria-pressed="true"' in client.post(url, data, headers={"HX-Request": "true"}).content.decode()
    assert client.post(url, {**data, "next": "https://elsewhere.example/"}).url == "/"
    assert client.post(url, {**data, "row": "9" * 40}).status_code == 404


def test_lists_leave_out_hidden_tags_and_blocked_people(client, people, image):
    from community.models import Tag

    tag = Tag.objects.create(name="spiders")
    spider = images.published(people.alice, tags=[tag])
    beast = models.published(people.alice, name="Spinner")
    beast.tags.add(tag)
    client.force_login(people.bob)
    client.post("/settings/hidden-tags/", {"tags": "Spiders, needles"})
    assert Tag.objects.filter(name="needles").exists(), "hidden before anybody uses it"
    page = client.get("/images/").content.decode()
    assert f"/images/{image.pk}/" in page
    assert f"/images/{spider.pk}/" not in page
    assert "Spinner" not in client.get("/models/").content.decode()
    assert "spiders" in client.get("/settings/hidden-tags/").content.decode()
    client.post("/settings/hidden-tags/", {"tags": ""})
    assert "Spinner" in client.get("/models/").content.decode()
    blocking.block(User.objects.get(pk=people.bob.pk), people.alice)
    for url in ("/images/", "/models/", "/users/alice/", "/search/?q=papercut", "/search/?q=alice&in=people", "/"):
        page = client.get(url).content.decode()
        assert f"/images/{image.pk}/" not in page, url
        assert "Spinner" not in page, url


def test_too_many_hidden_tags_are_refused_and_kept_in_the_form(client, people):
    client.force_login(people.bob)
    answer = client.post("/settings/hidden-tags/", {"tags": ",".join(f"tag{number}" for number in range(101))})
    assert answer.status_code == 422
    assert "tag100" in answer.content.decode()
    assert User.objects.get(pk=people.bob.pk).hidden_tags == []


def test_the_filter_following_shows_those_whom_one_follows(client, people, image):
    theirs = images.published(people.charlie)
    models.published(people.charlie, name="Charlies")
    models.published(people.alice, name="Alices")
    client.force_login(people.bob)  # follows alice
    page = client.get("/images/?from=following").content.decode()
    assert f"/images/{image.pk}/" in page
    assert f"/images/{theirs.pk}/" not in page
    page = client.get("/models/?from=following").content.decode()
    assert "Alices" in page
    assert "Charlies" not in page
    client.logout()
    assert f"/images/{theirs.pk}/" in client.get("/images/?from=following").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_lists_of_collections_show_covers_for_a_fixed_number_of_questions(
    client, people, count, django_assert_num_queries
):
    for number in range(count):
        kept = begin(people.alice, f"No {number}")
        for _picture in range(5):
            collecting.put(kept, IMAGE, images.published(people.alice).pk, by=people.alice)
    rows = list(Collection.objects.all())
    with django_assert_num_queries(2):
        rows = collecting.with_covers(rows, people.nobody)
    assert [len(row.covers) for row in rows] == [4] * count
    with django_assert_num_queries(0):
        assert collecting.with_covers([], people.nobody) == []


def test_covers_are_of_what_the_viewer_sees(people):
    mature, fine = images.published(people.alice, level=Level.XXX), images.published(people.alice)
    kept = begin(people.alice)
    for row in (mature, fine):
        collecting.put(kept, IMAGE, row.pk, by=people.alice)
    for viewer in (people.nobody, people.bob):
        (row,) = collecting.with_covers([kept], viewer)
        assert [cover["id"] for cover in row.covers] == [fine.pk]


def test_a_collection_of_models_alone_shows_their_covers_to_who_may_see_them(people):
    fine, mature = models.published(people.alice), models.published(people.alice, level=int(Level.X))
    kept = collecting.begin(people.bob, name="Models", shown="public")
    for model in (fine, mature):
        collecting.put(kept, "models_hub.Model", model.pk, by=people.alice)
    kept.refresh_from_db()
    (row,) = collecting.with_covers([kept], people.nobody)
    assert [cover["src"] for cover in row.covers] == [fine.cover.url()]
