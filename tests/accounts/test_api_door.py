"""The API's door as programs meet it: over HTTP, through the kernel."""

import pytest
from django.test import Client

from accounts.models import ApiKey
from accounts.scopes import FULL, READ_ONLY
from tests.factories.accounts import member, token

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.api_urls")]
WHO, MODELS = "/api/keys-test/who", "/api/keys-test/models"


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


def test_a_visitor_reads(client):
    assert client.get(WHO).json()["name"] is None


def test_a_key_is_its_member_by_header_and_by_address(client):
    text = token(member("ana"))
    assert client.get(WHO, headers=bearer(text)).json()["name"] == "ana"
    answer = client.get(f"{WHO}?token={text}&page=2").json()
    assert answer == {"name": "ana", "query": "page=2"}


def test_a_key_outweighs_a_session(client):
    client.force_login(member("bruno"))
    assert client.get(WHO, headers=bearer(token(member("ana")))).json()["name"] == "ana"


@pytest.mark.parametrize("spoil", ["unknown", "expired", "revoked", "closed"])
@pytest.mark.parametrize("way", ["header", "address"])
def test_a_bad_key_is_401_with_a_sentence_even_beside_a_session(client, spoil, way):
    text = token(member("ana"))
    row = ApiKey.objects.get()
    if spoil == "unknown":
        text = text[:-1] + ("a" if text[-1] != "a" else "b")
    elif spoil == "expired":
        ApiKey.objects.update(expires_at=row.created_at)
    elif spoil == "revoked":
        row.revoke()
    else:
        row.user.shut_out()
    client.force_login(member("bruno"))
    answer = client.get(WHO, headers=bearer(text)) if way == "header" else client.get(f"{WHO}?token={text}")
    assert answer.status_code == 401 and answer["Content-Type"].startswith("application/json")
    assert answer.json()["error"].endswith(".") and text not in answer.text


def test_scopes_are_asked(client):
    ana = member("ana")
    assert client.post(MODELS).status_code == 401
    refused = client.post(MODELS, headers=bearer(token(ana, scopes=READ_ONLY)))
    assert refused.status_code == 403 and "MODELS_WRITE" in refused.json()["error"]
    assert client.post(MODELS, headers=bearer(token(ana, scopes=FULL))).json() == {"name": "ana"}


def test_a_session_writes_with_the_csrf_token_alone():
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member("ana"))
    refused = strict.post(MODELS)
    assert refused.status_code == 403 and refused.json()["code"] == "csrf"
    strict.get("/settings/")
    pass_ = strict.cookies["csrftoken"].value
    assert strict.post(MODELS, headers={"X-CSRFToken": pass_}).json() == {"name": "ana"}
