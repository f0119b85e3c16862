"""A passkey in a real browser: allauth's own scripts run under our policy, and sign a member in."""

import re

PASSWORD = "correct horse battery"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def join(page, site, name):
    opened = page("/accounts/signup/")
    opened.fill("#id_email", f"{name}@example.org")
    opened.fill("#id_username", name)
    opened.fill("#id_password1", PASSWORD)
    opened.click("main .button-primary")
    opened.wait_for_url("**/confirm-email/")
    code = re.search(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", site.mail_to(f"{name}@example.org"), re.M).group(1)
    opened.fill("#id_code", code)
    opened.click("main .button-primary")
    opened.wait_for_url(f"{site.url}/")
    return opened


def sign_out(opened):
    opened.goto("/accounts/logout/")
    opened.click("main .button-primary")
    opened.wait_for_selector(".bar a[href='/accounts/signup/']")


def test_a_passkey_is_added_and_signs_in(page, site):
    opened = join(page, site, "pia")
    device = opened.context.new_cdp_session(opened)
    device.send("WebAuthn.enable")
    key = device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]

    opened.goto("/accounts/2fa/webauthn/add/")
    opened.fill("#id_password", PASSWORD)
    opened.click("main .button-primary")
    opened.fill("#id_name", "Laptop")
    opened.click("#mfa_webauthn_add")
    opened.wait_for_selector("#recovery_codes")
    opened.goto("/accounts/2fa/webauthn/")
    assert "Laptop" in opened.text_content("main")

    sign_out(opened)
    opened.goto("/accounts/login/?next=/settings/security/")
    opened.click("#passkey_login")
    opened.wait_for_selector("nav.settings-nav")
    assert "1 passkey" in opened.text_content("main")

    # after the password, the same key is the second step
    sign_out(opened)
    opened.goto("/accounts/login/")
    opened.fill("#id_login", "pia")
    opened.fill("#id_password", PASSWORD)
    opened.click("main .button-primary")
    opened.click("#mfa_webauthn_authenticate")
    opened.wait_for_selector("button[popovertarget=own-menu]")

    # a person who turns it down reads so, and nothing else happens
    sign_out(opened)
    device.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    opened.goto("/accounts/login/")
    opened.click("#passkey_login")
    opened.wait_for_selector(".toast-danger")
    assert "no passkey was given" in opened.text_content("#toasts")
    assert opened.url.endswith("/accounts/login/")
