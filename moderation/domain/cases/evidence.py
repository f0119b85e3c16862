"""Pictures that a claimant sends: kept privately, decoded where every stranger's picture is, seen by moderators alone."""

import hashlib
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils.translation import gettext_lazy as _

from civitai import adapters, storages
from civitai.errors import Refused
from civitai.jobs import enqueue
from moderation.case_policy import policy
from moderation.models import Evidence

MIB = 1024 * 1024


def check(files):
    """Raises Refused before anything is kept."""
    if len(files) > policy.limits.evidence:
        raise Refused(_("At most %(n)s pictures.") % {"n": policy.limits.evidence}, field="evidence")
    for file in files:
        if file.size > policy.limits.evidence_mb * MIB:
            raise Refused(_("A picture has at most %(n)s MB.") % {"n": policy.limits.evidence_mb}, field="evidence")


def add(case, files):
    """Each once. What a file really is, a worker finds out; nobody is shown the file itself."""
    check(files)
    room = policy.limits.evidence - case.evidence.count()
    for file in files[: max(0, room)]:
        body = file.read()
        sha256 = hashlib.sha256(body).hexdigest()
        if case.evidence.filter(sha256=sha256).exists():
            continue
        key = f"cases/{case.reference}/{uuid.uuid4()}"
        storages.private().put(key, body)
        row = Evidence.objects.create(
            case=case, name=str(file.name)[:200], key=key, sha256=sha256, size_bytes=len(body)
        )
        enqueue("moderation.look_at_evidence", row.pk, queue="cpu")


def look_at(pk):
    """Decoded in a process of its own, and drawn anew for moderators. Twice changes nothing."""
    row = Evidence.objects.filter(pk=pk, shown_key="", refusal="").first()
    if row is None:
        return
    with TemporaryDirectory(prefix="evidence-") as folder:
        path = Path(folder) / "file"
        storages.private().download(row.key, path)
        found = next(iter(adapters.tell("decode_picture", path=path, folder=Path(folder))), {"refused": "no decoder"})
        if "refused" in found:
            Evidence.objects.filter(pk=pk).update(refusal=found["refused"][:40])
            return
        width = max(found["widths"])
        key = f"{row.key}.webp"
        storages.private().put(key, (Path(folder) / f"{width}.webp").read_bytes(), content_type="image/webp")
        Evidence.objects.filter(pk=pk).update(shown_key=key)
