"""Writes and proves the log."""

import hashlib
import json

from django.db import connection, transaction
from django.utils import timezone

from moderation.models import ModerationEvent

BEGINNING = "0" * 64
LOCK = 0x6D6F64  # one writer at a time: the chain has one end
COVERED = ("what", "by_id", "by_name", "subject", "row", "title", "clause", "because", "before", "after")


def record(what, *, by=None, subject=None, title="", because="", clause="", before=None, after=None):
    """Appends an event, in the caller's transaction. `subject` is (label, key)."""
    label, row = subject or ("", "")
    event = ModerationEvent(
        at=timezone.now(),
        what=what,
        by_id=by.pk if by else None,
        by_name=by.username if by else "",
        subject=label,
        row=str(row),
        title=title[:200],
        clause=clause,
        because=str(because)[:1000],
        before=before or {},
        after=after or {},
    )
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        event.previous_hash = head()
        event.hash = hash_of(event)
        event.save(force_insert=True)
    return event


def head():
    """The hash of the newest event: who has kept it can tell whether anything before it was changed."""
    return ModerationEvent.objects.order_by("-id").values_list("hash", flat=True).first() or BEGINNING


def hash_of(event):
    body = {name: getattr(event, name) for name in COVERED} | {"at": event.at.isoformat()}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{event.previous_hash}\n{text}".encode()).hexdigest()


def broken_at():
    """The key of the first event that does not follow from the one before, or None when the chain holds."""
    previous = BEGINNING
    for event in ModerationEvent.objects.order_by("id").iterator(2000):
        if event.previous_hash != previous or event.hash != hash_of(event):
            return event.pk
        previous = event.hash
    return None
