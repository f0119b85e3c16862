"""What a receipt says: what, with whom, when, what was left; as lines of a page and of a file."""

from dataclasses import dataclass
from itertools import islice

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from wallet import queries
from wallet.kinds import is_among_people, words_of
from wallet.models import Entry, Kind
from wallet.money import shown

AT_ONCE = 500
# What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Line:
    entry: Entry
    words: str
    about: str
    # The other member, where each may know who the other was.
    whom: object
    # The page of what it was for.
    url: str = ""

    @property
    def transfer(self):
        return self.entry.transfer

    @property
    def is_bonus(self):
        return self.entry.account.colour == "bonus"

    @property
    def held(self):
        """The hold that this line began, for how it stands."""
        return getattr(self.transfer, "hold", None)


def lines(entries, user):
    """Lines of `queries.history` rows; a few queries more, however many there are."""
    entries = list(entries)
    transfers = [entry.transfer for entry in entries]
    abouts = queries.abouts(transfers, user)
    urls = {entry.transfer_id: queries.url_of(entry.transfer, user) for entry in entries}
    gone = queries.gone(urls.values(), user)
    given = queries.receivers([entry.transfer for entry in entries if entry.units < 0])
    return [
        Line(
            entry,
            words_of(entry),
            abouts[entry.transfer_id],
            _whom(entry, given.get(entry.transfer_id), user),
            "" if urls[entry.transfer_id] in gone else urls[entry.transfer_id],
        )
        for entry in entries
    ]


def _whom(entry, receiver, user):
    other = entry.transfer.by if entry.units > 0 else receiver
    return other if other and other.pk != user.pk and is_among_people(entry.transfer.kind) else None


OTHERS = gettext_lazy("Others")


def parties(entries, user, kind):
    """[(account or None for others together, its entry or None, units)] of one transfer, for one of those in it.

    Where people do not know of each other, who paid sees what kind of accounts it went to, and who received only that.
    """
    mine = [entry for entry in entries if entry.account.owner_id == user.pk]
    rest = [entry for entry in entries if entry.account.owner_id != user.pk]
    if is_among_people(kind) or sum(entry.units for entry in mine) < 0 or not rest:
        return [(entry.account, entry, entry.units) for entry in entries]
    return [
        (None, None, sum(entry.units for entry in rest)),
        *[(entry.account, entry, entry.units) for entry in mine],
    ]


def name_of(account, user, kind):
    """Whose account it is, as this member may know it."""
    if account is None:
        return OTHERS
    if not account.owner_id:
        return capfirst(account.get_kind_display())
    if account.owner_id != user.pk and not is_among_people(kind):
        return _("Another member")
    return account.owner.name


def units_of(entries):
    """What the transfer was for this member: what came or went, and of what had been set aside what was paid."""
    moved = sum(entry.units for entry in entries)
    return moved or sum(entry.units for entry in entries if entry.account.kind == Kind.MEMBER)


def rows(entries, user, language):
    """Lists of texts for a file, headings first; entries are read in portions, however many there are."""
    with override(language):
        yield [
            _("Receipt"), _("Date (UTC)"), _("What"), _("With whom"), _("About"), _("Kind of credits"), _("Credits"),
            _("Left after it"), _("Takes back receipt"),
        ]  # fmt: skip
    found = entries.iterator(chunk_size=AT_ONCE)
    while portion := list(islice(found, AT_ONCE)):
        with override(language):
            told = [_row(line) for line in lines(portion, user)]
        yield from told


def _row(line):
    at = timezone.localtime(line.transfer.at, timezone.get_fixed_timezone(0))
    return [
        str(line.transfer.pk),
        at.strftime("%Y-%m-%d %H:%M:%S"),
        inert(str(line.words)),
        inert(line.whom.name if line.whom else ""),
        inert(line.about),
        str(line.entry.account.get_colour_display()),
        # Numbers as programs read them; a minus before a figure is none of a formula.
        shown(line.entry.units),
        shown(line.entry.balance),
        str(line.transfer.refunds_id or ""),
    ]


def inert(text):
    """The text, so that no spreadsheet calculates it."""
    return f"'{text}" if text.startswith(FORMULA) else text
