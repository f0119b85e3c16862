"""Takes the objects of removed and refused files out of the store. Rows go first; this follows, any time later."""

from django.utils import timezone

from civitai import storages
from models_hub.models import ModelFile
from models_hub.states import FileState

AT_ONCE = 200


def sweep():
    """Returns how many objects went. Safe to run twice and anywhere: deleting what is gone is fine."""
    store = storages.private()
    waiting = ModelFile.objects.filter(state__in=[FileState.REMOVED, FileState.REFUSED], swept_at=None)
    swept = 0
    for file in waiting.order_by("id")[:AT_ONCE]:
        store.delete(file.key)
        swept += ModelFile.objects.filter(pk=file.pk, swept_at=None).update(swept_at=timezone.now())
    return swept
