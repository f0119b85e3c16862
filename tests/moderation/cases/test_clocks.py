"""No state waits for ever, and nothing is told twice."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.utils import timezone

from civitai import fetching
from civitai.errors import Refused
from moderation.case_policy import LANGUAGES, policy
from moderation.domain.cases import boxes, clocks, deciding, fees, mailing, statements, talking, verifying
from moderation.domain.cases.terms import DEFAULTS
from moderation.models import CaseMail, Freeze
from moderation.models.case_talks import StyleFee
from tests.factories import cases, models_hub
from tests.factories.cases import filed, in_talks, proven
from tests.factories.wallet import give

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(people):
    return models_hub.published(people.alice)


def later(**time):
    return timezone.now() + timedelta(**time)


def test_a_freeze_ends_whatever_became_of_its_case(model):
    case, _token = proven(model)
    freeze = Freeze.objects.get(target__case=case)
    assert freeze.until > timezone.now()
    clocks.keep(now=later(days=241))
    model.refresh_from_db()
    freeze.refresh_from_db()
    assert model.freeze_level == 0 and freeze.lifted_at is not None


def test_what_never_comes_lets_a_case_go(model):
    case, _token = filed(model, ticked=("copyright",))
    assert case.state == "incomplete"
    clocks.keep(now=later(days=15))
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed_withdrawn", "withdrawn")


def test_proof_that_never_comes_rests_the_case_and_then_lets_it_go(model):
    case, _token = filed(model)
    clocks.keep(now=later(days=15))
    case.refresh_from_db()
    assert case.state == "suspended"
    clocks.keep(now=later(days=46))
    case.refresh_from_db()
    assert case.state == "closed_withdrawn"


def test_proof_is_asked_for_again_on_day_three_and_ten(model):
    case, _token = filed(model)
    for days in (2.9, 3.1, 3.2, 9.9, 10.1, 13.9):
        clocks.keep(now=later(days=days))
    letters = CaseMail.objects.filter(case=case, kind="proof_waits")
    assert letters.count() == 2 and {row.recipient for row in letters} == {"claimant"}
    _subject, text = mailing.written(letters[0])
    assert verifying.words_of(case) in text


def test_after_a_night_without_a_clock_one_reminder_is_enough(model):
    case, _token = filed(model)
    clocks.keep(now=later(days=11))
    clocks.keep(now=later(days=11.1))
    assert CaseMail.objects.filter(case=case, kind="proof_waits").count() == 1


def test_who_comes_back_to_prove_himself_has_a_new_clock_that_ends_too(model):
    case, _token = filed(model)
    clocks.keep(now=later(days=15))
    case.refresh_from_db()
    talking.come_back(case)
    assert case.state == "verifying" and case.proof_due > later(days=13)
    clocks.keep(now=later(days=15))
    case.refresh_from_db()
    assert case.state == "suspended"


def named(case, text):
    """The claimant names a page that says `text`."""
    return verifying.check_page(case, "https://h.example/", get=lambda url: fetching.Page("h.example", url, text))


def test_a_page_without_the_words_is_looked_at_again_each_hour_until_they_stand_there(model):
    case, _token = filed(model)
    with pytest.raises(Refused, match="every hour"):
        named(case, "nothing yet")
    looked = []

    def page(url):
        looked.append(url)
        return fetching.Page("h.example", url, "nothing" if len(looked) < 2 else verifying.words_of(case))

    for minutes in (30, 61, 70, 122):
        verifying.look_again(now=later(minutes=minutes), get=page)
    case.refresh_from_db()
    assert looked == ["https://h.example/"] * 2
    assert (case.state, case.is_proven) == ("triage", True)
    model.refresh_from_db()
    assert model.freeze_level == 2


def test_the_looking_ends_after_a_week_and_begins_only_when_a_page_was_read(model):
    def gone(url):
        raise fetching.NotFetched("The page did not answer.")

    def never(url):
        raise AssertionError("it was asked")

    case, _token = filed(model)
    with pytest.raises(Refused):
        verifying.check_page(case, "https://h.example/", get=gone)
    verifying.look_again(now=later(hours=2), get=never)
    with pytest.raises(Refused):
        named(case, "nothing yet")
    assert verifying.looks_until(case) is not None
    assert verifying.look_again(now=later(days=6), get=gone) == 0
    verifying.look_again(now=later(days=7.1), get=never)


def licensed(model, people):
    """A licence under which two pictures of three are made: (case, agreement)."""
    case, _token = in_talks(model, wish="licensed", units_per_image=1000)
    offer = case.offers.get()
    talking.accept(case, "uploader", offer_id=offer.pk, terms_hash=offer.terms_hash)
    cases.carried_out(case)
    payer = give(people.bob, 10)
    _units, parts = fees.per_image([model.versions.get().pk])
    held = fees.set_aside(payer, parts, 3, key="generation:1")
    fees.settle(held.pk, parts, 2)
    fees.settle(held.pk, parts, 2)
    return case, case.agreement


def test_a_licensor_is_told_each_month_what_was_made_and_what_it_earned(model, people):
    case, agreement = licensed(model, people)
    first = timezone.localtime().replace(day=1, hour=12)
    assert statements.send_due() == 0  # its first month is not over
    next_month = (first + timedelta(days=32)).replace(day=2)
    assert statements.send_due(now=next_month) == 1 and statements.send_due(now=next_month) == 0
    _subject, text = mailing.written(CaseMail.objects.get(case=case, kind="statement"))
    assert "pictures: 2." in text and "1.4 credits" in text
    assert statements.send_due(now=(next_month + timedelta(days=31)).replace(day=2)) == 1
    _subject, text = mailing.written(CaseMail.objects.filter(case=case, kind="statement").last())
    assert "pictures: 0." in text and "Since the beginning: 1.4" in text
    assert statements.months_of(agreement)[0][1:] == (2, 1400)


def test_what_was_earned_stays_told_after_it_was_taken(model, people):
    case, _agreement = licensed(model, people)
    assert fees.total_earned(case) == 1400
    fees.take_purse(case, people.charlie)
    assert (fees.total_earned(case), fees.earned(case)) == (1400, 0)
    assert StyleFee.objects.get().images == 2


def test_who_licenses_is_known_until_a_year_after_the_licence_has_ended(model, people):
    case, agreement = licensed(model, people)
    type(case).objects.filter(pk=case.pk).update(closed_at=later(days=-400))
    clocks.keep()
    assert boxes.open_secret(case, purpose="test")["email"]
    type(agreement).objects.filter(pk=agreement.pk).update(ended_at=later(days=-366))
    clocks.keep()
    assert boxes.open_secret(case, purpose="test") == {}


def test_reminders_come_once_each(model):
    case, _token = in_talks(model)
    for days in (4.1, 4.2, 6.1, 6.2):
        clocks.keep(now=later(days=days))
    assert case.events.filter(kind="reminded").count() == 2
    assert CaseMail.objects.filter(case=case, kind="offer_waits").count() == 2


def test_talks_end_on_day_twenty_one(model):
    case, _token = in_talks(model)
    side, number = "uploader", 0
    for day in (5, 10, 15, 20):
        case.refresh_from_db()
        type(case).objects.filter(pk=case.pk).update(turn_due=later(days=day + 7))
        number += 1
        talking.offer(case, side, {"outcome": "licensed", **DEFAULTS, "units_per_image": 100 + number})
        side = "claimant" if side == "uploader" else "uploader"
    type(case).objects.filter(pk=case.pk).update(turn_due=later(days=27))
    clocks.keep(now=later(days=21, minutes=1))
    case.refresh_from_db()
    assert case.state == "deciding" and not case.offers.filter(state="open").exists()


def test_a_year_after_the_end_nobody_knows_who_asked(model, people):
    case, _token = proven(model)
    deciding.decide(case, by=people.mona, outcome="kept", because="No ground.")
    assert boxes.open_secret(case, purpose="test")["email"] == "helena@prado.example"
    clocks.keep(now=later(days=366))
    assert boxes.open_secret(case, purpose="test") == {}
    assert "helena" not in str(case.secret.__class__.objects.filter(case=case).values().get()).lower()


class Down(locmem.EmailBackend):
    def send_messages(self, messages):
        raise OSError("the mail server is down")


def test_a_letter_waits_while_the_server_is_down_and_comes_once(model, settings):
    case, _token = filed(model)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.moderation.cases.test_clocks.Down"
    assert mailing.send() == 0
    settings.EMAIL_BACKEND = working
    CaseMail.objects.update(created_at=later(minutes=-5))  # who waits longer each time has waited
    assert mailing.send() == 2 and mailing.send() == 0
    assert len([one for one in mail.outbox if one.to == ["helena@prado.example"]]) == 2
    assert not CaseMail.objects.filter(case=case, sent_at=None).exists()


@pytest.mark.parametrize("kind", sorted(policy.mails))
def test_every_letter_is_written_in_every_language(kind):
    """A letter that names a fact which its event does not bring would fail at night."""
    import re

    for language in LANGUAGES:
        told = policy.mails[kind][language]
        english = policy.mails[kind]["en"]
        names = set(re.findall(r"%\((\w+)\)s", told["subject"] + told["text"]))
        assert names == set(re.findall(r"%\((\w+)\)s", english["subject"] + english["text"])), (kind, language)


def test_all_letters_of_a_whole_case_can_be_written(people):
    model = cases.prado(people.alice)
    case, _token = in_talks(model, language="pt-br", wish="licensed", units_per_image=300)
    talking.offer(case, "uploader", {"outcome": "licensed", **DEFAULTS, "units_per_image": 200})
    offer = case.offers.get(state="open")
    talking.accept(case, "claimant", offer_id=offer.pk, terms_hash=offer.terms_hash)
    cases.carried_out(case)
    for row in CaseMail.objects.filter(case=case):
        subject, text = mailing.written(row)
        assert case.reference in subject + text and "%(" not in text
    to_helena = CaseMail.objects.filter(case=case, recipient="claimant").values_list("language", flat=True)
    assert set(to_helena) == {"pt-br"}
