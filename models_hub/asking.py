"""What an address of the API asks for, and the rows it gets. Reads only.

Lists come repeated or joined by commas, booleans as any of their words; what nobody knows is left out.
"""

import json
import re
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from civitai import paging
from models_hub.browsing import has_word
from models_hub.catalogue.licences import granted_uses
from models_hub.models import Model, ModelVersion
from models_hub.states import ModelState

MOST_ROWS = 1000
YES, NO = {"true", "1", "yes", "on", "y", "enabled"}, {"false", "0", "no", "off", "n", "disabled"}
SORTS = {
    "highest rated": ("-likes", "-downloads", "-id"),
    "most liked": ("-likes", "-downloads", "-id"),
    "most downloaded": ("-downloads", "-likes", "-id"),
    "most images": ("-images", "-downloads", "-id"),
    "newest": ("-last_version_at", "-id"),
    "oldest": ("last_version_at", "id"),
}
PERIODS = {"day": 1, "week": 7, "month": 30, "year": 365}


class BadQuery(Exception):
    def __init__(self, name, text):
        super().__init__(text)
        self.name, self.text = name, text

    @property
    def told(self):
        """Lists tell it as a text that holds JSON, since that is what clients parse."""
        issues = json.dumps([{"code": "invalid", "path": [self.name], "message": self.text}])
        return {"error": {"name": "ZodError", "message": issues}}


def many(query, *names):
    found = []
    for name in names:
        for value in query.getlist(name) + query.getlist(f"{name}[]"):
            found += [part.strip() for part in value.split(",") if part.strip()]
    return found


def numbers(query, name):
    values = many(query, name)
    if not all(re.fullmatch(r"\d{1,10}", value, re.ASCII) for value in values):
        raise BadQuery(name, "Expected a list of numbers")
    return [int(value) for value in values]


def number(query, name, default, *, least, most):
    value = query.get(name, "")
    if value == "":
        return default
    if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not least <= int(value) <= most:
        raise BadQuery(name, f"Expected a number from {least} to {most}")
    return int(value)


def flag(query, name):
    value = query.get(name, "").strip().lower()
    if value == "":
        return None
    if value not in YES | NO:
        raise BadQuery(name, "Expected true or false")
    return value in YES


def one(query, *names):
    return next((query[name].strip().replace("\x00", "") for name in names if query.get(name, "").strip()), "")


def filtered(query, mask):
    rows = Model.objects.published().annotate(seen=F("level_mask").bitand(mask)).filter(seen__gt=0)
    shown = ModelVersion.objects.filter(state=ModelState.PUBLISHED)
    if ids := numbers(query, "ids"):
        rows = rows.filter(pk__in=ids)
    if version_ids := numbers(query, "modelVersionIds"):
        rows = rows.filter(pk__in=shown.filter(pk__in=version_ids).values("model"))
    if types := many(query, "types"):
        rows = rows.filter(type__in=types)
    if kind := one(query, "checkpointType"):
        rows = rows.filter(checkpoint_type__iexact=kind)
    if bases := many(query, "baseModels"):
        rows = rows.filter(pk__in=shown.filter(base_model__in=bases).values("model"))
    if text := one(query, "query"):
        for word in text[:200].split()[:8]:
            rows = rows.filter(has_word(word))
    if tag := one(query, "tag", "tagname"):
        rows = rows.filter(tags__name=tag.lower()[:60])
    if username := one(query, "username", "user"):
        rows = rows.filter(owner__username__iexact=username[:64])
    if days := PERIODS.get(one(query, "period").lower()):
        rows = rows.filter(last_version_at__gte=timezone.now() - timedelta(days=days))
    for name, field in (
        ("allowNoCredit", "allow_no_credit"),
        ("allowDerivatives", "allow_derivatives"),
        ("allowDifferentLicense", "allow_different_license"),
        ("allowDifferentLicenses", "allow_different_license"),
    ):
        if (wanted := flag(query, name)) is not None:
            rows = rows.filter(**{field: wanted})
    for use in many(query, "allowCommercialUse"):
        # Who may do more may do less: every choice that comes to this use.
        above = [
            one for one in ("Image", "RentCivit", "Rent", "Sell") if use in {str(g.value) for g in granted_uses([one])}
        ]
        rows = rows.filter(allow_commercial_use__overlap=above) if above else rows.none()
    return rows


def paged(rows, order, limit, page, cursor):
    """(rows, cursor of what follows or None). Pages are numbered to a thousand rows; cursors go on for ever."""
    if limit == 0:
        return [], None
    names = [name.lstrip("-") for name in order]
    if page and not cursor:
        found = list(rows.order_by(*order)[(page - 1) * limit : page * limit + 1])
        more = len(found) > limit
        found = found[:limit]
        return found, _cursor([getattr(found[-1], name) for name in names]) if more else None
    opaque = paging.encode(_unpack(cursor, len(names))) if cursor else None
    found = paging.keyset(rows, order=order, cursor=opaque, limit=limit)
    return found.rows, _cursor([getattr(found.rows[-1], name) for name in names]) if found.has_more else None


def _cursor(values):
    return "|".join(value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values)


def _unpack(cursor, count):
    parts = cursor[:300].split("|")
    if len(parts) != count:
        raise paging.BadCursor
    return parts
