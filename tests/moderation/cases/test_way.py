"""The way of a case: from the form to its end, by every turn."""

import hashlib
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from civitai.errors import Refused, StaleState
from models_hub.models import FormerHash, Model
from moderation.case_states import ACTS, CaseState
from moderation.domain.cases import acting, appealing, clocks, deciding, fees, filing, mailing, talking
from moderation.domain.cases.terms import DEFAULTS, hash_of
from moderation.models import CaseMail, RemovalCase
from tests.factories import cases, models_hub
from tests.factories.cases import carried_out, filed, in_talks, proven
from tests.factories.wallet import give

pytestmark = pytest.mark.django_db
LICENCE = {"outcome": "licensed", **DEFAULTS, "units_per_image": 400}


@pytest.fixture
def model(people):
    return cases.prado(people.alice)


def test_an_unproven_claim_on_a_style_pauses_nothing(model):
    case, _token = filed(model)
    model.refresh_from_db()
    assert (case.state, model.freeze_level) == ("verifying", 0)


def test_proof_freezes_and_tells_the_uploader_what_and_why(model, people):
    case, _token = proven(model)
    model.refresh_from_db()
    assert (case.state, model.freeze_level) == ("triage", 2)
    letter = CaseMail.objects.get(case=case, kind="frozen")
    assert letter.recipient == f"user:{people.alice.pk}"
    mailing.send()
    told = next(one for one in mail.outbox if one.to == ["alice@example.org"])
    assert "Helena Prado Linocut XL" in told.body and "helena@prado.example" not in told.body


def test_letters_go_out_once_and_forget_the_link(model):
    case, token = filed(model)
    assert mailing.send() == 2 and mailing.send() == 0
    letters = [one for one in mail.outbox if one.to == ["helena@prado.example"]]
    assert any(token in one.body for one in letters)
    assert not CaseMail.objects.filter(case=case, facts__has_key="link").exists()


def test_offers_go_in_turn_and_the_same_terms_bind(model, people):
    case, _token = in_talks(model, wish="licensed", units_per_image=500)
    first = case.offers.get()
    assert first.terms["units_per_image"] == 500
    with pytest.raises(Refused, match="turn"):
        talking.offer(case, "claimant", LICENCE)
    counter = talking.offer(case, "uploader", LICENCE, message="write to me at a@b.example or Helena Maria do Prado")
    assert "a@b.example" not in counter.message and "Maria" not in counter.message and counter.is_held
    with pytest.raises(Refused, match="on the table"):
        talking.accept(case, "claimant", offer_id=first.pk, terms_hash=first.terms_hash)
    with pytest.raises(Refused, match="not those that you read"):
        talking.accept(case, "claimant", offer_id=counter.pk, terms_hash=hash_of({**LICENCE, "units_per_image": 1}))
    talking.accept(case, "claimant", offer_id=counter.pk, terms_hash=counter.terms_hash)
    assert case.state == "executing" and case.agreement.sha256 == counter.terms_hash
    carried_out(case)
    model.refresh_from_db()
    assert (case.state, model.usage, model.freeze_level) == ("closed_licensed", "generation", 0)
    version = model.versions.get()
    assert fees.fees_for([version.pk])[version.pk].units_per_image == 400


def test_an_offer_that_has_run_out_can_not_be_accepted(model):
    case, _token = in_talks(model)
    offer = case.offers.get()
    past = timezone.now() - timedelta(days=1)
    type(offer).objects.filter(pk=offer.pk).update(at=past - timedelta(days=7), expires_at=past)
    with pytest.raises(Refused, match="run out"):
        talking.accept(case, "uploader", offer_id=offer.pk, terms_hash=offer.terms_hash)


def test_a_silent_uploader_gets_the_claimants_wish(model):
    case, _token = in_talks(model, if_silent="removed")
    clocks.keep(now=timezone.now() + timedelta(days=7, minutes=1))
    case.refresh_from_db()
    assert case.state == "executing"
    carried_out(case)
    assert case.state == "closed_removed"


def test_a_silent_claimant_rests_and_loses_the_name_later(model):
    case, _token = in_talks(model)
    talking.offer(case, "uploader", LICENCE)
    clocks.keep(now=timezone.now() + timedelta(days=7, minutes=1))
    case.refresh_from_db()
    model.refresh_from_db()
    assert (case.state, model.freeze_level) == ("suspended", 1)
    clocks.keep(now=timezone.now() + timedelta(days=40))
    carried_out(case)
    model.refresh_from_db()
    assert case.state == "closed_renamed" and "Helena" not in model.name


def test_who_comes_back_goes_on_where_it_was(model):
    case, _token = in_talks(model)
    talking.offer(case, "uploader", LICENCE)
    talking.run_out(case, now=timezone.now() + timedelta(days=8))
    case.refresh_from_db()
    talking.come_back(case)
    model.refresh_from_db()
    assert (case.state, case.turn, model.freeze_level) == ("negotiating", "claimant", 2)


def test_a_decline_goes_to_a_moderator_who_keeps_it_with_reasons(model, people):
    case, _token = in_talks(model)
    talking.decline(case, "uploader")
    assert case.state == "deciding"
    with pytest.raises(Refused, match="reason"):
        deciding.decide(case, by=people.mona, outcome="kept", because=" ")
    deciding.decide(case, by=people.mona, outcome="kept", because="The name is a word of the trade.")
    model.refresh_from_db()
    assert (case.state, case.outcome, model.freeze_level) == ("closed_kept", "kept", 0)


def test_an_objection_is_decided_by_somebody_else(model, people):
    case, _token = proven(model)
    deciding.decide(case, by=people.mona, outcome="kept", because="No trace of it.")
    found = appealing.appeal(case, "claimant", "Look at the header.")
    with pytest.raises(Refused, match="Another moderator"):
        appealing.resolve(found, by=people.mona, outcome="renamed", because="x")
    other = cases.moderator("ruben")
    appealing.resolve(found, by=other, outcome="renamed", because="The header says it.")
    carried_out(case)
    assert case.state == "closed_renamed"
    with pytest.raises(StaleState):
        appealing.resolve(found, by=cases.moderator("nadia"), outcome="kept", because="again")


def test_two_at_once_on_one_page_one_wins(model, people):
    case, _token = proven(model)
    version = case.version
    talking.open_talks(case, by=people.mona)
    with pytest.raises(StaleState):
        deciding.decide(case, by=cases.moderator("ruben"), outcome="renamed", because="x", expected=version)


def test_a_milder_track_needs_a_second_moderator(people):
    model = models_hub.published(people.alice)
    case, _token = filed(model, ticked=("intimate",))
    assert not deciding.change_track(case, "style", by=people.mona, because="no person")
    assert not deciding.change_track(case, "style", by=people.mona, because="really")
    assert deciding.change_track(case, "style", by=cases.moderator("ruben"), because="no person")
    model.refresh_from_db()
    assert (case.track, model.freeze_level) == ("style", 0)


def test_a_copyright_notice_is_told_exactly_what_is_missing(people):
    model = models_hub.published(people.alice)
    case, _token = filed(model, ticked=("copyright",), elements=frozenset({"where", "contact"}))
    model.refresh_from_db()
    assert (case.state, model.freeze_level) == ("incomplete", 0)
    assert filing.missing_of(case) == ["signature", "work", "good_faith", "accuracy"]
    with pytest.raises(Refused) as refusal:
        filing.complete(case, elements={"signature", "work"}, signature="H. Prado", work="Carnaval, 2019")
    assert "(v)" in str(refusal.value) and "(i) " not in str(refusal.value)
    filing.complete(case, elements={"good_faith", "accuracy"})
    model.refresh_from_db()
    assert (case.state, model.freeze_level) == ("triage", 3)


def test_business_days_over_new_year():
    from datetime import date

    assert appealing.business_day(date(2026, 12, 24), 10) == date(2027, 1, 11)
    assert appealing.business_day(date(2026, 12, 24), 14) == date(2027, 1, 15)


def test_a_counter_notice_puts_it_back_byte_equal(people):
    model = models_hub.published(people.alice, stored=models_hub.safetensors())
    file = model.versions.get().files.get()
    before = cases.bytes_of(file)
    complete = frozenset({"signature", "work", "where", "contact", "good_faith", "accuracy"})
    case, _token = filed(model, ticked=("copyright",), elements=complete)
    deciding.decide(case, by=people.mona, outcome="removed", because="complete notice")
    carried_out(case)
    told = {name: "x y" for name in ("name", "address", "phone", "signature")} | {
        "good_faith": True,
        "jurisdiction": True,
    }
    appealing.counter_notice(case, told, by=people.alice)
    clocks.keep(now=timezone.now() + timedelta(days=30))
    carried_out(case)
    model.refresh_from_db()
    file.refresh_from_db()
    assert case.state == "closed_kept" and Model.objects.published().filter(pk=model.pk).exists()
    from models_hub.domain import withholding

    withholding.settle_files(model.pk)
    file.refresh_from_db()
    assert cases.bytes_of(file) == before


@pytest.mark.parametrize("act", sorted(ACTS))
@pytest.mark.parametrize("state", list(CaseState))
def test_every_act_in_every_state(act, state, db):
    closed = state.startswith("closed_")
    case = RemovalCase.objects.create(
        reference="TEST-CASE",
        state=state,
        track="style",
        policy_version=1,
        token_hash="x",
        claimant_key="y",
        outcome=state.removeprefix("closed_") if closed else None,
        closed_at=timezone.now() if closed else None,
        rests_until=timezone.now() if state == "suspended" else None,
    )
    targets = ACTS[act].get(state, set())
    for to in CaseState:
        if to not in targets:
            with pytest.raises(StaleState):
                acting.act(case, act, to=to)
    case.refresh_from_db()
    assert (case.state, case.version) == (state, 1) and not case.events.exists()
    if targets:
        to = sorted(targets)[0]
        fields = {"rests_until": timezone.now()} if to == "suspended" else {}
        acting.act(case, act, to=to, **fields)
        case.refresh_from_db()
        assert (case.state, case.version, case.events.count()) == (to, 2, 1)
        assert (case.outcome is not None) == to.startswith("closed_")


def test_events_and_terms_are_fixed_by_the_database(model):
    from django.db import DatabaseError, connection, transaction

    case, _token = in_talks(model)
    offer = case.offers.get()
    talking.accept(case, "uploader", offer_id=offer.pk, terms_hash=offer.terms_hash)
    for statement in (
        "UPDATE moderation_caseevent SET kind = 'x'",
        "DELETE FROM moderation_caseevent",
        "UPDATE moderation_agreement SET terms = '{}'",
        "DELETE FROM moderation_agreement",
        "UPDATE moderation_agreement SET artist_points = 4000, uploader_points = 6000",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_fee_goes_from_payer_to_artist_uploader_and_site_at_once(model, people, commit):
    from wallet.domain import accounts

    case, _token = in_talks(model, wish="licensed", units_per_image=1000)
    offer = case.offers.get()
    talking.accept(case, "uploader", offer_id=offer.pk, terms_hash=offer.terms_hash)
    carried_out(case)
    payer = give(people.bob, 10)
    version = model.versions.get()
    units, parts = fees.per_image([version.pk])
    held = fees.set_aside(payer, parts, 4, key="generation:1")
    before = accounts.of(people.alice).balance
    fees.settle(held.pk, parts, 3)
    fees.settle(held.pk, parts, 3)
    assert units == 1000 and accounts.of(payer).balance == 10_000 - 3000
    assert fees.earned(case) == 2100 and accounts.of(people.alice).balance == before + 600
    assert fees.take_purse(case, people.charlie) == 2100
    assert fees.take_purse(case, people.charlie) == 0 and accounts.of(people.charlie).balance >= 2100
    fees.give_notice(case, "claimant")
    clocks.keep(now=timezone.now() + timedelta(days=31))
    assert not fees.fees_for([version.pk])
    carried_out(case)
    assert case.state == "closed_renamed" and FormerHash.objects.exists()


# I don't have the link.


def look_for(name, body, **typed):
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    told = {
        "look": "1",
        "what": ["style"],
        "names": "Helena Prado",
        "email": "h@prado.example",
        "wish": "renamed",
        **typed,
    }
    return Client().post("/removal/", {**told, "mine": SimpleUploadedFile(name, body)})


def test_the_very_file_is_found_and_the_form_keeps_what_was_typed(people):
    from gallery.models import Image
    from tests.factories import gallery
    from tests.factories.community import image as file_of
    from tests.factories.community import ready

    body = file_of(compress_level=2)
    image = gallery.published(people.bob)
    Image.objects.filter(pk=image.pk).update(picture=ready(people.bob, body, shown=True))
    answer = look_for("carnaval.png", body, urls="http://testserver/images/999999/")
    page = answer.content.decode()
    assert answer.status_code == 200 and f"testserver{image.get_absolute_url()}" in page and "images/999999/" in page
    assert "Found in 1 place" in page and 'value="Helena Prado"' in page and "h@prado.example" in page
    assert not RemovalCase.objects.exists()
    assert "The very same file is not here" in look_for("other.png", file_of(compress_level=9) + b"x").content.decode()


def test_the_very_file_of_a_model_is_found_while_it_is_published(people):
    model = models_hub.published(people.alice, stored=models_hub.safetensors())
    file = model.versions.get().files.get()
    body = cases.bytes_of(file)
    file.hashes.filter(kind="SHA256").update(value=hashlib.sha256(body).hexdigest().upper())
    found = look_for("mine.safetensors", body).content.decode()
    assert f"testserver{model.get_absolute_url()}" in found
    Model.objects.filter(pk=model.pk).update(freeze_level=2, frozen_at=timezone.now())
    assert model.get_absolute_url() not in look_for("mine.safetensors", body).content.decode()


def test_looking_without_a_file_or_too_often_is_said():
    from django.test import Client

    assert "Choose the file" in Client().post("/removal/", {"look": "1"}).content.decode()
    answers = [look_for("x.bin", b"x").status_code for _ in range(22)]
    assert answers[0] == 200 and answers[-1] == 400


def test_enter_in_a_field_sends_the_form_and_does_not_look_for_a_file(db):
    from django.test import Client

    page = Client().get("/removal/").content.decode()
    form = page[page.index('aria-label="Ask for removal"') :]
    first = form[form.index("<button") :].partition("</button>")[0]
    assert "Send the request" in first and 'name="look"' not in first
