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
from moderation import subjects
from moderation.domain import log, queueing
from moderation.models import Decision, Report
from moderation.policy.conduct import conduct

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
        log.record("report", by=reporter, subject=subject, title=described.title, because=rule.name, clause=rule.clause)
        return row


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
