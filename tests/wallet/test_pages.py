"""The wallet's pages."""

import pytest

from tests.factories.wallet import give
from wallet.models import Transfer
from wallet.money import credits
from wallet.policy import policy
from wallet.queries import balance

pytestmark = pytest.mark.django_db
SUBMISSION = "0" * 32


@pytest.fixture
def alice(client, people):
    client.force_login(give(people.alice, 50))
    return client


def page_of(response):
    return response.content.decode()


def test_a_visitor_signs_in_first(client, people):
    for url in ("/wallet/", "/wallet/receipts/1/", "/tips/bob/"):
        assert client.get(url)["Location"].startswith("/accounts/login/")


def test_the_wallet_tells_what_there_is_and_what_moved(alice, people):
    page = page_of(alice.get("/wallet/"))
    assert "A gift to begin with" in page and "+50" in page
    assert "Wallet: 50 credits" in page, "beside the lozenge in the bar"
    assert "Nothing of this kind" in page_of(alice.get("/wallet/?show=out"))


def test_an_empty_wallet_says_what_would_be_there(client, people):
    client.force_login(people.charlie)
    assert "Nothing moved yet" in page_of(client.get("/wallet/"))


def test_the_daily_reward_is_taken_by_a_button(alice, people):
    page = page_of(alice.post("/wallet/daily/", follow=True))
    assert "25 credits of bonus are yours" in page and "the next one after midnight" in page
    assert "already" in page_of(alice.post("/wallet/daily/", follow=True))
    assert balance(people.alice).bonus_units == policy.daily
    assert alice.get("/wallet/daily/").status_code == 405


def test_a_tip_goes_and_both_have_a_receipt(alice, client, people):
    page = page_of(alice.get("/tips/bob/?about=/images/7/"))
    assert "Tip bob" in page and "/images/7/" in page
    told = {"amount": "5", "note": "lovely", "submission": SUBMISSION, "about": "/images/7/"}
    assert alice.post("/tips/bob/", told)["Location"] == "/images/7/"
    alice.post("/tips/bob/", told)
    assert balance(people.bob).credits_units == credits(5), "pressed twice, given once"
    row = Transfer.objects.get(kind="tip")
    receipt = page_of(alice.get(row.get_absolute_url()))
    assert "lovely" in receipt and "−5" in receipt or "-5" in receipt
    client.force_login(people.charlie)
    assert client.get(row.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    "amount, says",
    [("0", "At least"), ("-5", "Write an amount"), ("1e309", "Write an amount"), ("51", "enough"), ("2001", "At most")],
)
def test_a_refused_tip_keeps_what_was_typed(alice, people, amount, says):
    response = alice.post("/tips/bob/", {"amount": amount, "note": "kept", "submission": SUBMISSION})
    assert response.status_code >= 400
    page = page_of(response)
    assert says in page and f'value="{amount}"' in page and "kept" in page
    assert balance(people.bob).credits_units == 0


@pytest.mark.parametrize("about", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_badinput_36_the_page_a_tip_returns_to_is_one_of_ours(alice, people, about):
    told = {"amount": "5", "note": "", "submission": SUBMISSION, "about": about}
    assert (
        alice.post("/tips/bob/", told)["Location"] == "/users/bob/"
        or "evil" not in alice.post("/tips/bob/", told)["Location"]
    )


def test_one_page_costs_the_same_for_one_line_and_for_thirty(alice, people, django_assert_num_queries):
    alice.get("/wallet/")
    with django_assert_num_queries(8):
        alice.get("/wallet/")
    for _number in range(30):
        give(people.alice, 1)
    alice.get("/wallet/")
    with django_assert_num_queries(8):
        page = page_of(alice.get("/wallet/"))
    assert "Older ones" in page
