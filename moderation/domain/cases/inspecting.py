"""A moderator looks at what nobody else gets any more: with a written reason, and each time it is on record."""

from django.utils.translation import gettext_lazy as _

from civitai import adapters, storages
from civitai.errors import Refused
from moderation.domain import log
from moderation.domain.cases import acting


def files_of(case):
    """[(key of the target, number, name, bytes)] of what a moderator may open. Rooms fill "case_files"."""
    return [
        (target.pk, number, file["name"], file["size_bytes"])
        for target in case.targets.all()
        for number, file in enumerate(_files(target))
    ]


def _files(target):
    key = (target.subject, target.row)
    return [file for told in adapters.slot("case_files", [key]).get(key, []) for file in told]


def open_evidence(row, *, by):
    """(name, an address that lives five minutes) of what a claimant sent; that it was opened is on record. Raises Refused."""
    store = storages.named(row.held_in)
    if row.url or not store.exists(row.key):
        raise Refused(_("It is not there any more."), code="gone")
    acting.note(row.case, "file_opened", by=by, facts={"name": row.name, "evidence": row.pk}, internal=True)
    log.record("case.open_evidence", by=by, subject=acting.named(row.case), title=row.case.reference)
    return row.name, store.presigned_get(row.key, filename=row.name or f"{row.sha256[:12]}.bin")


def open_file(case, *, target_id, number, by, because):
    """(name, an address that lives five minutes). Raises Refused without a reason, or when it is not there any more."""
    if not because.strip():
        raise Refused(_("Give the reason."), field="because")
    target = case.targets.filter(pk=target_id).first()
    files = _files(target) if target else []
    if not 0 <= number < len(files):
        raise Refused(_("It is not there any more."), code="gone")
    file = files[number]
    store = next((store for store in map(storages.named, file["stores"]) if store.exists(file["key"])), None)
    if store is None:
        raise Refused(_("It is not there any more."), code="gone")
    facts = {"name": file["name"], "because": because, "target": target.pk}
    acting.note(case, "file_opened", by=by, facts=facts, internal=True)
    log.record("case.open_file", by=by, subject=acting.named(case), title=case.reference, because=because)
    return file["name"], store.presigned_get(file["key"], filename=file["name"])
