"""Sends what waits in an outbox: once each, by any number of workers, later again when the mail server is away."""

import logging
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation

log = logging.getLogger("moderation.letters")
# The waits double: the last attempt is made about a day after the first.
MOST_ATTEMPTS = 13
FIRST_WAIT = timedelta(seconds=20)
AT_ONCE = 50


def send(letters, *, address, written, kept=None, wait=timedelta(0)):
    """How many of the model `letters` went out. `wait`: how long each lies at least, so that it may be taken back.

    `address(row)` may be empty: then there is nobody to tell. `written(row)` is (subject, text), asked in the row's
    language. `kept(row)` is what stays of its facts once it is sent.
    """
    waiting = letters.objects.filter(_is_due(timezone.now(), wait), sent_at=None).order_by("id")
    return sum(
        _send(letters, pk, address, written, kept) for pk in list(waiting.values_list("pk", flat=True)[:AT_ONCE])
    )


def _is_due(now, wait):
    due = Q(attempts=0, created_at__lte=now - wait)
    for attempts in range(1, MOST_ATTEMPTS):
        due |= Q(attempts=attempts, created_at__lte=now - wait - FIRST_WAIT * 2**attempts)
    return due


def _send(letters, pk, address, written, kept):
    with transaction.atomic():
        row = letters.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk, sent_at=None).first()
        if row is None:
            return 0
        letters.objects.filter(pk=pk).update(attempts=row.attempts + 1)
        try:
            with transaction.atomic():
                _deliver(row, address(row), written)
        except OSError:
            log.exception("%s %s was not sent", letters.__name__, pk)
            return 0
        facts = kept(row) if kept else row.facts
        letters.objects.filter(pk=pk).update(sent_at=timezone.now(), facts=facts)
    return 1


def _deliver(row, address, written):
    if not address:
        return
    with translation.override(row.language):
        subject, text = written(row)
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    # The same number each time: a mail server that got it twice can tell.
    headers = {"Message-ID": f"<{row._meta.model_name}-{row.pk}@{domain}>", "Auto-Submitted": "auto-generated"}
    EmailMessage(subject, text, to=[address], headers=headers).send()
