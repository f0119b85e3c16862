"""Hearts: one of a kind by one member for one thing, and the counter that follows them."""

from django.apps import apps
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from accounts.domain import notices
from accounts.domain.blocking import require_contact
from civitai import limits
from civitai.access import fetch
from civitai.errors import Refused
from community.models import Reaction

KINDS = ("heart",)
PER_MINUTE = 60

_subjects = {}
_told = {}


def register_subject(label, model, *, counter, owner="owner", name=None, see=None):
    """Things of `label` ("gallery.Image") may be reacted to; `counter` is the field that counts their hearts.

    `model` is the model or its label; its queryset says who sees what, and `see(user, row)` raises Http404 where more
    must be asked. `owner` is the attribute of whose it is, who is told of hearts; `name(row)` its title.
    """
    _subjects[label] = (model, counter)
    _told[label] = (owner, name, see)


def toggle(user, subject_label, row_id, *, wanted=None, kind="heart"):
    """Puts the reaction or takes it back; with `wanted` (True or False) it ends in that state, so that a form sent
    twice does nothing twice. Returns (is it there now, how many there are).

    Its owner is told. Raises Refused for what can't be reacted to and where one blocked the other, Http404 for what `user` does not see, TooMany. The counter moves with
    the rows alone, in their transaction; the database decides between two presses at the same time.
    """
    if not user.is_authenticated:
        raise Refused(_("Sign in to like this."), code="sign_in")
    model, counter = _subject(subject_label, kind)
    limits.allow(f"react:{user.pk}", most=PER_MINUTE, seconds=60)
    row = fetch(model.objects, user, pk=row_id)
    owner_field, name, see = _told[subject_label]
    if see is not None:
        see(user, row)
    owner = getattr(row, owner_field, None)
    if wanted is not False and owner is not None:
        require_contact(user, owner)
    mine = {"user": user, "subject": subject_label, "row": row.pk, "kind": kind}
    with transaction.atomic():
        gone = Reaction.objects.filter(**mine).delete()[0] if not wanted else 0
        is_on = not gone and wanted is not False
        made = Reaction.objects.get_or_create(**mine)[1] if is_on else False
        if made or gone:
            step = 1 if made else -1
            model.objects.filter(pk=row.pk).update(**{counter: Greatest(F(counter) + step, 0)})
        count = model.objects.values_list(counter, flat=True).get(pk=row.pk)
        if made and owner is not None:
            about = (name(row) if name else "") or subject_label
            key = f"heart:{subject_label}:{row.pk}"
            notices.notify(
                [owner], "heart", by=user, url=row.get_absolute_url(), about=about, key=key, others=max(count - 1, 0)
            )
        return is_on, count


def reacted(user, subject_label, row_ids):
    """Those of `row_ids` that carry `user`'s heart; one query, none for visitors."""
    if not user.is_authenticated:
        return set()
    rows = Reaction.objects.filter(user=user, subject=subject_label, row__in=row_ids, kind="heart")
    return set(rows.values_list("row", flat=True))


def recount(subject_label, row_id):
    """The counter as the rows say it."""
    model, counter = _subject(subject_label, "heart")
    count = Reaction.objects.filter(subject=subject_label, row=row_id, kind="heart").count()
    model.objects.filter(pk=row_id).update(**{counter: count})
    return count


def _subject(label, kind):
    if label not in _subjects or kind not in KINDS:
        raise Refused(_("This can't be liked."), code="subject")
    model, counter = _subjects[label]
    return (apps.get_model(model) if isinstance(model, str) else model), counter
