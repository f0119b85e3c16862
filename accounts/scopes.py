"""What an API key may do: the bit mask of the published API, so that keys mean the same to its clients."""

from enum import IntFlag

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Scope(IntFlag):
    USER_READ = 1
    USER_WRITE = 2
    MODELS_READ = 4
    MODELS_WRITE = 8
    MODELS_DELETE = 16
    MEDIA_READ = 32
    MEDIA_WRITE = 64
    MEDIA_DELETE = 128
    ARTICLES_READ = 256
    ARTICLES_WRITE = 512
    ARTICLES_DELETE = 1024
    BOUNTIES_READ = 2048
    BOUNTIES_WRITE = 4096
    BOUNTIES_DELETE = 8192
    AI_SERVICES_READ = 16384
    AI_SERVICES_WRITE = 32768
    BUZZ_READ = 65536
    COLLECTIONS_READ = 131072
    COLLECTIONS_WRITE = 262144
    SOCIAL_WRITE = 524288
    SOCIAL_TIP = 1048576
    NOTIFICATIONS_READ = 2097152
    NOTIFICATIONS_WRITE = 4194304
    VAULT_READ = 8388608
    VAULT_WRITE = 16777216


READ_ONLY = 10701093
CREATOR = 11492205
FULL = 33554431

# mask, name, what it means; in the order in which they are offered.
PRESETS = [
    (READ_ONLY, pgettext_lazy("API key", "Read"), _("Looks up and downloads. Changes nothing.")),
    (
        CREATOR,
        pgettext_lazy("API key", "Create"),
        _("Reads, and publishes models, pictures, articles and bounties. Deletes nothing."),
    ),
    (
        FULL,
        pgettext_lazy("API key", "Everything"),
        _("All that you can do here, spending credits and deleting included."),
    ),
]


def preset_name(mask):
    """What a member calls this mask; "Custom" for any other."""
    return next((name for value, name, _what in PRESETS if value == mask), pgettext_lazy("API key", "Custom"))
