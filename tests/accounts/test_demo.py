"""Members of the demo site can sign in at once, and making them twice makes nobody."""

import pytest
from django.contrib.auth import get_user
from django.urls import reverse

from accounts.domain import demo
from accounts.models import User

pytestmark = pytest.mark.django_db


def test_a_demo_member_signs_in_without_a_code(client):
    demo.member("bia", display_name="Bia", is_moderator=True)
    client.post(reverse("account_login"), {"login": "bia", "password": demo.PASSWORD})
    assert get_user(client).name == "Bia" and get_user(client).is_moderator


def test_twice_is_once():
    assert demo.member("bia") == demo.member("BIA")
    assert User.objects.count() == 1


def test_there_are_none_where_there_is_no_demo(settings):
    settings.DEMO = False
    with pytest.raises(RuntimeError):
        demo.member("bia")
    assert not User.objects.exists()


def test_addresses_are_kept_in_lower_case():
    assert User.objects.create_user("bia", " Bia@Example.ORG ", "x").email == "bia@example.org"
