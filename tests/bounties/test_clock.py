"""What time does to bounties, and what does not stop it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification
from bounties.domain import clock, staking
from bounties.models import Bounty
from bounties.states import BountyState
from tests.factories import bounties as make
from tests.factories.wallet import give
from tests.people import person
from wallet.domain import proof
from wallet.money import credits

pytestmark = pytest.mark.django_db


def ran(bounty, *, created, ends):
    """A bounty that began and ends so many hours from now."""
    now = timezone.now()
    times = {"created_at": now + timedelta(hours=created), "ends_at": now + timedelta(hours=ends)}
    Bounty.objects.filter(pk=bounty.pk).update(**times, judging_until=times["ends_at"] + timedelta(hours=48))
    return bounty


def reminded(bounty):
    Notification.objects.all().delete()
    clock.tick()
    return Notification.objects.filter(kind="bounty_ends", user=bounty.owner).count()


def test_a_stake_that_the_clock_gave_makes_no_leader(people):
    """Dora's entry leads, being the earlier of two with nothing; her own stake goes to the other, Bob's still to hers."""
    bounty = make.put_up(people.alice, reward=100, rest="leading")
    dora, line = person("dora"), make.enter(bounty, person("line"))
    for backer in (dora, people.bob):
        staking.contribute(bounty, give(backer, 60), credits(60), key="k")
    doras, other = make.enter(bounty, dora), make.enter(bounty, people.charlie)
    staking.award(line, people.alice)
    line.hide(by=people.mona, reason="x")
    make.over(bounty), clock.tick(), make.over(bounty, judged=True), clock.tick()
    doras.refresh_from_db(), other.refresh_from_db()
    assert (doras.given, other.given) == (credits(60), credits(60))
    assert not proof.prove()


def test_one_that_fails_stops_no_other(people, monkeypatch, caplog):
    broken, whole = make.put_up(people.alice), make.put_up(people.bob)
    give_back = staking.give_back

    def fail(row):
        if row.bounty_id == broken.pk:
            raise RuntimeError("a row that nobody foresaw")
        give_back(row)

    monkeypatch.setattr(staking, "give_back", fail)
    make.over(broken), make.over(whole)
    assert clock.tick() == 1
    broken.refresh_from_db(), whole.refresh_from_db()
    assert (broken.state, whole.state) == (BountyState.OPEN, BountyState.REFUNDED)
    assert f"bounty {broken.pk}" in caplog.text, "and somebody can read of it"
    monkeypatch.undo()
    assert clock.tick() == 1, "the next minute tries again"


@pytest.mark.parametrize(
    "created, ends, is_told",
    [
        (-144, 23, True),
        (-144, 25, False),
        (-144, -1, False),  # over: too late to be reminded of
        (-1, 23, False),  # of one day: not as soon as it is put up
        (-19, 5, True),
    ],
)
def test_backers_are_reminded_once_and_in_time(people, created, ends, is_told):
    bounty = ran(make.put_up(people.alice), created=created, ends=ends)
    assert (reminded(bounty), reminded(bounty)) == (int(is_told), 0)


def test_the_clock_stands_while_something_is_frozen_and_goes_on_by_as_much(people):
    bounty = make.put_up(people.alice, days=7)
    ends_at, judging_until, now = bounty.ends_at, bounty.judging_until, timezone.now()
    Bounty.objects.update(freeze_level=2)
    bounty.refresh_from_db()
    clock.stop_or_go(bounty, now=now)
    assert clock.tick(now=ends_at + timedelta(days=3)) == 0, "it does not end while it stands"
    bounty.freeze_level = 0
    clock.stop_or_go(bounty, now=now + timedelta(days=10))
    assert (bounty.ends_at, bounty.judging_until) == (ends_at + timedelta(days=10), judging_until + timedelta(days=10))
    assert bounty.stopped_at is None


def test_while_it_is_judged_only_that_end_moves(people):
    bounty = make.put_up(people.alice)
    entry = make.enter(bounty, people.charlie)
    make.over(bounty), clock.tick()
    bounty.refresh_from_db()
    ends_at, judging_until, now = bounty.ends_at, bounty.judging_until, timezone.now()
    type(entry).objects.update(freeze_level=2)
    clock.stop_or_go(bounty, now=now)
    assert clock.tick(now=judging_until + timedelta(hours=1)) == 0
    type(entry).objects.update(freeze_level=0)
    clock.stop_or_go(bounty, now=now + timedelta(hours=30))
    assert (bounty.ends_at, bounty.judging_until) == (ends_at, judging_until + timedelta(hours=30))
