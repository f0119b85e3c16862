"""The log's head, kept outside of the database: a chain alone does not show that its end was cut off."""

import json
import logging

from django.utils import timezone

from civitai import storages
from moderation.domain.log import BEGINNING
from moderation.models import ModerationEvent

log = logging.getLogger("moderation.log")
FOLDER = "moderation/log-heads/"


def keep():
    """Writes {at, event, hash} to the private store under a name of its own, and to the process's log. Returns it."""
    newest = ModerationEvent.objects.order_by("-id").first()
    now = timezone.now()
    told = {"at": now.isoformat(), "event": newest.pk if newest else 0, "hash": newest.hash if newest else BEGINNING}
    storages.private().put(
        f"{FOLDER}{now:%Y-%m-%dT%H-%M-%S-%f}.json", json.dumps(told).encode(), content_type="application/json"
    )
    log.info("head of the moderation log: event %(event)s, %(hash)s", told)
    return told


def kept():
    """All heads that were ever kept, oldest first."""
    store = storages.private()
    pages = store.client.get_paginator("list_objects_v2").paginate(Bucket=store.bucket, Prefix=FOLDER)
    keys = sorted(row["Key"] for page in pages for row in page.get("Contents", ()))
    return [json.loads(store.read(key)) for key in keys]


def lost(heads):
    """Those of `heads` (hashes) that the log does not hold any more, or never did."""
    heads = [one for one in heads if one != BEGINNING]
    held = set(ModerationEvent.objects.filter(hash__in=heads).values_list("hash", flat=True))
    return [one for one in heads if one not in held]
