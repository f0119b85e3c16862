"""Files from this machine: for commands, demo content and trained results."""

from pathlib import Path

from django.db import transaction

from civitai import storages
from models_hub.domain import checking
from models_hub.domain.files import check_name
from models_hub.domain.stored import new_key
from models_hub.formats.errors import BadFile, refuse
from models_hub.models import ModelFile


def add_file_from_path(version, path, *, name=None, on_progress=None):
    """Puts the file into the private store and checks it here and now. Returns the ready ModelFile.

    The same rules as for an upload: raises BadFile with the sentence for the owner, and then nothing is kept.
    """
    path = Path(path)
    name = (name or path.name)[:255]
    size_bytes = path.stat().st_size
    if not size_bytes:
        raise refuse("empty")
    check_name(None, name, size_bytes)
    key = new_key()
    store = storages.private()
    with path.open("rb") as file:
        store.put(key, file)
    try:
        found = checking.look_at(key, name=name, size_bytes=size_bytes, on_progress=on_progress)
        with checking.discarding_copy(key, found):
            checking.require_unregistered(found, version.model.owner)
    except BadFile:
        store.delete(key)
        raise
    with transaction.atomic():
        file = ModelFile.objects.create(version=version, name=name, key=key, size_bytes=size_bytes)
        checking.accept(file, found)
    version.refresh_from_db()
    return file
