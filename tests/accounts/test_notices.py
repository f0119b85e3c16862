"""What members are told: once, by those they want to hear, and counted right."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_lazy as _

from accounts.domain import blocking, following, notices
from accounts.models import Follow, Notification, User
from tests.people import person

pytestmark = pytest.mark.django_db
notices.register_kind("test_kind", text=_("%(by)s did it to %(about)s"), many=_("%(by)s and %(others)s others did"), label="x")  # fmt: skip


def unread(user):
    return User.objects.get(pk=user.pk).unread_notices


def test_one_key_tells_once(people):
    for _time in range(2):
        notices.notify([people.alice], "test_kind", by=people.bob, about="tree", key="k")
    assert Notification.objects.filter(user=people.alice).count() == 1
    assert unread(people.alice) == 1


def test_without_a_key_each_call_tells(people):
    for _time in range(2):
        notices.notify([people.alice.pk], "test_kind", by=people.bob)
    assert unread(people.alice) == 2


def test_others_fold_and_wake_what_was_read(people):
    notices.notify([people.alice], "test_kind", by=people.bob, key="k", others=0)
    notices.notify([people.alice], "test_kind", by=people.charlie, key="k", others=1)
    assert unread(people.alice) == 1
    notices.read(people.alice)
    assert unread(people.alice) == 0
    notices.notify([people.alice], "test_kind", by=people.charlie, key="k", others=1)
    assert unread(people.alice) == 0, "the same person again is no news"
    notices.notify([people.alice], "test_kind", by=people.bob, key="k", others=1)
    row = Notification.objects.get(user=people.alice)
    assert (row.by, row.others, row.read_at, unread(people.alice)) == (people.bob, 1, None, 1)


def test_nobody_is_told_of_their_own_acts(people):
    assert notices.notify([people.alice], "test_kind", by=people.alice) == 0


def test_what_is_muted_stays_away(people):
    notices.choose(people.alice, [])
    assert notices.notify([people.alice, people.bob], "test_kind", by=people.mona) == 1
    assert not Notification.objects.filter(user=people.alice).exists()


def test_blocked_people_are_not_heard_and_hear_nothing(people):
    blocking.block(people.alice, people.charlie)
    assert notices.notify([people.alice], "test_kind", by=people.charlie) == 0
    assert notices.notify([people.charlie], "test_kind", by=people.alice) == 0


def test_an_unknown_kind_is_a_mistake(people):
    with pytest.raises(ValueError):
        notices.notify([people.alice], "no such kind")


def test_long_words_are_cut(people):
    notices.notify([people.alice], "test_kind", by=people.bob, about="a" * 5000, key="k" * 5000)
    row = Notification.objects.get()
    assert len(row.about) == 200
    assert len(row.key) == 160


def test_followers_are_told_in_chunks_and_twice_is_once(people):
    for number in range(5):
        Follow.objects.create(follower=person(f"fan{number}"), followed=people.alice)
    for _time in range(2):
        notices.tell_followers_now(people.alice, "test_kind", url="/x/", about="it", key="post:1", chunk=2)
    assert Notification.objects.filter(key="post:1").count() == 6  # bob follows too
    assert unread(people.bob) == 1


def test_a_follower_is_told_of_once(people):
    for _time in range(2):
        following.follow(people.charlie, people.alice)
        following.unfollow(people.charlie, people.alice)
    row = Notification.objects.get(user=people.alice, kind="follower")
    assert (row.by, row.url) == (people.charlie, "/users/charlie/")


def test_the_bell_counts_and_stops_at_nine(client, people):
    client.force_login(people.alice)
    assert "bell-count" not in client.get("/").content.decode()
    for number in range(12):
        notices.notify([people.alice], "test_kind", by=people.bob, key=f"k{number}")
    page = client.get("/").content.decode()
    assert 'bell-count" data-count="9+"' in page
    assert "Notifications, 12 new" in page


def test_the_page_lists_by_day_and_reads(client, people):
    client.force_login(people.alice)
    notices.notify([people.alice], "test_kind", by=people.bob, about="a <b>tree</b>", url="/images/", key="k")
    page = client.get("/notifications/").content.decode()
    assert "bob did it to a &lt;b&gt;tree&lt;/b&gt;" in page
    assert "Today" in page
    pk = Notification.objects.get().pk
    assert client.post("/notifications/reading/", {"pk": pk}).status_code == 204
    assert unread(people.alice) == 0
    assert client.post("/notifications/reading/", {"pk": pk}).status_code == 204
    assert unread(people.alice) == 0


def test_somebody_elses_can_not_be_read(client, people):
    notices.notify([people.alice], "test_kind", by=people.bob, key="k")
    pk = Notification.objects.get().pk
    client.force_login(people.charlie)
    client.post("/notifications/reading/", {"pk": pk})
    client.post("/notifications/reading/", {})
    assert unread(people.alice) == 1
    assert "did it to" not in client.get("/notifications/").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_a_fixed_number_of_questions(client, people, count):
    client.force_login(people.alice)
    for number in range(count):
        notices.notify([people.alice], "test_kind", by=people.bob, key=f"k{number}")
    client.get("/notifications/")
    with CaptureQueriesContext(connection) as asked:
        client.get("/notifications/")
    assert len(asked) == 3, [query["sql"][:90] for query in asked]


def test_settings_choose_kinds(client, people):
    client.force_login(people.alice)
    client.post("/settings/notifications/", {"kinds": ["test_kind"]})
    assert "follower" in User.objects.get(pk=people.alice.pk).muted_kinds
    assert "test_kind" not in User.objects.get(pk=people.alice.pk).muted_kinds
    assert client.post("/settings/notifications/", {"kinds": ["nonsense"]}).status_code == 422


def test_told_with_what_happened_or_not_at_all(people):
    with pytest.raises(RuntimeError), transaction.atomic():
        notices.notify([people.alice], "test_kind", by=people.bob)
        raise RuntimeError
    assert unread(people.alice) == 0


def test_more_of_the_same_by_one_renews_and_wakes(people):
    for number in range(3):
        notices.notify([people.alice], "test_kind", by=people.bob, about=f"{number}", key="day", others=number)
        notices.read(people.alice) if number == 1 else None
    row = Notification.objects.get(user=people.alice)
    assert (row.about, row.others, row.read_at, unread(people.alice)) == ("2", 2, None, 1)
