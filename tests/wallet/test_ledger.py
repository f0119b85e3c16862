"""The ledger's laws, through its own door and around it."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from civitai.errors import Refused, StaleState, TooMany
from tests.factories.wallet import give
from wallet.domain import accounts, holding, proof, quotes, rewards, tipping, transfers
from wallet.errors import NotEnough, OtherBody
from wallet.models import Account, Colour, Entry, Hold, Transfer
from wallet.money import credits
from wallet.policy import policy
from wallet.queries import balance
from wallet.states import HOLD_MOVES, HoldState
from wallet.tasks import expire_holds, prove_ledger

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def pay(giver, receiver, amount, key):
    moves = [(accounts.of(giver), -credits(amount)), (accounts.of(receiver), credits(amount))]
    return transfers.transfer("tip", key=key, moves=moves, by=giver)


class TestTransfers:
    def test_what_leaves_one_arrives_at_the_other(self, people):
        give(people.alice, 10)
        pay(people.alice, people.bob, 4, "a")
        assert balance(people.alice).credits_units == 6000 and balance(people.bob).credits_units == 4000
        assert not proof.prove()

    def test_the_same_key_is_the_same_transfer_and_another_body_is_refused(self, people):
        give(people.alice, 10)
        first = pay(people.alice, people.bob, 4, "a")
        assert pay(people.alice, people.bob, 4, "a") == first
        with pytest.raises(OtherBody) as refused:
            pay(people.alice, people.bob, 5, "a")
        assert refused.value.status == 422
        assert balance(people.bob).credits_units == 4000

    def test_nobody_spends_what_he_has_not(self, people):
        give(people.alice, 1)
        with pytest.raises(NotEnough):
            pay(people.alice, people.bob, 2, "a")
        assert not Transfer.objects.filter(key="a").exists() and balance(people.alice).credits_units == 1000

    def test_what_does_not_sum_to_zero_is_a_mistake_of_ours(self, people):
        with pytest.raises(ValueError, match="sum"):
            transfers.transfer("tip", key="a", moves=[(accounts.of(people.alice), 5)])
        with pytest.raises(ValueError, match="whole"):
            transfers.transfer("tip", key="a", moves=[(accounts.of(people.alice), True)])

    def test_nothing_to_move_writes_nothing(self, people):
        mine = accounts.of(people.alice)
        assert transfers.transfer("tip", key="a", moves=[(mine, 0)]) is None
        assert transfers.transfer("tip", key="a", moves=[(mine, 5), (mine, -5)]) is None
        assert not Transfer.objects.exists()


class TestDatabase:
    """By raw SQL, as a program with a mistake, or a person with a console, would."""

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE wallet_entry SET units = units + 1",
            "DELETE FROM wallet_entry",
            "UPDATE wallet_transfer SET note = 'x'",
            "DELETE FROM wallet_transfer",
        ],
    )
    def test_rows_are_append_only(self, people, sql):
        give(people.alice, 5)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    def test_an_entry_alone_does_not_commit(self, people):
        give(people.alice, 5)
        mine = accounts.of(people.alice)
        row = Transfer.objects.create(kind="theft", key="theft", fingerprint="")
        Entry.objects.create(transfer=row, account=mine, units=7, balance=12)
        with pytest.raises(IntegrityError, match="sum to zero"), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS wallet_entry_sums_to_zero IMMEDIATE")

    def test_a_balance_never_owes_and_the_issuance_may(self, people):
        give(people.alice, 5)
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.filter(owner=people.alice).update(balance=-1)
        assert Account.objects.get(reference="issuance", colour="credits").balance == -5000

    def test_the_proof_finds_a_balance_that_is_not_its_entries(self, people):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE wallet_account DISABLE TRIGGER wallet_account_is_told")
        give(people.alice, 5)
        assert not proof.prove()
        Account.objects.filter(owner=people.alice).update(balance=6000)
        assert "balances that are not the sum of their entries" in proof.prove()
        with pytest.raises(AssertionError, match="does not hold"):
            prove_ledger.plain()


class TestRefunds:
    def test_a_refund_names_what_it_takes_back_and_is_one(self, people):
        give(people.alice, 10)
        paid = pay(people.alice, people.bob, 4, "a")
        back = transfers.refund(paid, key="back")
        assert back.refunds == paid and balance(people.alice).credits_units == 10_000
        assert transfers.refund(paid, key="back") == back

    def test_badinput_62_a_second_refund_under_another_name_is_refused(self, people):
        give(people.alice, 10), give(people.bob, 10)
        paid = pay(people.alice, people.bob, 4, "a")
        transfers.refund(paid, key="expiry job")
        with pytest.raises(IntegrityError), transaction.atomic():
            transfers.refund(paid, key="by hand")
        assert balance(people.alice).credits_units == 10_000 and balance(people.bob).credits_units == 10_000
        assert not proof.prove()

    def test_a_refund_is_never_more_than_what_was_moved(self, people):
        give(people.alice, 10), give(people.bob, 10)
        paid = pay(people.alice, people.bob, 4, "a")
        more = [(accounts.of(people.alice), 5000), (accounts.of(people.bob), -5000)]
        with pytest.raises(ValueError, match="did not move that much"):
            transfers.transfer("refund", key="b", moves=more, refunds=paid)
        with pytest.raises(ValueError, match="not that way"):
            transfers.transfer("refund", key="b", moves=[(a, -u) for a, u in more], refunds=paid)


class TestHolds:
    def hold(self, user, units=6000, **more):
        return holding.hold(user, units, key="job:1", purpose="generation", lives=HOUR, **more)

    def test_what_is_set_aside_is_not_spent(self, people):
        give(people.alice, 10)
        self.hold(people.alice)
        assert (balance(people.alice).credits_units, balance(people.alice).held_units) == (4000, 6000)
        with pytest.raises(NotEnough):
            pay(people.alice, people.bob, 5, "a")
        assert not proof.prove()

    def test_settling_pays_and_gives_the_rest_back(self, people):
        give(people.alice, 10)
        hold = self.hold(people.alice)
        done = holding.settle(hold, [(accounts.of(people.bob), 1500), (accounts.house("fees"), 500)])
        assert holding.settle(hold, [(accounts.of(people.bob), 1500), (accounts.house("fees"), 500)]) == done
        assert balance(people.alice).credits_units == 8000 and balance(people.bob).credits_units == 1500
        assert balance(people.alice).held_units == 0 and not proof.prove()

    def test_it_ends_once(self, people):
        give(people.alice, 10)
        hold = self.hold(people.alice)
        first = holding.release(hold)
        assert holding.release(hold) == first
        with pytest.raises(StaleState):
            holding.settle(hold, [(accounts.of(people.bob), 1)])
        assert balance(people.alice).credits_units == 10_000

    def test_the_same_key_is_the_same_hold(self, people):
        give(people.alice, 10)
        assert self.hold(people.alice) == self.hold(people.alice)
        with pytest.raises(OtherBody):
            self.hold(people.alice, 1000)
        assert Hold.objects.count() == 1

    def test_nothing_is_free_and_too_much_is_refused(self, people):
        assert self.hold(people.alice, 0) is None
        with pytest.raises(NotEnough):
            self.hold(people.alice, 1)
        with pytest.raises(ValueError, match="holds"):
            give(people.alice, 10)
            holding.settle(self.hold(people.alice), [(accounts.of(people.bob), 6001)])

    def test_what_runs_out_comes_back_by_itself(self, people):
        give(people.alice, 10)
        hold = self.hold(people.alice)
        assert holding.expire() == 0
        assert holding.expire(now=timezone.now() + 2 * HOUR) == 1
        expire_holds.plain()
        hold.refresh_from_db()
        assert hold.state == HoldState.EXPIRED and balance(people.alice).credits_units == 10_000
        assert not proof.prove()

    def test_bonus_is_spent_first_on_the_site_and_comes_back_last(self, people):
        give(people.alice, 10, bonus=4)
        hold = self.hold(people.alice, with_bonus=True)
        assert (hold.bonus, hold.credits) == (4000, 2000)
        holding.settle(hold, [(accounts.house("fees"), 3000)])
        left = balance(people.alice)
        assert (left.credits_units, left.bonus_units) == (10_000, 1000)
        assert accounts.house("fees", Colour.BONUS).balance == 3000 and not proof.prove()

    def test_bonus_never_reaches_people(self, people):
        give(people.alice, 10, bonus=4)
        assert self.hold(people.alice).bonus == 0
        hold = holding.hold(people.alice, 5000, key="job:2", purpose="x", lives=HOUR, with_bonus=True)
        if hold.bonus:
            with pytest.raises(ValueError, match="people"):
                holding.settle(hold, [(accounts.of(people.bob), 5000)])

    def test_the_table_of_moves(self):
        final = {HoldState.SETTLED, HoldState.RELEASED, HoldState.EXPIRED}
        for was in HoldState:
            for now in HoldState:
                assert HOLD_MOVES.allow(was, now) == (was == HoldState.HELD and now in final)


class TestGifts:
    def test_a_new_member_is_welcomed_once(self, people):
        rewards.welcome(people.alice)
        rewards.welcome(people.alice)
        assert balance(people.alice).credits_units == policy.welcome

    def test_the_daily_reward_is_one_a_day_in_bonus(self, people):
        assert rewards.claim_daily(people.alice)[1] and not rewards.claim_daily(people.alice)[1]
        assert balance(people.alice).bonus_units == policy.daily and balance(people.alice).spendable_units == 0
        assert rewards.claim_daily(people.alice, day="2001-01-01")[1]


class TestTips:
    def test_a_tip_pressed_twice_is_one(self, people):
        give(people.alice, 10)
        first = tipping.tip(people.alice, people.bob, credits(3), key="k")
        assert tipping.tip(people.alice, people.bob, credits(3), key="k") == first
        assert balance(people.bob).credits_units == 3000

    def test_badinput_59_a_tip_to_oneself_is_refused(self, people):
        give(people.alice, 10)
        with pytest.raises(Refused, match="yourself"):
            tipping.tip(people.alice, people.alice, credits(3), key="k")

    def test_badinput_59_bonus_is_not_giftable(self, people):
        give(people.alice, 0, bonus=50)
        with pytest.raises(NotEnough):
            tipping.tip(people.alice, people.bob, credits(3), key="k")

    def test_a_day_has_a_limit(self, people):
        give(people.alice, 10_000)
        for number in range(2):
            tipping.tip(people.alice, people.bob, policy.most_tip, key=str(number))
        with pytest.raises(TooMany):
            tipping.tip(people.alice, people.bob, policy.most_tip, key="third")
        assert balance(people.bob).credits_units == 2 * policy.most_tip


class TestQuotes:
    def test_badinput_64_what_was_quoted_is_paid_or_it_is_refused(self, people, monkeypatch):
        what = {"resources": [3, 5], "count": 4}
        word = quotes.sign(2000, what)
        assert quotes.read(word, what) == 2000 and quotes.agree(word, what, 1500) == 1500
        with pytest.raises(Refused, match="risen"):
            quotes.agree(word, what, 2001)
        with pytest.raises(Refused, match="changed"):
            quotes.read(word, what | {"count": 5})
        with pytest.raises(Refused, match="could not be read"):
            quotes.read(word[:-2] + "xx", what)
        later = __import__("time").time() + policy.quote_lives_s + 1
        monkeypatch.setattr("django.core.signing.time.time", lambda: later)
        with pytest.raises(Refused, match="too long ago"):
            quotes.read(word, what)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Real threads with connections of their own."""

    def run(self, count, act):
        done, refused = [], []

        def one(number):
            try:
                done.append(act(number))
            except Refused as error:
                refused.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        return done, refused

    def test_badinput_57_fifty_spends_of_the_last_hundred_units(self, people):
        give(people.alice, 0.1)
        moves = lambda: [(accounts.of(people.alice), -10), (accounts.of(people.bob), 10)]  # noqa: E731
        accounts.of(people.bob)
        done, refused = self.run(50, lambda n: transfers.transfer("tip", key=f"t{n}", moves=moves()))
        assert (len(done), len(refused)) == (10, 40)
        assert balance(people.alice).credits_units == 0 and balance(people.bob).credits_units == 100
        assert not proof.prove()

    def test_one_key_fifty_times_is_one_transfer(self, people):
        give(people.alice, 10)
        moves = [(accounts.of(people.alice), -credits(1)), (accounts.of(people.bob), credits(1))]
        done, _refused = self.run(50, lambda n: transfers.transfer("tip", key="same", moves=moves))
        assert len({one.pk for one in done}) == 1 and balance(people.bob).credits_units == 1000

    def test_two_ways_at_once_do_not_wait_for_each_other(self, people):
        give(people.alice, 10), give(people.bob, 10)
        pairs = [(people.alice, people.bob), (people.bob, people.alice)]
        done, refused = self.run(20, lambda n: pay(*pairs[n % 2], 1, f"k{n}"))
        assert len(done) == 20 and not refused
        assert balance(people.alice).credits_units == balance(people.bob).credits_units == 10_000

    def test_badinput_62_release_settle_and_expiry_at_the_same_moment_end_it_once(self, people):
        give(people.alice, 10)
        hold = holding.hold(people.alice, 6000, key="job", purpose="generation", lives=-HOUR)
        acts = [
            lambda: holding.release(hold),
            lambda: holding.settle(hold, [(accounts.house("fees"), 6000)]),
            lambda: holding.expire(),
        ]
        accounts.house("fees")
        self.run(12, lambda n: acts[n % 3]())
        hold.refresh_from_db()
        assert hold.state != HoldState.HELD
        assert balance(people.alice).credits_units in (4000, 10_000) and not proof.prove()
