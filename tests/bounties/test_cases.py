"""What removal cases do to bounties, entries and their files, and how it all comes back."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.domain import notices
from bounties.domain import staking
from bounties.models import Bounty, Entry
from bounties.states import BountyState
from bounties.tasks import settle_files
from civitai import storages
from community.models import Picture
from models_hub.domain import withholding as models
from models_hub.models import Review
from moderation.domain.cases import deciding, freezing
from moderation.naming import Names
from tests.factories import bounties as make
from tests.factories import cases, models_hub
from tests.factories.cases import NAME, carried_out
from tests.factories.community import image
from tests.factories.wallet import give
from wallet.domain import proof
from wallet.money import credits
from wallet.queries import balance

pytestmark = pytest.mark.django_db
SPELT = Names([NAME])


def has(user):
    return balance(user).credits_units // 1000


def said(client, url):
    """The status of a page, and where it says the name; the address that was asked for is the asker's own word."""
    answer = client.get(url, follow=True)
    page = answer.content.decode()
    if answer.status_code != 200:
        page = page.replace(url, "").replace(quote(url, safe=""), "").replace(quote(url), "")
    return answer.status_code, SPELT.found(page)


@pytest.fixture
def world(people):
    """A bounty that says the name, two backers, and an entry with a file that says it."""
    bounty = make.put_up(
        people.alice,
        reward=100,
        name="A LoRA like Helena Prado",
        description="After **H3lena_Prado**, for my wall.",
        tags=["linocut", "helena prado"],
        files=[SimpleUploadedFile("helena_prado.png", cases.png({"parameters": "a bird by Helena Prado\nSteps: 3"}))],
    )
    staking.contribute(bounty, give(people.bob, 60), credits(60), key="k")
    file = models_hub.safetensors(metadata={"ss_output_name": "helena_prado", "note": "kept"})
    entry = make.enter(
        bounty,
        people.charlie,
        name="Helena Prado, mine",
        files=[SimpleUploadedFile("helena_prado.safetensors", file)],
        images=[SimpleUploadedFile("mine.png", image((70, 90), colour=(1, 2, 3)))],
    )
    make.prepare_pictures(bounty, entry)
    return bounty, entry


class TestFrozen:
    def test_a_bounty_leaves_the_lists_and_then_its_page(self, world, people, client):
        bounty, entry = world
        url = bounty.get_absolute_url()
        case, _token = cases.filed(bounty)
        for level, listed, status in ((1, False, 200), (2, False, 451), (3, False, 451), (0, True, 200)):
            freezing.freeze_all(case, level, reason="test")
            assert ("helena-prado" in client.get("/bounties/").content.decode()) is listed, level
            assert client.get(url).status_code == status, level
            assert client.get(entry.get_absolute_url()).status_code == status, level
            if status == 451:
                assert said(client, url) == (451, []) and case.reference in client.get(url).content.decode()
        assert not any(Picture.objects.values_list("withheld_at", flat=True))
        assert all(Picture.objects.values_list("is_public", flat=True))

    def test_its_owner_reads_why(self, world, people, client):
        bounty, entry = world
        case, _token = cases.filed(bounty)
        freezing.freeze_all(case, 2, reason="test")
        client.force_login(people.alice)
        page = client.get(bounty.get_absolute_url()).content.decode()
        assert "A removal case is open" in page and case.reference in page and "Submit an entry" not in page

    def test_its_times_move_on_by_as_long_as_it_took(self, world, people):
        bounty, entry = world
        case, _token = cases.filed(bounty)
        freezing.freeze_all(case, 2, reason="test")
        Bounty.objects.update(stopped_at=timezone.now() - timedelta(days=5))
        freezing.freeze_all(case, 0, reason="test")
        ends_at = bounty.ends_at
        bounty.refresh_from_db()
        assert timedelta(days=5) <= bounty.ends_at - ends_at < timedelta(days=5, minutes=1)
        assert not bounty.stopped_at and staking.award(entry, people.bob)

    def test_an_entry_alone_stops_the_clock_and_the_others_go_on(self, world, people):
        bounty, entry = world
        other = make.enter(bounty, people.mona)
        case, _token = cases.filed(entry)
        freezing.freeze_all(case, 2, reason="test")
        bounty.refresh_from_db(), entry.refresh_from_db()
        assert bounty.stopped_at and not staking.is_awardable(entry) and staking.award(other, people.bob)

    def test_a_model_in_an_entry_stops_it_and_files_with_its_bytes_are_withheld(self, world, people, client):
        bounty, _entry = world
        content = models_hub.safetensors(salt="same")
        model = models_hub.published(people.charlie, stored=content)
        copy = make.enter(bounty, people.charlie, files=[SimpleUploadedFile("other.safetensors", content)])
        using = make.enter(bounty, people.charlie, files=[], version=model.versions.get())
        case, _token = cases.filed(model)
        freezing.freeze_all(case, 2, reason="test")
        bounty.refresh_from_db()
        url = f"/bounties/files/{copy.files.get().pk}/"
        client.force_login(people.charlie)
        assert bounty.stopped_at and client.get(url).status_code == 404
        assert not staking.is_awardable(Entry.objects.get(pk=copy.pk)), "its only content is withheld"
        assert not staking.is_awardable(Entry.objects.get(pk=using.pk))
        freezing.freeze_all(case, 0, reason="test")
        bounty.refresh_from_db()
        assert not bounty.stopped_at and client.get(url).status_code == 302

    def test_links_die_and_identical_pictures_go_with_it(self, world, people):
        bounty, entry = world
        twin = make.put_up(people.bob, files=[SimpleUploadedFile("t.png", image((70, 90), colour=(1, 2, 3)))])
        make.prepare_pictures(twin)
        key = entry.files.get().key
        case, _token = cases.filed(entry)
        freezing.freeze_all(case, 3, reason="test")
        settle_files.plain()
        assert entry.files.get().key != key and not storages.private().exists(key)
        copies = [entry.shown.get().picture, twin.shown.get().picture]
        assert all(one.withheld_at and one.is_hidden and not one.is_public for one in copies)
        freezing.freeze_all(case, 0, reason="test")
        copies = [entry.shown.get().picture, twin.shown.get().picture]
        assert not any(one.withheld_at or one.is_hidden for one in copies)


class TestTakenDown:
    def decided(self, row, people, outcome="removed"):
        case, _token = cases.proven(row, wish=outcome)
        deciding.decide(case, by=people.mona, outcome=outcome, because="It is hers.")
        return carried_out(case)

    def test_a_bounty_is_over_and_every_stake_goes_back(self, world, people, client, commit):
        bounty, entry = world
        with commit():
            case = self.decided(bounty, people)
        assert case.state == "closed_removed"
        bounty.refresh_from_db()
        assert bounty.state == BountyState.CANCELLED and (has(people.alice), has(people.bob)) == (100, 60)
        assert not proof.prove() and staking.escrow(bounty).balance == 0
        for who in (None, people.alice, people.charlie):
            client.force_login(who) if who else client.logout()
            assert said(client, bounty.get_absolute_url()) == (451, [])
            assert client.get(f"/bounties/files/{entry.files.get().pk}/").status_code == 404
        settle_files.plain()
        assert entry.files.get().held_in == "quarantine"

    def test_an_entry_is_nobodys_and_its_file_does_not_come_back(self, world, people, client, commit):
        bounty, entry = world
        content = storages.private().read(entry.files.get().key)
        with commit():
            case = self.decided(entry, people)
        entry.refresh_from_db(), bounty.refresh_from_db()
        assert entry.taken_down_at and not staking.is_awardable(entry) and bounty.is_live and not bounty.stopped_at
        assert "0 entries" in client.get("/bounties/").content.decode()
        again = make.enter(bounty, people.charlie, files=[SimpleUploadedFile("new.safetensors", content)])
        assert again.files.get().state == "refused"
        assert not any(one.is_public for one in Picture.objects.filter(pk__in=entry.shown.values("picture")))
        deciding.put_back(case)
        settle_files.plain()
        client.force_login(people.charlie)
        assert client.get(f"/bounties/files/{entry.files.get().pk}/").status_code == 302
        assert client.get(entry.get_absolute_url()).status_code == 200

    def test_files_with_the_bytes_of_a_removed_model_go_with_it(self, world, people, client):
        bounty, _entry = world
        content = models_hub.safetensors(salt="same")
        model = models_hub.published(people.charlie, stored=content)
        copy = make.enter(bounty, people.charlie, files=[SimpleUploadedFile("x.safetensors", content)])
        self.decided(model, people)
        client.force_login(people.charlie)
        assert client.get(f"/bounties/files/{copy.files.get().pk}/").status_code == 404
        settle_files.plain()
        assert copy.files.get().held_in == "quarantine"


class TestNameTakenOut:
    @pytest.mark.parametrize("about", ["bounty", "model"])
    def test_nobody_reads_the_name_any_more_and_it_comes_back_whole(self, world, people, commit, about):
        bounty, entry = world
        target = bounty if about == "bounty" else cases.prado(people.bob)
        old_url, old_file = bounty.get_absolute_url(), entry.files.get()
        old_bytes = storages.private().read(old_file.key)
        clients = {who: Client() for who in ("nobody", "alice", "bob", "charlie")}
        [client.force_login(getattr(people, who)) for who, client in clients.items() if who != "nobody"]
        pages = ["/bounties/", f"/bounties/{bounty.pk}/", entry.get_absolute_url(), "/notifications/", "/wallet/", "/"]
        assert any(said(clients["bob"], url)[1] for url in pages), "the crawler sees nothing at all"
        case, _token = cases.proven(target)
        deciding.decide(case, by=people.mona, outcome="renamed", because="It is her name.")
        with commit():
            carried_out(case)
        models.settle_files()
        for client in clients.values():
            assert [said(client, url)[1] for url in pages] == [[]] * len(pages)
        assert said(clients["nobody"], old_url) == (410, [])
        bounty.refresh_from_db(), entry.refresh_from_db()
        assert bounty.name == "A LoRA like" and "for my wall" in bounty.description
        file = entry.files.get()
        assert not SPELT.are_in(file.name)
        header, _tensors = cases.header_of(storages.private().read(file.key))
        if about == "bounty":
            assert not SPELT.are_in(str(header)) and header["__metadata__"]["note"] == "kept"
            assert file.sha256 != old_file.sha256 and file.tensors == old_file.tensors
        assert not SPELT.are_in(bounty.shown.get().picture.generation_text)
        deciding.put_back(case)
        bounty.refresh_from_db(), entry.refresh_from_db()
        assert bounty.get_absolute_url() == old_url and "H3lena_Prado" in bounty.description
        assert clients["nobody"].get(old_url).status_code == 200
        assert "helena prado" in bounty.tags.values_list("name", flat=True)
        file = entry.files.get()
        assert (file.name, file.sha256) == (old_file.name, old_file.sha256)
        assert storages.private().read(file.key) == old_bytes

    def test_it_does_not_come_back_by_editing(self, world, people, client):
        bounty, _entry = world
        case, _token = cases.proven(bounty)
        deciding.decide(case, by=people.mona, outcome="renamed", because="It is her name.")
        carried_out(case)
        client.force_login(people.alice)
        refused = client.post(f"/bounties/{bounty.pk}/edit/", {"description": "like Helena_Prado"})
        assert refused.status_code == 400


class TestUnlisted:
    """Level 1: by its address alone, and nowhere by the name that somebody's right is asked for."""

    def words(self, client, *urls):
        """Where the name is said, in any spelling, but for the address that was asked for."""
        pages = {url: client.get(url, follow=True).content.decode() for url in urls}
        return [url for url, page in pages.items() if SPELT.found(page.replace(url, "").replace(quote(url), ""))]

    def signed_in(self, user):
        client = Client()
        client.force_login(user)
        return client

    def test_a_bounty_says_nothing_of_itself_and_then_all_again(self, world, people):
        bounty, entry = world
        old, neutral = bounty.get_absolute_url(), f"/bounties/{bounty.pk}/bounty/"
        pages = (old, entry.get_absolute_url(), f"/bounties/{bounty.pk}/entries/", "/wallet/", "/bounties/")
        bob, visitor = self.signed_in(people.bob), Client()
        before = self.words(bob, *pages), self.words(visitor, *pages)
        case, _token = cases.filed(bounty)
        freezing.freeze_all(case, 1, reason="test")
        assert visitor.get(old).status_code == 200 and visitor.get(neutral).status_code == 200, (
            "no way from one to the other"
        )
        assert self.words(bob, *pages, neutral) == [] and self.words(visitor, *pages, neutral) == []
        assert f"Bounty {bounty.pk}" in visitor.get(neutral).content.decode()
        assert self.words(self.signed_in(people.alice), neutral) and self.words(self.signed_in(people.mona), neutral)
        freezing.freeze_all(case, 0, reason="test")
        assert (self.words(bob, *pages), self.words(visitor, *pages)) == before

    def test_an_entry_that_gives_an_unlisted_model_says_nothing_of_it(self, people):
        model = models_hub.published(people.charlie, name="Helena Prado style")
        bounty = make.put_up(people.alice)
        entry = make.enter(
            bounty, people.charlie, name="Helena Prado, mine", description="After Helena Prado.", version=model.versions.get(),
            files=[SimpleUploadedFile("helena_prado.safetensors", models_hub.safetensors())],
        )  # fmt: skip
        make.prepare_pictures(bounty, entry)
        staking.award(entry, people.alice, seen=entry.revision)
        pages = (bounty.get_absolute_url(), entry.get_absolute_url(), "/users/charlie/?show=bounties")
        clients = [Client(), self.signed_in(people.alice), self.signed_in(people.bob)]
        before = [self.words(client, *pages) for client in clients]
        assert before[0] == list(pages)
        case, _token = cases.filed(model)
        freezing.freeze_all(case, 1, reason="test")
        assert [self.words(client, *pages) for client in clients] == [[], [], []]
        file = entry.files.get()
        assert not SPELT.are_in(self.signed_in(people.alice).get(f"/bounties/files/{file.pk}/")["Location"])
        assert self.words(self.signed_in(people.charlie), *pages) == list(pages), "its maker reads it"
        freezing.freeze_all(case, 0, reason="test")
        assert [self.words(client, *pages) for client in clients] == before

    def test_what_members_were_told_before_says_it_no_more_and_then_again(self, world, people):
        bounty, _entry = world
        model = models_hub.published(people.charlie, name="Helena Prado style")
        review = Review.objects.create(author=people.bob, version=model.versions.get(), model=model, recommends=True)
        told = [
            ("comment", f"{model.get_absolute_url()}#comment-3", model.name),
            ("model", f"{model.get_absolute_url()}?version={model.versions.get().pk}", f"{model.name} v1"),
            ("reply", review.get_absolute_url(), model.name),
            ("stake", bounty.get_absolute_url(), bounty.name),
        ]
        for kind, url, about in told:
            notices.notify([people.bob], kind, by=people.charlie, url=url, about=about)
        bob = self.signed_in(people.bob)
        before = bob.get("/notifications/").content.decode()
        assert len(SPELT.found(before)) >= 4 and "Helena Prado style v1" in before
        opened = [cases.filed(row)[0] for row in (model, bounty)]
        for case in opened:
            freezing.freeze_all(case, 1, reason="test")
        page = bob.get("/notifications/").content.decode()
        assert SPELT.found(page) == []
        assert f'href="/models/{model.pk}/model/#comment-3"' in page and f"Bounty {bounty.pk}" in page
        for case in opened:
            freezing.freeze_all(case, 0, reason="test")
        assert SPELT.found(bob.get("/notifications/").content.decode()) == SPELT.found(before)

    def test_the_page_of_notifications_asks_two_questions_more_at_most(self, world, people, django_assert_num_queries):
        bounty, _entry = world
        model = models_hub.published(people.charlie)
        notices.notify([people.bob], "comment", by=people.charlie, url=model.get_absolute_url(), about=model.name)
        notices.notify([people.bob], "stake", by=people.charlie, url=bounty.get_absolute_url(), about=bounty.name)
        bob = self.signed_in(people.bob)
        bob.get("/notifications/")
        with django_assert_num_queries(5):
            bob.get("/notifications/")
