"""What removal cases do to a model: frozen, taken down, its name taken out, licensed, put back.

The moderation room tells of each in its own transaction; objects of the store follow in a worker (`settle_files`),
which may run twice and late, since nobody is given an address from the moment of the commit.
"""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai import storages
from civitai.errors import Refused
from civitai.jobs import enqueue
from community.domain import pictures
from models_hub.domain import renaming, samples
from models_hub.domain.stored import new_key, troubles
from models_hub.models import FileHash, FormerHash, Model, ModelFile
from models_hub.models.model import FROZEN
from models_hub.states import FileState, ModelState
from moderation.domain.cases import traces
from moderation.naming import Names

LABEL = "models_hub.Model"


def _locked(subject, pk):
    return Model.objects.select_for_update().filter(pk=pk).first() if subject == LABEL else None


def frozen(*, subject, pk, level, was, case, **facts):
    """At level 2 and 3 its page and files are closed and links that were given out die; below, it comes back."""
    model = _locked(subject, pk)
    if model is None:
        return
    now = timezone.now() if level else None
    Model.objects.filter(pk=model.pk).update(freeze_level=level, frozen_at=now, case_reference=case.reference)
    if level >= FROZEN > was:
        samples.conceal(samples.of(model))
        settle_soon(model)
    elif was >= FROZEN > level and model.taken_down_at is None:
        _show(model)


def _show(model):
    if model.state == ModelState.PUBLISHED and not model.is_hidden:
        samples.refresh(model)
        pictures.show(samples.shown(model))


def taken_down(*, subject, pk, case, **facts):
    """Nobody's any more: no page, no files, no list; its row stays, and answers to its hashes without a name."""
    model = _locked(subject, pk)
    if model is None:
        return None
    if model.taken_down_at is None:
        traces.keep(case, LABEL, model.pk, {"usage": model.usage})
        Model.objects.filter(pk=model.pk).update(taken_down_at=timezone.now(), case_reference=case.reference)
        samples.conceal(samples.of(model))
        settle_soon(model)
    return [("files_out", ModelFile.objects.filter(version__model=model, state=FileState.READY).count())]


def licensed(*, subject, pk, agreement, **facts):
    """People draw with it here and don't get the file."""
    model = _locked(subject, pk)
    if model is None:
        return None
    case = agreement.case
    if model.usage != "generation":
        traces.keep(case, LABEL, model.pk, {"usage": model.usage})
        Model.objects.filter(pk=model.pk).update(
            usage="generation", case_reference=case.reference, frozen_at=timezone.now()
        )
        settle_soon(model)
    return [("licensed", 1), ("downloads_off", 1)]


def name_taken_out(*, subject, pk, names, case, **facts):
    """Title, versions, words, tags, file names and headers without any form of the names; what was is kept to undo it."""
    model = _locked(subject, pk)
    if model is None:
        return None
    told = renaming.take_out(model, Names(names), case)
    Model.objects.filter(pk=model.pk).update(usage="download")
    settle_soon(model)
    return told


def restored(*, subject, pk, case, **facts):
    """Everything that this case changed of it, back as it was: bytes, names, tags, addresses."""
    model = _locked(subject, pk)
    if model is None:
        return None
    count = renaming.put_back(model, case)
    for trace in traces.of(case, LABEL).filter(row=str(model.pk)):
        Model.objects.filter(pk=model.pk).update(usage=trace.before.get("usage", "download"))
        traces.undone(trace)
        count += 1
    if model.taken_down_at is not None:
        Model.objects.filter(pk=model.pk).update(taken_down_at=None)
        model.taken_down_at = None
    if model.freeze_level < FROZEN:
        _show(model)
    settle_soon(model)
    return [("restored", count)] if count else None


# Objects of the store.


def settle_soon(model):
    enqueue("models_hub.settle_files", model.pk, queue="io")


def settle_files(model_id=None):
    """Each file's object lies where it belongs: under a new key since its model was frozen, in quarantine while it is
    taken down. May run twice and late. Returns how many moved.
    """
    waiting = ModelFile.objects.filter(state=FileState.READY).select_related("version__model")
    if model_id is not None:
        waiting = waiting.filter(version__model=model_id)
    else:
        from django.db.models import F, Q

        down = Q(version__model__taken_down_at__isnull=False)
        stale = Q(version__model__frozen_at__isnull=False) & (
            Q(moved_at=None) | Q(moved_at__lt=F("version__model__frozen_at"))
        )
        waiting = waiting.filter(stale | Q(down, held_in="private") | Q(held_in="quarantine") & ~down)
    return sum(_settle(file) for file in waiting[:500])


def _settle(file):
    model = file.version.model
    to = "quarantine" if model.taken_down_at else "private"
    is_stale = model.frozen_at is not None and (file.moved_at is None or file.moved_at < model.frozen_at)
    if file.held_in == to and not is_stale:
        return 0
    here, there, key = storages.named(file.held_in), storages.named(to), new_key()
    with troubles():
        if not here.exists(file.key):
            return 0
        here.copy(file.key, key, to=there)
        mine = ModelFile.objects.filter(pk=file.pk, key=file.key, held_in=file.held_in)
        if mine.update(key=key, held_in=to, moved_at=timezone.now()):
            here.delete(file.key)
            return 1
        there.delete(key)  # another worker was quicker
    return 0


def erase_overdue(*, now=None):
    """What was taken down so long ago that nobody may object any more leaves the quarantine store."""
    from moderation.case_policy import policy

    over = (now or timezone.now()) - policy.clocks.quarantine_days
    old = ModelFile.objects.filter(version__model__taken_down_at__lt=over, held_in="quarantine", swept_at=None)
    for file in old[:200]:
        with troubles():
            storages.quarantine().delete(file.key)
        ModelFile.objects.filter(pk=file.pk).update(swept_at=timezone.now())


# What others ask.


def require_free(model):
    """Raises Refused while somebody's right to it is looked at."""
    row = Model.objects.filter(pk=model.pk).values("freeze_level", "taken_down_at", "case_reference").first()
    if row and (row["freeze_level"] or row["taken_down_at"]):
        raise Refused(
            _("This stays as it is while case %(reference)s is open.") % {"reference": row["case_reference"]},
            code="frozen",
        )


def require_without_names(model, fields):
    """Raises Refused for a name that was taken out and comes back, in whatever spelling."""
    names = Names(model.names_out)
    if not names:
        return
    for field, value in fields.items():
        texts = value if isinstance(value, list | tuple) else [value]
        if any(isinstance(text, str) and names.are_in(text) for text in texts):
            raise Refused(
                _("This name was taken out here by a removal case. Choose another."), field=field, code="name_out"
            )


def hashes_of(keys):
    """Fills "hashes_of": what the registry knows a model by."""
    found = {}
    for label, pk in keys:
        if label == LABEL:
            rows = [*_hashes(FileHash, pk), *_hashes(FormerHash, pk)]
            found[label, pk] = {
                "sha256": sorted({value for kind, value in rows if kind == "SHA256"}),
                "tensors": sorted({value for kind, value in rows if kind == "AutoV3"}),
            }
    return found


def _hashes(hashes, pk):
    return hashes.objects.filter(file__version__model=pk, kind__in=["SHA256", "AutoV3"]).values_list("kind", "value")


def snapshots(keys):
    """Fills "case_snapshot": what a model was when the request came."""
    found = hashes_of(keys)
    rows = Model.objects.in_bulk([int(pk) for label, pk in keys if label == LABEL])
    return {
        (label, pk): {"hashes": found[label, pk], "name": rows[int(pk)].name, "slug": rows[int(pk)].named_slug}
        for label, pk in keys
        if label == LABEL and int(pk) in rows
    }


def find_by_sha256(values, *, hidden=False):
    """Fills "find_by_sha256": published models that hold these very files; `hidden`: all, for moderators."""
    asked = {value.upper(): value for value in values}
    rows = FileHash.objects.filter(kind="SHA256", value__in=asked, file__state=FileState.READY)
    shown = Model.objects.all() if hidden else Model.objects.published()
    rows = rows.filter(file__version__model__in=shown).order_by("file__version__model")
    found = {}
    for value, pk in rows.values_list("value", "file__version__model").distinct()[:200]:
        found.setdefault(asked[value], []).append((LABEL, str(pk)))
    return found


def case_files(keys):
    """Fills "case_files": what a moderator of a case may open."""
    found = {}
    for label, pk in keys:
        if label == LABEL:
            rows = ModelFile.objects.filter(version__model=pk, state=FileState.READY, swept_at=None).order_by("pk")
            found[label, pk] = [
                {"name": file.name, "size_bytes": file.size_bytes, "key": file.key, "stores": [file.held_in]}
                for file in rows
            ]
    return found


def licensed_above(version_ids):
    """Fills "licensed_above": the things whose licence a version falls under."""
    from models_hub.models import ModelVersion

    rows = ModelVersion.objects.filter(pk__in=version_ids, model__usage="generation")
    return {pk: [(LABEL, str(model))] for pk, model in rows.values_list("pk", "model")}


def resolve(paths):
    """Fills "resolve_url": addresses of models and of their versions."""
    import re

    found = {}
    for path in paths:
        if named := re.match(r"/(?:api/v1/)?models/(\d{1,9})(?:/|\?|$)", path):
            found[path] = (LABEL, named[1])
    return found
