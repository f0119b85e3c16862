"""Encrypted boxes: what a claimant told us of himself, and the links in letters that wait."""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from functools import cache

from django.conf import settings

from moderation.models import ClaimantSecret, SecretRead


@cache
def _cipher(secret_key):
    from cryptography.fernet import Fernet

    # A key of its own, so that whoever learns this one can't sign sessions.
    return Fernet(urlsafe_b64encode(hashlib.sha256(f"removal cases:{secret_key}".encode()).digest()))


def sealed(value):
    return _cipher(settings.SECRET_KEY).encrypt(json.dumps(value).encode()).decode()


def unsealed(box):
    return json.loads(_cipher(settings.SECRET_KEY).decrypt(box.encode())) if box else {}


def open_secret(case, *, purpose, by=None):
    """What the claimant told of himself ({} once it is erased). Each opening leaves a row with its purpose."""
    secret = ClaimantSecret.objects.filter(case=case).first()
    if secret is None:
        return {}
    SecretRead.objects.create(secret=secret, by=by, purpose=purpose)
    return unsealed(secret.box)


# Links and people, known by what can't be turned back.


def new_token():
    return secrets.token_urlsafe(16)


def hash_of(token):
    return hashlib.sha256(f"removal link:{token}".encode()).hexdigest()


def keyed(kind, text):
    return hmac.new(settings.SECRET_KEY.encode(), f"{kind}:{text.strip().casefold()}".encode(), "sha256").hexdigest()


_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference():
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(2))


def new_words():
    """128 random bits as eight short words that can be said aloud (proquints)."""
    consonants, vowels = "bdfghjklmnprstvz", "aiou"
    words = []
    for _ in range(8):
        bits = secrets.randbits(16)
        parts = [(bits >> 12, consonants), (bits >> 10, vowels), (bits >> 6, consonants), (bits >> 4, vowels)]
        parts.append((bits, consonants))
        words.append("".join(letters[number % len(letters)] for number, letters in parts))
    return "-".join(words)
