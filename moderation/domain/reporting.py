"""Somebody tells us of a thing. Many reports of one thing are one item; their number alone decides nothing."""

import hmac
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.domain import notices
from civitai.errors import Refused, TooMany
from civitai.moderated import QUARANTINED
from moderation import subjects
from moderation.domain import log, quarantining, queueing
from moderation.models import Decision, Report
from moderation.policy.conduct import conduct
from moderation.states import ItemState

A_DAY = {"member": 40, "visitor": 5}
HEAVIEST = 5


def report(reporter, subject, *, reason, text="", address=""):
    """The Report; the same reporter of the same open item gets the first. `reporter` None is a visitor at `address`."""
    rule = conduct.reasons.get(reason)
    if rule is None:
        raise Refused(_("Choose what is wrong with it."), field="reason")
    if reporter is None and not rule.visitors:
        raise Refused(_("Sign in to report this."), field="reason", code="sign_in")
    label, _row = subject
    described = subjects.describe([subject]).get((label, str(subject[1])))
    if described is None:
        raise Refused(_("It is not there any more."), code="gone")
    if reporter is not None and described.owner == reporter:
        raise Refused(_("This is yours: you can take it away yourself."), code="own")
    visitor = "" if reporter else visitor_key(address)
    _limit(reporter, visitor)
    _answered(reporter, subject, reason)
    with transaction.atomic():
        item = queueing.raise_item(
            subject,
            queue=rule.queue,
            because=rule.name,
            clause=rule.clause,
            severity=rule.severity,
            source="notice",
            weight=0,
        )
        try:
            with transaction.atomic():
                row = Report.objects.create(
                    item=item,
                    reporter=reporter,
                    visitor=visitor,
                    reason=reason,
                    text=text.strip()[:2000],
                    weight=weight_of(reporter),
                )
        except IntegrityError:
            return Report.objects.get(item=item, reporter=reporter, visitor=visitor)
        item.weight += row.weight
        item.save(update_fields=["weight"])
        if rule.hides:
            _hide_first(item, row, described)
        log.record("report", by=reporter, subject=subject, title=described.title, because=rule.name, clause=rule.clause)
        return row


def _answered(reporter, subject, reason):
    """Who was told that it stays objects to that; another report would only ask the same person the same."""
    if reporter is None:
        return
    mine = Report.objects.filter(reporter=reporter, reason=reason, item__subject=subject[0], item__row=str(subject[1]))
    kept = Decision.objects.filter(item__in=mine.values("item"), action="keep", undone_at=None).order_by("-at").first()
    if kept is not None and not mine.filter(item__state=ItemState.OPEN).exists():
        raise Refused(
            _(
                "A moderator has looked at this after your report, and it stays. You find the answer, and how to object, in your settings."
            ),
            field="reason",
            code="answered",
        )


def _hide_first(item, report, described):
    """What can't wait is hidden before anybody has looked. A few times a day: more of it is somebody's weapon, and so is
    the word of who was wrong more often than right.
    """
    if report.reporter_id and report.weight == 0:
        return
    kind = subjects.kind_of(item.subject)
    row = kind.row(item.row)
    quarantine = conduct.reasons[report.reason].quarantine
    is_hidden = getattr(row, "hidden_at", True) is not None
    # Hidden for something else, its bytes are still its owner's.
    if not hasattr(row, "hidden_at") or (is_hidden and not (quarantine and row.hidden_reason != QUARANTINED)):
        return
    since = timezone.now() - timedelta(days=1)
    hiding = [key for key, rule in conduct.reasons.items() if rule.hides]
    today = Report.objects.filter(reason__in=hiding, at__gte=since).exclude(pk=report.pk)
    by_same = today.filter(reporter=report.reporter) if report.reporter_id else today.filter(visitor=report.visitor)
    if by_same.values("item").distinct().count() >= conduct.hidden_a_day:
        return
    named = list(today.exclude(item=item).values_list("item__subject", "item__row").distinct()[:200])
    against_same = [one for one in subjects.describe(named).values() if one.owner == described.owner]
    if described.owner is not None and len(against_same) >= conduct.hidden_a_day:
        return
    if quarantine:
        quarantining.impose(kind, row)
    else:
        kind.hide(row, by=None, reason=queueing.REPORTED)
    if not is_hidden or quarantine:
        log.record(
            "held", subject=(item.subject, item.row), title=described.title, because=item.because, clause=item.clause
        )


def point_to_removal(item, by):
    """How many reporters were told that a removal request does more for them. Once each; the team reads it in the notes."""
    described = subjects.describe([(item.subject, item.row)]).get((item.subject, item.row))
    if described is None:
        raise Refused(_("It is not there any more."), code="gone")
    url = f"{reverse('removal')}?{urlencode({'url': settings.SITE_URL + described.url})}"
    people = list(item.reports.exclude(reporter=None).values_list("reporter", flat=True))
    count = notices.notify(people, "removal_way", url=url, about=described.title, key=f"removal_way:{item.pk}")
    if count:
        queueing.note(item, by, gettext("Reporters were shown the removal form."))
    return count


def weight_of(reporter):
    """By record, not by number: who was right before weighs more, who was wrong weighs nothing."""
    if reporter is None:
        return 1
    decided = Decision.objects.filter(item__reports__reporter=reporter, undone_at=None)
    upheld = decided.exclude(action="keep").count()
    return max(0, min(HEAVIEST, 1 + upheld - decided.filter(action="keep").count()))


def visitor_key(address):
    return hmac.new(settings.SECRET_KEY.encode(), f"report:{address}".encode(), "sha256").hexdigest()


def _limit(reporter, visitor):
    since = timezone.now() - timedelta(days=1)
    mine = Report.objects.filter(at__gte=since)
    mine = mine.filter(reporter=reporter) if reporter else mine.filter(visitor=visitor)
    if mine.count() >= A_DAY["member" if reporter else "visitor"]:
        raise TooMany(_("That was a lot of reports for one day. Go on tomorrow."), retry_after_s=3600)
