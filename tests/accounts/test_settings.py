"""The pages about oneself, and following others."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.domain import following, profiles
from accounts.models import Follow
from civitai import adapters
from civitai.errors import Refused
from civitai.levels import Level, up_to
from tests.factories.accounts import member

pytestmark = pytest.mark.django_db
FORM = {"display_name": "Ana Luísa 安娜", "bio": "Paper & ink", "level": "4", "language": "pt-br"}


def png():
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (64, 64), "#456").save(out, "PNG")
    return SimpleUploadedFile("me.png", out.getvalue(), content_type="image/png")


def test_a_profile_is_saved_whole(client):
    ana = member("ana")
    client.force_login(ana)
    answer = client.post("/settings/", FORM)
    assert answer.status_code == 302
    ana.refresh_from_db()
    assert (ana.name, ana.bio, ana.language) == ("Ana Luísa 安娜", "Paper & ink", "pt-br")
    assert ana.level_mask == up_to(Level.R)
    assert answer.cookies["django_language"].value == "pt-br"
    page = client.get("/settings/").text
    assert "Ana Luísa 安娜" in page and "Paper &amp; ink" in page and 'lang="pt-br"' in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"display_name": "x" * 61},
        {"bio": "x" * 401},
        {"level": "3"},
        {"level": "32"},
        {"level": "-1"},
        {"language": "xx"},
        {"language": ""},
    ],
)
def test_what_is_refused_keeps_the_rest_and_changes_nothing(client, wrong):
    ana = member("ana")
    client.force_login(ana)
    answer = client.post("/settings/", FORM | wrong)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    if "bio" not in wrong:
        assert "Paper &amp; ink" in answer.text
    ana.refresh_from_db()
    assert (ana.display_name, ana.bio, ana.level_mask, ana.language) == ("", "", 1, "")


def test_a_bio_is_text_and_nothing_else(client):
    ana = member("ana")
    client.force_login(ana)
    client.post("/settings/", FORM | {"bio": "<script>alert(1)</script>", "display_name": "<b>Ana</b>"})
    page = client.get("/settings/").text
    assert "<script>alert" not in page and "<b>Ana" not in page


def test_a_portrait_is_worn_until_it_is_taken_off(client, commit):
    ana = member("ana")
    client.force_login(ana)
    with commit():
        client.post("/settings/", FORM | {"portrait": png()})
    ana.refresh_from_db()
    assert ana.avatar_uuid is not None
    assert f"/media/{ana.avatar_uuid}/width=96/" in client.get("/settings/").text
    client.post("/settings/", FORM | {"drop_portrait": "on"})
    ana.refresh_from_db()
    assert ana.avatar_uuid is None and ana.portrait_url == ""


def test_a_portrait_that_is_too_large_is_refused_beside_its_field(client):
    ana = member("ana")
    client.force_login(ana)
    big = SimpleUploadedFile("me.png", b"x" * (5 * 1024 * 1024 + 1))
    answer = client.post("/settings/", FORM | {"portrait": big})
    assert answer.status_code == 422 and 'id="id_portrait-error"' in answer.text
    ana.refresh_from_db()
    assert ana.display_name == ""


def test_an_empty_file_is_no_portrait(client):
    ana = member("ana")
    client.force_login(ana)
    answer = client.post("/settings/", FORM | {"portrait": SimpleUploadedFile("me.png", b"")})
    assert answer.status_code == 422
    ana.refresh_from_db()
    assert ana.display_name == "" and ana.avatar_uuid is None


class Seen:
    def __init__(self, pk, state="ready", level=1):
        self.pk, self.state, self.level = pk, state, level


@pytest.mark.parametrize(("state", "level", "stays"), [("ready", 1, True), ("refused", 1, False), ("ready", 4, False)])
def test_a_picture_that_is_not_fit_to_be_a_portrait_is_taken_off(state, level, stays):
    import uuid

    ana, pk = member("ana"), uuid.uuid4()
    ana.wear(pk)
    for _ in range(2):
        profiles.take_off(Seen(pk, state, level))
    ana.refresh_from_db()
    assert (ana.avatar_uuid == pk) is stays


def test_security_shows_what_there_is(client):
    ana = member("ana")
    client.force_login(ana)
    page = client.get("/settings/security/").text
    assert "ana@example.org" in page and reverse("mfa_add_webauthn") in page
    assert reverse("socialaccount_connections") not in page, "no provider is configured"


def test_providers_show_where_they_are_configured(client, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {"github": {"APPS": [{"client_id": "a", "secret": "b"}]}}
    assert "Continue with GitHub" in client.get(reverse("account_login")).text
    client.force_login(member("ana"))
    assert reverse("socialaccount_connections") in client.get("/settings/security/").text


def test_following_by_a_form_goes_back_to_where_it_stood(client, people):
    client.force_login(people.charlie)
    answer = client.post("/users/Alice/follow/", {"next": "/settings/following/"})
    assert answer["Location"] == "/settings/following/"
    assert "alice" in client.get("/settings/following/").text
    client.post("/users/alice/follow/", {"on": "0"})
    assert not Follow.objects.filter(follower=people.charlie).exists()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", ""])
def test_following_sends_nobody_elsewhere(client, people, target):
    client.force_login(people.charlie)
    answer = client.post("/users/alice/follow/", {"next": target})
    assert answer["Location"] == people.alice.get_absolute_url()


def test_htmx_gets_the_button_anew(client, people):
    client.force_login(people.charlie)
    answer = client.post("/users/alice/follow/", headers={"HX-Request": "true"})
    assert answer.status_code == 200 and 'aria-pressed="true"' in answer.text and "<html" not in answer.text
    answer = client.post("/users/alice/follow/", {"on": "0", "kind": "primary"}, headers={"HX-Request": "true"})
    assert "button-primary" in answer.text and 'aria-pressed="false"' in answer.text


def test_a_visitor_signs_in_first_and_comes_to_the_profile(client, people):
    profile = people.alice.get_absolute_url()
    plain = client.post("/users/alice/follow/")
    assert plain.status_code == 302 and plain["Location"] == f"/accounts/login/?next={profile}"
    by_htmx = client.post("/users/alice/follow/", headers={"HX-Request": "true"})
    assert by_htmx.status_code == 200 and by_htmx["HX-Redirect"] == f"/accounts/login/?next={profile}"
    assert Follow.objects.filter(followed=people.alice).count() == 1  # Bob, from before


def test_nobody_follows_themselves(client, people):
    client.force_login(people.alice)
    answer = client.post("/users/alice/follow/")
    assert answer.status_code == 400 and "You can&#x27;t follow yourself." in answer.text
    with pytest.raises(Refused):
        following.follow(people.alice, people.alice)


def test_following_twice_is_once_and_is_told_once(people, monkeypatch):
    told = []
    monkeypatch.setitem(adapters._hooks, "followed", [lambda **facts: told.append(facts)])
    assert following.follow(people.charlie, people.alice) is True
    assert following.follow(people.charlie, people.alice) is False
    assert told == [{"follower": people.charlie, "followed": people.alice}]
    assert following.unfollow(people.charlie, people.alice) is True
    assert following.unfollow(people.charlie, people.alice) is False


def test_who_is_not_there_can_not_be_followed(client, people):
    client.force_login(people.charlie)
    assert client.post("/users/nadie/follow/").status_code == 404
    people.alice.shut_out()
    assert client.post("/users/alice/follow/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(client, people, count, django_assert_num_queries):
    client.force_login(people.mona)
    client.get("/settings/following/")  # the session is in the cache from here on
    for person in [people.alice, people.bob, people.charlie][:count]:
        following.follow(people.mona, person)
    with django_assert_num_queries(QUERIES):
        page = client.get("/settings/following/").text
    assert page.count('class="follow"') == count


QUERIES = 3  # the member, the page, and the balance in the bar
