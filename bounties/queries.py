"""What the lists and pages of bounties show."""

import re
from collections import defaultdict
from datetime import timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, IntegerField, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import ngettext

from bounties.models import (
    LIVE,
    UNLISTED,
    Benefactor,
    Bounty,
    BountyPicture,
    BountyType,
    Entry,
    EntryFile,
    EntryPicture,
    Following,
)
from bounties.states import BountyState, EntryState
from civitai.paging import keyset
from community.models import Picture, Tag
from models_hub.models import ModelVersion
from models_hub.states import FileState, ModelState

PAGE = 24
SOON = timedelta(days=3)
SORTS = {
    "ending": ("ends_at", "id"),
    "reward": ("-reward", "-id"),
    "newest": ("-id",),
    "entries": ("-entries_count", "-id"),
    "discussed": ("-comments", "-id"),
}
OVER = [state for state in BountyState if state not in LIVE]
SHOWN = {"open": [BountyState.OPEN], "judging": [BountyState.JUDGING], "closed": OVER, "all": list(BountyState)}


# Whose bounties: of the member who looks.
WHOSE = {
    "following": lambda user: Q(followings__user=user),
    "backed": lambda user: Q(benefactors__user=user) & ~Q(owner=user),
    "entered": lambda user: Exists(Entry.objects.filter(bounty=OuterRef("pk"), owner=user, state=EntryState.ENTERED)),
    "own": lambda user: Q(owner=user),
}


def listed(user, *, show="open", sort="ending", type="", whose="", cursor=None):
    """A Page of bounties with what a card needs: one query. One's own are in "own" also while nobody else sees them."""
    rows = Bounty.objects.visible_to(user) if whose == "own" else Bounty.objects.listed_to(user)
    rows = rows.filter(state__in=SHOWN[show])
    if type:
        rows = rows.filter(type=type)
    if whose:
        rows = rows.filter(WHOSE[whose](user))
    return keyset(_with_counts(rows, user), order=SORTS[sort], cursor=cursor, limit=PAGE)


def _with_counts(rows, user):
    entries = Entry.objects.listed_to(user)
    return rows.select_related("owner").annotate(
        backers=_count(Benefactor.objects.all()), entries_count=_count(entries)
    )


def _count(rows):
    """How many of them belong to the bounty of the outer query."""
    found = rows.filter(bounty=OuterRef("pk")).order_by().values("bounty").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(found, output_field=IntegerField()), 0)


def cards(rows, pictures=None):
    """What a card shows; `pictures` are {bounty: [Picture]} for lists that show them."""
    now = timezone.now()
    return [
        {
            "pictures": (pictures or {}).get(row.pk, ())[:3],
            "left": row.ends_at - now,
            "url": row.get_absolute_url(),
            "name": row.name,
            "reward": row.reward,
            "line": " · ".join(
                filter(
                    None,
                    [
                        str(BountyType(row.type).label),
                        row.base_model,
                        ngettext("%(n)s entry", "%(n)s entries", row.entries_count) % {"n": row.entries_count},
                        ngettext("%(n)s backer", "%(n)s backers", row.backers) % {"n": row.backers},
                    ],
                )
            ),
            "ends_at": row.ends_at if row.state == BountyState.OPEN and not row.stopped_at else None,
            "is_soon": row.state == BountyState.OPEN and row.ends_at - now < SOON,
            "awarded": row.state == BountyState.AWARDED,
            "state": row,
            "owner": row.owner,
            "is_alone": row.is_hidden or row.is_withheld,
        }
        for row in rows
    ]


def pictures_of(rows, user):
    """{bounty: its example pictures that this viewer may see}: one query."""
    seen = Picture.objects.bytes_for(user).filter(state="ready")
    shown = BountyPicture.objects.filter(bounty__in=[row.pk for row in rows], picture__in=seen)
    found = defaultdict(list)
    for one in shown.select_related("picture").order_by("place", "pk"):
        found[one.bounty_id].append(one.picture)
    return found


def front(user, limit=3):
    """Open bounties for the front page."""
    rows = Bounty.objects.listed_to(user).filter(state=BountyState.OPEN, ends_at__gt=timezone.now())
    return cards(_with_counts(rows, user).order_by("-reward", "-id")[:limit])


def put_up_by(person, user, cursor=None):
    """A Page of a person's bounties, whatever has become of them, the newest first: one query."""
    rows = Bounty.objects.listed_to(user).filter(owner=person)
    return keyset(_with_counts(rows, user), order=("-id",), cursor=cursor, limit=PAGE)


def won_by(person, user):
    """Entries of a person that were given something, most first, in bounties that this viewer sees: one query."""
    rows = Entry.objects.listed_to(user).filter(owner=person, given__gt=0, bounty__in=Bounty.objects.listed_to(user))
    found = list(rows.select_related("bounty", "version__model").order_by("-given", "-id")[:PAGE])
    neutral(None, found, user)
    return found


def for_page(user):
    """Bounties as their page shows them: tags, and whether this viewer may change it, in the same query."""
    tags = Tag.objects.filter(bounties=OuterRef("pk")).order_by("name").values("name")
    mine = Bounty.objects.editable_by(user).filter(pk=OuterRef("pk"))
    followed = Following.objects.filter(bounty=OuterRef("pk"), user=user.pk)
    return Bounty.objects.select_related("owner").annotate(
        tag_names=ArraySubquery(tags), may_edit=Exists(mine), is_followed=Exists(followed)
    )


def entries_of(bounty, user):
    """Most given first, with pictures and files that this viewer may see: three queries. One's own stand first while
    nobody else sees them (`is_alone`)."""
    rows = list(entry_rows(user).listed_or_own(user).filter(bounty=bounty).order_by("-given", "id"))
    for row in rows:
        row.is_ready = is_ready(row, bounty)
        row.is_alone = row.is_hidden or bool(row.freeze_level)
    neutral(bounty, rows, user)
    return sorted(rows, key=lambda row: not row.is_alone)


def neutral(bounty, entries, user):
    """Of what is unlisted, for who is neither its owner nor a moderator: none of its words, in these instances alone."""
    if getattr(user, "is_moderator", False):
        return
    if bounty and bounty.is_unlisted and bounty.owner_id != user.pk:
        bounty.name, bounty.description, bounty.tag_names = bounty.shown_name, "", []
    for entry in entries:
        if entry.is_unlisted and entry.owner_id != user.pk:
            for file in entry.files.all():
                file.name = file.shown_name
            entry.name, entry.description = entry.shown_name, ""


ADDRESS = re.compile(r"/bounties/(entries/)?(\d{1,9})/")


def neutral_by_url(urls, *, user):
    """Fills "neutral_by_url": {address in a notification: (name, address)} of what is unlisted by now."""
    keys = {url: (bool(found[1]), int(found[2])) for url in urls if (found := ADDRESS.match(url))}
    if not keys:
        return {}
    entries = Entry.objects.filter(pk__in=[pk for is_entry, pk in keys.values() if is_entry])
    bounties = Q(pk__in=[pk for is_entry, pk in keys.values() if not is_entry]) | Q(pk__in=entries.values("bounty"))
    rows = Bounty.objects.filter(bounties, freeze_level=UNLISTED).exclude(owner=user.pk).prefetch_related("entries")
    shown = {}
    for row in rows:
        # What is told of an entry is called after its bounty.
        shown[False, row.pk] = (row.shown_name, row.get_absolute_url())
        shown |= {(True, entry.pk): (row.shown_name, entry.get_absolute_url()) for entry in row.entries.all()}
    return {url: shown[key] for url, key in keys.items() if key in shown}


def is_ready(row, bounty):
    """Whether there is something in it to be paid for, of what was read already; see staking.is_awardable."""
    has_file = any(file.state == FileState.READY and not file.withheld_for for file in row.files.all())
    return row.version_shown or has_file or bounty.type == BountyType.IMAGE


def entry_rows(user):
    """Entries with what is shown of them. `version_shown` guards the name of a model that this viewer does not see."""
    ready = EntryPicture.objects.filter(picture__in=Picture.objects.bytes_for(user), picture__state="ready")
    may_have = EntryFile.objects.visible_to(user).filter(pk=OuterRef("pk"))
    files = EntryFile.objects.exclude(state=FileState.REMOVED).annotate(is_open=Exists(may_have))
    version = ModelVersion.objects.visible_to(user).filter(pk=OuterRef("version"), state=ModelState.PUBLISHED)
    backers = Benefactor.objects.filter(awarded_to=OuterRef("pk")).order_by().values("awarded_to")
    backers = backers.annotate(n=Count("pk")).values("n")
    return (
        Entry.objects.select_related("owner", "version__model", "bounty")
        .prefetch_related(
            Prefetch("shown", ready.select_related("picture").order_by("place", "pk")),
            Prefetch("files", files.order_by("pk")),
        )
        .annotate(backers=Coalesce(Subquery(backers, output_field=IntegerField()), 0), version_shown=Exists(version))
    )


def examples_of(bounty, user):
    place = bounty.shown.filter(picture=OuterRef("pk")).values("place")[:1]
    return list(
        Picture.objects.bytes_for(user)
        .filter(pk__in=bounty.shown.values("picture"), state="ready")
        .annotate(place=Subquery(place))
        .order_by("place", "created_at")
    )


def backers_of(bounty):
    return list(Benefactor.objects.filter(bounty=bounty).select_related("user", "awarded_to").order_by("-units", "id"))


def shares(entries, backers):
    """Who got how much, for the bar: ([(entry, units, kind)], units that nobody gave yet, by how many).

    What went to entries that are not shown any more stands together, without a name.
    """
    given = [(entry, entry.given) for entry in entries if entry.given][:5]
    waiting = [row.units for row in backers if not row.awarded_at and not row.refunded_at]
    rest = sum(row.units for row in backers if row.awarded_at) - sum(units for _entry, units in given)
    kinds = ["is-top", "is-mid"]
    found = [(entry, units, kinds[place] if place < 2 else "") for place, (entry, units) in enumerate(given)]
    colours, shown = {entry.pk: kind for entry, _units, kind in found}, {entry.pk: entry for entry in entries}
    for row in backers:
        # Beside a name stands the colour that it has in the bar; what is not shown any more has no name here.
        row.kind, row.entry_shown = colours.get(row.awarded_to_id, ""), row.awarded_to_id in shown
        if row.entry_shown:
            row.awarded_to = shown[row.awarded_to_id]
    if rest:
        found.append((None, rest, ""))
    return found, sum(waiting), len(waiting)


def arranged(row):
    """Pictures of one's own bounty or entry, for its form: also what is being prepared or was refused."""
    return list(row.shown.select_related("picture"))


def own_versions(user):
    mine = ModelVersion.objects.filter(model__owner=user, state=ModelState.PUBLISHED)
    mine = mine.filter(model__state=ModelState.PUBLISHED, model__hidden_at=None, model__freeze_level=0)
    mine = mine.filter(model__taken_down_at=None, model__is_of_real_person=False)
    return mine.select_related("model").order_by("-id")[:100]


def names_by_url(urls):
    """Fills "named_by_url": what a receipt's address is called today, for a ledger that can't change its words."""
    keys = {url: url.split("/")[2] for url in urls if url.startswith("/bounties/") and url.count("/") >= 3}
    keys = {url: int(key) for url, key in keys.items() if key.isdecimal() and len(key) < 19}
    names = Bounty.objects.filter(pk__in=keys.values()).in_bulk() if keys else {}
    return {url: names[key].shown_name for url, key in keys.items() if key in names}


def stakes_of(users):
    """Fills "held_of": stakes that wait in bounties for their backers to give them."""
    rows = Benefactor.objects.filter(user__in=users, awarded_at=None, refunded_at=None, bounty__state__in=LIVE)
    found = defaultdict(list)
    for row in rows.select_related("bounty").order_by("bounty__judging_until"):
        bounty = row.bounty
        told = {
            "name": bounty.shown_name,
            "url": bounty.get_absolute_url(),
            "units": row.units,
            "until": bounty.judging_until,
        }
        found[row.user_id].append(told)
    return found
