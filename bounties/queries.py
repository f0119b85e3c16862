"""What the lists and pages of bounties show."""

from django.db.models import Count, Prefetch, Q
from django.utils import timezone
from django.utils.translation import ngettext

from bounties.models import LIVE, Benefactor, Bounty, BountyType, Entry, EntryPicture
from bounties.states import BountyState, EntryState
from civitai.paging import keyset
from community.models import Picture

PAGE = 24
SORTS = {"ending": ("ends_at", "id"), "reward": ("-reward", "-id"), "newest": ("-id",)}
SHOWN = {"open": [BountyState.OPEN], "judging": [BountyState.JUDGING], "closed": None}


def listed(user, *, show="open", sort="ending", cursor=None):
    """A Page of bounties with what a card needs: three queries."""
    rows = Bounty.objects.visible_to(user)
    states = SHOWN[show]
    rows = rows.exclude(state__in=LIVE) if states is None else rows.filter(state__in=states)
    rows = rows.select_related("owner").annotate(backers=Count("benefactors"))
    order = SORTS["newest"] if show == "closed" and sort == "ending" else SORTS[sort]
    return keyset(rows, order=order, cursor=cursor, limit=PAGE)


def cards(rows):
    return [
        {
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
            "ends_at": row.ends_at if row.state == BountyState.OPEN else None,
            "is_soon": row.state == BountyState.OPEN and (row.ends_at - timezone.now()).total_seconds() < 86_400,
            "awarded": row.state == BountyState.AWARDED,
            "state": row,
            "owner": row.owner,
        }
        for row in rows
    ]


def front(user, limit=3):
    """Open bounties for the front page."""
    rows = Bounty.objects.visible_to(user).filter(state=BountyState.OPEN, ends_at__gt=timezone.now())
    return cards(rows.select_related("owner").annotate(backers=Count("benefactors")).order_by("-reward", "-id")[:limit])


def entries_of(bounty, user):
    """Most given first, with pictures that this viewer may see: three queries."""
    ready = EntryPicture.objects.filter(picture__in=Picture.objects.bytes_for(user), picture__state="ready")
    return list(
        Entry.objects.visible_to(user)
        .filter(bounty=bounty, state=EntryState.ENTERED)
        .select_related("owner", "version__model")
        .prefetch_related(Prefetch("shown", ready.select_related("picture").order_by("pk")), "files")
        .annotate(backers=Count("awards"))
        .order_by("-given", "id")
    )


def examples_of(bounty, user):
    return list(
        Picture.objects.bytes_for(user)
        .filter(pk__in=bounty.shown.values("picture"), state="ready")
        .order_by("created_at")
    )


def backers_of(bounty):
    return list(Benefactor.objects.filter(bounty=bounty).select_related("user", "awarded_to").order_by("-units", "id"))


def shares(bounty, entries, backers):
    """Who got how much, for the bar: [(name, units, kind)]; what nobody gave yet is last and open."""
    given = [(entry.name, entry.given) for entry in entries if entry.given][:5]
    open_units = sum(row.units for row in backers if not row.awarded_at and not row.refunded_at)
    kinds = ["is-top", "is-mid"]
    found = [(name, units, kinds[place] if place < 2 else "") for place, (name, units) in enumerate(given)]
    return found, open_units


def own_versions(user):
    from models_hub.models import ModelVersion

    mine = ModelVersion.objects.filter(model__owner=user, state="published", model__state="published")
    return mine.select_related("model").order_by("-id")[:100]


def staked_by(user):
    return Bounty.objects.filter(Q(owner=user) | Q(benefactors__user=user)).distinct()
