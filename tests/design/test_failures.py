import json

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import RequestFactory

from civitai import failures
from civitai.errors import Refused
from tests.design.reading import elements


@pytest.fixture
def request_(rf):
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/somewhere/?a=1")
    request.user = AnonymousUser()
    return request


def test_500_needs_no_database_and_names_its_reference(rf, caplog, monkeypatch):
    monkeypatch.setattr(connection, "cursor", lambda *args, **kwargs: pytest.fail("asked the database"))
    response = failures.server_error(rf.get("/boom/"))
    page = response.content.decode()
    assert response.status_code == 500
    reference = caplog.records[-1].getMessage().split()[1].rstrip(":")
    assert len(reference) >= 8 and reference in page
    elements(page)


def test_500_uses_the_requests_own_reference(rf):
    request = rf.get("/boom/")
    request.id = "abcd1234"
    assert "abcd1234" in failures.server_error(request).content.decode()


def test_500_still_answers_when_templates_are_broken(rf, monkeypatch):
    monkeypatch.setattr(failures.loader, "render_to_string", lambda *args: 1 / 0)
    response = failures.server_error(rf.get("/boom/"))
    assert response.status_code == 500 and b"<title>500</title>" in response.content


def test_503_says_when_to_come_back(rf):
    response = failures.unavailable(rf.get("/"), retry_after_s=12)
    assert response.status_code == 503 and response["Retry-After"] == "12"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (failures.page_not_found, 404),
        (failures.permission_denied, 403),
        (failures.csrf_failure, 403),
        (failures.gone, 410),
        (failures.withheld, 451),
        (failures.bad_request, 400),
    ],
)
def test_every_failure_has_a_page(request_, answer, status):
    response = answer(request_)
    assert response.status_code == status
    page = response.content.decode()
    assert "<h1>" in page and str(status) in page
    elements(page)


def test_a_tombstone_says_what_it_was_told(request_):
    page = failures.gone(
        request_, title="Papercut <b>", why="The artist asked.", url="/cases/1", label="The case"
    ).content.decode()
    assert "Papercut &lt;b&gt;" in page and "The artist asked." in page and "/cases/1" in page


def test_a_refusal_shows_its_sentence_and_other_exceptions_show_none(request_):
    assert "Ask its owner." in failures.permission_denied(request_, Refused("Ask its owner.")).content.decode()
    assert (
        "secret detail" not in failures.permission_denied(request_, PermissionDenied("secret detail")).content.decode()
    )


def test_an_address_typed_as_markup_stays_text(rf, request_):
    page = failures.page_not_found(rf.get("/<script>alert(1)</script>"), None)
    assert b"<script>alert" not in page.content


def test_programs_get_json():
    for request in (
        RequestFactory().get("/api/v1/x"),
        RequestFactory().get("/x", headers={"accept": "application/json"}),
    ):
        response = failures.server_error(request)
        assert response.status_code == 500 and json.loads(response.content)["reference"]
        assert json.loads(failures.page_not_found(request).content) == {"error": "not found"}
