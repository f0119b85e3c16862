"""What may show a child in a sexual way is kept, and is nobody's: whatever kind of thing it is, wherever its bytes lie.

A thing is hidden under QUARANTINED, which its room's querysets leave out for its owner and for moderators alike. Its
pictures, and all with the same file or pixels, are held by the room of pictures, which asks each room for them by the
slot "pictures_within". Twice is once, and a lift gives back what this very quarantine held, and nothing else.
"""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from civitai import adapters
from civitai.moderated import QUARANTINED
from moderation.models import Quarantine


def impose(kind, row, *, by=None):
    """Hidden already for another reason, it is taken over, and `lift` puts it back under that."""
    with transaction.atomic():
        is_hidden = row.hidden_at is not None
        under = [row.hidden_by_id, row.hidden_reason] if is_hidden and row.hidden_reason != QUARANTINED else None
        if not is_hidden:
            kind.hide(row, by=by, reason=QUARANTINED)
        elif under:
            row.take_over(by=by, reason=QUARANTINED)
        Quarantine.objects.get_or_create(subject=kind.label, row=str(row.pk), lifted_at=None, defaults={"under": under})
        adapters.tell("quarantined", subject=kind.label, pk=str(row.pk))


def lift(kind, pk):
    """Its bytes are given back. Returns whether it stays hidden, for what had hidden it before."""
    with transaction.atomic():
        mine = Quarantine.objects.select_for_update().filter(subject=kind.label, row=str(pk), lifted_at=None).first()
        if mine is None:
            return False
        mine.lifted_at = timezone.now()
        mine.save(update_fields=["lifted_at"])
        adapters.tell("quarantine_lifted", subject=kind.label, pk=str(pk))
        if mine.under:
            held_by, reason = mine.under
            kind.row(pk).take_over(by=User.objects.filter(pk=held_by).first(), reason=reason)
        return bool(mine.under)
