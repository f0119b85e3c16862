"""The workbench's search: anything that a moderator may have at hand, to what is known of it."""

import re
import uuid

from django.db.models import Q

from accounts.models import User
from civitai import adapters
from moderation import subjects
from moderation.domain import striking
from moderation.domain.cases import filing
from moderation.models import Decision, Item, RemovalCase
from moderation.states import ItemState

MOST = 20


def find(text):
    """{"things", "people", "cases", "items", "decisions"} for an address, a hash, a number, a case, a name or a title."""
    text = text.strip()
    found = {"things": [], "people": [], "cases": [], "items": [], "decisions": []}
    if not text:
        return found
    found["cases"] = list(RemovalCase.objects.filter(reference__iexact=text.lstrip("#"))[:MOST])
    named = _subjects(text)
    found["things"] = _things(named)
    decisions = Q(title__icontains=text) if len(text) >= 3 else Q(pk=None)
    if named:
        decisions |= _about(named)
    if key := _uuid(text):
        decisions |= Q(pk=key) | Q(batch=key)
    decided = Decision.objects.filter(decisions).select_related("by", "owner").order_by("-at")
    found["decisions"] = list(decided[:MOST])
    if text.isdecimal() and len(text) < 19:
        found["items"] = list(Item.objects.filter(Q(pk=text) | Q(row=text)).order_by("-id")[:MOST])
    found["people"] = _people(text)
    return found


def _subjects(text):
    """[(label, key)] that an address or a hash names."""
    if re.fullmatch(r"[0-9A-Fa-f]{64}", text):
        told = adapters.slot("find_by_sha256", [text.lower(), text.upper()], hidden=True)
        return list(dict.fromkeys((label, str(pk)) for lists in told.values() for one in lists for label, pk in one))
    if key := _uuid(text):
        return [("community.Picture", str(key))]
    if "/" in text:
        things, _strange = filing.resolved([text])
        return list(things)
    return []


def _about(named):
    said = Q(pk=None)
    for label, pk in named:
        said |= Q(subject=label, row=pk)
    return said


def _things(named):
    """What is there, with its open items."""
    described = subjects.describe(named[:MOST])
    waiting = {}
    for item in Item.objects.filter(_about(named), state=ItemState.OPEN) if named else ():
        waiting.setdefault((item.subject, item.row), []).append(item)
    return [
        {
            "label": label,
            "pk": pk,
            "thing": thing,
            "kind": subjects.kind_of(label).name,
            "items": waiting.get((label, pk), ()),
        }
        for (label, pk), thing in described.items()
    ]


def _people(text):
    name = text.removeprefix("@")
    if len(name) < 2:
        return []
    by = Q(username__istartswith=name) | Q(display_name__istartswith=name)
    if "@" in name:
        by |= Q(email__iexact=name)
    people = list(User.objects.filter(by).order_by("username")[:MOST])
    for one in people:
        one.points = striking.live_points(one)
    return people


def _uuid(text):
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
