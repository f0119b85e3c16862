"""Whom a limit counts: the visitor behind the proxies, and nobody that a visitor makes up."""

import pytest
from django.http import HttpResponse

from civitai import limits
from civitai.errors import TooMany
from civitai.middleware import client_address


def network(rf, settings, *, proxies, told, remote="10.0.0.9"):
    settings.TRUSTED_PROXIES = proxies
    seen = []

    def view(request):
        seen.append(limits.network_of(request))
        return HttpResponse()

    headers = {"X-Forwarded-For": told} if told is not None else {}
    client_address(view)(rf.get("/", headers=headers, REMOTE_ADDR=remote))
    return seen[0]


@pytest.mark.parametrize(
    "proxies, told, counted",
    [
        (0, "203.0.113.7", "10.0.0.9"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "1.2.3.4, 203.0.113.7", "203.0.113.7"),
        (2, "1.2.3.4, 203.0.113.7, 198.51.100.1", "203.0.113.7"),
        (2, "203.0.113.7", "10.0.0.9"),
        (1, None, "10.0.0.9"),
        (1, "unknown", "10.0.0.9"),
        (1, "2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_badinput_53_only_what_trusted_proxies_say_is_believed(rf, settings, proxies, told, counted):
    assert network(rf, settings, proxies=proxies, told=told) == counted


def test_two_addresses_of_one_customer_are_counted_together(rf, settings):
    for last in range(3):
        key = network(rf, settings, proxies=1, told=f"2001:db8:1:2::{last}")
        if last < 2:
            limits.allow(key, most=2, seconds=60)
    with pytest.raises(TooMany):
        limits.allow(key, most=2, seconds=60)
