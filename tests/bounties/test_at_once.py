"""Every way out of a bounty's states, in the same instant, over fifty connections: credits come out once."""

import pytest

from bounties.domain import clock, entering, following, publishing, staking
from bounties.models import Benefactor, Entry, Following
from bounties.states import BountyState
from tests.at_once import at_once
from tests.factories import bounties as make
from tests.factories.wallet import give
from tests.people import person
from wallet.domain import proof
from wallet.models import Transfer
from wallet.money import credits
from wallet.queries import balance

pytestmark = pytest.mark.django_db(transaction=True)


def has(user):
    return balance(user).credits_units


def stake(bounty, user, amount=10, key="k"):
    return staking.contribute(bounty, user, credits(amount), key=key)


def check(bounty, members):
    """Nothing lost, nothing made, each stake out once; what the rows say is what the ledger says."""
    bounty.refresh_from_db()
    assert not proof.prove()
    waiting = Benefactor.objects.filter(bounty=bounty, awarded_at=None, refunded_at=None)
    assert staking.escrow(bounty).balance == sum(row.units for row in waiting)
    if not bounty.is_live:
        assert not waiting.exists()
    staked = sum(Benefactor.objects.filter(bounty=bounty).values_list("units", flat=True))
    assert bounty.reward == staked
    given = sum(Benefactor.objects.filter(bounty=bounty, awarded_at__isnull=False).values_list("units", flat=True))
    assert given == sum(Entry.objects.filter(bounty=bounty).values_list("given", flat=True))
    return sum(has(one) for one in members) + staking.escrow(bounty).balance


def test_called_off_while_others_join(people):
    bounty = make.put_up(people.alice, reward=100)
    members = [give(person(f"m{number}"), 10) for number in range(40)]
    acts = [lambda m=m: stake(bounty, m) for m in members]
    acts += [lambda: publishing.call_off(bounty, people.alice)] * 5
    acts += [lambda: publishing.call_off(bounty, people.mona, because="against the rules")] * 5
    at_once(acts)
    assert check(bounty, [people.alice, *members]) == credits(500)
    assert bounty.state == BountyState.CANCELLED
    paid_in, paid_back = (Transfer.objects.filter(kind=kind).count() for kind in ("stake", "refund"))
    assert paid_in == paid_back, "each payment came back once"


def test_the_end_while_others_join_enter_and_follow(people):
    bounty = make.put_up(people.alice, reward=100)
    members = [give(person(f"m{number}"), 10) for number in range(30)]
    make.over(bounty)
    acts = [lambda m=m: stake(bounty, m) for m in members] + [clock.tick] * 10
    acts += [lambda: following.follow(bounty, people.bob)] * 10
    refused = at_once(acts)
    assert len([one for one in refused if "no more credits" in str(one)]) == 30, "its time was over for all of them"
    assert check(bounty, [people.alice, *members]) == credits(400)
    assert bounty.state == BountyState.REFUNDED and Following.objects.count() <= 1


def test_given_taken_back_changed_and_called_off(people):
    backers = [give(person(f"b{number}"), 20) for number in range(10)]
    bounty = make.put_up(people.alice, reward=100)
    [stake(bounty, backer, 20) for backer in backers]
    one, other = make.enter(bounty, people.bob), make.enter(bounty, people.charlie)
    told = {"name": "x", "description": "", "version": None, "seen": 0}
    acts = [lambda b=b, e=e: staking.award(e, b, seen=0) for b in backers for e in (one, other)]
    acts += [lambda: entering.withdraw(one, people.bob)] * 5
    acts += [lambda: entering.change(other, people.charlie, **told)] * 5
    acts += [lambda: publishing.call_off(bounty, people.mona, because="against the rules")] * 5
    acts += [clock.tick] * 15
    at_once(acts)
    assert check(bounty, [people.alice, people.bob, people.charlie, *backers]) == credits(300)
    one.refresh_from_db(), other.refresh_from_db()
    assert one.state == "entered" or one.given == 0, "who was paid did not leave, who left was not paid"
    assert not (other.revision and other.given), "who gave had seen what it was, and then it stayed"


@pytest.mark.parametrize("rest", ["refund", "leading"])
def test_closed_by_many_clocks_while_backers_give(people, rest):
    backers = [give(person(f"b{number}"), 20) for number in range(20)]
    bounty = make.put_up(people.alice, reward=100, rest=rest)
    [stake(bounty, backer, 20) for backer in backers]
    entry = make.enter(bounty, people.charlie)
    make.over(bounty), clock.tick(), make.over(bounty, judged=True)
    acts = [lambda b=b: staking.award(entry, b) for b in backers] + [clock.tick] * 30
    refused = at_once(acts)
    assert len(refused) == 20, "the time to give was over"
    assert check(bounty, [people.alice, people.charlie, *backers]) == credits(500)
    assert not bounty.is_live and has(people.charlie) == (credits(500) if rest == "leading" else 0)


def test_one_member_adds_gives_and_adds(people):
    give(people.bob, 250)
    bounty = make.put_up(people.alice, reward=100)
    stake(bounty, people.bob, 10, key="first")
    entry = make.enter(bounty, people.charlie)
    acts = [lambda n=n: stake(bounty, people.bob, 10, key=str(n % 20)) for n in range(40)]
    acts += [lambda: staking.award(entry, people.bob)] * 10
    at_once(acts)
    row = Benefactor.objects.get(user=people.bob)
    assert check(bounty, [people.alice, people.bob, people.charlie]) == credits(350)
    assert has(people.charlie) == row.units, "what he had put in by then, all of it, once"
