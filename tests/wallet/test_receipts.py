"""What receipts say, to whom, and what they keep to themselves."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from bounties.domain import clock, publishing, staking
from tests.factories import bounties as make
from tests.factories.wallet import give
from tests.people import person
from wallet.domain import accounts, holding, tipping
from wallet.models import Transfer
from wallet.money import credits
from wallet.queries import Period, chosen, history, sums
from wallet.receipts import inert

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HUGE = 999_999_999_999


def text(response):
    return response.content.decode()


@pytest.fixture
def alice(client, people):
    client.force_login(give(people.alice, 50))
    return client


def receipt(client, transfer):
    answer = client.get(transfer.get_absolute_url())
    assert answer.status_code == 200 and answer["Cache-Control"] == "private, no-store"
    return text(answer)


class TestWhom:
    def test_both_sides_of_a_tip_are_named_on_the_line_and_the_receipt(self, alice, client, people):
        tip = tipping.tip(people.alice, people.bob, credits(5), key="k", note="lovely light")
        page = text(alice.get("/wallet/"))
        assert "Tip given <b>bob</b>" in page and "lovely light" in page
        assert "lovely light" in receipt(alice, tip)
        client.force_login(people.bob)
        assert "Tip received <b>alice</b>" in text(client.get("/wallet/"))

    def test_a_name_that_a_case_took_out_and_a_closed_account_keep_their_receipts(self, alice, people):
        tip = tipping.tip(people.alice, people.bob, credits(5), key="k")
        people.bob.freeze(1, reference="R-1"), people.bob.shut_out()
        page = text(alice.get("/wallet/"))
        assert f"Member {people.bob.pk}" in page and "<b>bob</b>" not in page
        assert f"Member {people.bob.pk}" in receipt(alice, tip)

    def test_who_draws_in_a_style_and_whose_it_is_do_not_learn_of_each_other(self, alice, client, people):
        hold = holding.hold(people.alice, credits(10), key="j", purpose="style_fee", lives=HOUR)
        artist = person("secret_artist")
        paid = holding.settle(
            hold,
            [(accounts.of(artist), 4500), (accounts.of(people.bob), 1000), (accounts.house("fees"), 500)],
            note="77",
        )
        file = b"".join(alice.get("/wallet/receipts.csv").streaming_content).decode()
        for page in (text(alice.get("/wallet/")), receipt(alice, paid), file):
            assert "secret_artist" not in page and "bob" not in page and ">77<" not in page
        assert "Another member" in receipt(alice, paid)
        client.force_login(artist)
        theirs = receipt(client, paid)
        assert "alice" not in theirs and "bob" not in theirs and "+4.5" in theirs
        assert "−10" not in theirs and "set aside" not in theirs, "nor what the other had set aside"
        assert "Style fee received" in text(client.get("/wallet/"))


class TestWhat:
    def test_what_was_set_aside_says_what_became_of_it(self, alice, people):
        hold = holding.hold(people.alice, credits(10), key="j", purpose="training", lives=HOUR)
        assert "Set aside: Training" in text(alice.get("/wallet/")) and "job-running" in text(alice.get("/wallet/"))
        assert "Until" in receipt(alice, hold.transfer)
        paid = holding.settle(hold, [(accounts.house("fees"), 6000)], note="training")
        page = text(alice.get("/wallet/"))
        assert "Given back: Training" in page and "+4" in page and "job-done" in page
        told = receipt(alice, paid)
        assert "−6 <span" in told and f"receipts/{hold.transfer_id}/" in told and "<dd>training</dd>" not in told
        assert f"receipts/{paid.pk}/" in receipt(alice, hold.transfer), "each leads to the other"

    def test_it_leads_to_what_it_is_for_from_every_receipt(self, alice, people):
        hold = holding.hold(people.alice, credits(10), key="j", purpose="training", lives=HOUR, url="/training/runs/7/")
        assert 'href="/training/runs/7/">Training</a>' in text(alice.get("/wallet/")), "where it is set aside"
        back = holding.release(hold)
        for one in (hold.transfer, back):
            assert 'href="/training/runs/7/"' in receipt(alice, one)

    def test_a_refund_says_what_it_takes_back(self, alice, people):
        bounty = make.put_up(people.alice, reward=100)
        staked = Transfer.objects.get(kind="stake")
        publishing.call_off(bounty, people.alice)
        back = Transfer.objects.get(kind="refund")
        page = text(alice.get("/wallet/"))
        assert "Refund: Stake" in page and bounty.name in page
        assert f"It takes back receipt {staked.pk}" in receipt(alice, back)
        assert f"taken back by receipt {back.pk}" in receipt(alice, staked)

    def test_what_is_left_stands_on_it_for_each_kind_of_credits(self, alice, people):
        give(people.alice, 0, bonus=4)
        hold = holding.hold(people.alice, credits(10), key="j", purpose="training", lives=HOUR, with_bonus=True)
        told = receipt(alice, hold.transfer)
        assert "Bonus left after it</dt><dd>0" in told and "Credits left after it</dt><dd>44" in told

    def test_of_a_stake_given_the_backer_and_the_winner_are_named(self, alice, client, people):
        bounty = make.put_up(people.alice, reward=100)
        entry = make.enter(bounty, people.charlie)
        staking.award(entry, people.alice)
        client.force_login(people.charlie)
        award = Transfer.objects.get(kind="award")
        assert "Bounty won <b>alice</b>" in text(client.get("/wallet/")) and "+100" in receipt(client, award)

    def test_huge_figures_and_long_names_stay_whole(self, alice, people):
        give(people.alice, HUGE)
        people.bob.describe(display_name="Maximiliane " * 5, bio="")
        tipping.tip(people.alice, people.bob, credits("0.001") + credits(1), key="k")
        page = text(alice.get("/wallet/"))
        assert "1,000,000,000,047.999" in page.replace(" ", "") or "1,000,000,000,0" in page
        assert "−1.001" in page and "Maximiliane Maximiliane" in page


class TestSearching:
    @pytest.fixture
    def moved(self, alice, people):
        """A tip, a stake that came back, a training, a gift, and a tip of long ago."""
        bounty = make.put_up(people.alice, reward=100)
        tipping.tip(people.alice, people.bob, credits(5), key="k")
        make.over(bounty), clock.tick()
        holding.release(holding.hold(people.alice, credits(3), key="j", purpose="training", lives=HOUR))
        return people.alice

    def kinds(self, user, **which):
        return sorted(chosen(history(user), **which).values_list("transfer__kind", flat=True))

    def test_by_kind_with_what_was_set_aside_and_refunded_for_it(self, moved):
        assert self.kinds(moved, group="tips") == ["tip"]
        assert self.kinds(moved, group="bounties") == ["refund", "stake"]
        assert self.kinds(moved, group="work") == ["hold", "release"]
        assert self.kinds(moved, group="gifts") == ["grant", "grant"]
        assert self.kinds(moved, show="refunds") == ["refund", "release"]

    def test_by_month_to_its_last_moment(self, people):
        for at in (
            "2026-09-30T23:59:59.999",
            "2026-10-01T00:00",
            "2026-10-31T23:59:59.999",
            "2026-11-01T00:00",
            "2026-12-31T23:00",
        ):
            moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
            give(people.alice, 1)
            _backdate(Transfer.objects.latest("pk"), moment)
        assert len(self.kinds(people.alice, period=Period(2026, 10))) == 2
        assert len(self.kinds(people.alice, period=Period(2026, 12))) == 1
        assert len(self.kinds(people.alice, period=Period(2026))) == 5
        assert not self.kinds(people.alice, period=Period(2025))
        assert sums(chosen(history(people.alice), period=Period(2026, 10))) == (2000, 0)

    def test_the_page_keeps_what_was_chosen_and_sums_it(self, moved, alice):
        page = text(alice.get("/wallet/?kind=bounties"))
        assert "Refund: Stake" in page and "Tip given" not in page and '<option value="bounties" selected>' in page
        assert 'class="plus num">+100<' in page and "/wallet/receipts.csv?kind=bounties" in page
        assert "Nothing of this kind" in text(alice.get("/wallet/?kind=gifts&show=out"))
        for nonsense in (
            "kind=%00",
            "span=century",
            "month=2026-",
            "month=0000",
            "month=2026-13",
            "month=0000-00",
            "show=x&kind=y&month=z",
            "cursor=",
        ):
            assert alice.get(f"/wallet/?{nonsense}").status_code == 200

    def test_a_year_can_be_chosen_and_filed_where_a_member_was_here_in_it(self, moved, alice):
        this = timezone.now().year
        page = text(alice.get(f"/wallet/?month={this}&span=year"))
        assert f'<option value="{this}" selected>' in page and f"All of {this}" in page
        assert 'name="span" value="year"' in page, "the curve stays as it is when receipts are chosen"
        assert f"wallet-{this}.csv" in alice.get(f"/wallet/receipts.csv?month={this}")["Content-Disposition"]

    def test_how_many_there_are_stands_beside_the_head_to_a_thousand(self, alice, people, monkeypatch):
        assert '<span class="faint small num">1</span>' in text(alice.get("/wallet/"))
        monkeypatch.setattr("wallet.queries.MOST_COUNTED", 2)
        for _number in range(2):
            give(people.alice, 1)
        assert '<span class="faint small num">2+</span>' in text(alice.get("/wallet/"))

    def test_the_curve_of_a_year_reaches_back_further_than_that_of_a_month(self, alice, people):
        give(people.alice, 7)
        _backdate(Transfer.objects.latest("pk"), timezone.now() - timedelta(days=100))
        assert "in 50" in text(alice.get("/wallet/")) and "The last 30 days" in text(alice.get("/wallet/"))
        year = text(alice.get("/wallet/?span=year"))
        assert "in 57" in year and "The last 52 weeks" in year and "+7</title>" in year


class TestFile:
    def rows(self, client, query=""):
        answer = client.get(f"/wallet/receipts.csv{query}")
        assert answer["Content-Type"].startswith("text/csv") and "attachment" in answer["Content-Disposition"]
        assert answer["Cache-Control"] == "private, no-store"
        return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))

    def test_it_holds_what_the_page_shows(self, alice, people):
        tipping.tip(people.alice, people.bob, credits("2.5"), key="k", note="lovely")
        head, tip, gift = self.rows(alice)
        assert head[0] == "Receipt" and len(head) == len(tip) == 9
        assert tip[2:8] == ["Tip given", "bob", "lovely", "credits", "-2.5", "47.5"]
        assert gift[2] == "A gift to begin with" and gift[6:8] == ["50", "50"]
        assert len(self.rows(alice, "?kind=tips")) == 2 and len(self.rows(alice, "?show=in")) == 2

    @pytest.mark.parametrize("note", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
    def test_badinput_29_no_cell_is_a_formula(self, alice, people, note):
        people.bob.describe(display_name="=HYPERLINK(1)", bio="")
        tipping.tip(people.alice, people.bob, credits(2), key="k", note=note)
        _head, tip, _gift = self.rows(alice)
        assert tip[3] == "'=HYPERLINK(1)" and tip[4].lstrip().startswith("'")
        assert inert("plain") == "plain"

    def test_it_is_ones_own(self, alice, client, people):
        client.force_login(people.charlie)
        assert len(self.rows(client)) == 1
        client.logout()
        assert "login" in client.get("/wallet/receipts.csv")["Location"]

    def test_many_rows_cost_a_few_queries_a_portion(self, alice, people, django_assert_max_num_queries):
        for _number in range(40):
            give(people.alice, 1)
        with django_assert_max_num_queries(6):
            assert len(self.rows(alice)) == 42


def _backdate(transfer, at):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE wallet_transfer DISABLE TRIGGER wallet_transfer_append_only")
        cursor.execute("UPDATE wallet_transfer SET at = %s WHERE id = %s", [at, transfer.pk])
        cursor.execute("ALTER TABLE wallet_transfer ENABLE TRIGGER wallet_transfer_append_only")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
