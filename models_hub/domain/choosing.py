"""What stands on the front page because somebody chose it, for a week."""

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from community.domain import guarding, writing
from models_hub.models import Choice, Model
from moderation.domain import log

MOST = 6
LONGEST = 80
LOCK = 0x63686F  # one at a time: two moderators never choose the last place twice


def may_choose(user):
    """Moderators and administrators do."""
    return getattr(user, "is_moderator", False) or getattr(user, "is_superuser", False)


def choose(model, *, by, words=""):
    """The Choice, for a week from now; a model that was chosen before is chosen anew, with these words.

    Raises Refused for one's own model, for what lists do not show, where MOST stand already, and for words against
    the policy.
    """
    if model.owner_id == by.pk:
        raise Refused(_("This is your own model: somebody else may choose it."), code="own")
    words = " ".join(writing.tidy(words, longest=LONGEST, optional=True, field="words").split())
    if guarding.judge(words, by=by, field="words"):
        raise Refused(_("Say it without naming a person."), field="words", code="person")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if not Model.objects.published().filter(pk=model.pk).exists():
            raise Refused(_("Only a published model that everybody finds can be chosen."), code="not_listed")
        standing = Choice.objects.of_this_week().filter(model__in=Model.objects.published()).exclude(model=model)
        if standing.count() >= MOST:
            raise Refused(_("%(count)s are chosen this week. Take one off first.") % {"count": MOST}, code="full")
        row, _is_new = Choice.objects.update_or_create(
            model=model, defaults={"by": by, "words": words, "at": timezone.now()}
        )
        log.record("chosen", by=by, subject=(model._meta.label, model.pk), title=model.name, because=words)
    return row


def take_off(model, *, by):
    """Off the front page. Twice is once."""
    with transaction.atomic():
        gone, _rows = Choice.objects.filter(model=model).delete()
        if gone:
            log.record("choice taken off", by=by, subject=(model._meta.label, model.pk), title=model.name)
    return bool(gone)
