"""What may be agreed: a closed schema, one canonical form, one hash."""

import hashlib
import json

from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from moderation.case_policy import policy
from wallet.money import checked
from wallet.policy import policy as prices

OUTCOMES = ("removed", "renamed", "licensed")
RATINGS = ("pg", "pg13", "r")
FIELDS = frozenset({"outcome", "units_per_image", "artist_points", "uploader_points", "platform_points", "months", "notice_days", "rating", "fallback", "attribution"})  # fmt: skip
DEFAULTS = {"artist_points": 7000, "uploader_points": 2000, "platform_points": 1000, "months": 12, "notice_days": 30, "rating": "pg", "fallback": "renamed", "attribution": "unnamed"}  # fmt: skip


def checked_terms(told):
    """The canonical terms. Raises Refused with the field that is wrong; what is not in the schema is refused too."""
    if not isinstance(told, dict) or told.get("outcome") not in OUTCOMES:
        raise Refused(_("Choose what shall happen."), field="outcome")
    if told["outcome"] != "licensed":
        if set(told) - FIELDS:
            raise Refused(_("These terms hold something that we don't know."), code="unknown_term")
        return {"outcome": told["outcome"]}
    if set(told) != FIELDS:
        raise Refused(_("These terms lack something, or hold something that we don't know."), code="unknown_term")
    units = checked(told["units_per_image"], least=1, most=prices.most_style_fee, field="units_per_image")
    points = {
        name: _whole(told[name], 0, 10_000, name) for name in ("artist_points", "uploader_points", "platform_points")
    }
    if points["artist_points"] < policy.terms.artist_least:
        raise Refused(_("The artist's part is never under half."), field="artist_points", code="artist_least")
    if points["platform_points"] > prices.most_platform_share:
        raise Refused(_("The site keeps at most a tenth."), field="artist_points", code="platform_most")
    if sum(points.values()) != 10_000:
        raise Refused(_("The parts must make 100 % together."), field="artist_points", code="split")
    _one_of(told, "rating", RATINGS)
    _one_of(told, "fallback", ("removed", "renamed"))
    _one_of(told, "attribution", ("named", "unnamed"))
    return {
        "outcome": "licensed",
        "units_per_image": units,
        **points,
        "months": _whole(told["months"], 1, policy.terms.most_months, "months"),
        "notice_days": _whole(told["notice_days"], 1, policy.terms.most_notice_days, "notice_days"),
        **{name: told[name] for name in ("rating", "fallback", "attribution")},
    }


def _whole(value, least, most, field):
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refused(_("A whole number from %(least)s to %(most)s.") % {"least": least, "most": most}, field=field)
    return value


def _one_of(told, field, values):
    if told[field] not in values:
        raise Refused(_("Choose one of these."), field=field)


def hash_of(terms):
    """SHA-256 of the canonical form: keys in order, no spaces."""
    return hashlib.sha256(
        json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()
