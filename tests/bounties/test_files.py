"""Files of entries: who has them, what is refused, and what is left when something breaks."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.utils import timezone

from bounties.domain import entering, entry_files, staking
from bounties.models import Bounty, Entry, EntryFile
from bounties.tasks import settle_files, sweep_files
from civitai import storages, uploads
from civitai.errors import Refused
from community.models import Picture
from moderation.domain import registry
from tests.factories import bounties as make
from tests.factories.community import image
from tests.factories.models_hub import safetensors
from tests.factories.wallet import give

pytestmark = pytest.mark.django_db
SUBMISSION = "0" * 32


@pytest.fixture
def bounty(people):
    bounty = make.put_up(people.alice)
    staking.contribute(bounty, give(people.bob, 60), 60_000, key="k")
    return bounty


@pytest.fixture
def entry(bounty, people):
    return make.enter(bounty, people.charlie)


@pytest.fixture
def may(client, entry):
    url = f"/bounties/files/{entry.files.get().pk}/"

    def ask(user):
        client.force_login(user) if user else client.logout()
        return client.get(url).status_code == 302

    return ask


def arrived(owner, content, name="azulejo.safetensors"):
    """A complete upload, as the uploader leaves it."""
    upload = uploads.begin(owner, purpose="entry_file", filename=name, size=len(content))
    store = storages.private()
    store.client.upload_part(
        Bucket=store.bucket, Key=upload.key, UploadId=upload.multipart_id, PartNumber=1, Body=content
    )
    return uploads.complete(upload)


def objects():
    store = storages.private()
    listed = store.client.list_objects_v2(Bucket=store.bucket, Prefix="bounties/").get("Contents", ())
    return {one["Key"] for one in listed}


class TestWhoHasThem:
    def test_who_paid_and_all_in_the_end(self, may, entry, people):
        assert may(people.charlie) and may(people.mona) and not may(people.bob) and not may(None)
        staking.award(entry, people.bob)
        assert may(people.bob) and not may(people.alice) and not may(None)
        staking.award(entry, people.alice)
        assert may(None), "awarded and over"

    def test_what_a_moderator_hid_is_its_makers_alone_whatever_was_paid(self, may, entry, people):
        staking.award(entry, people.bob)
        entry.hide(by=people.mona, reason="x")
        assert not may(people.bob) and may(people.charlie)
        entry.restore(by=people.mona)
        staking.award(entry, people.alice)
        assert may(None)
        Bounty.objects.update(hidden_at=timezone.now())
        assert not may(people.bob) and not may(None) and may(people.charlie)

    @pytest.mark.parametrize("held", [Entry, Bounty])
    def test_what_is_frozen_is_its_makers_and_what_is_quarantined_nobodys(self, may, entry, people, held):
        staking.award(entry, people.bob), staking.award(entry, people.alice)
        for level, has in ((1, (True, True, True)), (2, (False, False, True)), (3, (False, False, False))):
            held.objects.update(freeze_level=level)
            assert (may(None), may(people.bob), may(people.charlie)) == has, level
        assert not may(people.mona)
        held.objects.update(freeze_level=0, taken_down_at=timezone.now())
        assert not any(may(who) for who in (None, people.bob, people.charlie, people.mona))

    def test_what_is_not_checked_yet_is_nobodys(self, bounty, people, client):
        file = make.enter(bounty, people.charlie, checked=False).files.get()
        client.force_login(people.charlie)
        assert client.get(f"/bounties/files/{file.pk}/").status_code == 404


class TestWhatIsRefused:
    @pytest.mark.parametrize("mode", ["block", "hold"])
    @pytest.mark.parametrize("kind", ["sha256", "tensors", "name"])
    def test_what_was_taken_down_does_not_come_back_through_an_entry(self, bounty, people, kind, mode):
        known = make.enter(bounty, people.charlie).files.get()
        value = {"sha256": known.sha256, "tensors": known.tensors, "name": "azulejo"}[kind]
        registry.enter(kind, value, mode=mode, source="test")
        again = SimpleUploadedFile("azulejo.safetensors", storages.private().read(known.key))
        entry = make.enter(bounty, people.mona, files=[again])
        file = entry.files.get()
        assert file.state == "refused" and "registry" in file.refusal_sentence
        with pytest.raises(Refused, match="can't be given"):
            staking.award(entry, people.bob)

    @pytest.mark.parametrize("content, name", [(b"MZ" + b"x" * 99, "x.safetensors"), (b"x" * 99, "y.zip")])
    def test_badinput_02_an_upload_is_judged_by_its_bytes(self, bounty, people, content, name):
        upload = arrived(people.charlie, content, name)
        entry = make.enter(bounty, people.charlie, files=[], uploads=[upload.pk])
        file = entry.files.get()
        assert file.state == "refused" and file.refusal_sentence
        sweep_files.plain()
        assert not storages.private().exists(file.key)

    def test_badinput_13_an_upload_of_somebody_else_or_twice_is_refused(self, bounty, people):
        upload = arrived(people.bob, safetensors(salt="b"))
        with pytest.raises(Refused, match="not arrived"):
            make.enter(bounty, people.charlie, files=[], uploads=[upload.pk])
        make.enter(bounty, people.bob, files=[], uploads=[upload.pk])
        with pytest.raises(Refused, match="in use"):
            make.enter(bounty, people.bob, files=[], uploads=[upload.pk])

    def test_more_files_than_an_entry_holds(self, bounty, people):
        with pytest.raises(Refused, match="At most 5 files"):
            make.enter(bounty, people.charlie, files=[make.model_file() for _ in range(6)])

    def test_the_registry_that_can_not_be_asked_refuses(self, bounty, people, monkeypatch):
        def away(hashes):
            raise DatabaseError("gone")

        monkeypatch.setattr(registry, "found_of", away)
        assert make.enter(bounty, people.charlie).files.get().state == "refused"


class TestWhatIsTaken:
    def test_an_upload_goes_straight_to_the_store(self, bounty, people, client):
        content = safetensors(salt="straight")
        upload = arrived(people.charlie, content)
        client.force_login(people.charlie)
        told = {"name": "Sem fim", "description": "", "submission": SUBMISSION, "version": ""}
        refused = client.post(f"/bounties/{bounty.pk}/entries/", told | {"uploads": str(upload.pk)})
        assert refused.status_code == 400 and str(upload.pk) in refused.content.decode(), "nothing is sent twice"
        told |= {"uploads": str(upload.pk), "images": make.picture_file()}
        assert client.post(f"/bounties/{bounty.pk}/entries/", told).status_code == 302
        make.check_files(Entry.objects.get())
        file = EntryFile.objects.get()
        assert file.state == "ready" and storages.private().read(file.key) == content

    def test_a_training_set_is_one_too(self, bounty, people):
        pack = io.BytesIO()
        with zipfile.ZipFile(pack, "w") as archive:
            archive.writestr("moon.png", image()), archive.writestr("moon.txt", "a moon")
        entry = make.enter(bounty, people.charlie, files=[SimpleUploadedFile("set.zip", pack.getvalue())])
        assert entry.files.get().state == "ready"

    def test_the_private_lines_of_a_header_do_not_go_out(self, bounty, people):
        content = safetensors(metadata={"ss_output_name": "tile", "ss_train_data_dir": "/home/charlie/secret"})
        file = make.enter(bounty, people.charlie, files=[SimpleUploadedFile("a.safetensors", content)]).files.get()
        assert b"/home/charlie" not in storages.private().read(file.key)


class TestWhatIsLeft:
    def test_a_refusal_under_the_lock_leaves_no_object(self, bounty, people, monkeypatch):
        before, pictures = objects(), Picture.objects.count()
        keys = []
        put = storages.Store.put
        monkeypatch.setattr(
            storages.Store, "put", lambda self, key, *a, **k: keys.append(key) or put(self, key, *a, **k)
        )

        calls = []

        def closed(bounty, owner):
            calls.append(1)
            if len(calls) == 2:
                raise Refused("closed meanwhile")

        monkeypatch.setattr(entering, "_check_open", closed)
        with pytest.raises(Refused, match="meanwhile"):
            make.enter(bounty, people.charlie)
        assert len(keys) == 2 and not any(storages.private().exists(key) for key in keys)
        assert objects() == before and Picture.objects.count() == pictures and not Entry.objects.exists()

    def test_nothing_is_sent_to_the_store_while_the_bounty_is_locked(self, bounty, people, monkeypatch):
        order = []
        put = storages.Store.put
        monkeypatch.setattr(storages.Store, "put", lambda self, *a, **k: order.append("put") or put(self, *a, **k))
        lock = Bounty.objects.select_for_update
        monkeypatch.setattr(
            type(Bounty.objects), "select_for_update", lambda self, **k: order.append("lock") or lock(**k)
        )
        make.enter(bounty, people.charlie, checked=False)
        assert order == ["put", "put", "lock"]

    def test_what_is_taken_back_leaves_the_store(self, bounty, entry, people):
        file = entry.files.get()
        entering.withdraw(entry, people.charlie)
        sweep_files.plain(), sweep_files.plain()
        assert not storages.private().exists(file.key)

    def test_links_given_out_die_with_a_freeze(self, entry):
        file = entry.files.get()
        EntryFile.objects.update(to_settle=True)
        settle_files.plain(), settle_files.plain()
        moved = entry.files.get()
        assert moved.key != file.key and not storages.private().exists(file.key)
        assert storages.private().exists(moved.key) and entry_files.link(moved)
