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
    """The entry; there already, it takes the stricter mode. Seeds come from people: `source` names the decision."""
    value = normalised(kind, value)
    if not value:
        return None
    row, made = RegistryEntry.objects.get_or_create(
        kind=kind, value=value, defaults={"mode": mode, "source": source, "by": by, "ends_at": ends_at}
    )
    if not made and _strictness(mode) > _strictness(row.mode):
        row.mode, row.source, row.by = mode, source, by
        row.save(update_fields=["mode", "source", "by"])
    log.record("registry", by=by, because=f"{kind} {mode}", after={"source": source})
    return row


def withdraw(kind, value, *, by, because):
    """An entry that was wrong."""
    RegistryEntry.objects.filter(kind=kind, value=normalised(kind, value)).delete()
    log.record("registry withdrawn", by=by, because=because)


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
    wanted = Q(pk=None)
    for kind, value in hashes.items():
        wanted |= _is(kind, [value])
    return _strictest(lambda: list(live().filter(wanted)))


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
