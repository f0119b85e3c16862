"""By name or e-mail, by code, with a second factor; where one lands; and getting a new password."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth import get_user
from django.core import mail
from django.urls import reverse

from tests.accounts.test_joining import code_in
from tests.factories.accounts import PASSWORD, member

pytestmark = pytest.mark.django_db


def sign_in(client, login="ana", password=PASSWORD, **more):
    return client.post(reverse("account_login"), {"login": login, "password": password, **more})


@pytest.mark.parametrize("login", ["ana", "ANA", "ana@example.org", "Ana@Example.ORG", "  ana  "])
def test_name_or_address_in_any_case(client, login):
    member("Ana")
    assert sign_in(client, login).status_code == 302
    assert get_user(client).username == "Ana"


def test_a_wrong_password_keeps_what_was_typed(client):
    member("ana")
    answer = sign_in(client, password="wrong")
    assert answer.status_code == 200 and 'value="ana"' in answer.text
    assert "This name and password do not belong together." in answer.text
    assert 'value="wrong"' not in answer.text


def test_an_unknown_name_and_a_wrong_password_look_the_same(client):
    member("ana")
    one, other = sign_in(client, password="wrong").text, sign_in(client, "nadie").text
    assert "do not belong together" in one and "do not belong together" in other


def test_a_closed_account_does_not_come_in(client):
    member("ana", is_active=False)
    sign_in(client)
    assert not get_user(client).is_authenticated


def test_an_unconfirmed_address_is_asked_for_its_code(client):
    member("ana", verified=False)
    assert sign_in(client)["Location"] == reverse("account_email_verification_sent")
    assert not get_user(client).is_authenticated
    client.post(reverse("account_email_verification_sent"), {"code": code_in(mail.outbox[-1])})
    assert get_user(client).is_authenticated


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:///evil.example", "\t//evil.example"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(client, target):
    member("ana")
    assert sign_in(client, next=target)["Location"] == "/"


def test_one_lands_where_one_wanted_to_go(client):
    member("ana")
    assert client.get("/settings/keys/")["Location"] == "/accounts/login/?next=/settings/keys/"
    assert sign_in(client, next="/settings/keys/")["Location"] == "/settings/keys/"


def test_another_host_of_ours_is_elsewhere_too(client, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    member("ana")
    assert sign_in(client, next="https://other.example/")["Location"] == "/"


def test_a_code_signs_in_without_a_password(client):
    member("ana")
    client.post(reverse("account_request_login_code"), {"email": "ana@example.org"})
    assert client.post(reverse("account_confirm_login_code"), {"code": "NOPE12"}).status_code == 200
    answer = client.post(reverse("account_confirm_login_code"), {"code": code_in(mail.outbox[-1])})
    assert answer.status_code == 302 and get_user(client).is_authenticated


def test_an_unknown_address_is_told_by_mail_not_by_the_page(client):
    answer = client.post(reverse("account_request_login_code"), {"email": "nobody@example.org"})
    assert answer["Location"] == reverse("account_confirm_login_code")
    assert "We know no account" in mail.outbox[-1].body


def test_a_new_password_by_code(client):
    member("ana")
    client.post(reverse("account_reset_password"), {"email": "ana@example.org"})
    answer = client.post(reverse("account_confirm_password_reset_code"), {"code": code_in(mail.outbox[-1])})
    assert answer.status_code == 302
    new = "another horse altogether"
    client.post(answer["Location"], {"password1": new, "password2": new})
    client.logout()
    assert sign_in(client, password=PASSWORD).status_code == 200
    assert sign_in(client, password=new).status_code == 302


def totp(secret):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def prove(client):
    """What guards the account asks for the password once more."""
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302


def enrol(client):
    """Turns the authenticator app on as a member does; the secret."""
    prove(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    assert secret in page.text and "data:image/svg" in page.text
    answer = client.post(reverse("mfa_activate_totp"), {"code": totp(secret)})
    assert answer.status_code == 302
    return secret


def test_an_authenticator_app_is_asked_for_from_then_on(client, settings):
    member("ana")
    sign_in(client)
    secret = enrol(client)
    codes = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    client.logout()
    client.cookies.clear()

    assert sign_in(client)["Location"] == reverse("mfa_authenticate")
    assert not get_user(client).is_authenticated
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert wrong.status_code == 200 and not get_user(client).is_authenticated
    # the code of enrolment can't be used a second time; a recovery code can, once
    assert client.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 302
    assert get_user(client).is_authenticated

    client.logout()
    client.cookies.clear()
    sign_in(client)
    assert client.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 200
    assert not get_user(client).is_authenticated
    from django.core.cache import cache

    cache.clear()  # half a minute later the app shows another code; here the used one is forgotten instead
    assert client.post(reverse("mfa_authenticate"), {"code": totp(secret)}).status_code == 302
    assert get_user(client).is_authenticated


def test_a_wrong_code_does_not_turn_the_app_on(client):
    member("ana")
    sign_in(client)
    prove(client)
    client.get(reverse("mfa_activate_totp"))
    assert client.post(reverse("mfa_activate_totp"), {"code": "000000"}).status_code == 200
    assert not Authenticator.objects.exists()


def test_what_guards_the_account_asks_for_the_password_again(client):
    user = member("ana")
    client.force_login(user)
    assert client.post(reverse("account_reauthenticate"), {"password": "wrong"}).status_code == 200
    answer = client.get(reverse("mfa_activate_totp"))
    assert answer.status_code == 302 and answer["Location"].startswith(reverse("account_reauthenticate"))


def test_five_wrong_passwords_wait_in_the_cache(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "5/m/key"}
    member("ana")
    for _ in range(5):
        sign_in(client, password="wrong")
    assert "Too many wrong tries" in sign_in(client).text
    assert not get_user(client).is_authenticated


def test_a_members_language_comes_with_them(client):
    member("ana", language="pt-br")
    answer = sign_in(client)
    assert answer.cookies["django_language"].value == "pt-br"
    assert 'lang="pt-br"' in client.get("/settings/").text


def test_signing_out_needs_a_post(client):
    client.force_login(member("ana"))
    client.get(reverse("account_logout"))
    assert get_user(client).is_authenticated
    client.post(reverse("account_logout"))
    assert not get_user(client).is_authenticated


def test_another_address_is_confirmed_before_it_counts(client):
    user = member("ana")
    sign_in(client)
    client.post(reverse("account_email"), {"action_add": "", "email": "Second@Example.org"})
    assert not EmailAddress.objects.filter(email="second@example.org", verified=True).exists()
    client.post(reverse("account_email_verification_sent"), {"code": code_in(mail.outbox[-1])})
    assert EmailAddress.objects.get(email="second@example.org").verified
    assert EmailAddress.objects.get_primary(user).email == "ana@example.org"
