"""Strikes and what they lead to. A strike counts for a time; one signal alone never ends an account."""

from datetime import timedelta

from django.db.models import Max, Sum
from django.utils import formats, timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from moderation.models import Strike
from moderation.policy.conduct import conduct


def ahead(user, *, points=1):
    """(consequence, days or None) that the next strike would have, or None."""
    return conduct.consequence(live_points(user) + points)


def strike(decision, *, points=1):
    """One for each decision; returns (strike, consequence). A "mute" holds from here, "suspend" is the caller's."""
    consequence = ahead(decision.owner, points=points)
    now = timezone.now()
    is_mute = consequence is not None and consequence[0] == "mute"
    row = Strike.objects.create(
        owner=decision.owner,
        decision=decision,
        points=points,
        expires_at=now + conduct.strike_lives,
        quiet_until=now + timedelta(days=consequence[1]) if is_mute else None,
    )
    return row, consequence


def void(strike):
    Strike.objects.filter(pk=strike.pk, voided_at=None).update(voided_at=timezone.now())


def live_points(user):
    return standing(user)[0]


def standing(user):
    """(points that count now, when the last of them ends or None)."""
    found = _live(user).aggregate(sum=Sum("points"), ends=Max("expires_at"))
    return found["sum"] or 0, found["ends"]


def consequence_of(points):
    """In words, in the active language; "" where there is none."""
    reached = conduct.consequence(points)
    if reached is None:
        return ""
    if reached[0] == "mute":
        return gettext("can't write for %(days)s days") % {"days": reached[1]}
    return gettext("a moderator looks at the whole account")


def quiet_until(user):
    """Until when `user` writes nothing, or None."""
    return _live(user).filter(quiet_until__gt=timezone.now()).aggregate(until=Max("quiet_until"))["until"]


def require_voice(user, *, field=None):
    """Asked by every room before a member's words are taken. Raises Refused, with the moment when it ends."""
    until = quiet_until(user)
    if until is not None:
        told = {"until": formats.date_format(timezone.localtime(until), "SHORT_DATETIME_FORMAT")}
        raise Refused(
            _("After your last strike you can't write here until %(until)s. Your settings show the decision.") % told,
            field=field,
            code="muted",
        )


def _live(user):
    return Strike.objects.filter(owner=user, voided_at=None, expires_at__gt=timezone.now())
