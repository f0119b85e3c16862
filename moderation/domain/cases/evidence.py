"""What a claimant sends: kept privately, decoded where every stranger's picture is, seen by moderators alone."""

import hashlib
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from civitai import adapters, storages
from civitai.errors import Refused, StaleState
from civitai.jobs import enqueue
from moderation.case_policy import policy
from moderation.case_states import CaseState, Side
from moderation.domain.cases import acting
from moderation.domain.cases.filing import put_before_moderators
from moderation.models import Evidence
from moderation.models.case_papers import EvidenceKind

MIB = 1024 * 1024


def check(files):
    """Raises Refused before anything is kept."""
    if len(files) > policy.limits.evidence:
        raise Refused(_("At most %(n)s pictures.") % {"n": policy.limits.evidence}, field="evidence")
    if sum(file.size for file in files) > policy.limits.work_mb * MIB:
        raise Refused(_("All of them together have at most %(n)s MB.") % {"n": policy.limits.work_mb}, field="evidence")
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


def add_work(case, kind, *, file=None, url="", words=""):
    """Something only the maker has, for a moderator to look at: a file of any format, unopened, or an earlier post.

    Raises Refused with its field. The same file twice is one.
    """
    if case.state != CaseState.VERIFYING:
        raise StaleState
    if case.evidence.exclude(kind=EvidenceKind.PICTURE).count() >= policy.limits.works:
        raise Refused(_("That is enough: a moderator looks at what is there."), code="works")
    if kind == EvidenceKind.DATED:
        fields = _address(case, url)
    else:
        fields = _stored(case, file)
    with transaction.atomic():
        row, is_new = Evidence.objects.get_or_create(
            case=case, sha256=fields.pop("sha256"), defaults={"kind": kind, "words": words.strip()[:500], **fields}
        )
        if is_new:
            acting.note(case, "work_sent", side=Side.CLAIMANT)
            put_before_moderators(case, "P3", because=_("A work as proof waits to be looked at"))
    if is_new and kind == EvidenceKind.LARGER:
        enqueue("moderation.look_at_evidence", row.pk, queue="cpu")
    return row


def _address(case, url):
    url = url.strip()[:500]
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or "." not in (parts.hostname or ""):
        raise Refused(_("Give the address of the post, beginning with https://."), field="url")
    sha256 = hashlib.sha256(url.encode()).hexdigest()
    return {"url": url, "sha256": sha256, "size_bytes": 0, "key": f"cases/{case.reference}/{uuid.uuid4()}"}


def _stored(case, file):
    if file is None:
        raise Refused(_("Choose the file."), field="file")
    if file.size > policy.limits.work_mb * MIB:
        raise Refused(_("A file has at most %(n)s MB here.") % {"n": policy.limits.work_mb}, field="file")
    digest = hashlib.sha256()
    for part in file.chunks():
        digest.update(part)
    file.seek(0)
    key = f"cases/{case.reference}/{uuid.uuid4()}"
    storages.quarantine().put(key, file)
    name, size = str(file.name)[:200], file.size
    return {"name": name, "sha256": digest.hexdigest(), "size_bytes": size, "key": key, "held_in": "quarantine"}


def erase_overdue(*, now):
    """What was sent leaves a year after the end, as who sent it is forgotten. Rows after objects: a lost object is looked for again."""
    over = Evidence.objects.filter(case__closed_at__lte=now - policy.clocks.secret_days).order_by("pk")
    for row in over[:200]:
        if not row.url:
            storages.named(row.held_in).delete(row.key)
        if row.shown_key:
            storages.private().delete(row.shown_key)
        row.delete()


def look_at(pk):
    """Decoded in a process of its own, and drawn anew for moderators. Twice changes nothing."""
    row = Evidence.objects.filter(pk=pk, shown_key="", refusal="").first()
    if row is None:
        return
    with TemporaryDirectory(prefix="evidence-") as folder:
        path = Path(folder) / "file"
        storages.named(row.held_in).download(row.key, path)
        found = next(iter(adapters.tell("decode_picture", path=path, folder=Path(folder))), {"refused": "no decoder"})
        if "refused" in found:
            Evidence.objects.filter(pk=pk).update(refusal=found["refused"][:40])
            return
        width = max(found["widths"])
        key = f"{row.key}.webp"
        storages.private().put(key, (Path(folder) / f"{width}.webp").read_bytes(), content_type="image/webp")
        Evidence.objects.filter(pk=pk).update(shown_key=key)
