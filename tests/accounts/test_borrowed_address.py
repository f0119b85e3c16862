"""Somebody joined with an address that is not theirs, and never confirmed it."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.core import mail
from django.urls import reverse

from tests.accounts.test_joining import code_in
from tests.factories.accounts import PASSWORD, member

pytestmark = pytest.mark.django_db
ADDRESS = "mallory@example.org"


def test_a_member_who_wants_to_add_it_reads_why_not_and_keeps_what_they_have(client):
    member("mallory", verified=False)
    ana = member("ana")
    client.force_login(ana)
    client.post(reverse("account_email"), {"action_add": "", "email": ADDRESS})
    answer = client.post(reverse("account_email_verification_sent"), {"code": code_in(mail.outbox[-1])})
    assert answer.status_code == 200 and "already registered" in answer.text
    assert EmailAddress.objects.get_primary(ana).email == "ana@example.org"


def test_whoever_reads_its_mail_gets_the_account(client):
    mallory = member("mallory", verified=False)
    client.post(reverse("account_reset_password"), {"email": ADDRESS})
    answer = client.post(reverse("account_confirm_password_reset_code"), {"code": code_in(mail.outbox[-1])})
    new = "the owner of the address"
    client.post(answer["Location"], {"password1": new, "password2": new})
    mallory.refresh_from_db()
    assert mallory.check_password(new) and not mallory.check_password(PASSWORD)


def test_it_opens_nothing_for_who_borrowed_it(client):
    member("mallory", verified=False)
    client.post(reverse("account_login"), {"login": "mallory", "password": PASSWORD})
    assert client.get("/settings/").status_code == 302
    assert not get_user(client).is_authenticated
