"""Large files: from the browser straight into the private store, in parts that survive a lost network.

The row knows the multipart upload; the store knows which parts it has. A reload finds the open upload
again by its fingerprint (name, size, time, first and last MiB) and sends only what is missing.
Rooms register what may be uploaded and how large it may be.
"""

import math
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai import storages
from civitai.access import ScopedQuerySet
from civitai.errors import Refused, StaleState
from civitai.states import Moves, Stateful

MIB = 1024 * 1024
SMALLEST_PART = 8 * MIB  # the store's own minimum is 5
MAX_PARTS = 1000
SIGN_AT_ONCE = 20
OPEN_AT_ONCE = 50
STALE_AFTER = timedelta(days=7)


class UploadState(models.TextChoices):
    OPEN = "open", _("open")
    COMPLETE = "complete", _("complete")
    ABORTED = "aborted", _("aborted")


class UploadQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        return self.filter(owner=user) if user.is_authenticated else self.none()

    editable_by = visible_to


class Upload(Stateful):
    moves = Moves(
        {UploadState.OPEN: {UploadState.COMPLETE, UploadState.ABORTED}, UploadState.COMPLETE: {UploadState.ABORTED}}
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    state = models.CharField(max_length=16, choices=UploadState, default=UploadState.OPEN)
    purpose = models.CharField(max_length=32)
    filename = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    fingerprint = models.CharField(max_length=128, blank=True)
    key = models.CharField(max_length=200, unique=True)
    multipart_id = models.CharField(max_length=500)
    part_size = models.BigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    # Set by the room that took the object over; the sweeper leaves it alone from then on.
    taken_at = models.DateTimeField(null=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "purpose", "fingerprint"], name="upload_resume"),
            models.Index(fields=["created_at"], condition=models.Q(taken_at=None), name="upload_sweep"),
        ]
        constraints = [models.CheckConstraint(name="upload_size_positive", condition=models.Q(size_bytes__gt=0))]

    def __str__(self):
        return f"{self.filename} ({self.state})"

    @property
    def parts(self):
        return math.ceil(self.size_bytes / self.part_size)

    def size_of(self, number):
        """What part `number` (from 1) must weigh, in bytes."""
        return min(self.part_size, self.size_bytes - (number - 1) * self.part_size)


@dataclass(frozen=True)
class Purpose:
    max_bytes: int
    check: object


_purposes = {}


def register_purpose(name, *, max_bytes, check=lambda user, filename, size: None):
    """`check(user, filename, size)` raises Refused for what this purpose does not take."""
    _purposes[name] = Purpose(max_bytes, check)


def part_size_for(size):
    return max(SMALLEST_PART, math.ceil(math.ceil(size / MAX_PARTS) / MIB) * MIB)


def begin(owner, *, purpose, filename, size, fingerprint=""):
    """The open upload of this very file if there is one, else a new one. Raises Refused."""
    rule = _purposes.get(purpose)
    if rule is None:
        raise Refused(_("This page does not take files."), code="purpose")
    if not isinstance(size, int) or size <= 0:
        raise Refused(_("This file is empty."), code="empty")
    if size > rule.max_bytes:
        limit = rule.max_bytes // MIB
        raise Refused(
            _("This file is larger than the %(limit)s MB that we take here.") % {"limit": f"{limit:,}"},
            code="too_large",
        )
    filename = _plain_name(filename)
    rule.check(owner, filename, size)
    open_ones = Upload.objects.filter(owner=owner, state=UploadState.OPEN)
    if fingerprint:
        same = open_ones.filter(purpose=purpose, fingerprint=fingerprint, size_bytes=size, taken_at=None).first()
        if same is not None:
            return same
    if open_ones.count() >= OPEN_AT_ONCE:
        raise Refused(_("You have many unfinished uploads. Finish or cancel some of them first."), code="too_many_open")
    key = f"uploads/{timezone.now():%Y/%m}/{uuid.uuid4()}"
    multipart = storages.private().create_multipart(key)
    return Upload.objects.create(
        owner=owner,
        purpose=purpose,
        filename=filename,
        size_bytes=size,
        fingerprint=fingerprint[:128],
        key=key,
        multipart_id=multipart,
        part_size=part_size_for(size),
    )


def _plain_name(filename):
    name = "".join(letter for letter in str(filename).replace("\\", "/").rsplit("/", 1)[-1] if letter.isprintable())
    if not name.strip(". "):
        raise Refused(_("This file has no name."), code="name")
    stem, dot, ending = name.rpartition(".")
    return name if len(name) <= 255 else f"{stem[: 254 - len(ending)]}{dot}{ending[:20]}"


def received(upload):
    """Numbers of the parts that the store has in full."""
    if upload.state != UploadState.OPEN:
        return list(range(1, upload.parts + 1)) if upload.state == UploadState.COMPLETE else []
    return [part.number for part in _whole_parts(upload)]


def _whole_parts(upload):
    parts = storages.private().list_parts(upload.key, upload.multipart_id)
    whole = [part for part in parts if part.number <= upload.parts and part.size == upload.size_of(part.number)]
    # Of a part that was sent again, the last that came whole.
    return list({part.number: part for part in whole}.values())


def sign(upload, numbers):
    """{number: address} for at most 20 parts; each address lives an hour. Raises Refused."""
    if upload.state != UploadState.OPEN:
        raise Refused(_("This upload has ended. Choose the file again."), code="ended")
    good = isinstance(numbers, list) and all(type(number) is int and 1 <= number <= upload.parts for number in numbers)
    if not good or not 1 <= len(numbers) <= SIGN_AT_ONCE:
        raise Refused(_("The page asked for parts that this file does not have. Load it again."), code="parts")
    store = storages.private()
    return {number: store.sign_part(upload.key, upload.multipart_id, number) for number in numbers}


def complete(upload):
    """Joins the parts; asked twice, it is complete already. Raises Refused and keeps the parts when some are missing."""
    if upload.state == UploadState.COMPLETE:
        return upload
    if upload.state != UploadState.OPEN:
        raise Refused(_("This upload has ended. Choose the file again."), code="ended")
    parts = _whole_parts(upload)
    missing = upload.parts - len(parts)
    if missing:
        raise Refused(
            _("%(count)s parts have not arrived. Go on with the upload.") % {"count": missing}, code="parts_missing"
        )
    storages.private().complete_multipart(upload.key, upload.multipart_id, parts)
    if storages.private().size(upload.key) != upload.size_bytes:
        raise Refused(_("The file that arrived is not the file that was sent. Upload it again."), code="size")
    try:
        return upload.move(UploadState.COMPLETE)
    except StaleState:
        upload.refresh_from_db()
        return upload


def abort(upload, *, by=None):
    """Ends it and frees what it holds. Twice is fine."""
    if upload.taken_at:
        raise Refused(_("This file is in use already."), code="taken")
    try:
        upload.move(UploadState.ABORTED, by=by)
    except StaleState:
        return upload
    # The row goes first: an object without a row is swept, a row without an object would be a lie.
    storages.private().abort_multipart(upload.key, upload.multipart_id)
    storages.private().delete(upload.key)
    return upload


def take(upload_id, *, owner, purpose):
    """The room's side: a complete upload, once. Its object is the caller's from now on. Raises Refused."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().filter(pk=upload_id, owner=owner, purpose=purpose).first()
        if upload is None or upload.state != UploadState.COMPLETE:
            raise Refused(_("This file has not arrived completely."), code="incomplete")
        if upload.taken_at:
            raise Refused(_("This file is in use already."), code="taken")
        Upload.objects.filter(pk=upload.pk).update(taken_at=timezone.now())
        upload.refresh_from_db()
        return upload


def sweep(*, now=None):
    """Ends what nobody has finished or taken for a week. Safe to run twice."""
    before = (now or timezone.now()) - STALE_AFTER
    for upload in Upload.objects.filter(taken_at=None, created_at__lt=before).exclude(state=UploadState.ABORTED)[:500]:
        abort(upload)
