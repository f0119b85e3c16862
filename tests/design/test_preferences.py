import pytest

from civitai import adapters

pytestmark = pytest.mark.django_db


def test_a_visitor_chooses_the_light(client):
    response = client.post("/preferences/", {"theme": "light", "next": "/models/?sort=new"})
    assert response.status_code == 302 and response["Location"] == "/models/?sort=new"
    assert 'data-theme="light"' in client.get("/no-such-page/").content.decode()


def test_a_visitor_chooses_a_language(client):
    client.post("/preferences/", {"language": "pt-br"})
    page = client.get("/no-such-page/").content.decode()
    assert 'lang="pt-br"' in page and "Buscar" in page


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "http:///evil.example"],
)
def test_nobody_is_sent_to_another_site(client, target):
    assert client.post("/preferences/", {"theme": "dark", "next": target})["Location"] == "/"


@pytest.mark.parametrize(
    "wrong",
    [
        {"theme": "neon"},
        {"theme": 'dark"><script>'},
        {"language": "xx"},
        {"language": "../en"},
        {"level": "32"},
        {"level": "PG"},
        {"level": "-1"},
    ],
)
def test_an_unknown_choice_changes_nothing(client, wrong):
    response = client.post("/preferences/", wrong)
    assert response.status_code == 400 and not response.cookies


def test_a_script_gets_no_redirect(client):
    response = client.post("/preferences/", {"theme": "light"}, headers={"accept": "application/json"})
    assert response.status_code == 200 and response.json() == {}


def test_looking_changes_nothing(client):
    assert client.get("/preferences/").status_code == 405


def test_a_forged_form_is_refused():
    from django.test import Client

    assert Client(enforce_csrf_checks=True).post("/preferences/", {"theme": "light"}).status_code == 403


def test_a_visitor_cannot_raise_the_level(client, monkeypatch):
    told = []
    monkeypatch.setattr(adapters, "tell", lambda event, **facts: told.append(event) or [])
    client.post("/preferences/", {"level": "16"})
    assert "level_chosen" not in told


def test_a_member_chooses_a_level_and_all_below(client, people, monkeypatch):
    told = {}
    monkeypatch.setattr(adapters, "tell", lambda event, **facts: told.update({event: facts}) or [])
    client.force_login(people.alice)
    client.post("/preferences/", {"level": "4"})
    assert told["level_chosen"] == {"user": people.alice, "mask": 7}
