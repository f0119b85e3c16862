"""From the sign-up form to a signed-in member, and everything that is refused on the way."""

import re

import pytest
from django.contrib.auth import get_user
from django.core import mail
from django.urls import reverse

from accounts.models import User
from civitai import adapters
from tests.factories.accounts import PASSWORD, member

pytestmark = pytest.mark.django_db
FORM = {"email": "New.Person@Example.org", "username": "NewPerson", "password1": PASSWORD}


def code_in(letter):
    return re.search(r"^([A-Z0-9-]{6,9})$", letter.body, re.M).group(1)


def join(client, **changes):
    return client.post(reverse("account_signup"), {**FORM, **changes})


def confirm(client, code):
    return client.post(reverse("account_email_verification_sent"), {"code": code})


def test_sign_up_code_from_the_mail_signed_in(client):
    answer = join(client)
    assert answer.status_code == 302 and answer["Location"] == reverse("account_email_verification_sent")
    assert not get_user(client).is_authenticated
    assert [letter.to for letter in mail.outbox] == [["new.person@example.org"]]
    assert code_in(mail.outbox[0]) in mail.outbox[0].subject

    answer = confirm(client, code_in(mail.outbox[0]))
    assert answer.status_code == 302 and answer["Location"] == "/"
    user = get_user(client)
    assert user.username == "NewPerson" and user.email == "new.person@example.org"
    assert user.emailaddress_set.get().verified


def test_a_wrong_code_keeps_the_form_and_says_so(client):
    join(client)
    answer = confirm(client, "WRONG1")
    assert answer.status_code == 200
    assert 'value="WRONG1"' in answer.text and "This is not the code that we sent" in answer.text
    assert confirm(client, code_in(mail.outbox[0])).status_code == 302
    assert get_user(client).is_authenticated


def test_three_wrong_codes_end_the_try(client):
    join(client)
    code = code_in(mail.outbox[0])
    for _ in range(3):
        confirm(client, "WRONG1")
    confirm(client, code)
    assert not get_user(client).is_authenticated


def test_a_mistyped_address_is_mended_without_a_new_account(client):
    join(client, email="typo@example.org")
    answer = client.post(reverse("account_email_verification_sent"), {"action": "change", "email": "right@example.org"})
    assert answer.status_code == 302
    confirm(client, code_in(mail.outbox[-1]))
    assert get_user(client).email == "right@example.org"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("admin", "kept for the site itself"),
        ("Moderator", "kept for the site itself"),
        ("SYSTEM", "kept for the site itself"),
        ("a", "at least 2"),
        ("a" * 33, "at most 32"),
        ("two words", "letters, digits"),
        ("-dash", "begin and end"),
        ("naïve", "letters, digits"),
        ("a/b", "letters, digits"),
        ("<script>", "letters, digits"),
        ("line\nbreak", "letters, digits"),
    ],
)
def test_a_name_that_may_not_be_is_refused_and_all_else_is_kept(client, name, says):
    answer = join(client, username=name)
    assert answer.status_code == 200 and says in answer.text
    assert f'value="{FORM["email"]}"' in answer.text
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["ana", "ANA", "aNa"])
def test_a_name_that_differs_by_case_alone_is_taken(client, name):
    member("Ana")
    assert "Somebody has this name already." in join(client, username=name).text
    assert User.objects.count() == 1


def test_the_database_refuses_what_two_forms_let_through(client):
    from django.db import IntegrityError, transaction

    member("Ana")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ana", "other@example.org", "x")


def test_two_who_take_a_name_at_once_get_a_sentence(client, monkeypatch):
    member("Ana")
    monkeypatch.setattr("accounts.adapter.AccountAdapter.clean_username", lambda self, name, shallow=False: name)
    answer = join(client, username="ANA")
    assert answer.status_code == 400 and "Somebody took this name a moment ago" in answer.text


def test_a_weak_password_is_refused_beside_its_field(client):
    answer = join(client, password1="password")
    assert answer.status_code == 200 and 'id="id_password1-error"' in answer.text
    assert 'value="NewPerson"' in answer.text and 'value="password"' not in answer.text


def test_a_known_address_is_not_told_to_the_page_but_to_its_owner(client):
    member("ana")
    answer = join(client, email="ANA@example.org")
    assert answer["Location"] == reverse("account_email_verification_sent")
    assert User.objects.count() == 1
    assert "account with this e-mail already" in mail.outbox[-1].body


def test_rooms_above_are_told_once_of_a_new_member(client, monkeypatch):
    told = []
    monkeypatch.setitem(adapters._hooks, "member_joined", [lambda user: told.append(user.username)])
    join(client)
    assert told == ["NewPerson"]
    confirm(client, code_in(mail.outbox[0]))
    assert told == ["NewPerson"]


def test_what_fails_above_leaves_no_half_member(client, monkeypatch):
    def fail(user):
        raise RuntimeError("no grant")

    monkeypatch.setitem(adapters._hooks, "member_joined", [fail])
    with pytest.raises(RuntimeError):
        join(client)
    assert not User.objects.exists()


def test_the_language_of_the_browser_becomes_the_members(client):
    client.cookies["django_language"] = "pt-br"
    join(client)
    assert User.objects.get().language == "pt-br"
    assert "confirma o seu e-mail" in mail.outbox[0].subject


def test_too_many_sign_ups_from_one_address_wait(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/m/ip"}
    answers = [join(client, username=f"person{n}", email=f"p{n}@example.org").status_code for n in range(3)]
    assert answers[:2] == [302, 302] and answers[2] == 429
