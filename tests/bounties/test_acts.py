"""What members and moderators do with bounties: one test for what each act lets and refuses."""

import pytest
from django.utils import timezone

from accounts.domain import blocking
from accounts.models import Notification
from bounties.domain import clock, entering, staking
from bounties.models import Benefactor, Bounty
from bounties.queries import cards, listed
from bounties.states import BountyState, EntryState
from civitai.errors import Refused
from models_hub.domain import publishing as models
from moderation import subjects
from moderation.models import ModerationEvent
from tests.factories import bounties as make
from tests.factories import models_hub
from tests.factories.wallet import give
from tests.people import person
from wallet.domain import proof
from wallet.errors import OtherBody
from wallet.money import credits
from wallet.queries import balance

pytestmark = pytest.mark.django_db


def has(user):
    return balance(user).credits_units // 1000


@pytest.fixture
def bounty(people):
    return make.put_up(people.alice, reward=100)


def text(response):
    return response.content.decode()


class TestStakeOnceMore:
    def test_the_same_key_with_another_amount_is_refused(self, bounty, people, client):
        client.force_login(give(people.bob, 90))
        url, told = f"/bounties/{bounty.pk}/stakes/", {"amount": "20", "submission": "a" * 32}
        assert client.post(url, told).status_code == 302
        refused = client.post(url, told | {"amount": "30"})
        assert refused.status_code == 422 and "in another way" in text(refused)
        assert has(people.bob) == 70 and Benefactor.objects.get(user=people.bob).units == credits(20)

    def test_a_retry_after_the_end_is_the_first_stake(self, bounty, people):
        staking.contribute(bounty, give(people.bob, 60), credits(20), key="k")
        make.over(bounty), clock.tick()
        bounty.refresh_from_db()
        assert bounty.state == BountyState.REFUNDED
        again = staking.contribute(bounty, people.bob, credits(20), key="k")
        assert again.units == credits(20) and has(people.bob) == 60, "and it is not taken again"
        with pytest.raises(Refused, match="no more credits"):
            staking.contribute(bounty, people.bob, credits(20), key="new")

    def test_a_bounty_put_up_again_with_another_stake_is_refused(self, people):
        first = make.put_up(people.alice, submission="b" * 32)
        assert make.put_up(people.alice, submission="b" * 32) == first
        with pytest.raises(OtherBody):
            make.put_up(people.alice, submission="b" * 32, reward=200)
        with pytest.raises(OtherBody):
            make.put_up(people.alice, submission="b" * 32, name="Another")
        assert Bounty.objects.count() == 1


class TestApart:
    @pytest.mark.parametrize("who_blocks", ["alice", "bob"])
    def test_who_blocked_or_is_blocked_neither_pays_nor_enters(self, bounty, people, who_blocks):
        pair = {"alice": people.alice, "bob": people.bob}
        blocker = pair.pop(who_blocks)
        blocking.block(blocker, *pair.values())
        with pytest.raises(Refused, match="contacted"):
            staking.contribute(bounty, give(people.bob, 60), credits(20), key="k")
        with pytest.raises(Refused, match="contacted"):
            make.enter(bounty, people.bob)
        assert has(people.bob) == 60

    def test_what_somebody_blocked_is_in_no_list_of_theirs(self, bounty, people):
        make.enter(bounty, people.charlie)
        blocking.block(people.bob, people.charlie)
        assert cards(listed(people.bob).rows)[0]["line"].endswith("0 entries · 1 backer")
        blocking.block(people.bob, people.alice)
        assert not listed(people.bob).rows and listed(people.mona).rows


class TestWhatMayNotBePaid:
    def test_badinput_60_an_entry_whose_only_model_was_removed(self, bounty, people):
        model = models_hub.published(people.charlie)
        entry = make.enter(bounty, people.charlie, files=[], version=model.versions.get())
        assert staking.is_awardable(entry)
        models.remove(model, by=people.charlie)
        entry.refresh_from_db()
        assert not staking.is_awardable(entry)
        model.versions.all().delete()
        entry.refresh_from_db()
        with pytest.raises(Refused, match="can't be given"):
            staking.award(entry, people.alice)

    @pytest.mark.parametrize(
        "held", [{"hidden_at": timezone.now()}, {"freeze_level": 2}, {"taken_down_at": timezone.now()}]
    )
    def test_badinput_60_nothing_is_given_in_a_bounty_that_is_held(self, bounty, people, held):
        entry = make.enter(bounty, people.charlie)
        Bounty.objects.update(**held)
        with pytest.raises(Refused, match="looked at"):
            staking.award(entry, people.alice)
        with pytest.raises(Refused, match="no more credits"):
            staking.contribute(bounty, give(people.bob, 60), credits(20), key="k")
        with pytest.raises(Refused, match="no more entries"):
            make.enter(bounty, people.bob)
        assert has(people.charlie) == 0

    def test_pictures_are_enough_where_pictures_are_asked_for(self, people):
        bounty = make.put_up(people.alice, type="ImageCreation")
        entry = make.enter(bounty, people.charlie, files=[])
        assert staking.is_awardable(entry)
        entry.pictures.update(hidden_at=timezone.now())
        assert not staking.is_awardable(entry)


class TestHiding:
    def test_a_hidden_entry_is_not_counted_and_comes_back(self, bounty, people, client):
        entry, kind = make.enter(bounty, people.charlie), subjects.kind_of("bounties.Entry")
        assert "1 entry" in text(client.get("/bounties/"))
        kind.hide(entry, by=people.mona, reason="x")
        assert "0 entries" in text(client.get("/bounties/")) and "0 entries" in text(
            client.get(bounty.get_absolute_url())
        )
        kind.restore(entry, by=people.mona)
        assert "1 entry" in text(client.get("/bounties/"))

    @pytest.mark.parametrize("what", ["bounties.Bounty", "bounties.Entry"])
    def test_pictures_go_and_come_with_what_they_belong_to(self, bounty, people, what):
        entry = make.enter(bounty, people.charlie)
        make.prepare_pictures(bounty, entry)
        row = bounty if what == "bounties.Bounty" else entry
        theirs = row.shown.select_related("picture")
        assert theirs.get().picture.is_public
        subjects.kind_of(what).hide(row, by=people.mona, reason="x")
        assert not theirs.get().picture.is_public
        assert row is entry or not entry.shown.get().picture.is_public, "an entry goes with its bounty"
        subjects.kind_of(what).restore(row, by=people.mona)
        assert theirs.get().picture.is_public and entry.shown.get().picture.is_public


class TestCancellation:
    def test_its_author_calls_it_off_while_nobody_joined(self, bounty, people, client):
        client.force_login(people.alice)
        assert "Call it off" in text(client.get(f"/bounties/{bounty.pk}/edit/"))
        answer = client.post(f"/bounties/{bounty.pk}/cancellation/", follow=True)
        assert "went back" in text(answer)
        bounty.refresh_from_db()
        assert bounty.state == BountyState.CANCELLED and has(people.alice) == 100 and not proof.prove()

    def test_not_once_others_joined_and_never_by_strangers(self, bounty, people, client):
        staking.contribute(bounty, give(people.bob, 60), credits(20), key="k")
        client.force_login(people.alice)
        assert "Others have joined" in text(client.post(f"/bounties/{bounty.pk}/cancellation/", follow=True))
        client.force_login(people.bob)
        assert client.post(f"/bounties/{bounty.pk}/cancellation/").status_code == 403
        client.logout()
        assert "login" in client.post(f"/bounties/{bounty.pk}/cancellation/")["Location"]
        assert client.get(f"/bounties/{bounty.pk}/cancellation/").status_code in (302, 405)
        bounty.refresh_from_db()
        assert bounty.state == BountyState.OPEN

    def test_a_moderator_calls_it_off_with_a_reason(self, bounty, people, client):
        staking.contribute(bounty, give(people.bob, 60), credits(20), key="k")
        make.enter(bounty, people.charlie)
        client.force_login(people.mona)
        assert "Call it off as a moderator" in text(client.get(bounty.get_absolute_url()))
        url = f"/bounties/{bounty.pk}/cancellation/"
        refused = client.post(url, {"because": " "})
        assert refused.status_code == 400 and "Say in a few words why" in text(refused)
        assert client.post(url, {"because": "asks for a living studio's work"}).status_code == 302
        bounty.refresh_from_db()
        assert bounty.state == BountyState.CANCELLED and (has(people.alice), has(people.bob)) == (100, 60)
        told = ModerationEvent.objects.get(what="bounty called off")
        assert told.because == "asks for a living studio's work" and told.row == str(bounty.pk)
        assert set(Notification.objects.filter(kind="bounty_off").values_list("user", flat=True)) == {
            people.alice.pk, people.charlie.pk,
        }  # fmt: skip
        client.force_login(people.bob)
        assert "as a moderator" not in text(client.get(bounty.get_absolute_url()))


class TestEntries:
    def test_its_maker_takes_it_back(self, bounty, people, client):
        entry = make.enter(bounty, people.charlie)
        url = f"/bounties/entries/{entry.pk}/withdrawal/"
        client.force_login(people.bob)
        assert client.post(url).status_code == 403
        client.force_login(people.charlie)
        assert "Take it back" in text(client.get(bounty.get_absolute_url()))
        assert "was taken back" in text(client.post(url, follow=True))
        entry.refresh_from_db()
        assert entry.state == EntryState.WITHDRAWN
        assert client.post(url).status_code == 403, "twice is once"
        assert client.get(entry.get_absolute_url()).status_code == 200
        client.logout()
        assert client.get(entry.get_absolute_url()).status_code == 404

    def test_taken_back_while_hidden_or_frozen_nothing_of_it_is_lost(self, bounty, people):
        entry = make.enter(bounty, people.charlie)
        type(entry).objects.update(freeze_level=2)
        with pytest.raises(Refused, match="removal case"):
            entering.withdraw(entry, people.charlie)
        type(entry).objects.update(freeze_level=0, hidden_at=timezone.now())
        entering.withdraw(entry, people.charlie)
        assert entry.files.get().state == "ready" and entry.shown.get().picture.state != "refused"

    def test_a_form_sent_to_another_bounty_is_another_form(self, bounty, people):
        told = {"name": "x", "description": "", "files": [], "submission": "c" * 32}
        version = models_hub.published(people.charlie).versions.get()
        entering.enter(bounty, people.charlie, images=[make.picture_file()], version=version, **told)
        with pytest.raises(OtherBody):
            entering.enter(make.put_up(people.bob), people.charlie, images=[], version=version, **told)
        with pytest.raises(OtherBody):
            entering.enter(bounty, people.charlie, images=[], version=version, **told | {"name": "y"})

    def test_not_when_it_was_given_something(self, bounty, people, client):
        entry = make.enter(bounty, people.charlie)
        staking.contribute(bounty, give(people.bob, 60), credits(20), key="k")
        staking.award(entry, people.bob)
        client.force_login(people.charlie)
        assert "it stays" in text(client.post(f"/bounties/entries/{entry.pk}/withdrawal/", follow=True))
        assert "It stays as it is" in text(
            client.post(f"/bounties/entries/{entry.pk}/edit/", {"name": "Other", "seen": "0"})
        )

    def test_its_words_can_be_changed(self, bounty, people, client):
        entry = make.enter(bounty, people.charlie)
        url = f"/bounties/entries/{entry.pk}/edit/"
        client.force_login(people.bob)
        assert client.get(url).status_code == 403
        client.force_login(people.charlie)
        assert entry.name in text(client.get(url))
        refused = client.post(url, {"name": "Taylor Swift in tiles", "description": "kept", "seen": "0"})
        assert refused.status_code == 400 and "kept" in text(refused)
        told = {"name": "Sem fim", "description": "**By hand**", "seen": "0"}
        assert client.post(url, told)["Location"] == entry.get_absolute_url()
        page = text(client.get(entry.get_absolute_url()))
        assert "<h1>Sem fim</h1>" in page and "<strong>By hand</strong>" in page

    def test_a_model_that_this_viewer_does_not_see_is_not_named(self, bounty, people, client):
        model = models_hub.published(people.charlie, name="Secret Azulejo")
        make.enter(bounty, people.charlie, files=[], version=model.versions.get())
        assert "Secret Azulejo" in text(client.get(bounty.get_absolute_url()))
        type(model).objects.update(hidden_at=timezone.now())
        assert "Secret Azulejo" not in text(client.get(bounty.get_absolute_url()))

    def test_the_author_does_not_enter_and_a_strangers_model_is_not_taken(self, bounty, people):
        with pytest.raises(Refused, match="asked for it"):
            make.enter(bounty, people.alice)
        theirs = models_hub.published(person("dora")).versions.get()
        with pytest.raises(Refused, match="your own models"):
            make.enter(bounty, people.charlie, files=[], version=theirs)
