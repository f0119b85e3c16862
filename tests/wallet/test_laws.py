"""What the database itself refuses, and what happens in the same instant: the ledger as an auditor tries it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.domain import blocking
from civitai.errors import Refused, StaleState
from tests.at_once import at_once
from tests.factories.wallet import give
from tests.people import person
from wallet.domain import accounts, holding, proof, rewards, tipping, transfers
from wallet.errors import NotEnough, OtherBody
from wallet.models import Account, Colour, Entry, Hold, Transfer
from wallet.money import credits
from wallet.policy import policy
from wallet.queries import balance
from wallet.states import HoldState

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def commits():
    """What is looked at when a transaction commits, looked at now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def held(user, units=6000, *, key="job:1", lives=HOUR, **more):
    return holding.hold(user, units, key=key, purpose="training", lives=lives, **more)


class TestTables:
    @pytest.mark.parametrize("table", ["wallet_transfer", "wallet_entry", "wallet_account", "wallet_hold"])
    def test_none_is_emptied(self, people, table):
        give(people.alice, 5)
        commits()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_no_truncate")
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                cursor.execute(f"TRUNCATE {table} CASCADE")

    @pytest.mark.parametrize(
        "change", ["owner_id = %(bob)s", "kind = 'held'", "colour = 'bonus'", "kind = 'house', owner_id = NULL, reference = 'x'"]
    )  # fmt: skip
    def test_an_account_does_not_change_hands(self, people, change):
        give(people.alice, 5)
        change = change % {"bob": people.bob.pk}
        with pytest.raises(DatabaseError, match="stays"):
            sql(f"UPDATE wallet_account SET {change} WHERE owner_id = %s", people.alice.pk)

    @pytest.mark.parametrize("change", ["credits = credits + 1", "purpose = 'x'", "key = 'x'", "owner_id = %(bob)s"])
    def test_a_hold_stays_what_it_was(self, people, change):
        held(give(people.alice, 10))
        with pytest.raises(DatabaseError, match="stays"):
            sql(f"UPDATE wallet_hold SET {change % {'bob': people.bob.pk}}")

    def test_what_ended_does_not_begin_again(self, people):
        holding.release(held(give(people.alice, 10)))
        with pytest.raises(DatabaseError, match="stays"):
            sql("UPDATE wallet_hold SET state = 'held', outcome_id = NULL")

    @pytest.mark.parametrize("table", ["wallet_account", "wallet_hold"])
    def test_no_row_is_deleted(self, people, table):
        held(give(people.alice, 10))
        with pytest.raises(DatabaseError, match="stays"):
            sql(f"DELETE FROM {table}")

    def test_a_balance_that_nothing_moved_does_not_commit(self, people):
        give(people.alice, 5)
        commits()
        for change in ("balance = balance + 1", "balance = 0"):
            with pytest.raises(IntegrityError, match="not what its entries say"), transaction.atomic():
                sql(f"UPDATE wallet_account SET {change} WHERE owner_id = %s", people.alice.pk)
                commits()

    def test_an_account_that_is_born_rich_does_not_commit(self, people):
        with pytest.raises(IntegrityError, match="not what its entries say"), transaction.atomic():
            Account.objects.create(owner=people.alice, kind="member", balance=10**9)
            commits()

    def test_an_entry_that_does_not_follow_from_the_one_before_does_not_commit(self, people):
        give(people.alice, 5)
        mine, source = accounts.of(people.alice), accounts.house("issuance")
        with pytest.raises(IntegrityError, match="does not follow"), transaction.atomic():
            row = Transfer.objects.create(kind="theft", key="theft", fingerprint="")
            Entry.objects.create(transfer=row, account=mine, units=7, balance=10**9)
            Entry.objects.create(transfer=row, account=source, units=-7, balance=source.balance - 7)
            Account.objects.filter(pk=mine.pk).update(balance=10**9)
            Account.objects.filter(pk=source.pk).update(balance=source.balance - 7)
            commits()

    def test_a_transfer_without_entries_does_not_commit(self):
        with pytest.raises(IntegrityError, match="moves nothing"), transaction.atomic():
            Transfer.objects.create(kind="empty", key="empty", fingerprint="")
            commits()

    def test_a_refund_beyond_the_payment_does_not_commit(self, people):
        give(people.alice, 10), give(people.bob, 10)
        paid = transfers.transfer(
            "tip", key="a", moves=[(accounts.of(people.alice), -4000), (accounts.of(people.bob), 4000)]
        )
        alice, bob = accounts.of(people.alice), accounts.of(people.bob)
        for units, another in ((4001, alice), (4000, accounts.of(give(person("dora"), 10)))):
            with pytest.raises(IntegrityError, match="more than was moved"), transaction.atomic():
                row = Transfer.objects.create(kind="refund", key="b", fingerprint="", refunds=paid)
                for account, moved in ((another, units), (bob, -units)):
                    after = Account.objects.get(pk=account.pk).balance + moved
                    Entry.objects.create(transfer=row, account=account, units=moved, balance=after)
                    Account.objects.filter(pk=account.pk).update(balance=after)
                commits()
        assert transfers.refund(paid, key="whole") and not proof.prove()
        commits()


class TestRefunds:
    def test_what_was_set_aside_or_taken_back_is_not_refunded(self, people):
        first, second = held(give(people.alice, 20)), held(people.alice, key="job:2")
        holding.settle(first, [(accounts.house("fees"), 6000)])
        with pytest.raises(ValueError, match="nothing that a refund takes back"):
            # It would be paid from what is set aside for the second.
            transfers.refund(first.transfer, key="by hand")
        back = holding.release(second)
        with pytest.raises(ValueError, match="nothing that a refund takes back"):
            transfers.refund(back, key="by hand")
        assert not proof.prove()


class TestHolds:
    def test_settled_again_for_other_shares_is_refused(self, people):
        hold, fees = held(give(people.alice, 10)), accounts.house("fees")
        done = holding.settle(hold, [(fees, 2000)])
        with pytest.raises(OtherBody):
            holding.settle(hold, [(fees, 3000)])
        with pytest.raises(OtherBody):
            holding.settle(hold, [(accounts.of(people.bob), 2000)])
        assert holding.settle(hold, [(fees, 2000)]) == done and fees.entries.count() == 1
        assert balance(people.alice).credits_units == 8000

    @pytest.mark.parametrize("shares", [[7000, -1000], [True], [0.5]])
    def test_no_share_is_below_zero_or_no_number_of_units(self, people, shares):
        give(people.bob, 10)
        hold, to = held(give(people.alice, 10)), [accounts.house("fees"), accounts.of(people.bob)]
        with pytest.raises(ValueError, match="whole numbers"):
            holding.settle(hold, list(zip(to, shares, strict=False)))
        assert balance(people.bob).credits_units == 10_000

    def test_people_are_paid_from_credits_and_the_house_from_bonus(self, people):
        hold = held(give(people.alice, 4, bonus=3), with_bonus=True)
        assert (hold.credits, hold.bonus) == (3000, 3000)
        holding.settle(hold, [(accounts.of(people.bob), 2500), (accounts.house("fees"), 1000)])
        left = balance(people.alice)
        assert (left.credits_units, left.bonus_units, left.held_units) == (1500, 2000, 0)
        assert balance(people.bob).credits_units == 2500 and balance(people.bob).bonus_units == 0
        assert accounts.house("fees", Colour.BONUS).balance == 1000 and not proof.prove()

    def test_until_it_is_given_back_it_can_be_settled_and_then_no_more(self, people):
        late = held(give(people.alice, 10), lives=-HOUR)
        assert holding.settle(late, [(accounts.house("fees"), 6000)]), "its time was over, nobody had looked"
        assert holding.expire() == 0
        other = held(give(people.alice, 10), lives=-HOUR, key="job:2")
        assert holding.expire() == 1
        with pytest.raises(StaleState):
            holding.settle(other, [(accounts.house("fees"), 6000)])
        assert not proof.prove()

    def test_one_that_can_not_be_given_back_stops_no_other(self, people, monkeypatch, caplog):
        broken = held(give(people.alice, 10), lives=-HOUR)
        held(give(people.bob, 10), lives=-HOUR, key="job:2")
        give_back = holding._give_back

        def fail(hold, *rest):
            if hold.pk == broken.pk:
                raise RuntimeError("a row that nobody foresaw")
            return give_back(hold, *rest)

        monkeypatch.setattr(holding, "_give_back", fail)
        assert holding.expire() == 1 and balance(people.bob).credits_units == 10_000
        assert f"hold {broken.pk}" in caplog.text
        monkeypatch.undo()
        assert holding.expire() == 1


class TestOnceMore:
    def test_a_tip_sent_again_is_the_first_whatever_became_of_the_two(self, people):
        first = tipping.tip(give(people.alice, 10), people.bob, credits(3), key="k")
        blocking.block(people.bob, people.alice)
        assert tipping.tip(people.alice, people.bob, credits(3), key="k") == first
        with pytest.raises(OtherBody):
            tipping.tip(people.alice, people.bob, credits(4), key="k")
        with pytest.raises(OtherBody):
            tipping.tip(people.alice, people.charlie, credits(3), key="k")
        with pytest.raises(Refused):
            tipping.tip(people.alice, people.bob, credits(3), key="new")
        assert balance(people.bob).credits_units == 3000

    def test_a_policy_that_changed_gives_nothing_twice(self, people, monkeypatch):
        rewards.welcome(people.alice), rewards.claim_daily(people.alice)
        monkeypatch.setattr(policy, "daily", policy.daily + 1), monkeypatch.setattr(policy, "welcome", 1)
        assert not rewards.claim_daily(people.alice)[1]
        rewards.welcome(people.alice)
        assert balance(people.alice).total_units == credits(125)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Fifty connections."""

    def test_two_who_tip_each_other_do_not_wait_for_each_other(self, people):
        give(people.alice, 100), give(people.bob, 100)
        pairs = [(people.alice, people.bob), (people.bob, people.alice)]
        assert not at_once([lambda n=n: tipping.tip(*pairs[n % 2], credits(1), key=str(n)) for n in range(50)])
        assert balance(people.alice).credits_units == balance(people.bob).credits_units == credits(100)
        assert not proof.prove()

    def test_a_days_limit_holds_for_fifty_tips_at_once(self, people, monkeypatch):
        monkeypatch.setattr(policy, "most_tips_a_day", credits(20))
        give(people.alice, 100), accounts.of(people.bob)
        refused = at_once(
            [lambda n=n: tipping.tip(people.alice, people.bob, credits(1), key=str(n)) for n in range(50)]
        )
        assert len(refused) == 30 and balance(people.bob).credits_units == credits(20)

    def test_fifty_holds_of_the_last_credits(self, people):
        give(people.alice, 5, bonus=5)
        refused = at_once([lambda n=n: held(people.alice, 1000, key=f"job:{n}", with_bonus=True) for n in range(50)])
        assert len(refused) == 40 and all(isinstance(one, NotEnough) for one in refused)
        assert Hold.objects.count() == 10 and balance(people.alice).held_units == credits(10)
        assert not proof.prove()

    def test_holds_settle_run_out_and_come_back_while_others_are_taken(self, people):
        give(people.alice, 100, bonus=20)
        fees = accounts.house("fees")
        holds = [held(people.alice, 3000, key=f"old:{n}", lives=-HOUR, with_bonus=True) for n in range(10)]
        acts = [lambda h=h: holding.settle(h, [(fees, 2000)]) for h in holds]
        acts += [lambda h=h: holding.release(h) for h in holds]
        acts += [holding.expire for _ in range(10)]
        acts += [lambda n=n: held(people.alice, 1000, key=f"new:{n}", with_bonus=True) for n in range(10)]
        acts += [lambda n=n: tipping.tip(people.alice, people.bob, credits(1), key=str(n)) for n in range(10)]
        refused = at_once(acts)
        assert all(isinstance(one, StaleState) for one in refused)
        assert not Hold.objects.filter(key__startswith="old", state=HoldState.HELD).exists()
        assert balance(people.bob).credits_units == credits(10)
        paid = Hold.objects.filter(state=HoldState.SETTLED).count() * 2000
        assert accounts.house("fees").balance + accounts.house("fees", Colour.BONUS).balance == paid
        assert not proof.prove()

    def test_one_claim_of_a_day_and_one_refund_of_a_payment(self, people):
        give(people.alice, 10)
        paid = transfers.transfer(
            "tip", key="a", moves=[(accounts.of(people.alice), -4000), (accounts.of(people.bob), 4000)]
        )
        at_once([lambda: rewards.claim_daily(people.alice)] * 25 + [lambda: transfers.refund(paid, key="back")] * 25)
        left = balance(people.alice)
        assert (left.bonus_units, left.credits_units) == (policy.daily, credits(10)) and not proof.prove()
