"""API keys: made once, found by their hash, ended by their owner or by time."""

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey
from accounts.scopes import FULL, READ_ONLY
from civitai.errors import Refused

MOST = 20
# Programs that look for leaked secrets find ours by it.
MARK = "civ_"


def issue(user, *, name, scopes=READ_ONLY, days=None):
    """(ApiKey, token): the token has 256 random bits and is not kept; whoever called must show it now.

    Raises Refused for more than MOST keys in use, or scopes that do not exist.
    """
    if not 0 < int(scopes) <= FULL:
        raise Refused(_("Choose what the key may do."), field="scopes")
    if days is not None and days < 1:
        raise Refused(_("A key is good for a day at least."), field="days")
    if user.api_keys.usable().count() >= MOST:
        raise Refused(
            _("You have %(most)s keys, which is as many as we keep. Revoke one first.") % {"most": MOST},
            code="too_many",
        )
    token = MARK + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        user=user,
        name=name.strip() or gettext("Key"),
        prefix=token[:10],
        sha256=fingerprint(token),
        scopes=int(scopes),
        expires_at=None if days is None else timezone.now() + timedelta(days=days),
    )
    return key, token


def fingerprint(token):
    return hashlib.sha256(token.encode()).hexdigest()


def by_token(token):
    """The key, whatever its state, with its member; None for a token that we never gave out."""
    return ApiKey.objects.select_related("user").filter(sha256=fingerprint(token)).first()
