"""Hostile requests: forms without a token, hosts, lists of fields, keys; and who gets which address."""

import json
import re
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from accounts.domain import keys
from accounts.models import User
from models_hub.models import Model
from models_hub.states import ModelState
from tests.factories import bounties, gallery, models_hub

pytestmark = pytest.mark.django_db


def names(patterns=None, prefix=""):
    """{name: pattern} of all our own addresses."""
    found = {}
    for pattern in patterns or get_resolver().url_patterns:
        if hasattr(pattern, "url_patterns"):
            if not getattr(pattern, "namespace", None) and pattern.pattern._route != "accounts/":
                found |= names(pattern.url_patterns, prefix + str(pattern.pattern))
        elif pattern.name:
            found[pattern.name] = prefix + str(pattern.pattern)
    return found


def filled(route):
    """An address for a route: numbers and names that lead nowhere in particular."""
    route = re.sub(r"<int:\w+>", "1", route)
    route = re.sub(r"<uuid:\w+>", "00000000-0000-4000-8000-000000000001", route)
    route = re.sub(r"<step:\w+>", "what", route)
    return "/" + re.sub(r"<(?:\w+:)?\w+>", "x", route)


ELSEWHERE = [
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https:///evil.example",
    "javascript:alert(1)", "%2F%2Fevil.example", " //evil.example", "/\t/evil.example", "http:\\\\evil.example", "///evil.example",
]  # fmt: skip


class TestWayBack:
    """Whoever says where a form leads back to says it of pages of ours."""

    FORMS = {
        "preferences": ("/preferences/", {"theme": "dark"}),
        "reaction": ("/reactions/", {"subject": "gallery.Image", "on": "1"}),
        "saved": ("/saved/", {"subject": "gallery.Image"}),
        "followed": ("/users/alice/follow/", {}),
        "blocked": ("/users/alice/block/", {}),
    }

    def is_ours(self, location):
        # As browsers read it: backslashes are slashes, three are two, tabs and ends of lines are nothing.
        read = re.sub(r"[\t\r\n]", "", location).strip().replace("\\", "/")
        read = re.sub(r"^/{2,}", "//", read)
        return urlsplit(urljoin("http://testserver/some/page/", read))[:2] == ("http", "testserver")

    @pytest.mark.parametrize("next", ELSEWHERE)
    @pytest.mark.parametrize("form", FORMS)
    def test_badinput_36_forms_lead_to_no_page_of_others(self, people, form, next):
        client = Client()
        client.force_login(people.bob)
        address, fields = self.FORMS[form]
        row = gallery.published(people.alice).pk
        answer = client.post(address, {**fields, "row": row, "next": next})
        assert answer.status_code == 302 and self.is_ours(answer["Location"]), answer["Location"]

    @pytest.mark.parametrize("next", ELSEWHERE)
    def test_badinput_36_signing_in_leads_to_no_page_of_others(self, people, next):
        told = {"login": "bob@example.org", "password": "correct horse", "next": next}
        answer = Client().post("/accounts/login/", told)
        assert answer.status_code == 302 and self.is_ours(answer["Location"]), answer["Location"]

    def test_badinput_36_it_leads_to_ours(self, people):
        client = Client()
        client.force_login(people.bob)
        assert (
            client.post("/preferences/", {"theme": "dark", "next": "/images/?sort=top"})["Location"]
            == "/images/?sort=top"
        )


class TestTokens:
    def test_badinput_35_no_form_is_taken_without_its_token(self, people):
        """Every address of ours that takes a POST refuses one from elsewhere, signed in or not."""
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(people.alice)
        taken = []
        for name, route in names().items():
            if route.startswith("api/"):
                continue
            if strict.post(filled(route), {"x": "1"}).status_code < 400:
                taken.append(name)
        assert taken == []

    def test_badinput_35_the_api_takes_no_cookie_from_elsewhere(self, people):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(people.alice)
        answer = strict.post("/api/v1/model-versions/by-hash", "[]", content_type="application/json")
        assert answer.status_code == 403

    def test_badinput_35_looking_changes_nothing(self, client, people, django_assert_num_queries):
        """No GET of a whole visit writes a row of ours."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        model, image = models_hub.published(people.alice), gallery.published(people.alice)
        client.force_login(people.bob)
        client.get("/")
        urls = [
            "/",
            "/models/",
            "/images/",
            model.get_absolute_url(),
            image.get_absolute_url(),
            "/bounties/",
            "/wallet/",
        ]
        urls += [
            "/training/",
            "/create/",
            "/search/?q=moon",
            "/notifications/",
            "/settings/",
            "/moderation/log/",
            "/removal/",
        ]
        for url in urls:
            with CaptureQueriesContext(connection) as seen:
                assert client.get(url).status_code == 200, url
            writes = [
                q["sql"] for q in seen if re.match(r"(INSERT|UPDATE|DELETE)", q["sql"]) and "session" not in q["sql"]
            ]
            assert not writes, (url, writes)


@pytest.mark.parametrize("host", ["evil.com", "localhost.evil.com", "localhost@evil.com", "evil.com:80"])
def test_badinput_37_another_host_is_refused_and_named_nowhere(client, host):
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 400 and b"evil" not in answer.content


def test_badinput_37_a_forwarded_host_is_not_believed(client, people):
    page = client.get("/", headers={"X-Forwarded-Host": "evil.com"})
    assert page.status_code == 200 and b"evil.com" not in page.content
    models_hub.published(people.alice)
    assert b"evil.com" not in client.get("/api/v1/models?limit=1", headers={"X-Forwarded-Host": "evil.com"}).content


class TestAccess:
    """Who gets which page of a thing in which state. Not seen is 404 for all but its owner and moderators."""

    def asked(self, url, who):
        client = Client()
        if getattr(who, "pk", None):
            client.force_login(who)
        return client.get(url).status_code

    @pytest.mark.parametrize("state", ["draft", "unpublished", "hidden", "removed"])
    def test_badinput_43_a_model_that_is_not_public(self, people, state):
        model = models_hub.draft(people.alice) if state == "draft" else models_hub.published(people.alice)
        version = model.versions.get()
        sha256 = version.files.first().hashes.get(kind="SHA256").value if version.files.exists() else "0" * 64
        if state == "hidden":
            model.hide(by=people.mona, reason="x")
        elif state != "draft":
            Model.objects.filter(pk=model.pk).update(state=state)
            type(version).objects.filter(pk=version.pk).update(state=state)
        urls = [
            model.get_absolute_url(),
            f"/api/v1/models/{model.pk}",
            f"/api/v1/model-versions/{version.pk}",
            f"/api/v1/model-versions/by-hash/{sha256}",
            f"/api/download/models/{version.pk}",
        ]
        for who in (people.nobody, people.bob, people.charlie):
            for url in urls:
                assert self.asked(url, who) in (404, 410), (state, url, who)
        owner = self.asked(model.get_absolute_url(), people.alice)
        assert owner == (200 if state != ModelState.REMOVED else 410)

    def test_badinput_43_what_is_ones_own_is_nobody_elses(self, people):
        """Drafts, editors, runs, wallets: 404 or a way to sign in for others, and no 500 for anybody."""
        post = gallery.draft(people.alice)
        bounty = bounties.put_up(people.alice)
        model = models_hub.draft(people.alice)
        urls = [
            reverse("post", args=[post.pk]),
            reverse("post_edit", args=[post.pk]),
            reverse("bounty_edit", args=[bounty.pk]),
            reverse("model_edit", args=[model.pk, "what"]),
            post.images.get().picture.url(320),
        ]
        for url in urls:
            assert self.asked(url, people.alice) in (200, 404), url
            assert self.asked(url, people.bob) in (403, 404), url
            assert self.asked(url, people.nobody) in (302, 403, 404), url

    def test_badinput_43_no_address_breaks_for_anybody(self, people):
        """Every address of ours, asked by everybody for things that are not there: an answer, never a crash."""
        broken = []
        for name, route in names().items():
            for who in (people.nobody, people.bob, people.alice, people.mona):
                client = Client(raise_request_exception=False)
                if getattr(who, "pk", None):
                    client.force_login(who)
                for method in (client.get, client.post):
                    if method(filled(route)).status_code >= 500:
                        broken.append((name, method.__name__, str(who)))
        assert broken == []

    def test_badinput_43_what_is_for_moderators_is_not_there_for_others(self, people):
        for name, route in names().items():
            # The log is public; decisions, their letters and cases are also read by those whom they concern.
            is_open = any(word in route for word in ("log", "decisions", "letters", "cases"))
            if route.startswith("moderation/") and not is_open:
                assert self.asked(filled(route), people.bob) in (404, 405), name

    def test_badinput_44_what_is_only_drawn_with_is_not_downloaded(self, people):
        model = models_hub.published(people.alice)
        Model.objects.filter(pk=model.pk).update(usage="generation")
        version = model.versions.get()
        for who in (people.nobody, people.bob):
            assert self.asked(f"/api/download/models/{version.pk}", who) == 401
            assert self.asked(f"/api/download/models/{version.pk}?fileId={version.files.get().pk}", who) == 401
        told = Client().get(f"/api/v1/model-versions/{version.pk}").json()
        assert told["files"] == [] and told["usageControl"] == "Generation"


class TestFields:
    MORE = {
        "is_staff": "on", "is_superuser": "on", "is_moderator": "on", "user_id": "1", "balance": "1000000", "poi": "false",
        "nsfw": "false", "state": "published", "owner": "1", "created_at": "2020-01-01", "hidden_at": "", "freeze_level": "0",
    }  # fmt: skip

    def test_badinput_47_forms_take_their_own_fields_alone(self, client, people):
        client.force_login(people.alice)
        client.post("/settings/", {"display_name": "Alice", "bio": "", **self.MORE})
        user = User.objects.get(pk=people.alice.pk)
        assert not (user.is_staff or user.is_superuser or user.is_moderator)
        model = models_hub.draft(people.alice)
        model.hide(by=people.mona, reason="looked at")
        client.post(
            f"/models/{model.pk}/edit/what/",
            {"name": "Mine", "type": "LORA", "tags": "", "description": "", **self.MORE},
        )
        model.refresh_from_db()
        assert model.state == "draft" and model.is_hidden and model.owner == people.alice and model.name == "Mine"

    def test_badinput_47_the_api_takes_its_own_fields_alone(self, client, people):
        client.force_login(people.alice)
        asked = {
            "purpose": "model_file",
            "filename": "a.safetensors",
            "size": 100,
            "owner": people.bob.pk,
            "state": "complete",
            "key": "other/key",
        }
        begun = client.post("/uploads/", json.dumps(asked), content_type="application/json")
        from civitai.uploads import Upload

        row = Upload.objects.get(pk=begun.json()["id"])
        assert row.owner == people.alice and row.state == "open" and row.key != "other/key"


class TestKeys:
    def test_badinput_48_a_key_is_hashed_shown_once_and_dead_when_its_owner_is_out(self, client, people):
        key, token = keys.issue(people.alice, name="tool")
        assert token not in str(vars(key)) and len(key.sha256) == 64
        client.force_login(people.alice)
        assert token not in client.get("/settings/keys/").content.decode()
        headers = {"Authorization": f"Bearer {token}"}
        assert Client().get("/api/v1/me", headers=headers).status_code == 200
        people.alice.shut_out()
        assert Client().get("/api/v1/me", headers=headers).status_code == 401

    def test_badinput_48_in_an_address_it_is_taken_on_the_api_alone_and_repeated_nowhere(self, people, caplog):
        models_hub.published(people.alice)
        models_hub.published(people.alice)
        _key, token = keys.issue(people.alice, name="tool")
        told = Client().get(f"/api/v1/models?limit=1&token={token}")
        assert told.status_code == 200 and token not in told.content.decode()
        assert Client().get(f"/wallet/?token={token}").status_code == 302, "no page is opened by it"
        assert Client().get("/api/v1/models?token=wrong").status_code == 401
        assert token not in caplog.text

    def test_badinput_48_a_narrow_key_does_no_more_than_it_says(self, people):
        from accounts.scopes import Scope

        _key, token = keys.issue(people.alice, name="narrow", scopes=Scope.MODELS_READ)
        assert Client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 403
