"""Who hears of a bounty, and what a member finds again in the list."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification
from bounties.domain import clock, following, publishing, staking
from bounties.models import Bounty, Following
from bounties.queries import listed
from civitai.errors import Refused
from moderation import subjects
from tests.factories import bounties as make
from tests.factories.wallet import give
from tests.people import person
from wallet.money import credits

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("user__username", flat=True))


@pytest.fixture
def bounty(people):
    return make.put_up(people.alice, reward=100)


@pytest.fixture
def fan(bounty):
    fan = person("fan")
    following.follow(bounty, fan)
    return fan


class TestButton:
    def test_a_member_follows_and_unfollows(self, bounty, people, client):
        client.force_login(people.bob)
        url = f"/bounties/{bounty.pk}/following/"
        assert ">Follow<" in text(client.get(bounty.get_absolute_url())).replace("</svg>Follow", "</svg>>Follow")
        for _twice in range(2):
            assert "You will hear" in text(client.post(url, {"wanted": "1"}, follow=True))
        assert Following.objects.get().user == people.bob
        assert 'aria-pressed="true"' in text(client.get(bounty.get_absolute_url()))
        assert "no more" in text(client.post(url, follow=True)) and not Following.objects.exists()
        assert client.get(url).status_code == 405
        client.logout()
        assert "login" in client.post(url, {"wanted": "1"})["Location"]

    def test_what_is_hidden_or_over_is_not_followed(self, bounty, people, client):
        client.force_login(people.bob)
        Bounty.objects.update(hidden_at=timezone.now())
        assert client.post(f"/bounties/{bounty.pk}/following/", {"wanted": "1"}).status_code == 404
        Bounty.objects.update(hidden_at=None)
        publishing.call_off(bounty, people.alice)
        bounty.refresh_from_db()
        with pytest.raises(Refused, match="over already"):
            following.follow(bounty, people.bob)


class TestNotices:
    def test_of_entries_and_of_the_end(self, bounty, fan, people):
        make.enter(bounty, people.charlie)
        assert told("entry") == ["alice", "fan"]
        Bounty.objects.update(
            ends_at=timezone.now() + timedelta(hours=20), created_at=timezone.now() - timedelta(days=6)
        )
        clock.tick(), clock.tick()
        assert told("bounty_ends") == ["alice", "fan"]
        make.over(bounty), clock.tick(), make.over(bounty, judged=True), clock.tick(), clock.tick()
        assert told("bounty_over") == ["charlie", "fan"] and told("stake_back") == ["alice"]

    def test_backers_are_asked_once_more_on_the_last_day(self, bounty, fan, people):
        staking.contribute(bounty, give(people.bob, 60), credits(20), key="k")
        entry = make.enter(bounty, people.charlie)
        make.over(bounty), clock.tick()
        assert told("bounty_judging") == ["alice", "bob"] and not told("bounty_last_day")
        staking.award(entry, people.bob)
        Bounty.objects.update(judging_until=timezone.now() + timedelta(hours=23))
        clock.tick(), clock.tick()
        assert told("bounty_last_day") == ["alice"], "who has given is not asked, and nobody twice"

    def test_who_follows_hears_nothing_of_what_is_hidden(self, bounty, fan, people):
        make.enter(bounty, people.charlie)
        Notification.objects.all().delete()
        subjects.kind_of("bounties.Bounty").hide(bounty, by=people.mona, reason="x")
        make.over(bounty), clock.tick(), make.over(bounty, judged=True), clock.tick()
        assert not Notification.objects.filter(user=fan).exists()
        assert told("stake_back") == ["alice"], "who paid does"

    def test_called_off_by_a_moderator_each_hears_once(self, bounty, fan, people):
        make.enter(bounty, people.charlie)
        Notification.objects.all().delete()
        publishing.call_off(bounty, people.mona, because="against the rules")
        assert told("bounty_off") == ["alice", "charlie", "fan"] and not told("bounty_over")


class TestList:
    def names(self, user, **which):
        return [row.name for row in listed(user, **{"show": "all", **which}).rows]

    def test_a_member_finds_what_is_theirs(self, people, client):
        own, backed = make.put_up(people.alice, name="Own"), make.put_up(people.bob, name="Backed")
        entered, followed = make.put_up(people.bob, name="Entered"), make.put_up(people.bob, name="Followed")
        staking.contribute(backed, give(people.alice, 60), credits(20), key="k")
        make.enter(entered, people.alice), make.enter(entered, people.alice), following.follow(followed, people.alice)
        for whose, name in (("own", "Own"), ("backed", "Backed"), ("entered", "Entered"), ("following", "Followed")):
            assert self.names(people.alice, whose=whose) == [name]
        subjects.kind_of("bounties.Bounty").hide(own, by=people.mona, reason="x")
        client.force_login(people.alice)
        assert "Only you see it" in text(client.get("/bounties/?whose=own")), "its author finds it, and why"
        assert "Own" not in self.names(people.bob)
        client.logout()
        assert client.get("/bounties/?whose=own").status_code == 200

    def test_it_is_sorted_as_asked_page_after_page(self, people, monkeypatch):
        monkeypatch.setattr("bounties.queries.PAGE", 2)
        rows = [
            make.put_up(people.alice, name=name, reward=reward) for name, reward in (("A", 100), ("B", 300), ("C", 200))
        ]
        make.enter(rows[0], people.charlie), make.enter(rows[0], people.bob), make.enter(rows[2], people.bob)
        Bounty.objects.filter(name="B").update(comments=3)
        for sort, order in (("reward", "BCA"), ("newest", "CBA"), ("entries", "ACB"), ("discussed", "BCA")):
            first = listed(people.bob, sort=sort)
            second = listed(people.bob, sort=sort, cursor=first.next_cursor)
            assert "".join(row.name for row in [*first.rows, *second.rows]) == order, sort

    @pytest.mark.parametrize("sort", ["ending", "reward", "newest", "entries", "discussed"])
    @pytest.mark.parametrize("whose", ["", "own", "backed", "entered", "following"])
    def test_every_list_is_one_query(self, people, django_assert_num_queries, sort, whose):
        make.put_up(people.alice)
        with django_assert_num_queries(1):
            listed(people.alice, sort=sort, whose=whose)


class TestOwnHidden:
    def test_its_maker_finds_a_hidden_entry_on_the_bountys_page_and_why(self, bounty, people, client):
        entry = make.enter(bounty, people.charlie, name="Sem fim")
        subjects.kind_of("bounties.Entry").hide(entry, by=people.mona, reason="x")
        client.force_login(people.charlie)
        page = text(client.get(bounty.get_absolute_url()))
        assert "Sem fim" in page and "Only you see it" in page and "0 entries" in page
        assert "Hidden by a moderator" in text(client.get(entry.get_absolute_url()))
        client.force_login(people.bob)
        assert "Sem fim" not in text(client.get(bounty.get_absolute_url()))


class TestModerators:
    def test_the_way_to_call_it_off_stands_on_top_for_them_alone(self, bounty, people, client):
        client.force_login(people.mona)
        page = text(client.get(bounty.get_absolute_url()))
        assert (
            'id="call-off"' in page
            and page.index('id="call-off"') < page.index('id="reward"')
            and "100 credits" in page
        )
        client.force_login(people.bob)
        assert 'id="call-off"' not in text(client.get(bounty.get_absolute_url()))

    @pytest.mark.parametrize("part", ["stake", "entry"])
    def test_who_has_a_part_in_it_leaves_it_to_another(self, bounty, people, part):
        if part == "stake":
            staking.contribute(bounty, give(people.mona, 60), credits(20), key="k")
        else:
            make.enter(bounty, people.mona)
        with pytest.raises(Refused, match="another moderator"):
            publishing.call_off(bounty, people.mona, because="against the rules")
        bounty.refresh_from_db()
        assert bounty.state == "open"
