"""How often a stranger may try; counted in the cache."""

from django.core.cache import cache

from civitai.errors import TooMany


def allow(key, *, most, seconds):
    """Counts one more of `key`. Raises TooMany beyond `most` in `seconds`."""
    key = f"case:{key}"
    cache.add(key, 0, seconds)
    try:
        count = cache.incr(key)
    except ValueError:  # the window ended between the two lines
        cache.set(key, 1, seconds)
        count = 1
    if count > most:
        raise TooMany(retry_after_s=seconds)
