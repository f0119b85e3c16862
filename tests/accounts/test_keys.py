"""API keys: shown once, kept as a hash, and a bad one is never taken for a visitor."""

import hashlib
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.utils import timezone

from accounts import keys as api
from accounts.domain import keys
from accounts.models import ApiKey
from accounts.scopes import CREATOR, FULL, READ_ONLY, Scope
from civitai.errors import Refused
from tests.factories.accounts import member, token

pytestmark = pytest.mark.django_db


def asked(path="/api/v1/models", *, method="get", user=None, **extra):
    from django.contrib.auth.models import AnonymousUser

    request = getattr(RequestFactory(), method)(path, **extra)
    request.user = user or AnonymousUser()
    request._dont_enforce_csrf_checks = False
    return request


def bearer(text):
    return {"headers": {"Authorization": f"Bearer {text}"}}


def test_a_key_is_shown_once_and_kept_as_a_hash(client):
    client.force_login(member("ana"))
    answer = client.post("/settings/keys/", {"name": "Downloader", "scopes": READ_ONLY, "days": "90"})
    shown = re.search(r'<code class="clip"[^>]*>(civ_[\w-]{43})</code>', answer.text).group(1)
    assert "no-store" in answer["Cache-Control"]
    row = ApiKey.objects.get()
    assert row.sha256 == hashlib.sha256(shown.encode()).hexdigest() and row.prefix == shown[:10]
    assert row.scopes == READ_ONLY and timedelta(days=89) < row.expires_at - timezone.now() < timedelta(days=90)
    assert not any(shown in str(value) for value in ApiKey.objects.values().get().values())

    again = client.get("/settings/keys/").text
    assert shown not in again and "Downloader" in again and row.prefix in again


def test_a_key_form_that_is_refused_keeps_its_text(client):
    client.force_login(member("ana"))
    answer = client.post("/settings/keys/", {"name": "Downloader", "scopes": "7", "days": "3"})
    assert answer.status_code == 422 and 'value="Downloader"' in answer.text
    assert not ApiKey.objects.exists()


def test_a_key_names_its_member_and_remembers_its_use():
    ana = member("ana")
    request = asked(**bearer(token(ana)))
    assert api.api_user(request) == ana
    assert request.api_key == ApiKey.objects.get() and request.api_key.last_used_at


def test_a_busy_key_writes_once_a_minute(django_assert_num_queries):
    text = token(member("ana"))
    api.api_user(asked(**bearer(text)))
    with django_assert_num_queries(1):  # the look-up alone
        api.api_user(asked(**bearer(text)))
    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    with django_assert_num_queries(2):
        api.api_user(asked(**bearer(text)))


def expire(row):
    ApiKey.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def close(row):
    row.user.shut_out()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(expire, "key_expired"), (lambda row: row.revoke(), "key_revoked"), (close, "account_closed")],
)
def test_a_key_that_ended_is_an_error_with_a_sentence(client, spoil, code):
    text = token(member("ana"))
    spoil(ApiKey.objects.get())
    for way in ({"path": "/api/v1/whoami-test", **bearer(text)}, {"path": f"/api/v1/whoami-test?token={text}"}):
        with pytest.raises(api.KeyRefused) as refused:
            api.api_user(asked(**way))
        assert (refused.value.status, refused.value.code) == (401, code)
        assert str(refused.value).endswith(".")


@pytest.mark.parametrize("text", ["civ_unknown", "", " ", "x" * 100_000, "'; drop table users", "ключ", "\x00"])
def test_an_unknown_key_is_never_a_visitor(text):
    with pytest.raises(api.KeyRefused) as refused:
        api.api_user(asked(headers={"Authorization": f"Bearer {text}"}))
    assert refused.value.code == "key_unknown"


def test_other_authorization_is_not_ours():
    assert api.api_user(asked(headers={"Authorization": "Basic YTpi"})) is None
    assert api.api_user(asked()) is None


def test_the_api_answers_a_bad_key_with_401_json(client):
    from django.urls import get_resolver

    route = next(
        (path for path in ("/api/download/models/1", "/api/v1/models") if _resolves(get_resolver(), path)), None
    )
    assert route, "no address of the API is mounted"
    answer = client.get(f"{route}?token=civ_wrong")
    assert answer.status_code == 401
    assert answer.json() == {
        "error": "We do not know this API key. Check that it was copied whole.",
        "code": "key_unknown",
    }


def _resolves(resolver, path):
    from django.urls import Resolver404

    try:
        resolver.resolve(path)
    except Resolver404:
        return False
    return True


def test_token_in_the_address_counts_below_api_alone(client):
    ana = member("ana")
    text = token(ana)
    assert api.api_user(asked(f"/api/v1/models?token={text}")) == ana
    assert api.api_user(asked(f"/settings/?token={text}")) is None
    answer = client.get(f"/settings/?token={text}")
    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    assert ApiKey.objects.get().last_used_at is not None  # by the first call, below /api/


def test_the_header_counts_below_api_alone(client):
    text = token(member("ana"))
    assert client.get("/settings/", headers={"Authorization": f"Bearer {text}"}).status_code == 302


def test_a_token_in_the_address_goes_no_further():
    text = token(member("ana"))
    request = asked(f"/api/v1/models?query=a&token={text}&tag=b&tag=c")
    api.api_user(request)
    assert text not in request.META["QUERY_STRING"] and text not in request.get_full_path()
    assert "token" not in request.GET and request.GET.getlist("tag") == ["b", "c"]


def test_a_bad_token_is_not_logged(caplog, client):
    client.get("/api/download/models/1?token=civ_secret_but_wrong")
    assert "civ_secret_but_wrong" not in caplog.text


@pytest.mark.parametrize(
    ("mask", "scope", "may"),
    [
        (READ_ONLY, Scope.MODELS_READ, True),
        (READ_ONLY, Scope.MODELS_WRITE, False),
        (CREATOR, Scope.MODELS_WRITE, True),
        (CREATOR, Scope.MODELS_DELETE, False),
        (CREATOR, Scope.USER_WRITE, False),
        (FULL, Scope.SOCIAL_TIP, True),
    ],
)
def test_a_key_may_what_its_scopes_say(mask, scope, may):
    request = asked(**bearer(token(member("ana"), scopes=mask)))
    request.user = api.api_user(request)
    if may:
        api.require_scope(request, scope)
    else:
        with pytest.raises(api.ScopeRefused) as refused:
            api.require_scope(request, scope)
        assert refused.value.status == 403 and scope.name in str(refused.value)


def test_the_presets_are_those_of_the_published_api():
    reads = sum(scope for scope in Scope if scope.name.endswith("_READ"))
    assert reads == READ_ONLY and sum(Scope) == FULL and CREATOR & READ_ONLY == READ_ONLY


def test_a_visitor_has_no_scope_and_a_session_has_all():
    with pytest.raises(api.KeyRefused):
        api.require_scope(asked(), Scope.MODELS_WRITE)
    request = asked(user=member("ana"))
    assert api.api_user(request) is None
    api.require_scope(request, Scope.MODELS_WRITE)


def test_a_page_elsewhere_can_not_borrow_a_session():
    with pytest.raises(api.ScopeRefused) as refused:
        api.api_user(asked(method="post", user=member("ana")))
    assert refused.value.code == "csrf"


def test_somebody_elses_key_is_not_there(client):
    row = keys.issue(member("ana"), name="hers")[0]
    client.force_login(member("bruno"))
    assert client.post(f"/settings/keys/{row.pk}/revocation/").status_code == 404
    assert "hers" not in client.get("/settings/keys/").text
    row.refresh_from_db()
    assert row.revoked_at is None


def test_revoking_twice_is_once(client):
    ana = member("ana")
    row = keys.issue(ana, name="old")[0]
    client.force_login(ana)
    assert client.post(f"/settings/keys/{row.pk}/revocation/").status_code == 302
    row.refresh_from_db()
    first = row.revoked_at
    client.post(f"/settings/keys/{row.pk}/revocation/")
    row.refresh_from_db()
    assert row.revoked_at == first
    assert client.get(f"/settings/keys/{row.pk}/revocation/").status_code == 405


def test_there_is_an_end_to_keys():
    ana = member("ana")
    for number in range(keys.MOST):
        keys.issue(ana, name=str(number))
    with pytest.raises(Refused, match="Revoke one first"):
        keys.issue(ana, name="one more")
    ApiKey.objects.first().revoke()
    keys.issue(ana, name="one more")


@pytest.mark.parametrize(
    ("arguments", "mask"), [([], FULL), (["--scopes", "full"], FULL), (["--scopes", "read"], READ_ONLY)]
)
def test_the_command_prints_the_key_alone(arguments, mask):
    member("ana")
    out = StringIO()
    call_command("api_key", "ANA", *arguments, "--days", "7", stdout=out)
    text = out.getvalue()
    assert re.fullmatch(r"civ_[\w-]{43}\n", text)
    row = keys.by_token(text.strip())
    assert row.user.username == "ana" and row.scopes == mask and row.expires_at < timezone.now() + timedelta(days=7)


def test_the_command_knows_whom_it_does_not_know():
    with pytest.raises(CommandError, match="no member"):
        call_command("api_key", "nobody")
    member("ana")
    with pytest.raises(CommandError, match="a day at least"):
        call_command("api_key", "ana", "--days", "0")
