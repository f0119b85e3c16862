"""Bounties as members put them up, entered as members enter."""

from datetime import timedelta
from itertools import count

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from bounties.domain import entering, publishing
from bounties.models import Bounty, EntryFileCheck
from bounties.tasks import check_file
from community.domain import pictures
from tests.factories.community import image
from tests.factories.models_hub import safetensors
from tests.factories.wallet import give
from wallet.money import credits

_numbers = count(1)


def picture_file(name="example.png"):
    return SimpleUploadedFile(name, image())


def model_file(name="azulejo.safetensors"):
    return SimpleUploadedFile(name, safetensors(salt=str(next(_numbers))))


def put_up(owner, *, reward=100, days=7, **fields):
    give(owner, reward)
    told = {"name": "Azulejo panels", "description": "They must **tile**.", "type": "LoraCreation", **fields}
    return publishing.put_up(
        owner,
        reward=credits(reward),
        ends_at=timezone.now() + timedelta(days=days),
        files=told.pop("files", [picture_file()]),
        submission=told.pop("submission", f"{next(_numbers):032x}"),
        **told,
    )


def enter(bounty, owner, *, checked=True, **fields):
    """An entry, with its files looked at as a worker does."""
    told = {"name": f"Entry of {owner.username}", "description": "", "images": [picture_file()], **fields}
    entry = entering.enter(
        bounty, owner, files=told.pop("files", [model_file()]), submission=f"{next(_numbers):032x}", **told
    )
    if checked:
        check_files(entry)
    return entry


def check_files(entry):
    for job in EntryFileCheck.objects.filter(file__entry=entry, state="queued"):
        check_file.plain(job.pk)


def prepare_pictures(*rows):
    """As a worker does: ready, and shown where what they belong to is."""
    for row in rows:
        for one in row.shown.select_related("picture"):
            pictures.prepare(one.picture)


def over(bounty, *, judged=False):
    """Its time has passed."""
    now = timezone.now()
    ended = now - timedelta(hours=72 if judged else 1)
    Bounty.objects.filter(pk=bounty.pk).update(ends_at=ended, judging_until=ended + timedelta(hours=48))
    bounty.refresh_from_db()
    return bounty
