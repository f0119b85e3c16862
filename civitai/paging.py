"""Keyset pagination: the same few buffers for page one and page one thousand.

All key columns run the same direction, so that PostgreSQL compares rows: (a, id) < (x, y).
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused


class BadCursor(Refused):
    def __init__(self):
        super().__init__(_("This page address is damaged. Start again from the first page."), code="bad_cursor")


def encode(values):
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor, fields):
    """The values of a cursor, cast by the model's own fields. Raises BadCursor for anything else."""
    try:
        if len(cursor) > 500:
            raise ValueError
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(fields):
            raise ValueError
        return [_cast(field, value) for field, value in zip(fields, values, strict=True)]
    except Exception as error:
        # Whatever a stranger puts into the address is a bad cursor, never a crash.
        raise BadCursor() from error


def _cast(field, value):
    if value is None or isinstance(value, list | dict):
        raise ValueError
    return field.to_python(value)


@dataclass(frozen=True)
class Page:
    rows: list
    next_cursor: str | None

    @property
    def has_more(self):
        return self.next_cursor is not None


def keyset(queryset, *, order, cursor=None, limit=60):
    """One page of `queryset` in `order` (names of fields or annotations, all with "-" or all without; the last unique).

    Asks for one row more than `limit` to know whether there is a next page; never counts.
    Raises BadCursor.
    """
    names = [name.lstrip("-") for name in order]
    descending = order[0].startswith("-")
    if any(name.startswith("-") != descending for name in order):
        raise ValueError("all keys of a keyset must run in the same direction")
    annotated = queryset.query.annotations
    fields = [
        annotated[name].output_field if name in annotated else queryset.model._meta.get_field(name) for name in names
    ]
    if cursor:
        values = decode(cursor, fields)
        compare = TupleLessThan if descending else TupleGreaterThan
        queryset = queryset.filter(compare(Tuple(*[F(name) for name in names]), tuple(values)))
    rows = list(queryset.order_by(*order)[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, encode([getattr(rows[-1], name) for name in names]) if more else None)
