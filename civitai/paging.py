"""Keyset pagination: the same few buffers for page one and page one thousand.

All key columns run the same direction, so that PostgreSQL compares rows: (a, id) < (x, y).
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import EmptyResultSet
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL
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


@dataclass(frozen=True)
class Found:
    """The things that a list has, and how its pages are found: along `rows` in `order`, whose last key is unique.

    `rows` are the things themselves. Or, with `things`, they are what tells where these stand ("places"), and name them by
    `key`: their keys alone are read of them, in an index, and the page of `things` by these. All keys of `order` are
    fields or annotations of the things, all with "-" or all without; places call them the same.

    `each`: a field of `rows`, and its values, a tuple or a queryset of one column: a page takes the first of each value apart, from an index in that order,
    and merges them. That costs with the number of values, never with how many rows one of them has.

    `start`: what `rows` say of the first of them as well, where the order begins at it: an index that is told two
    beginnings, this one and a cursor's, would look from the first.
    """

    rows: QuerySet
    order: tuple
    things: QuerySet | None = None
    key: str = "pk"
    each: tuple | None = None
    start: Q | None = None

    def page(self, dress=None, *, cursor=None, limit=60, start=0):
        """One page, after `cursor` or after `start` rows; `dress` gets a queryset of the things and adds what is shown of them.

        Asks for one row more than `limit` to know whether there is a next page; never counts. One query.
        Raises BadCursor.
        """
        after = decode(cursor, self._fields()) if cursor else None
        if self.things is None:
            rows = self._after(dress(self.rows) if dress else self.rows, self.order, after)
            found = list(rows.order_by(*self.order)[start : start + limit + 1])
        else:
            rows = self.things.filter(pk__in=self.keys(after=after, limit=limit + 1, start=start))
            found = list((dress(rows) if dress else rows).order_by(*self.order))
        more, found = len(found) > limit, found[:limit]
        return Page(found, encode([getattr(found[-1], name) for name in _names(self.order)]) if more else None)

    def keys(self, *, after=None, limit, start=0):
        """What `pk__in` takes: the keys of `limit` things after the one that `after` says, and after `start` more."""
        order = tuple(self._named(name) for name in self.order)
        if self.each is None:
            ordered = self._after(self.rows, order, after).order_by(*order)
            return ordered.values(order[-1].lstrip("-"))[start : start + limit]
        field, values = self.each
        one = self.rows.filter(**{field: RawSQL("one.value", ())})
        one = self._after(one, order, after).order_by(*order).values_list(*_names(order))[: start + limit]
        try:
            first, first_given = one.query.sql_with_params()
            of, of_given = values.query.sql_with_params() if isinstance(values, QuerySet) else _listed(values)
        except EmptyResultSet:
            return self.rows.none().values(order[-1].lstrip("-"))
        names = [f"k{number}" for number in range(len(order))]
        keys, way = ", ".join(names), "DESC" if order[0].startswith("-") else "ASC"
        by = ", ".join(f"{name} {way}" for name in names)
        return RawSQL(
            f"SELECT {names[-1]} FROM (SELECT DISTINCT {keys} FROM ({of}) AS one (value) CROSS JOIN LATERAL ({first}) AS top ({keys})"
            f" ORDER BY {by} LIMIT %s OFFSET %s) AS found",
            (*of_given, *first_given, limit, start),
        )

    def everything(self):
        """All `rows`, unordered, to be counted: with `each`, a thing may be among them more than once."""
        if self.each is None:
            return self.rows
        field, values = self.each
        return self.rows.filter(**{f"{field}__in": values})

    def _named(self, name):
        """A key of the order as `rows` call it."""
        return (
            name
            if self.things is None or name.lstrip("-") not in ("id", "pk")
            else name.replace(name.lstrip("-"), self.key)
        )

    def _fields(self):
        things = self.rows if self.things is None else self.things
        annotated, fields = things.query.annotations, things.model._meta
        return [
            annotated[name].output_field if name in annotated else fields.get_field(name) for name in _names(self.order)
        ]

    def _after(self, rows, order, values):
        if values is None:
            return rows.filter(self.start) if self.start else rows
        compare = TupleLessThan if order[0].startswith("-") else TupleGreaterThan
        return rows.filter(compare(Tuple(*[F(name) for name in _names(order)]), tuple(values)))

    def __post_init__(self):
        if len({name.startswith("-") for name in self.order}) > 1:
            raise ValueError("all keys of a keyset must run in the same direction")


def _listed(values):
    kind = "text" if isinstance(values[0], str) else "bigint"
    return f"SELECT unnest(%s::{kind}[])", (list(values),)


def _names(order):
    return [name.lstrip("-") for name in order]


def keyset(queryset, *, order, cursor=None, limit=60):
    """One page of `queryset` in `order`; see Found. Raises BadCursor."""
    return Found(queryset, tuple(order)).page(cursor=cursor, limit=limit)
