"""Hostile amounts, entries that are about a person, and prices that change on the way: through the doors that members use."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from bounties.domain import staking
from bounties.models import Bounty, Entry, EntryFile
from civitai.jobs import JobState
from generation.models import Generation
from models_hub.domain import guarding
from moderation.domain.cases import fees, talking
from moderation.models import LicensedSubject
from tests.factories import bounties as make
from tests.factories import generation as studio
from tests.factories import models_hub
from tests.factories.cases import carried_out, in_talks
from tests.factories.community import image
from tests.factories.wallet import give
from wallet.domain import accounts, proof
from wallet.models import Transfer
from wallet.money import credits

pytestmark = pytest.mark.django_db

PERSON = "Emma Watson"
# What a form, a script or a program in somebody's hand may send as an amount.
NONE = [
    "", "-5", "+5", "0", "0.0", "0.0001", "1e309", "1e3", "NaN", "Infinity", "-inf", "१०", "٣", "½", "Ⅻ", str(2**63), "9" * 40,
    "0x10", "1_000", "5 5", "5\u200b", "\x005", "True", "true", "None", "[5]", '{"a": 5}', "5;", "--5", "5.5.5", "1,000,000",
]  # fmt: skip


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def has(user):
    return accounts.of(user).balance


class TestAmounts:
    def doors(self, people):
        """(address, the field of the amount, what else the form sends)."""
        bounty = make.put_up(people.alice)
        on = (timezone.localdate() + timedelta(days=9)).isoformat()
        new = {
            "name": "Azulejos", "type": "LoraCreation", "description": "They must tile.", "entry_limit": 3, "rest": "refund",
            "ends_on": on, "least_stake": "", "reward": "60",
        }  # fmt: skip
        return [
            ("/tips/charlie/", "amount", {"note": ""}),
            (f"/bounties/{bounty.pk}/stakes/", "amount", {}),
            ("/bounties/new/", "reward", new),
            ("/bounties/new/", "least_stake", new),
        ]

    def test_badinput_58_no_door_takes_what_is_no_amount(self, people):
        doors = self.doors(people)
        give(people.bob, 1000)
        client, before = signed_in(people.bob), (Transfer.objects.count(), Bounty.objects.count())
        for url, field, told in doors:
            for amount in NONE:
                if field == "least_stake" and amount == "":
                    continue  # it may be left out
                answer = client.post(url, told | {"submission": uuid.uuid4().hex, field: amount})
                assert answer.status_code == 400, (url, field, amount, answer.status_code)
                assert answer.context["form" if "stakes" not in url else "stake_form"].errors[field], (url, amount)
        assert (Transfer.objects.count(), Bounty.objects.count()) == before and has(people.bob) == credits(1000)
        assert not proof.prove()

    def test_badinput_58_the_same_doors_take_what_is_one(self, people):
        """Else they would refuse everything, and the test above could not fail."""
        doors = self.doors(people)
        give(people.bob, 1000)
        for url, field, told in doors:
            amount = "60" if field == "reward" else "25"
            told = told | ({"examples": make.picture_file()} if "new" in url else {})
            answer = signed_in(people.bob).post(url, told | {"submission": uuid.uuid4().hex, field: amount})
            assert answer.status_code == 302, (url, field, answer.context and answer.context["form"].errors)
        assert has(people.bob) == credits(1000 - 25 - 25 - 60 - 60)

    def test_badinput_58_more_than_one_amount_is_the_last_and_none_is_refused(self, people):
        give(people.bob, 100)
        client = signed_in(people.bob)
        told = {"submission": uuid.uuid4().hex, "note": ""}
        assert client.post("/tips/charlie/", told).status_code == 400
        assert client.post("/tips/charlie/", told | {"amount": ["5", "-5"]}).status_code == 400
        assert has(people.bob) == credits(100)


class TestPeopleInEntries:
    @pytest.fixture
    def bounty(self, people):
        bounty = make.put_up(people.alice)
        staking.contribute(bounty, give(people.bob, 60), credits(60), key="k")
        return bounty

    def told(self, **changes):
        files = {
            "images": SimpleUploadedFile("tile.png", image()),
            "files": SimpleUploadedFile("tile.safetensors", models_hub.safetensors(salt=uuid.uuid4().hex)),
        }
        return {"name": "Tiles", "description": "", "submission": uuid.uuid4().hex, "version": ""} | files | changes

    def entered(self, bounty, user, **changes):
        return signed_in(user).post(f"/bounties/{bounty.pk}/entries/", self.told(**changes))

    @pytest.mark.parametrize(
        "field, changes",
        [
            ("name", {"name": f"{PERSON} LoRA"}),
            ("name", {"name": "E m m a W a t s o n"}),
            ("description", {"description": f"Made after **{PERSON}**, as asked."}),
            ("description", {"description": "It is her: https://instagram.com/some.body"}),
            ("files", {"file": "emma_watson_v2.safetensors"}),
        ],
    )
    def test_badinput_60_an_entry_that_is_a_person_does_not_come_in(self, bounty, people, field, changes):
        if name := changes.pop("file", ""):
            changes["files"] = SimpleUploadedFile(name, models_hub.safetensors(salt="x"))
        answer = self.entered(bounty, people.charlie, **changes)
        assert answer.status_code == 400 and answer.context["form"].errors[field], answer.context["form"].errors
        assert not Entry.objects.exists() and not EntryFile.objects.exists()

    def test_badinput_60_an_entry_does_not_become_one_afterwards(self, bounty, people):
        assert self.entered(bounty, people.charlie).status_code == 302
        entry = Entry.objects.get()
        told = {"name": f"{PERSON}", "description": "", "version": "", "seen": entry.revision, "order": ""}
        answer = signed_in(people.charlie).post(f"/bounties/entries/{entry.pk}/edit/", told)
        entry.refresh_from_db()
        assert answer.status_code == 400 and answer.context["form"].errors["name"] and entry.name == "Tiles"

    def test_badinput_60_a_model_of_a_person_is_not_given_and_not_paid(self, bounty, people):
        model = models_hub.published(people.charlie)
        version = model.versions.get()
        assert self.entered(bounty, people.charlie, version=version.pk, files=[]).status_code == 302
        entry = Entry.objects.get()
        make.prepare_pictures(entry)
        model.hide(by=people.mona, reason="x")
        guarding.mark_person(model, True, by=people.mona)
        bob = signed_in(people.bob)
        answer = bob.post(f"/bounties/entries/{entry.pk}/award/", {"seen": entry.revision}, follow=True)
        assert "can&#x27;t be given" in answer.content.decode() or "can't be given" in answer.content.decode()
        entry.refresh_from_db()
        assert entry.given == 0 and staking.escrow(bounty).balance == credits(160) and not proof.prove()
        again = self.entered(bounty, people.charlie, version=version.pk, files=[])
        assert again.status_code == 400 and again.context["form"].errors["version"]

    def test_badinput_60_an_honest_entry_is_taken_and_paid(self, bounty, people):
        assert self.entered(bounty, people.charlie, name="Emma's tiles").status_code == 302
        entry = Entry.objects.get()
        make.check_files(entry)
        answer = signed_in(people.bob).post(f"/bounties/entries/{entry.pk}/award/", {"seen": entry.revision})
        entry.refresh_from_db()
        assert answer.status_code == 302 and entry.given == credits(60)


class TestAPriceOnItsWay:
    """Drawn by the worker, with the weights that ship."""

    @pytest.fixture
    def style(self, people):
        """A LoRA of alice's that is licensed at 0.4 a picture."""
        version = studio.lora(people.alice)
        return self.licensed(version.model, 400), version

    @pytest.fixture
    def base(self, people):
        return studio.pocket_base(people.mona)

    def licensed(self, model, units):
        case, _token = in_talks(
            model, wish="licensed", units_per_image=units, public_name="Helena Prado", email=f"{units}@artist.example",
            address=f"198.51.100.{units % 200}",
        )  # fmt: skip
        offer = case.offers.get()
        talking.accept(case, "uploader", offer_id=offer.pk, terms_hash=offer.terms_hash)
        carried_out(case)
        return case

    def risen(self, people, style, units=900):
        """Another agreement stands in the place of the first: the style costs more from now on."""
        case, version = style
        other = self.licensed(models_hub.published(people.alice, name="Another"), units)
        mine = LicensedSubject.objects.filter(agreement=case.agreement, ended_at=None)
        subject, row = mine.values_list("subject", "row").get()
        mine.update(ended_at=timezone.now())
        LicensedSubject.objects.create(agreement=other.agreement, subject=subject, row=row)
        assert fees.per_image([version.pk])[0] == units
        return other

    def form(self, client, base, version):
        """What the page of the studio has filled in, as a browser sends it."""
        page = client.get(f"/create/?version={version.pk}").content.decode()
        quote = re.search(r'name="quote" value="([^"]+)"', page)[1]
        return {
            "prompt": "a red circle", "base": base.pk, "shape": "128x128", "steps": 4, "cfg_scale": "5", "sampler": "DPM++ 2M",
            "schedule": "Automatic", "clip_skip": 1, "count": 2, "seed": 7, "submission": uuid.uuid4().hex, "quote": quote,
            "lora": version.pk, f"weight-{version.pk}": "1.0",
        }  # fmt: skip

    def drawn(self, job):
        pytest.importorskip("torch", reason="the worker extra is not installed")
        from generation.tasks import draw

        draw.plain(str(job.pk))
        return Generation.objects.get(pk=job.pk)

    def test_badinput_64_a_fee_that_rises_while_the_job_waits_is_paid_as_it_was_quoted(self, people, base, style):
        give(people.bob, 10)
        client = signed_in(people.bob)
        assert client.post("/create/", self.form(client, base, style[1])).status_code == 302
        job = Generation.objects.get()
        assert has(people.bob) == credits(10) - 800, "set aside at the price that was shown"
        other = self.risen(people, style)
        job = self.drawn(job)
        assert (job.state, job.results.count()) == (JobState.DONE, 2), job.error
        assert has(people.bob) == credits(10) - 800 and fees.earned(style[0]) == 560 and fees.earned(other) == 0
        assert not proof.prove()

    def test_badinput_64_a_fee_that_rises_between_page_and_press_is_refused_and_the_new_price_shown(
        self, people, base, style
    ):
        give(people.bob, 10)
        client = signed_in(people.bob)
        told = self.form(client, base, style[1])
        self.risen(people, style)
        answer = client.post("/create/", told)
        page = answer.content.decode()
        assert answer.status_code == 400 and "risen" in page and "a red circle" in page, "what was typed is kept"
        assert not Generation.objects.exists() and has(people.bob) == credits(10)
        told["quote"] = re.search(r'name="quote" value="([^"]+)"', page)[1]
        assert client.post("/create/", told).status_code == 302 and has(people.bob) == credits(10) - 1800

    def test_badinput_64_a_quote_of_another_wish_buys_nothing(self, people, base, style):
        give(people.bob, 10)
        client = signed_in(people.bob)
        told = self.form(client, base, style[1])
        for quote in ("", "x", told["quote"][:-3] + "abc", told["quote"] + "a"):
            assert client.post("/create/", told | {"quote": quote}).status_code == 400
        assert not Generation.objects.exists() and has(people.bob) == credits(10)
