"""Who blocks whom, and what ends with it."""

import pytest

from accounts import queries
from accounts.domain import blocking
from accounts.models import Block, Follow, Notification, User
from civitai.errors import Refused

pytestmark = pytest.mark.django_db


def test_blocking_ends_following_in_both_directions(people):
    Follow.objects.create(follower=people.alice, followed=people.bob)
    assert blocking.block(people.alice, people.bob)
    assert not Follow.objects.exists()
    assert not blocking.block(people.alice, people.bob)
    assert Block.objects.count() == 1


def test_nothing_goes_between_them(people):
    blocking.block(people.alice, people.bob)
    for one, other in [(people.alice, people.bob), (people.bob, people.alice)]:
        with pytest.raises(Refused):
            blocking.require_contact(one, other)
    blocking.require_contact(people.charlie, people.alice)
    assert queries.blocked_ids(people.alice) == {people.bob.pk}
    assert queries.blocked_ids(people.bob) == {people.alice.pk}
    assert queries.blocked_ids(people.nobody) == set()


def test_only_the_one_who_blocks_stops_seeing(people):
    blocking.block(people.alice, people.bob)
    assert queries.hidden_ids(User.objects.get(pk=people.alice.pk)) == [people.bob.pk]
    assert queries.hidden_ids(User.objects.get(pk=people.bob.pk)) == []
    assert queries.hidden_ids(people.nobody) == []
    assert blocking.unblock(people.alice, people.bob)
    assert queries.hidden_ids(User.objects.get(pk=people.alice.pk)) == []
    assert not blocking.unblock(people.alice, people.bob)


@pytest.mark.parametrize("name", ["alice", "mona"])
def test_oneself_and_moderators_can_not_be_blocked(people, name):
    with pytest.raises(Refused):
        blocking.block(people.alice, getattr(people, name))


def test_who_is_blocked_can_not_follow(client, people):
    blocking.block(people.alice, people.charlie)
    client.force_login(people.charlie)
    client.post("/users/alice/follow/", {"on": "1"})
    assert not Follow.objects.filter(follower=people.charlie).exists()


def test_from_the_menu_of_a_profile_and_back_in_the_settings(client, people):
    client.force_login(people.alice)
    assert "Block bob" in client.get("/users/bob/").content.decode()
    answer = client.post("/users/bob/block/", {"next": "https://elsewhere.example/"})
    assert answer.url == "/settings/blocked/"
    page = client.get("/settings/blocked/").content.decode()
    assert "@bob" in page
    client.post("/users/bob/block/", {"on": "0", "next": "/settings/blocked/"})
    assert "@bob" not in client.get("/settings/blocked/").content.decode()
    assert client.post("/users/nobody-here/block/").status_code == 404


def test_a_visitor_signs_in_first(client, people):
    assert client.post("/users/bob/block/").url.startswith("/accounts/login/")
    assert not Block.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_a_fixed_number_of_questions(client, people, count, django_assert_num_queries):
    client.force_login(people.alice)
    for other in [people.bob, people.charlie, None][:count]:
        if other is None:
            from tests.people import person

            other = person("dora")
        blocking.block(people.alice, other)
    client.get("/settings/blocked/")
    with django_assert_num_queries(3):
        client.get("/settings/blocked/")


def test_nothing_is_given_between_them_and_what_is_given_is_told(people):
    from civitai import adapters

    facts = {"giver": people.bob, "receiver": people.alice}
    assert not any(adapters.tell("may_give", **facts))
    adapters.tell("tipped", **facts, units=2500, url="/wallet/")
    row = Notification.objects.get(user=people.alice)
    assert (row.kind, row.by, row.about) == ("tip", people.bob, "2.5")
    blocking.block(people.alice, people.bob)
    assert any(adapters.tell("may_give", **facts))
