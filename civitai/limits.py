"""How often somebody may do something; counted in the cache, forgotten with it."""

import ipaddress

from django.core.cache import cache

from civitai.errors import TooMany


def allow(key, *, most, seconds):
    """Counts one more of `key` in the running window of `seconds`. Raises TooMany beyond `most`."""
    key = f"limit:{key}"
    cache.add(key, 0, seconds)
    try:
        count = cache.incr(key)
    except ValueError:  # the window ended between the two lines
        cache.set(key, 1, seconds)
        count = 1
    if count > most:
        raise TooMany(retry_after_s=seconds)


def has_room(key, *, most, seconds, count=1):
    """As `allow`, for what is left out quietly: False beyond `most`."""
    try:
        for _one in range(count):
            allow(key, most=most, seconds=seconds)
    except TooMany:
        return False
    return True


def network_of(request):
    """Where a request comes from, as limits count it: an address, or the /64 that one IPv6 customer has for himself."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return ""
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address) if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))
