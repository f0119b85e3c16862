"""What moderation does to bounties and entries: hidden with their pictures, and brought back as they were."""

from django.db import transaction

from bounties.models import FROZEN, BountyPicture, EntryPicture
from bounties.states import EntryState
from community.domain import pictures
from community.models import Picture


def hide_bounty(bounty, *, by, reason):
    return _done(bounty, bounty.hide, by=by, reason=reason)


def restore_bounty(bounty, *, by):
    return _done(bounty, bounty.restore, by=by)


def hide_entry(entry, *, by, reason):
    return _done(entry.bounty, entry.hide, by=by, reason=reason)


def restore_entry(entry, *, by):
    return _done(entry.bounty, entry.restore, by=by)


def _done(bounty, act, **facts):
    with transaction.atomic():
        if not act(**facts):
            return False
        place_pictures(bounty)
    return True


def place_pictures(bounty):
    """Pictures of a bounty and of its entries are shown to all while what they belong to is. Twice is once."""
    of_bounty = BountyPicture.objects.filter(bounty=bounty)
    of_entries = EntryPicture.objects.filter(entry__bounty=bounty)
    every = Picture.objects.filter(pk__in=[*_ids(of_bounty), *_ids(of_entries)])
    entered = of_entries.filter(entry__state=EntryState.ENTERED, **open_at("entry"), **open_at("entry__bounty"))
    shown = every.filter(
        pk__in=[*_ids(of_bounty.filter(**open_at("bounty"))), *_ids(entered)],
        state="ready",
        hidden_at=None,
        quarantined_at=None,
    )
    shown_ids = _ids_of(shown)
    pictures.show(Picture.objects.filter(pk__in=shown_ids))
    pictures.conceal(every.exclude(pk__in=shown_ids))


def open_at(path):
    """Conditions under which what `path` leads to is seen by everybody who has its address."""
    return {f"{path}__hidden_at": None, f"{path}__freeze_level__lt": FROZEN, f"{path}__taken_down_at": None}


def picture_ready(picture):
    """Shown as soon as it is ready, while what it belongs to is shown."""
    belongs = BountyPicture.objects.filter(picture=picture, **open_at("bounty")).exists()
    of_entries = EntryPicture.objects.filter(picture=picture, entry__state=EntryState.ENTERED)
    belongs = belongs or of_entries.filter(**open_at("entry"), **open_at("entry__bounty")).exists()
    if belongs and not picture.is_hidden:
        pictures.show(Picture.objects.filter(pk=picture.pk))


def _ids(rows):
    return list(rows.values_list("picture", flat=True))


def _ids_of(rows):
    return list(rows.values_list("pk", flat=True))


def within(keys):
    """Fills "pictures_within": of an entry; of a bounty with its entries, which stand on its page."""
    found = {}
    for label, pk in keys:
        if label == "bounties.Bounty":
            of_entries = EntryPicture.objects.filter(entry__bounty=pk)
            found[label, pk] = [*_ids(BountyPicture.objects.filter(bounty=pk)), *_ids(of_entries)]
        elif label == "bounties.Entry":
            found[label, pk] = _ids(EntryPicture.objects.filter(entry=pk))
    return found
