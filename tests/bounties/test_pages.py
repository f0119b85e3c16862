"""The pages of bounties."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bounties.domain import staking
from bounties.models import Bounty, Entry
from community.domain import pictures
from community.models import Picture
from tests.factories import bounties as make
from tests.factories.wallet import give
from wallet.money import credits
from wallet.queries import balance

pytestmark = pytest.mark.django_db
SUBMISSION = "0" * 32


def stake(bounty, user, amount):
    return staking.contribute(bounty, user, credits(amount), key=f"{user.pk}-{amount}")


def text(response):
    return response.content.decode()


def form(**more):
    day = (timezone.now() + timedelta(days=5)).date().isoformat()
    return {
        "name": "Azulejo panels", "type": "LoraCreation", "base_model": "", "description": "They must **tile**.", "tags": "tile",
        "reward": "80", "least_stake": "", "ends_on": day, "entry_limit": "2", "rest": "refund", "submission": SUBMISSION,
        "examples": make.picture_file(), **more,
    }  # fmt: skip


@pytest.fixture
def alice(client, people):
    client.force_login(give(people.alice, 100))
    return client


def test_a_member_puts_one_up_and_everybody_sees_it(alice, client, people):
    assert "You have" in text(alice.get("/bounties/new/"))
    response = alice.post("/bounties/new/", form())
    bounty = Bounty.objects.get()
    assert response["Location"] == bounty.get_absolute_url()
    for picture in Picture.objects.all():
        pictures.prepare(picture)
    client.logout()
    page = text(client.get(bounty.get_absolute_url()))
    assert "<strong>tile</strong>" in page and "80" in page and "Example 1" in page
    assert "Azulejo panels" in text(client.get("/bounties/")) and "Azulejo panels" in text(client.get("/"))
    assert "Azulejo panels" not in text(client.get("/bounties/?show=closed"))


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"reward": "-5"}, "Write an amount"),
        ({"reward": "1e9"}, "Write an amount"),
        ({"reward": "1"}, "At least 50"),
        ({"reward": "5000"}, "enough credits"),
        ({"ends_on": "2020-01-01"}, "after today"),
        ({"name": "Emma Watson in oil"}, "real person"),
        ({"description": "like her: instagram.com/somebody"}, "profiles"),
        ({"examples": SimpleUploadedFile("x.exe", b"MZ")}, "PNG, JPEG"),
    ],
)
def test_a_refused_form_keeps_what_was_typed_and_takes_nothing(alice, people, wrong, says):
    response = alice.post("/bounties/new/", form(tags="kept tag", **wrong))
    assert response.status_code == 400
    page = text(response)
    assert says in page and "kept tag" in page and "They must" in page or "instagram" in page
    assert not Bounty.objects.exists() and balance(people.alice).credits_units == 100_000


def test_a_real_person_does_not_come_in_by_editing(alice, people):
    bounty = make.put_up(people.alice)
    url = f"/bounties/{bounty.pk}/edit/"
    refused = alice.post(url, {"description": "make her look like Taylor Swift"})
    assert refused.status_code == 400 and "Taylor Swift" in text(refused), "kept, not saved"
    assert alice.post(url, {"description": "A better brief."}).status_code == 302
    bounty.refresh_from_db()
    assert bounty.description == "A better brief."


def test_others_join_enter_and_are_given(alice, client, people):
    bounty = make.put_up(people.alice)
    client.force_login(give(people.bob, 60))
    stake = {"amount": "40", "submission": SUBMISSION}
    assert client.post(f"/bounties/{bounty.pk}/stakes/", stake)["Location"] == bounty.get_absolute_url()
    assert "40" in text(client.get(bounty.get_absolute_url()))
    client.force_login(people.charlie)
    told = {"name": "Sem fim", "description": "", "submission": SUBMISSION, "version": ""}
    refused = client.post(f"/bounties/{bounty.pk}/entries/", told)
    assert refused.status_code == 400 and "at least one picture" in text(refused) and "Sem fim" in text(refused)
    pickle = SimpleUploadedFile("x.ckpt", b"\x80\x04\x95" + b"x" * 50)
    refused = client.post(f"/bounties/{bounty.pk}/entries/", told | {"images": make.picture_file(), "files": pickle})
    assert refused.status_code == 400 and not Entry.objects.exists()
    client.post(f"/bounties/{bounty.pk}/entries/", told | {"images": make.picture_file(), "files": make.model_file()})
    entry = Entry.objects.get()
    client.force_login(people.bob)
    assert "Give it my 40" not in text(client.get(bounty.get_absolute_url())), "its file is being checked"
    make.check_files(entry)
    assert "Give it my 40" in text(client.get(bounty.get_absolute_url()))
    assert "look at it before" in text(client.post(f"/bounties/entries/{entry.pk}/award/", follow=True))
    client.post(f"/bounties/entries/{entry.pk}/award/", {"seen": "0"})
    assert balance(people.charlie).credits_units == 40_000
    assert "Your stake is here" in text(client.get(bounty.get_absolute_url()))


def test_what_is_hidden_is_its_authors(client, people):
    bounty = make.put_up(people.alice)
    bounty.hide(by=people.mona, reason="x")
    assert client.get(bounty.get_absolute_url()).status_code == 404
    client.force_login(people.alice)
    assert "Hidden by a moderator" in text(client.get(bounty.get_absolute_url()))


def test_pages_cost_the_same_for_one_and_for_three(client, people):
    bounty = make.put_up(people.alice, tags=["azulejo"])
    make.enter(bounty, people.charlie)
    client.force_login(give(people.bob, 60))
    urls = ["/bounties/", "/bounties/?show=closed&sort=reward", bounty.get_absolute_url()]
    urls.append(bounty.entries.get().get_absolute_url())
    [client.get(url) for url in urls]

    def costs():
        found = []
        for url in urls:
            with CaptureQueriesContext(connection) as seen:
                assert client.get(url).status_code == 200
            found.append(len(seen))
        return found

    one = costs()
    make.put_up(people.alice), make.put_up(people.alice)
    make.enter(bounty, people.charlie), make.enter(bounty, people.mona)
    staking.contribute(bounty, people.bob, 60_000, key="k")
    assert costs() == one == [4, 3, 9, 6]


def test_the_wallet_says_where_a_stake_waits_and_names_it_as_it_is_called_today(client, people):
    bounty = make.put_up(people.alice, reward=100)
    client.force_login(people.alice)
    page = text(client.get("/wallet/"))
    assert f'href="{bounty.get_absolute_url()}">Azulejo panels</a>' in page and "in 1 place" in page
    assert 'Stake <span class="faint small">Azulejo panels</span>' in page
    Bounty.objects.update(name="Another name")
    page = text(client.get("/wallet/"))
    assert "Azulejo panels" not in page and "Another name" in page
    assert client.get(f"/bounties/{bounty.pk}/").status_code == 301, "the receipt's address leads there"
    staking.award(make.enter(bounty, people.charlie), people.alice)
    assert "in 1 place" not in text(client.get("/wallet/"))


def test_the_list_shows_kinds_and_pictures(client, people):
    bounty = make.put_up(people.alice, type="ImageCreation")
    make.prepare_pictures(bounty)
    assert "Azulejo panels" in text(client.get("/bounties/?type=ImageCreation"))
    assert str(bounty.shown.get().picture_id) in text(client.get("/bounties/"))
    assert "Azulejo panels" not in text(client.get("/bounties/?type=LoraCreation"))
    assert client.get("/bounties/?type=%00&show=x&sort=y").status_code == 200


def test_an_entry_is_reported_from_its_card_and_its_page_by_all_but_its_owner(client, people):
    bounty = make.put_up(give(people.alice, 200))
    entry = make.enter(bounty, people.bob)
    where = f"/report/bounties.Entry/{entry.pk}/"
    for user, times in ((people.bob, 0), (people.charlie, 1)):
        client.force_login(user)
        for url in (bounty.get_absolute_url(), entry.get_absolute_url()):
            assert text(client.get(url)).count(where) == times
    assert '<div class="row row-tight"></div>' in text(client.get(bounty.get_absolute_url())), "empty, and not drawn"


def test_large_stakes_are_written_with_separators(client, people):
    bounty = make.put_up(people.alice, reward=250_000)
    make.enter(bounty, people.charlie)
    client.force_login(people.alice)
    page = text(client.get(bounty.get_absolute_url()))
    assert "my 250,000" in page


class TestManyEntries:
    @pytest.fixture
    def crowded(self, people, monkeypatch):
        monkeypatch.setattr("bounties.views.showing.ENTRIES", 2)
        monkeypatch.setattr("bounties.views.showing.BACKERS", 1)
        bounty = make.put_up(people.alice, reward=100, entry_limit=3)
        for number in range(3):
            make.enter(bounty, people.charlie, name=f"Tile {number}")
        make.enter(bounty, people.bob, name="Mine")
        return bounty

    def named(self, page):
        return re.findall(r'<article class="entry[^>]*>.*?<h3[^>]*><a[^>]*>([^<]+)<', page, re.S)

    def test_the_first_stand_there_with_ones_own_and_the_rest_is_asked_for(self, client, people, crowded):
        page = text(client.get(crowded.get_absolute_url()))
        assert self.named(page) == ["Tile 0", "Tile 1"] and "Show 2 more" in page and ">4</span>" in page
        assert self.named(text(client.get(f"{crowded.get_absolute_url()}?entries=all"))) == [
            "Tile 0", "Tile 1", "Tile 2", "Mine",
        ]  # fmt: skip
        client.force_login(people.bob)
        assert self.named(text(client.get(crowded.get_absolute_url()))) == ["Tile 0", "Tile 1", "Mine"]

    def test_they_come_in_two_orders(self, client, people, crowded):
        stake(crowded, give(people.bob, 50), 20)
        staking.award(Entry.objects.get(name="Tile 2"), people.bob)
        assert self.named(text(client.get(crowded.get_absolute_url()))) == ["Tile 2", "Tile 0"]
        assert self.named(text(client.get(f"{crowded.get_absolute_url()}?order=new"))) == ["Mine", "Tile 2"]

    def test_what_one_gave_to_stands_there_wherever_it_comes(self, client, people, crowded):
        stake(crowded, give(people.mona, 50), 20)
        stake(crowded, give(people.bob, 90), 60)
        staking.award(Entry.objects.get(name="Tile 1"), people.bob)
        staking.award(Entry.objects.get(name="Tile 0"), people.mona)
        client.force_login(people.mona)
        assert self.named(text(client.get(f"{crowded.get_absolute_url()}?order=new"))) == ["Mine", "Tile 2", "Tile 0"]

    def test_the_other_backers_are_told_by_number_until_asked_for(self, client, people, crowded):
        for person_, units in ((people.bob, 30), (people.mona, 20)):
            stake(crowded, give(person_, 50), units)
        page = text(client.get(crowded.get_absolute_url()))
        assert "2 more, from 30 down to 20" in page and "3 backers" in page
        page = text(client.get(f"{crowded.get_absolute_url()}?backers=all"))
        assert "more, from" not in page and page.count('<td class="end">') == 3
