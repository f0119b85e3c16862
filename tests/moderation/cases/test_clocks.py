"""No state waits for ever, and nothing is told twice."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.utils import timezone

from moderation.case_policy import LANGUAGES, policy
from moderation.domain.cases import boxes, clocks, deciding, mailing, talking
from moderation.domain.cases.terms import DEFAULTS
from moderation.models import CaseMail, Freeze
from tests.factories import cases, models_hub
from tests.factories.cases import filed, in_talks, proven

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


def test_reminders_come_once_each(model):
    case, _token = in_talks(model)
    for days in (4.1, 4.2, 6.1, 6.2):
        clocks.keep(now=later(days=days))
    assert case.events.filter(kind="reminded").count() == 2


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
