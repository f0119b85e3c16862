"""What is read of the ledger."""

from dataclasses import dataclass

from civitai import adapters
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
    return mine.select_related("transfer__by", "transfer__hold", "transfer__settled_hold", "account").order_by("-id")


def receipt_entries(transfer):
    return transfer.entries.select_related("account__owner").order_by("units")


def abouts(transfers):
    """{pk: what stands beside a transfer}: its note, else what its address is called today.

    The ledger's rows never change, so titles are not in them: rooms fill the slot "named_by_url" with {address: title}.
    """
    urls = {transfer.url for transfer in transfers if transfer.url and not transfer.note}
    named = adapters.slot("named_by_url", sorted(urls)) if urls else {}
    return {one.pk: one.note or next(iter(named.get(one.url, ())), "") for one in transfers}


def held_elsewhere(user):
    """What rooms hold of a member's: the slot "held_of" gives {key: [{name, url, units, until}]}."""
    return [one for told in adapters.slot("held_of", [user]).get(user.pk, []) for one in told]


# Newest first; who has more of them within thirty days sees the days that these cover.
MOST_MOVES = 2000


def curve(user, balance, *, today):
    """The Chart of the last thirty days, or None. One query."""
    mine = Entry.objects.filter(account__owner=user, account__kind=Kind.MEMBER).order_by("-id")
    moves = mine.values_list("units", "transfer__at")[:MOST_MOVES]
    return chart(balance.total_units, [(units, at.date()) for units, at in moves], today=today)
