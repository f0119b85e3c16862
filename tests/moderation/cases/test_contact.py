"""By letter or telephone, where the site has said how."""

import pytest

pytestmark = pytest.mark.django_db


def page(client):
    return client.get("/removal/").content.decode()


def test_a_site_that_has_neither_promises_neither(client, settings):
    settings.CONTACT_LETTER = settings.CONTACT_PHONE = " "
    assert "if you prefer" not in page(client) and "case-contact" not in page(client)


@pytest.mark.parametrize(
    "letter, phone, says",
    [
        ("Civitai | Rua das <Flores> 7||Lisboa", "", "By letter if you prefer"),
        ("", "+351 21 000 00 00", "By telephone if you prefer"),
        ("Civitai|Lisboa", "+351 21 000 00 00", "By letter or telephone if you prefer"),
    ],
)
def test_what_it_has_stands_on_the_form(client, settings, letter, phone, says):
    settings.CONTACT_LETTER, settings.CONTACT_PHONE = letter, phone
    shown = page(client)
    assert says in shown
    assert ('href="tel:+351210000000"' in shown) is bool(phone)
    if "Flores" in letter:
        assert "<address>Civitai<br>Rua das &lt;Flores&gt; 7<br>Lisboa</address>" in shown


def test_in_portuguese_too(client, settings):
    settings.CONTACT_LETTER, settings.CONTACT_PHONE = "Civitai|Lisboa", "+351 21 000 00 00"
    assert "Por carta ou telefone" in client.get("/removal/", headers={"Accept-Language": "pt-BR"}).content.decode()
