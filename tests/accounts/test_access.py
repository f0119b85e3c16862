"""Every address of this room and of allauth: who gets what, and nothing in it that the policy would stop."""

import re

import pytest
from django.urls import URLPattern, get_resolver, reverse

from accounts.domain import keys
from tests.factories.accounts import member

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"

# name: (visitor, member) for GET. A path is where they are sent; 405 means POST alone.
MATRIX = {
    "settings": (LOGIN, 200),
    "settings_security": (LOGIN, 200),
    "settings_keys": (LOGIN, 200),
    "settings_key_revocation": (LOGIN, 405),
    "settings_following": (LOGIN, 200),
    "follow": (405, 405),
    "settings_notices": (LOGIN, 200),
    "settings_blocked": (LOGIN, 200),
    "notifications": (LOGIN, 200),
    "notifications_reading": (LOGIN, 405),
    "block": (LOGIN, 405),
    "mailbox": (200, 200),
    "mailbox_letter": (404, 404),
    "account_login": (200, "/"),
    "account_logout": ("/", 200),
    "account_inactive": (200, 200),
    "account_signup": (200, "/"),
    "account_reauthenticate": (LOGIN, 200),
    "account_email": (LOGIN, 200),
    "account_email_verification_sent": ("/accounts/", "/"),
    "account_change_password": (LOGIN, 200),
    "account_set_password": (LOGIN, "/accounts/password/change/"),
    "account_reset_password": (200, 200),
    "account_confirm_password_reset_code": ("/accounts/", "/accounts/"),
    "account_complete_password_reset": ("/accounts/", "/accounts/"),
    "account_password_reset_completed": (200, 200),
    "account_request_login_code": (200, "/"),
    "account_confirm_login_code": (LOGIN, "/"),
    "mfa_index": (LOGIN, 200),
    "mfa_authenticate": (LOGIN, "/"),
    "mfa_reauthenticate": (LOGIN, "/accounts/"),
    "mfa_activate_totp": (LOGIN, 200),
    "mfa_deactivate_totp": (LOGIN, 404),
    "mfa_view_recovery_codes": (LOGIN, 404),
    "mfa_generate_recovery_codes": (LOGIN, 200),
    "mfa_download_recovery_codes": (LOGIN, 404),
    "mfa_list_webauthn": (LOGIN, 200),
    "mfa_add_webauthn": (LOGIN, 200),
    "mfa_reauthenticate_webauthn": (LOGIN, "/accounts/"),
    "mfa_remove_webauthn": (LOGIN, 404),
    "mfa_edit_webauthn": (LOGIN, 404),
    "mfa_login_webauthn": (LOGIN, "/"),
    "usersessions_list": (LOGIN, 200),
    "socialaccount_login_cancelled": (200, 200),
    "socialaccount_login_error": (401, 401),
    "socialaccount_signup": (LOGIN, LOGIN),
    "socialaccount_connections": (LOGIN, 200),
    # the providers' own doors are shown only where one is configured
    "google_login": (404, 404),
    "google_callback": (404, 404),
    "google_login_by_token": (404, 404),
    "github_login": (404, 404),
    "github_callback": (404, 404),
    "discord_login": (404, 404),
    "discord_callback": (404, 404),
}
PARTS = {"settings_key_revocation": [1], "follow": ["alice"], "block": ["alice"], "mailbox_letter": ["none.log", 0], "mfa_remove_webauthn": [1], "mfa_edit_webauthn": [1]}  # fmt: skip


def mounted(patterns):
    for pattern in patterns:
        if not isinstance(pattern, URLPattern):
            yield from mounted(pattern.url_patterns)
        elif pattern.lookup_str.startswith(("accounts.", "allauth.")):
            yield pattern.name


def test_the_matrix_names_every_address():
    assert set(mounted(get_resolver().url_patterns)) == set(MATRIX)


def as_member(client):
    ana = member("ana")
    keys.issue(ana, name="hers")
    client.force_login(ana)
    client.post(reverse("account_reauthenticate"), {"password": "correct horse battery"})


@pytest.mark.parametrize("name", MATRIX)
@pytest.mark.parametrize("who", ["visitor", "member"])
def test_everybody_gets_what_is_theirs(client, name, who):
    if who == "member":
        as_member(client)
    answer = client.get(reverse(name, args=PARTS.get(name)))
    wanted = MATRIX[name][who == "member"]
    if isinstance(wanted, int):
        assert answer.status_code == wanted
    else:
        assert answer.status_code == 302 and answer["Location"].startswith(wanted), answer["Location"]
    if answer.status_code in {200, 401} and "html" in answer["Content-Type"]:
        looks_like_ours(answer.text)


def looks_like_ours(page):
    assert '<header class="bar">' in page and page.count("<h1") == 1
    for attributes, body in re.findall(r"<script\b([^>]*)>(.*?)</script>", page, re.S):
        assert not body.strip() or "application/json" in attributes, "a script in the page"
    assert not re.search(r"""\son[a-z]+\s*=\s*["']""", page) and "<style" not in page
    for style in re.findall(r'\bstyle="([^"]*)"', page):
        assert style.startswith("--")
    assert not re.search(r"""<(?:input|textarea|select)(?![^>]*type="hidden")(?![^>]*class=)(?![^>]*type="(?:radio|checkbox)")""", page), "a control without our look"  # fmt: skip
    for identity in re.findall(r"""<(?:input|textarea|select)\b(?![^>]*type="hidden")[^>]*\bid="([^"]+)""", page):
        assert f'for="{identity}"' in page, f"#{identity} has no label"


def heading(client, name, language):
    client.cookies["django_language"] = language
    answer = client.get(reverse(name, args=PARTS.get(name)))
    assert f'lang="{language}"' in answer.text
    return re.search(r"<h1[^>]*>(.*?)</h1>", answer.text, re.S).group(1).strip()


@pytest.mark.parametrize(
    "name", [name for name, row in MATRIX.items() if 200 in row and not name.startswith("mfa_login")]
)
def test_every_page_speaks_portuguese(client, name):
    if MATRIX[name][0] != 200:
        as_member(client)
    assert heading(client, name, "pt-br") != heading(client, name, "en")


def test_members_are_looked_at_and_acted_on_by_administrators_alone(client, people):
    admin = member("root1", is_staff=True, is_superuser=True)
    client.force_login(admin)
    listed = reverse("admin:accounts_user_changelist")
    assert "alice" in client.get(listed).text
    assert client.get(reverse("admin:accounts_user_change", args=[people.alice.pk])).status_code == 200
    client.post(listed, {"action": "close", "_selected_action": [people.alice.pk, admin.pk]})
    people.alice.refresh_from_db(), admin.refresh_from_db()
    assert not people.alice.is_active and admin.is_active
    client.post(listed, {"action": "appoint", "_selected_action": [people.bob.pk]})
    people.bob.refresh_from_db()
    assert people.bob.is_moderator
    assert client.get(reverse("admin:accounts_user_add")).status_code == 403


def test_the_admin_has_no_door_of_its_own(client):
    answer = client.get("/admin/login/?next=/admin/")
    assert answer.status_code == 302 and answer["Location"].startswith(LOGIN)
    root = member("root1", is_staff=True, is_superuser=True)
    client.post("/admin/login/", {"username": "root1", "password": "correct horse battery"})
    assert "_auth_user_id" not in client.session
    client.force_login(root)
    assert client.get("/admin/").status_code == 200


def test_staff_without_the_right_only_look(client, people):
    from django.contrib.auth.models import Permission

    clerk = member("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_user", content_type__app_label="accounts"))
    client.force_login(clerk)
    listed = reverse("admin:accounts_user_changelist")
    assert client.get(listed).status_code == 200
    client.post(listed, {"action": "close", "_selected_action": [people.alice.pk]})
    people.alice.refresh_from_db()
    assert people.alice.is_active
