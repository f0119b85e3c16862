"""What can be exchanged after a bounty was put up or entered, until when, and what those who pay learn of it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Notification
from bounties.domain import clock, entering, publishing, staking
from bounties.models import Bounty, Entry
from civitai.errors import Refused, StaleState
from moderation import subjects
from tests.factories import bounties as make
from tests.factories import models_hub
from tests.factories.community import image
from tests.factories.wallet import give
from wallet.domain import proof
from wallet.money import credits
from wallet.queries import balance

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


@pytest.fixture
def bounty(people):
    return make.put_up(people.alice, reward=100)


@pytest.fixture
def entry(bounty, people):
    entry = make.enter(bounty, people.charlie, images=[make.picture_file("a.png"), make.picture_file("b.png")])
    make.prepare_pictures(entry)
    return entry


def change(entry, **fields):
    told = {"name": entry.name, "description": entry.description, "version": entry.version, "seen": entry.revision}
    return entering.change(entry, entry.owner, **told | fields)


def names(row):
    return [link.picture.filename for link in row.shown.select_related("picture")]


class TestEntry:
    def test_pictures_are_added_taken_out_and_put_in_order(self, entry):
        a, b = entry.shown.all()
        shot = a.picture
        changed = change(entry, images=[make.picture_file("c.png")], out=[a.pk], order=[b.pk])
        assert names(changed) == ["b.png", "c.png"] and changed.revision == 1 and changed.changed_at
        shot.refresh_from_db()
        assert shot.state == "refused" and not shot.is_public, "and its objects go"
        b, c = changed.shown.all()
        assert names(change(changed, order=[c.pk, b.pk])) == ["c.png", "b.png"]
        assert names(change(Entry.objects.get(), order=[999, b.pk, -1])) == ["b.png", "c.png"]

    def test_files_and_the_model_are_exchanged(self, entry, people):
        old = entry.files.get()
        changed = change(entry, files=[make.model_file("new.safetensors")], files_out=[old.pk])
        old.refresh_from_db()
        new = changed.files.exclude(pk=old.pk).get()
        assert old.state == "removed" and (new.name, new.state) == ("new.safetensors", "checking")
        assert not staking.is_awardable(changed), "until the new one was checked"
        make.check_files(changed)
        assert staking.is_awardable(Entry.objects.get())
        model = models_hub.published(people.charlie)
        changed = change(changed, version=model.versions.get(), files_out=[new.pk])
        assert changed.version.model == model and staking.is_awardable(changed)

    @pytest.mark.parametrize(
        "fields, says",
        [
            (lambda e: {"out": [one.pk for one in e.shown.all()]}, "at least one picture"),
            (lambda e: {"images": [make.picture_file() for _ in range(7)]}, "At most 8"),
            (lambda e: {"files_out": [e.files.get().pk]}, "Add a file"),
            (lambda e: {"files": [make.model_file() for _ in range(5)]}, "At most 5"),
            (lambda e: {"description": "make her look like Taylor Swift"}, "real person"),
            (lambda e: {"images": [SimpleUploadedFile("x.svg", b"<svg/>")]}, "PNG, JPEG"),
        ],
    )
    def test_what_is_refused_changes_nothing(self, entry, fields, says):
        with pytest.raises(Refused, match=says):
            change(entry, **fields(entry))
        after = Entry.objects.get()
        assert names(after) == ["a.png", "b.png"] and after.revision == 0 and after.files.get().state == "ready"

    def test_others_pictures_and_files_are_not_touched(self, bounty, entry, people):
        theirs = make.enter(bounty, people.bob)
        change(entry, out=[theirs.shown.get().pk], files_out=[theirs.files.get().pk])
        assert theirs.shown.count() == 1 and theirs.files.get().state == "ready"

    def test_an_older_page_or_the_same_form_again_is_refused(self, entry):
        change(entry, images=[make.picture_file("c.png")])
        with pytest.raises(StaleState):
            change(entry, images=[make.picture_file("c.png")])
        assert names(Entry.objects.get()) == ["a.png", "b.png", "c.png"]

    def test_when_entries_are_closed_only_words_change(self, bounty, entry):
        make.over(bounty)
        for closed in (False, True):
            if closed:
                clock.tick()
            entry = Entry.objects.get()
            with pytest.raises(Refused, match="stay as they are now"):
                change(entry, images=[make.picture_file()])
            with pytest.raises(Refused, match="stay as they are now"):
                change(entry, files_out=[entry.files.get().pk])
        change(entry, description="A word more.")
        assert Entry.objects.get().description == "A word more."

    def test_what_a_moderator_looks_at_stays_for_him_to_see(self, entry, people):
        subjects.kind_of("bounties.Entry").hide(entry, by=people.mona, reason="x")
        entry.refresh_from_db()
        with pytest.raises(Refused, match="stay as they are now"):
            change(entry, out=[entry.shown.first().pk])

    def test_a_picture_that_is_withheld_is_not_taken_out(self, entry):
        link = entry.shown.select_related("picture").first()
        type(link.picture).objects.filter(pk=link.picture_id).update(withheld_at=timezone.now())
        with pytest.raises(Refused, match="being looked at"):
            change(entry, out=[link.pk])

    def test_what_was_given_something_stays(self, entry, people):
        staking.award(entry, people.alice)
        entry.refresh_from_db()
        with pytest.raises(Refused, match="stays as it is"):
            change(entry, images=[make.picture_file()])


class TestWhoPays:
    def test_nobody_gives_to_what_he_has_not_seen(self, bounty, entry, people, client):
        client.force_login(people.alice)
        page = text(client.get(bounty.get_absolute_url()))
        assert f'action="/bounties/entries/{entry.pk}/award/"' in page and 'name="seen" value="0"' in page
        change(entry, description="Other terms.")
        answer = client.post(f"/bounties/entries/{entry.pk}/award/", {"seen": "0"}, follow=True)
        assert "changed after you opened the page" in text(answer) and balance(people.charlie).credits_units == 0
        for nonsense in ({}, {"seen": ""}, {"seen": "-1"}, {"seen": "x"}):
            client.post(f"/bounties/entries/{entry.pk}/award/", nonsense)
        assert balance(people.charlie).credits_units == 0
        client.post(f"/bounties/entries/{entry.pk}/award/", {"seen": "1"})
        assert balance(people.charlie).credits_units == credits(100) and not proof.prove()

    def test_what_was_exchanged_says_since_when(self, bounty, entry, client):
        assert "changed" not in text(client.get(entry.get_absolute_url()))
        change(entry, images=[make.picture_file()])
        assert "changed <time" in text(client.get(entry.get_absolute_url()))
        assert "changed <time" in text(client.get(bounty.get_absolute_url()))

    def test_a_brief_that_changes_is_told_to_who_paid(self, bounty, people, client):
        staking.contribute(bounty, give(people.bob, 60), credits(20), key="k")
        publishing.change(bounty, people.alice, description="Now it must be blue.")
        publishing.change(bounty, people.alice, description="Now it must be blue!")
        told = Notification.objects.filter(kind="bounty_changed")
        assert list(told.values_list("user", flat=True)) == [people.bob.pk], "once an hour, and not its author"
        assert "brief changed" in text(client.get(bounty.get_absolute_url()))


class TestExamples:
    def test_they_are_added_taken_out_and_put_in_order(self, bounty, people, client):
        make.prepare_pictures(bounty)
        client.force_login(people.alice)
        url, first = f"/bounties/{bounty.pk}/edit/", bounty.shown.get()
        assert f'data-id="{first.pk}"' in text(client.get(url))
        told = {"description": bounty.description, "order": [first.pk], "images": [make.picture_file("two.png")]}
        assert client.post(url, told)["Location"] == bounty.get_absolute_url()
        second = bounty.shown.last()
        make.prepare_pictures(bounty)
        moving = {"description": bounty.description, "order": [first.pk, second.pk], "move": f"{second.pk} up"}
        assert client.post(url, moving)["Location"] == url, "without a script it goes on"
        assert names(bounty) == ["two.png", "example.png"]
        page = text(client.get(bounty.get_absolute_url()))
        assert page.index(str(second.picture_id)) < page.index(str(first.picture_id))
        refused = client.post(url, {"description": "kept", "out": [first.pk, second.pk]})
        assert refused.status_code == 400 and "at least one picture" in text(refused)
        assert "kept</textarea>" in text(refused) and text(refused).count(" checked") == 2, "what was ticked stays so"

    def test_who_is_not_its_author_changes_nothing(self, bounty, people, client):
        client.force_login(people.bob)
        told = {"description": "x", "out": [bounty.shown.get().pk]}
        assert client.post(f"/bounties/{bounty.pk}/edit/", told).status_code == 403
        Bounty.objects.update(hidden_at=timezone.now())
        bounty.refresh_from_db()
        with pytest.raises(Refused, match="stays as it is"):
            publishing.change(bounty, people.alice, description="x")


class TestForm:
    def test_its_maker_exchanges_all_of_it(self, entry, people, client):
        client.force_login(people.charlie)
        url, (a, b), file = f"/bounties/entries/{entry.pk}/edit/", entry.shown.all(), entry.files.get()
        page = text(client.get(url))
        assert f'data-id="{a.pk}"' in page and file.name in page and 'name="seen" value="0"' in page
        told = {
            "name": "New name", "description": "", "version": "", "seen": "0", "order": [b.pk, a.pk], "out": [a.pk],
            "files_out": [file.pk], "files": make.model_file("new.safetensors"),
            "images": [SimpleUploadedFile("c.png", image()), SimpleUploadedFile("d.png", image())],
        }  # fmt: skip
        assert client.post(url, told)["Location"] == entry.get_absolute_url()
        changed = Entry.objects.get()
        assert changed.name == "New name" and names(changed) == ["b.png", "c.png", "d.png"]
        assert [one.name for one in changed.files.exclude(state="removed")] == ["new.safetensors"]
        again = client.post(url, {**told, "files": make.model_file(), "images": SimpleUploadedFile("c.png", image())})
        assert again.status_code == 409 and "Load the page again" in text(again)

    def test_closed_it_says_so_and_keeps_the_words(self, bounty, entry, people, client):
        make.over(bounty), clock.tick()
        client.force_login(people.charlie)
        url = f"/bounties/entries/{entry.pk}/edit/"
        page = text(client.get(url))
        assert "its words can be changed" in page and 'type="file"' not in page
        assert client.post(url, {"name": "Other words", "seen": "0", "version": ""}).status_code == 302
        assert Entry.objects.get().name == "Other words"
