"""What members are told on the site. A room registers its kinds when it is loaded, and calls `notify`."""

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import Follow, Notification, User
from civitai.jobs import enqueue

CHUNK = 500

_kinds = {}
_things = {}


@dataclass(frozen=True)
class Kind:
    key: str
    text: str
    many: str
    icon: str
    label: str

    def sentence(self, *, by, about, others):
        """In the reader's language; `many` where others did the same before."""
        text = self.many if others and self.many else self.text
        return str(text % {"by": by, "about": _things.get(about, about), "others": others})


def register_kind(key, *, text, icon="bell", label="", many=""):
    """`text` is lazy, with %(by)s and %(about)s; `many` may be ngettext_lazy by "others". Without `label` it can't be muted."""
    _kinds[key] = Kind(key, text, many, icon, label)


def name_thing(label, name):
    """`about=label` is shown as `name`, in the reader's language: for things without a title of their own."""
    _things[label] = name


def kinds():
    return list(_kinds.values())


def kind_of(key):
    """The kind, or a plain one for rows of a room that is not installed any more."""
    return _kinds.get(key) or Kind(key, "%(about)s", "", "bell", "")


@transaction.atomic
def notify(users, kind, *, by=None, url="", about="", key=None, others=None):
    """Tell `users` (rows or ids) once per `key`; returns how many were told.

    Not told: oneself, closed accounts, who muted the kind, and who blocked `by` or is blocked by them. A second call
    with the same key tells nobody again, except with `others` (how many more there are of the same): then the row is
    renewed, when it is somebody else than last time or there are more.
    """
    if kind not in _kinds:
        raise ValueError(f"no such kind of notification: {kind}")
    ids = _receivers(users, kind, by)
    # Held in one order: two notices to the same people can't wait for each other, and the counters stay right.
    held = list(
        User.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk", flat=True)
    )
    key = (key or f"{kind}:{uuid.uuid4().hex}")[:160]
    said = {"kind": kind, "by": by, "about": str(about)[:200], "url": str(url)[:500], "others": others or 0}
    known = {row.user_id: row for row in Notification.objects.filter(user__in=held, key=key)}
    fresh = [pk for pk in held if pk not in known]
    Notification.objects.bulk_create([Notification(user_id=pk, key=key, **said) for pk in fresh])
    told = fresh
    if others is not None:
        renewed = [pk for pk, row in known.items() if row.by_id != by.pk or row.others < others]
        told = fresh + [pk for pk in renewed if known[pk].read_at is not None]
        Notification.objects.filter(user__in=renewed, key=key).update(**said, at=timezone.now(), read_at=None)
    User.objects.filter(pk__in=told).update(unread_notices=F("unread_notices") + 1)
    return len(told)


def _receivers(users, kind, by):
    ids = {getattr(user, "pk", user) for user in users}
    rows = User.objects.filter(pk__in=ids, is_active=True).exclude(muted_kinds__contains=[kind])
    if by is not None:
        rows = rows.exclude(pk=by.pk).exclude(hidden_people__contains=[by.pk]).exclude(pk__in=by.hidden_people)
    return list(rows.values_list("pk", flat=True))


def tell_followers(person, kind, *, url, about, key, others=None):
    """Tells everyone who follows `person`, in a worker: there may be many."""
    said = {"url": str(url), "about": str(about), "key": key, "others": others}
    enqueue("accounts.tell_followers", person.pk, kind, queue="io", **said)


def tell_followers_now(person, kind, *, url, about, key, others=None, chunk=CHUNK):
    """May run twice: a key tells once."""
    last, told = 0, 0
    while True:
        rows = Follow.objects.filter(followed=person, pk__gt=last).order_by("pk").values_list("pk", "follower")[:chunk]
        found = list(rows)
        if not found:
            return told
        told += notify(
            [follower for _pk, follower in found], kind, by=person, url=url, about=about, key=key, others=others
        )
        last = found[-1][0]


@transaction.atomic
def read(user, pk=None):
    """This one of `user`'s, or all of them, are read from now on. Twice is once."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    rows = Notification.objects.filter(user=user).unread()
    count = (rows if pk is None else rows.filter(pk=pk)).update(read_at=timezone.now())
    User.objects.filter(pk=user.pk).update(unread_notices=Greatest(F("unread_notices") - count, 0))
    user.refresh_from_db(fields=["unread_notices"])
    return count


def choose(user, wanted):
    """Of the kinds that may be muted, `user` hears of `wanted` alone."""
    user.mute([kind.key for kind in kinds() if kind.label and kind.key not in wanted])
