"""Asks and fills the registry. What can't be asked is held: the registry fails closed."""

import logging

from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from moderation.domain import log
from moderation.models.registry import RegistryEntry, RegistryKind, RegistryMode
from moderation.naming import Names, normal

logger = logging.getLogger("civitai.registry")
HELD = _("This is held under the registry: a moderator looks at it first.")
BLOCKED = _("This can't be published: it is in the registry of what was taken down. You can object to that.")
EXACT = (RegistryKind.SHA256, RegistryKind.TENSORS, RegistryKind.PIXELS)


def enter(kind, value, *, mode, source, by=None, ends_at=None):
    """The entry of `source`, the case or the decision that it comes from; there already, it takes the stricter mode."""
    value = normalised(kind, value)
    if not value:
        return None
    row, made = RegistryEntry.objects.get_or_create(
        kind=kind, value=value, source=source, defaults={"mode": mode, "by": by, "ends_at": ends_at}
    )
    if not made and _strictness(mode) <= _strictness(row.mode):
        return row
    if not made:
        row.mode, row.by = mode, by
        row.save(update_fields=["mode", "by"])
    log.record("registry", by=by, because=f"{kind} {mode}", after={"source": source})
    return row


def enter_hashes(found, *, mode, source, by=None):
    """{kind of EXACT: values} at once, with one line in the log. Twice is once. Returns how many are new."""
    wanted = {(kind, normalised(kind, value)) for kind, values in found.items() for value in values if value}
    known = set(RegistryEntry.objects.filter(source=source).values_list("kind", "value"))
    rows = [RegistryEntry(kind=kind, value=value, mode=mode, source=source, by=by) for kind, value in wanted - known]
    RegistryEntry.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    if rows:
        log.record("registry", by=by, because=f"hashes {mode}", after={"source": source, "entries": len(rows)})
    return len(rows)


def withdraw(source, *, by, because):
    """What this source has entered, and nothing of any other. Returns how many entries."""
    count, _each = RegistryEntry.objects.filter(source=source).delete()
    if count:
        log.record("registry withdrawn", by=by, because=because, before={"source": source, "entries": count})
    return count


def normalised(kind, value):
    text = str(value).strip()
    return text.lower()[:200] if kind in EXACT else normal(text)[:200]


def live():
    return RegistryEntry.objects.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()))


def find(kind, values):
    """Entries that match any of `values`: hashes exactly, names wherever they stand in a text."""
    values = [str(value) for value in values if value]
    if not values:
        return []
    if kind in EXACT:
        return list(live().filter(_is(kind, values)))
    rows = list(live().filter(kind__in=[RegistryKind.NAME, RegistryKind.TRIGGER]))
    return [row for row in rows if any(Names([row.value]).are_in(value) for value in values)]


def _is(kind, values):
    return Q(kind=kind, value__in=[normalised(kind, value) for value in values])


def verdict(kind, values):
    """ "block", "hold" or "" for what is about to become public."""
    return _strictest(lambda: find(kind, values))


def verdict_of(hashes):
    """The same for one thing that is known by several: {kind of EXACT: hash}, in one query."""
    return _strictest(lambda: found_of(hashes))


def found_of(hashes):
    wanted = Q(pk=None)
    for kind, value in hashes.items():
        if value:
            wanted |= _is(kind, [value])
    return list(live().filter(wanted))


def _strictest(look):
    try:
        found = look()
    except DatabaseError:
        logger.exception("the registry could not be asked")
        return RegistryMode.HOLD
    modes = {row.mode for row in found}
    return next((mode for mode in (RegistryMode.BLOCK, RegistryMode.HOLD) if mode in modes), "")


def hold_or_refuse(kind, values, *, field=None):
    """True when it must be held. Raises Refused when it is blocked."""
    said = verdict(kind, values)
    if said == RegistryMode.BLOCK:
        raise Refused(BLOCKED, field=field, code="registry")
    return said == RegistryMode.HOLD


def names_held():
    """The registry's names as one matcher, for prompts and texts."""
    return Names([row.value for row in live().filter(kind=RegistryKind.NAME).exclude(mode=RegistryMode.NOTICE)])


def _strictness(mode):
    return [RegistryMode.NOTICE, RegistryMode.LICENCE, RegistryMode.HOLD, RegistryMode.BLOCK].index(mode)
