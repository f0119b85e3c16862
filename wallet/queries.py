"""What is read of the ledger."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q, Sum
from django.db.models.functions import TruncDate

from civitai import adapters
from wallet import kinds
from wallet.chart import chart
from wallet.models import Account, Colour, Entry, Kind


@dataclass(frozen=True)
class Balance:
    """Units. `spendable` is what can be given to people; bonus pays for the site's own services besides."""

    credits_units: int = 0
    bonus_units: int = 0
    held_units: int = 0

    @property
    def spendable_units(self):
        return self.credits_units

    @property
    def total_units(self):
        return self.credits_units + self.bonus_units


def balance(user):
    """One query."""
    rows = Account.objects.filter(owner=user).values_list("kind", "colour", "balance")
    found = {(kind, colour): units for kind, colour, units in rows}
    return Balance(
        credits_units=found.get((Kind.MEMBER, Colour.CREDITS), 0),
        bonus_units=found.get((Kind.MEMBER, Colour.BONUS), 0),
        held_units=sum(units for (kind, _colour), units in found.items() if kind == Kind.HELD),
    )


def history(user):
    """The member's entries, newest first, with their transfers; what only goes aside and back is in it too."""
    mine = Entry.objects.filter(account__owner=user, account__kind=Kind.MEMBER)
    return mine.select_related(
        "transfer__by", "transfer__refunds", "transfer__hold", "transfer__settled_hold", "account"
    ).order_by("-id")


# What the list of receipts shows of it.
SHOWN = {
    "all": {},
    "in": {"units__gt": 0},
    "out": {"units__lt": 0},
    "refunds": {"transfer__kind__in": ["refund", "release"]},
}


@dataclass(frozen=True)
class Period:
    """A year, or a month of it, in UTC."""

    year: int
    month: int = 0

    def __str__(self):
        return f"{self.year}-{self.month:02}" if self.month else str(self.year)

    @property
    def begins(self):
        return datetime(self.year, self.month or 1, 1, tzinfo=UTC)

    @property
    def ends(self):
        is_last = self.month in (0, 12)
        return datetime(self.year + is_last, 1 if is_last else self.month + 1, 1, tzinfo=UTC)


def chosen(entries, *, show="all", group="", period=None):
    """Of `entries` those of a direction, of a group of kinds, and of a year or a month (a Period)."""
    entries = entries.filter(**SHOWN[show])
    if group:
        ours = kinds.of_group(group)
        entries = entries.filter(
            Q(transfer__kind__in=ours)
            | Q(transfer__hold__purpose__in=ours)
            | Q(transfer__settled_hold__purpose__in=ours)
            | Q(transfer__refunds__kind__in=ours)
        )
    if period:
        entries = entries.filter(transfer__at__gte=period.begins, transfer__at__lt=period.ends)
    return entries


def sums(entries):
    """(units that came, units that went) in all of these."""
    found = entries.order_by().aggregate(
        came=Sum("units", filter=Q(units__gt=0)), went=Sum("units", filter=Q(units__lt=0))
    )
    return found["came"] or 0, -(found["went"] or 0)


# Beyond this a count is a count of rows for its own sake.
MOST_COUNTED = 1000


def counted(entries):
    """(how many, whether there are more than are counted)."""
    found = entries.order_by()[: MOST_COUNTED + 1].count()
    return min(found, MOST_COUNTED), found > MOST_COUNTED


def receipt_entries(transfer):
    return transfer.entries.select_related("account__owner").order_by("units")


def receivers(transfers):
    """{pk of a transfer among people: the member to whom it went}."""
    keys = [one.pk for one in transfers if kinds.is_among_people(one.kind)]
    if not keys:
        return {}
    rows = Entry.objects.filter(transfer__in=keys, units__gt=0, account__kind=Kind.MEMBER)
    return {row.transfer_id: row.account.owner for row in rows.select_related("account__owner")}


def abouts(transfers, user):
    """{pk: what stands beside a transfer for this member}: its note, else what was paid for, else what its address is
    called today.

    The ledger's rows never change, so titles are not in them: rooms fill the slot "named_by_url" with {address: title},
    and "told_of_hold" with {key of a hold: what was paid out of it}.
    """
    ended = {one.pk: getattr(one, "settled_hold", None) for one in transfers if one.kind != "release"}
    ended = {pk: hold for pk, hold in ended.items() if hold}
    told = adapters.slot("told_of_hold", list(ended.values()), user=user) if ended else {}
    paid = {pk: next(iter(told.get(hold.pk, ())), "") for pk, hold in ended.items()}
    urls = {one.pk: url_of(one, user) for one in transfers if not note_of(one) and not paid.get(one.pk)}
    wanted = sorted({url for url in urls.values() if url})
    named = adapters.slot("named_by_url", wanted) if wanted else {}
    return {
        one.pk: note_of(one) or paid.get(one.pk) or next(iter(named.get(urls.get(one.pk), ())), "") for one in transfers
    }


def url_of(transfer, user):
    """The page of what it was for; "" for who got a part of what another had set aside: that is the other's page."""
    hold = kinds.hold_of(transfer)
    return "" if hold and hold.owner_id != user.pk else transfer.url


def gone(urls, user):
    """Of addresses those that lead nowhere any more for this member: what they put away, say. A receipt stays, in words.

    Rooms fill the slot "gone_by_url" with {address: True}.
    """
    wanted = sorted({url for url in urls if url})
    return set(adapters.slot("gone_by_url", wanted, user=user)) if wanted else set()


def note_of(transfer):
    """What a member wrote with it; what the program noted for itself is nobody's to read."""
    return transfer.note if kinds.is_among_people(transfer.kind) else ""


def held_elsewhere(user):
    """What rooms hold of a member's: the slot "held_of" gives {key: [{name, url, units, until}]}."""
    return [one for told in adapters.slot("held_of", [user]).get(user.pk, []) for one in told]


# Who has more of them within a year sees the days that these, the newest, cover.
MOST_MOVES = 20_000


def curve(user, balance, *, today, span):
    """The Chart of the last month or year, or None. One query."""
    newest = Entry.objects.filter(account__owner=user, account__kind=Kind.MEMBER).order_by("-id")[:MOST_MOVES]
    days = (
        Entry.objects.filter(pk__in=newest.values("pk"))
        .values(day=TruncDate("transfer__at", tzinfo=UTC))
        .annotate(came=Sum("units", filter=Q(units__gt=0)), went=Sum("units", filter=Q(units__lt=0)))
    )
    moves = [(units, row["day"]) for row in days for units in (row["came"], row["went"]) if units]
    return chart(balance.total_units, moves, today=today, span=span)
