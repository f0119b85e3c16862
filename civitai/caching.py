"""What can be asked anew is kept for a while, in a cache that may be away at any moment: then it is asked each time."""

import logging

from django.core.cache import cache

from civitai.jobs import after_commit

log = logging.getLogger("civitai.caching")


def kept(key, make, *, seconds):
    """What `make()` answered a while ago, or now."""
    try:
        found = cache.get(key)
    except Exception:  # of whatever kind the cache's client makes it
        log.warning("the cache is away: %s is asked anew", key)
        return make()
    if found is None:
        found = make()
        try:
            cache.set(key, found, seconds)
        except Exception:
            log.warning("the cache is away: %s is not kept", key)
    return found


def forget_after_commit(key):
    after_commit(lambda: cache.delete(key))
