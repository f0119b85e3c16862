"""What moderation does to a model: hidden with its samples, and brought back as it was."""

from django.db import transaction

from community.domain import pictures
from models_hub.domain import samples
from models_hub.states import ModelState


def hide(model, *, by, reason):
    """Its owner and moderators alone see it. Returns whether this act hid it."""
    with transaction.atomic():
        if not model.hide(by=by, reason=reason):
            return False
        samples.conceal(samples.of(model))
    return True


def restore(model, *, by):
    with transaction.atomic():
        if not model.restore(by=by):
            return False
        if model.state == ModelState.PUBLISHED:
            samples.refresh(model)
            pictures.show(samples.shown(model))
    return True
