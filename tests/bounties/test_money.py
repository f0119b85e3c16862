"""Credits in a bounty: they go in, and come out once."""

import random
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bounties.domain import clock, entering, publishing, staking
from bounties.models import Benefactor, Bounty, Entry
from bounties.states import BOUNTY_MOVES, ENTRY_MOVES, BountyState, EntryState
from bounties.tasks import tick
from civitai.errors import Refused
from models_hub.models import Model
from tests.factories import bounties as make
from tests.factories import models_hub
from tests.factories.wallet import give
from tests.people import person
from wallet.domain import proof
from wallet.errors import NotEnough
from wallet.money import credits
from wallet.queries import balance

pytestmark = pytest.mark.django_db


def has(user):
    return balance(user).credits_units // 1000


def stake(bounty, user, amount, key="k"):
    return staking.contribute(bounty, user, credits(amount), key=key)


class TestStakes:
    def test_the_reward_is_held_from_the_first_minute(self, people):
        bounty = make.put_up(people.alice, reward=100)
        assert has(people.alice) == 0 and bounty.reward == credits(100)
        assert staking.escrow(bounty).balance == credits(100)

    def test_without_the_credits_nothing_is_put_up(self, people):
        with pytest.raises(NotEnough):
            publishing.put_up(
                people.alice, name="x", description="y", type="Other", reward=credits(100),
                ends_at=timezone.now() + timedelta(days=3), files=[make.picture_file()], submission="0" * 32,
            )  # fmt: skip
        assert not Bounty.objects.exists()

    def test_pressed_twice_is_once(self, people):
        first = make.put_up(people.alice, submission="a" * 32)
        assert make.put_up(people.alice, submission="a" * 32) == first
        give(people.bob, 50)
        stake(first, people.bob, 20)
        stake(first, people.bob, 20)
        assert Benefactor.objects.get(user=people.bob).units == credits(20)
        stake(first, people.bob, 20, key="again")
        assert Benefactor.objects.get(user=people.bob).units == credits(40)

    def test_less_than_the_least_is_refused(self, people):
        bounty = make.put_up(people.alice, least_stake=credits(10))
        give(people.bob, 50)
        with pytest.raises(Refused, match="At least 10"):
            stake(bounty, people.bob, 9)


class TestAwards:
    @pytest.fixture
    def bounty(self, people):
        bounty = make.put_up(people.alice, reward=100)
        stake(bounty, give(people.bob, 60), 60)
        return bounty

    def test_each_backer_gives_his_own_stake(self, people, bounty):
        one, two = make.enter(bounty, people.charlie), make.enter(bounty, person("dora"))
        staking.award(one, people.alice)
        staking.award(two, people.bob)
        assert has(people.charlie) == 100 and has(two.owner) == 60
        bounty.refresh_from_db()
        assert bounty.state == BountyState.AWARDED and staking.escrow(bounty).balance == 0
        assert not proof.prove()

    def test_badinput_60_self_awards_second_awards_and_strangers_are_refused(self, people, bounty):
        own, other = make.enter(bounty, people.bob), make.enter(bounty, people.charlie)
        with pytest.raises(Refused, match="own entry"):
            staking.award(own, people.bob)
        staking.award(other, people.bob)
        with pytest.raises(Refused, match="already"):
            staking.award(other, people.bob)
        with pytest.raises(Refused, match="no stake"):
            staking.award(other, person("dora"))
        with pytest.raises(Refused, match="already"):
            stake(bounty, give(people.bob, 10), 10, key="late")
        assert has(people.charlie) == 60 and not proof.prove()

    def test_badinput_60_after_the_end_nothing_is_given(self, people, bounty):
        entry = make.enter(bounty, people.charlie)
        make.over(bounty, judged=True)
        with pytest.raises(Refused, match="over"):
            staking.award(entry, people.bob)
        clock.tick()
        with pytest.raises(Refused, match="over"):
            staking.award(entry, people.bob)

    def test_badinput_60_entries_that_may_not_be_paid(self, people, bounty):
        model = models_hub.published(people.charlie)
        entry = make.enter(bounty, people.charlie, files=[], version=model.versions.get())
        Model.objects.filter(pk=model.pk).update(hidden_at=timezone.now())
        with pytest.raises(Refused, match="can't be given"):
            staking.award(entry, people.bob)
        hidden = make.enter(bounty, person("dora"))
        hidden.hide(by=people.mona, reason="x")
        with pytest.raises(Refused, match="can't be given"):
            staking.award(hidden, people.bob)

    def test_badinput_61_the_author_directs_nobody_elses_stake(self, people, bounty):
        puppet = make.enter(bounty, person("puppet"))
        staking.award(puppet, people.alice)
        assert has(puppet.owner) == 100, "his own stake alone"
        assert staking.escrow(bounty).balance == credits(60)
        with pytest.raises(Refused, match="joined"):
            publishing.call_off(bounty, people.alice)
        with pytest.raises(Refused, match="asked for it"):
            make.enter(bounty, people.alice)


class TestClock:
    def test_without_an_entry_every_stake_comes_back(self, people):
        bounty = make.put_up(people.alice, reward=100)
        stake(bounty, give(people.bob, 60), 60)
        make.over(bounty)
        assert clock.tick() == 1 and clock.tick() == 0
        tick.plain()
        bounty.refresh_from_db()
        assert bounty.state == BountyState.REFUNDED and has(people.alice) == 100 and has(people.bob) == 60
        assert not proof.prove()

    @pytest.mark.parametrize("rest, charlie_has, bob_has", [("refund", 100, 60), ("leading", 160, 0)])
    def test_what_is_left_goes_where_the_bounty_said(self, people, rest, charlie_has, bob_has):
        bounty = make.put_up(people.alice, reward=100, rest=rest)
        stake(bounty, give(people.bob, 60), 60)
        entry = make.enter(bounty, people.charlie)
        make.enter(bounty, person("dora"))
        make.over(bounty)
        clock.tick()
        bounty.refresh_from_db()
        assert bounty.state == BountyState.JUDGING
        staking.award(entry, people.alice)
        make.over(bounty, judged=True)
        clock.tick()
        clock.tick()
        bounty.refresh_from_db()
        assert bounty.state == BountyState.AWARDED
        assert (has(people.charlie), has(people.bob)) == (charlie_has, bob_has)
        assert staking.escrow(bounty).balance == 0 and not proof.prove()

    def test_ones_own_leading_entry_gets_nothing_of_oneself(self, people):
        bounty = make.put_up(people.alice, reward=100, rest="leading")
        stake(bounty, give(people.bob, 60), 60)
        make.enter(bounty, people.bob)
        make.over(bounty), clock.tick(), make.over(bounty, judged=True), clock.tick()
        assert has(people.bob) == 160, "his own came back, the other's was given"

    def test_calling_off_is_for_the_author_alone_and_for_moderators(self, people):
        bounty = make.put_up(people.alice, reward=100)
        publishing.call_off(bounty, people.alice)
        assert has(people.alice) == 100
        with pytest.raises(Refused, match="over"):
            publishing.call_off(bounty, people.alice)
        other = make.put_up(people.alice, reward=100)
        make.enter(other, people.charlie)
        publishing.call_off(other, people.mona, because="against the rules")
        assert has(people.alice) == 200 and not proof.prove()

    def test_what_was_given_something_is_not_taken_back(self, people):
        bounty = make.put_up(people.alice)
        entry = make.enter(bounty, people.charlie)
        staking.award(entry, people.alice)
        with pytest.raises(Refused, match="stays"):
            entering.withdraw(entry, people.charlie)


@pytest.mark.parametrize("seed", range(6))
def test_money_is_conserved_whatever_happens(people, seed):
    """A random story; in the end the escrow is empty and every credit is in somebody's pocket."""
    rng = random.Random(seed)
    members = [give(person(f"m{number}"), 200) for number in range(5)]
    bounty = make.put_up(people.alice, reward=100, rest=rng.choice(["refund", "leading"]))
    for number in range(25):
        act = rng.choice(["stake", "enter", "award", "award", "withdraw"])
        who = rng.choice([*members, people.alice])
        try:
            if act == "stake":
                stake(bounty, who, rng.randint(5, 40), key=str(number))
            elif act == "enter":
                make.enter(bounty, who)
            elif act == "award":
                staking.award(rng.choice(list(Entry.objects.all())), who)
            else:
                entering.withdraw(rng.choice(list(Entry.objects.filter(owner=who))), who)
        except (Refused, IndexError):
            pass
    make.over(bounty), clock.tick(), make.over(bounty, judged=True), clock.tick()
    bounty.refresh_from_db()
    assert not bounty.is_live and staking.escrow(bounty).balance == 0
    assert sum(has(one) for one in [*members, people.alice]) == 1100 and not proof.prove()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def run(self, count, act):
        refused = []

        def one(number):
            try:
                act(number)
            except Refused as error:
                refused.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        return refused

    def test_badinput_63_contributions_at_the_same_moment_all_count(self, people):
        bounty = make.put_up(people.alice, reward=100)
        members = [give(person(f"m{number}"), 10) for number in range(50)]
        assert not self.run(50, lambda n: stake(bounty, members[n], 10))
        bounty.refresh_from_db()
        assert bounty.reward == credits(600) and staking.escrow(bounty).balance == credits(600)

    def test_one_award_of_fifty(self, people):
        bounty = make.put_up(people.alice, reward=100)
        entry = make.enter(bounty, people.charlie)
        refused = self.run(50, lambda n: staking.award(entry, people.alice))
        assert len(refused) == 49 and has(people.charlie) == 100 and not proof.prove()

    def test_the_clock_and_an_award_at_the_same_moment(self, people):
        bounty = make.put_up(people.alice, reward=100)
        entry = make.enter(bounty, people.charlie)
        make.over(bounty), clock.tick(), make.over(bounty, judged=True)
        self.run(20, lambda n: clock.tick() if n % 2 else staking.award(entry, people.alice))
        bounty.refresh_from_db()
        assert has(people.alice) + has(people.charlie) == 100 and not bounty.is_live and not proof.prove()


def test_every_move_is_lawful_or_not():
    final = {BountyState.AWARDED, BountyState.REFUNDED, BountyState.CANCELLED}
    lawful = {(BountyState.OPEN, state) for state in {BountyState.JUDGING, *final}}
    lawful |= {(BountyState.JUDGING, state) for state in final}
    for was in BountyState:
        for now in BountyState:
            assert BOUNTY_MOVES.allow(was, now) == ((was, now) in lawful)
    for was in EntryState:
        for now in EntryState:
            assert ENTRY_MOVES.allow(was, now) == ((was, now) == (EntryState.ENTERED, EntryState.WITHDRAWN))
