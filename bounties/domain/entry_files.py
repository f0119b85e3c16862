"""Files of entries: looked at before they are kept, private until they are awarded."""

import hashlib
import tempfile
import uuid

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bounties.models import EntryFile
from bounties.states import BountyState
from civitai import storages
from civitai.errors import Refused
from models_hub.formats import sniff
from models_hub.formats.errors import BadFile
from models_hub.formats.naming import clean_name

MAX_BYTES = 500 * 1024 * 1024


def keep(entry, file):
    """Stores a file of a form under a key of its own. Raises Refused for pickles, programs, bombs and lies."""
    if file.size > MAX_BYTES:
        raise Refused(_("At most 500 MB a file."), field="files")
    with tempfile.NamedTemporaryFile(prefix="entry-") as copy:
        digest = hashlib.sha256()
        for chunk in file.chunks():
            copy.write(chunk)
            digest.update(chunk)
        copy.flush()
        _check(copy, file.name)
        key = f"bounties/{entry.bounty_id}/{uuid.uuid4()}"
        copy.seek(0)
        storages.private().put(key, copy)
    return EntryFile.objects.create(
        entry=entry, name=clean_name(file.name), key=key, size_bytes=file.size, sha256=digest.hexdigest()
    )


def _check(source, name):
    refusal = None
    for accept in (sniff.accept_model_file, sniff.accept_training_data):
        try:
            return accept(source, name)
        except BadFile as bad:
            refusal = refusal or bad
    raise Refused(refusal.sentence, field="files", code=refusal.code)


def open_to(user):
    """Files that `user` may have: his own, those he paid for, and awarded ones once all is over."""
    over = Q(entry__given__gt=0, entry__bounty__state=BountyState.AWARDED, entry__hidden_at=None)
    if not getattr(user, "is_authenticated", False):
        return EntryFile.objects.filter(over)
    if user.is_moderator:
        return EntryFile.objects.all()
    return EntryFile.objects.filter(over | Q(entry__owner=user) | Q(entry__awards__user=user)).distinct()


def link(file):
    return storages.private().presigned_get(file.key, filename=file.name)
