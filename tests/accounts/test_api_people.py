import pytest

from accounts.domain import keys

pytestmark = pytest.mark.django_db


def test_me_is_the_member_of_the_key(client, people):
    assert client.get("/api/v1/me").status_code == 401
    _key, token = keys.issue(people.alice, name="tool")
    for told in (
        client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).json(),
        client.get(f"/api/v1/me?token={token}").json(),
    ):
        assert told["username"] == "alice" and told["email"] == "alice@example.org" and told["tokenScope"] > 0
    people.alice.shut_out()
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_users_by_number_and_by_the_beginning_of_a_name(client, people):
    assert client.get("/api/v1/users").json() == {"items": []}
    told = client.get("/api/v1/users?query=AL").json()["items"]
    assert told == [{"id": people.alice.pk, "username": "alice", "avatarNsfw": 1}]
    assert len(client.get(f"/api/v1/users?ids={people.bob.pk},{people.mona.pk}").json()["items"]) == 2
    assert client.get("/api/v1/users?ids=x").status_code == 400
