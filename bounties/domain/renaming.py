"""Takes a name out of bounties and entries, and puts it back from what was kept."""

from django.db.models import Q
from django.utils.text import slugify

from accounts.models import Notification
from bounties.domain.entry_files import new_key
from bounties.models import Bounty, BountyPicture, Entry, EntryFile, EntryPicture
from civitai import storages
from civitai.jobs import after_commit
from community.domain import tagging
from community.models import Picture
from models_hub.domain import checking
from models_hub.domain import renaming as models
from models_hub.states import FileState
from moderation.domain.cases import traces
from moderation.naming import Names

BOUNTY, ENTRY, MODEL = "bounties.Bounty", "bounties.Entry", "models_hub.Model"
FILE, NOTICE = "bounties.EntryFile", "bounties.Notice"
KINDS = {BOUNTY: Bounty, ENTRY: Entry, FILE: EntryFile, NOTICE: Notification}


def take_out(subject, pk, names, case):
    """[(what, how many)]. In the caller's transaction; a second time finds nothing more to take out."""
    names = Names(names)
    # Few and short beside models and images: each is read, so that no spelling is missed.
    count = sum(_bounty(row, names, case) for row in Bounty.objects.prefetch_related("tags").iterator(chunk_size=500))
    count += sum(_entry(row, names, case) for row in Entry.objects.iterator())
    files = sum(_file(row, names, case) for row in _files(subject, pk, names, case))
    shots = sum(models.clean_picture(picture, names, case) for picture in _pictures(names))
    notices = sum(
        _notice(row, names, case) for row in Notification.objects.filter(url__startswith="/bounties/").iterator()
    )
    return [("names_out", count + notices), ("files_cleaned", files), ("images_cleaned", shots)]


def _bounty(row, names, case):
    gone = [tag for tag in row.tags.all() if names.are_in(tag.name)]
    after = _words(row, names, else_name=f"Bounty {row.pk}")
    if after is None and not gone:
        return 0
    before = {"name": row.name, "description": row.description, "gone_slugs": row.gone_slugs}
    traces.keep(case, BOUNTY, row.pk, {**before, "tags": [tag.name for tag in gone]})
    row.tags.remove(*gone)
    slug = slugify(row.name)
    slugs = list(dict.fromkeys([*row.gone_slugs, slug])) if names.are_in(slug) else row.gone_slugs
    Bounty.objects.filter(pk=row.pk).update(gone_slugs=slugs, **(after or {}))
    return 1


def _entry(row, names, case):
    after = _words(row, names, else_name=f"Entry {row.pk}")
    if after is None:
        return 0
    traces.keep(case, ENTRY, row.pk, {"name": row.name, "description": row.description})
    Entry.objects.filter(pk=row.pk).update(**after)
    return 1


def _words(row, names, *, else_name):
    """What its name and description are without the names, or None when they never said them."""
    if not names.are_in(row.name) and not names.are_in(row.description):
        return None
    name = names.out_of(row.name) if names.are_in(row.name) else row.name
    return {"name": name or else_name, "description": names.out_of(row.description)}


def _notice(row, names, case):
    if not names.are_in(row.about) and not names.are_in(row.url):
        return 0
    # /bounties/7/a-title/ → /bounties/7/
    url = "/".join([*row.url.split("/")[:3], ""]) if names.are_in(row.url) else row.url
    traces.keep(case, NOTICE, row.pk, {"about": row.about, "url": row.url})
    Notification.objects.filter(pk=row.pk).update(about=names.out_of(row.about), url=url)
    return 1


def _pictures(names):
    ours = Q(pk__in=BountyPicture.objects.values("picture")) | Q(pk__in=EntryPicture.objects.values("picture"))
    return Picture.objects.filter(ours, names.said_in("generation_text", "filename"))


def _files(subject, pk, names, case):
    """Files of what the case names, and of entries that said the name, or that say it themselves."""
    about = {BOUNTY: Q(entry__bounty=pk), ENTRY: Q(entry=pk), MODEL: Q(entry__version__model=pk)}[subject]
    said = Q(entry__in=[int(trace.row) for trace in traces.of(case, ENTRY)])
    return EntryFile.objects.filter(about | said | names.said_in("name"), held_in="private")


def _file(row, names, case):
    """Its name and its header. The old object goes to the quarantine store; the tensors are the same bytes."""
    name = models.file_name_without(names, row)
    # What was not looked at yet nobody gets; its header is asked for the registry's names then.
    changes = models.header_changes(row, names) if row.state == FileState.READY else {}
    if name == row.name and not changes:
        return 0
    before, after = {"name": row.name}, {"name": name}
    if changes:
        kept_as, old_key = f"cases/{case.reference}/entry-{row.pk}", row.key
        storages.private().copy(row.key, kept_as, to=storages.quarantine())
        key, hashes, _description = checking.with_metadata(row, changes)
        before |= {"kept_as": kept_as, "sha256": row.sha256, "size_bytes": row.size_bytes}
        after |= {"key": key, "size_bytes": hashes.size_bytes, "sha256": hashes.as_dict()["SHA256"].lower()}
        after_commit(lambda: storages.private().delete(old_key))
    traces.keep(case, FILE, row.pk, before)
    EntryFile.objects.filter(pk=row.pk).update(**after)
    return 1


def put_back(case):
    """How many things say again what they said."""
    count = 0
    for label, kind in KINDS.items():
        for trace in list(traces.of(case, label)):
            row, before = kind.objects.filter(pk=trace.row).first(), dict(trace.before)
            if row is not None:
                _put_back(label, kind, row, before)
                count += 1
            traces.undone(trace)
    return count + models.put_pictures_back(case)


def _put_back(label, kind, row, before):
    if label == BOUNTY:
        row.tags.add(*tagging.named(before.pop("tags")))
    if kept_as := before.pop("kept_as", None):
        before["key"], old_key, held_in = new_key(), row.key, row.held_in
        storages.quarantine().copy(kept_as, before["key"], to=storages.named(held_in))
        after_commit(lambda: storages.named(held_in).delete(old_key))
    kind.objects.filter(pk=row.pk).update(**before)
