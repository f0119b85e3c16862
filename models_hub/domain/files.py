"""Files of a version: taken over from an upload, checked in a worker, removed."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from civitai import storages, uploads
from civitai.errors import Refused
from civitai.jobs import JobState, enqueue
from models_hub.catalogue.kinds import PRIMARY_FILE_TYPES
from models_hub.domain import withholding
from models_hub.domain.stored import new_key
from models_hub.formats.errors import refuse as bad_file
from models_hub.formats.sniff import sniff_by_name
from models_hub.models import FileCheck, ModelFile, ModelVersion
from models_hub.states import FileState, ModelState

PURPOSE = "model_file"
MAX_BYTES = 24 << 30
# A form of a browser without a script sends the whole file through the web server.
MAX_PLAIN_BYTES = 512 << 20
MOST_FILES = 20


def check_name(user, filename, size):
    """The purpose's own rule: what can only be refused is refused before a byte is sent."""
    code = sniff_by_name(filename)
    if code:
        raise bad_file(code)


def add_file(version, upload_id, by):
    """The ModelFile of a complete upload of `by`, being checked. Asked twice, the same one. Raises Refused."""
    with transaction.atomic():
        known = ModelFile.objects.filter(version=version, upload=upload_id).exclude(state=FileState.REMOVED).first()
        if known:
            return known
        _lock_for_more(version)
        upload = uploads.take(upload_id, owner=by, purpose=PURPOSE)
        return _add(version, name=upload.filename, key=upload.key, size_bytes=upload.size_bytes, upload=upload)


def add_plain_file(version, file, *, name, by):
    """As add_file, for a file that came with a form. Raises Refused."""
    if file.size > MAX_PLAIN_BYTES:
        raise Refused(_("Without JavaScript we take files up to 512 MB. Turn it on to send larger ones."), field="file")
    if not file.size:
        raise bad_file("empty")
    check_name(by, name, file.size)
    key = new_key()
    size_bytes = file.size  # the store's client closes what it has sent
    storages.private().put(key, file)
    with transaction.atomic():
        _lock_for_more(version)
        return _add(version, name=name[:255], key=key, size_bytes=size_bytes)


def _lock_for_more(version):
    locked = ModelVersion.objects.select_for_update().get(pk=version.pk)
    withholding.require_free(locked.model)
    if locked.state == ModelState.REMOVED:
        raise Refused(_("This version was removed."), code="removed")
    if locked.files.exclude(state=FileState.REMOVED).count() >= MOST_FILES:
        raise Refused(_("A version has at most %(count)s files. Remove one first.") % {"count": MOST_FILES})


def _add(version, *, name, key, size_bytes, upload=None):
    file = ModelFile.objects.create(version=version, upload=upload, name=name, key=key, size_bytes=size_bytes)
    FileCheck.objects.create(file=file).enqueue()
    return file


def check_again(file, *, by):
    """A new check of a file whose check broke off. Nothing happens while one is waiting or running."""
    with transaction.atomic():
        job = FileCheck.objects.select_for_update().filter(file=file).first()
        if file.state != FileState.CHECKING or (job and job.state in (JobState.QUEUED, JobState.RUNNING)):
            return file
        if job:
            job.delete()
        FileCheck.objects.create(file=file).enqueue()
    return file


def remove_file(file, *, by):
    """Gone for everybody at once; the object leaves the store a little later. Raises Refused, StaleState.

    A published version keeps at least one file that can be downloaded.
    """
    with transaction.atomic():
        version = ModelVersion.objects.select_for_update().get(pk=file.version_id)
        withholding.require_free(version.model)
        others = version.files.filter(state=FileState.READY).exclude(pk=file.pk)
        if version.state == ModelState.PUBLISHED and file.state == FileState.READY and not others.exists():
            raise Refused(_("This is the only file of a published version. Unpublish it first, or add another."))
        file.move(FileState.REMOVED, by=by, is_primary=False)
        for job in FileCheck.objects.filter(file=file):
            job.cancel(by=by)
        heir = others.filter(type__in=PRIMARY_FILE_TYPES).order_by("id").first()
        if heir and not others.filter(is_primary=True).exists():
            ModelFile.objects.filter(pk=heir.pk).update(is_primary=True)
        sweep_soon()
    return file


def make_primary(file, *, by):
    """What people get who do not choose. Raises Refused for a file that is not ready."""
    if file.state != FileState.READY:
        raise Refused(_("This file is not ready yet."))
    with transaction.atomic():
        ModelVersion.objects.select_for_update().get(pk=file.version_id)
        ModelFile.objects.filter(version=file.version_id, is_primary=True).update(is_primary=False)
        ModelFile.objects.filter(pk=file.pk).update(is_primary=True)
    file.is_primary = True
    return file


def remove_all(version, *, by):
    """All files of a version that is being removed; inside the caller's transaction."""
    for file in version.files.exclude(state=FileState.REMOVED):
        file.move(FileState.REMOVED, by=by, is_primary=False)
        for job in FileCheck.objects.filter(file=file):
            job.cancel(by=by)
    sweep_soon()


def sweep_soon():
    enqueue("models_hub.sweep_files", queue="io")
