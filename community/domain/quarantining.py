"""Bytes that nobody gets: pictures of what was reported as a child, with every copy of the same file or pixels.

They are kept, out of the private store, as long as one thing that is in quarantine holds them. Rooms that show them hear of it.
"""

from django.utils import timezone

from civitai import adapters
from civitai.jobs import enqueue
from community.domain import pictures
from community.models import Picture, PictureQuarantine


def quarantined(*, subject, pk):
    """Listens to "quarantined"."""
    found = adapters.slot("pictures_within", [(subject, pk)]).get((subject, pk), [])
    own = list(Picture.objects.filter(pk__in=[one for some in found for one in some]))
    if own:
        _hold([*own, *pictures.copies_of(own)], of=f"{subject} {pk}")


def quarantine_lifted(*, subject, pk):
    """Listens to "quarantine_lifted": what nothing else holds is where it was."""
    of = f"{subject} {pk}"
    ids = list(PictureQuarantine.objects.filter(of=of).values_list("picture", flat=True))
    PictureQuarantine.objects.filter(of=of).delete()
    free = list(Picture.objects.filter(pk__in=ids, quarantines=None))
    Picture.objects.filter(pk__in=[one.pk for one in free]).update(quarantined_at=None)
    for picture in free:
        picture.quarantined_at = None
        _place(picture)
    adapters.tell("pictures_out_of_quarantine", pictures=Picture.objects.filter(pk__in=ids), of=of)
    for picture in free:
        # Whether others see it again, the rooms that show it say.
        if not picture.is_hidden:
            adapters.tell("picture_released", picture=picture)


def join(picture):
    """A new picture of bytes that are in quarantine joins them. Returns whether it did."""
    for of in PictureQuarantine.objects.filter(picture=picture).values_list("of", flat=True):
        subject, _space, pk = of.partition(" ")
        adapters.tell("hashes_known", subject=subject, pk=pk)
    same = [one.pk for one in pictures.copies_of([picture]).exclude(quarantined_at=None)]
    held = list(PictureQuarantine.objects.filter(picture__in=same).values_list("of", flat=True).distinct())
    for of in held:
        _hold([picture], of=of)
    return bool(held)


def _hold(every, *, of):
    pictures.conceal(every)
    PictureQuarantine.objects.bulk_create(
        [PictureQuarantine(picture=picture, of=of) for picture in every], ignore_conflicts=True
    )
    ids = [picture.pk for picture in every]
    Picture.objects.filter(pk__in=ids, quarantined_at=None).update(quarantined_at=timezone.now())
    for picture in every:
        _place(picture)
    adapters.tell("pictures_quarantined", pictures=Picture.objects.filter(pk__in=ids), of=of)


def _place(picture):
    enqueue("community.place_picture", str(picture.pk), queue="io")


def hashes_within(keys):
    """Fills "hashes_within": what the pictures of a thing are known by."""
    found = {}
    for key, told in adapters.slot("pictures_within", keys).items():
        rows = Picture.objects.filter(pk__in=[one for some in told for one in some])
        both = rows.values_list("sha256", "pixels_sha256")
        found[key] = {"sha256": {row[0] for row in both if row[0]}, "pixels": {row[1] for row in both if row[1]}}
    return found


def portraits_and_kept(keys):
    """Fills "pictures_within" for what this room has: a picture itself, and the images of its owner in a collection."""
    from community.models import Collection

    found = {}
    for label, pk in keys:
        if label == "community.Picture":
            found[label, pk] = list(Picture.objects.filter(pk=pk).values_list("pk", flat=True))
        elif label == "community.Collection":
            row = Collection.objects.filter(pk=pk).first()
            rows = list(row.rows.values_list("subject", "row")) if row else []
            # What others made is theirs: a collection is no way to take it from them. Each is reported for itself.
            found[label, pk] = [
                one
                for pictures_of in adapters.slot("pictures_within", [(kind, str(key)) for kind, key in rows]).values()
                for ids in pictures_of
                for one in Picture.objects.filter(pk__in=ids, owner=row.owner).values_list("pk", flat=True)
            ]
    return found
