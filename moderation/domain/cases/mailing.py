"""The outbox of cases: letters are sent by a worker, once each, in the language of who reads them."""

import logging
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation

from accounts.models import User
from moderation.case_policy import letter
from moderation.domain.cases import boxes, wording
from moderation.models import CaseMail

log = logging.getLogger("moderation.cases")
MOST_ATTEMPTS = 10
AT_ONCE = 50


def send():
    """How many went out. Each is locked while it is sent: two workers never send the same one."""
    waiting = CaseMail.objects.filter(sent_at=None, attempts__lt=MOST_ATTEMPTS).order_by("id")
    return sum(_send(pk) for pk in list(waiting.values_list("pk", flat=True)[:AT_ONCE]))


def _send(pk):
    with transaction.atomic():
        row = (
            CaseMail.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk=pk, sent_at=None)
            .select_related("case")
            .first()
        )
        if row is None:
            return 0
        CaseMail.objects.filter(pk=pk).update(attempts=row.attempts + 1)
        try:
            with transaction.atomic():
                _deliver(row)
        except OSError:
            log.exception("letter %s of case %s was not sent", pk, row.case.reference)
            return 0
        # What was sealed in it has reached its reader; it need not lie here.
        open_facts = {name: value for name, value in row.facts.items() if not _is_sealed(value)}
        CaseMail.objects.filter(pk=pk).update(sent_at=timezone.now(), facts=open_facts)
    return 1


def _deliver(row):
    address = _address(row)
    if not address:
        return
    with translation.override(row.language):
        subject, text = written(row)
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    # The same number each time: a mail server that got it twice can tell.
    message = EmailMessage(subject, text, to=[address], headers={"Message-ID": f"<case-mail-{row.pk}@{domain}>"})
    message.send()


def written(row):
    facts = {name: boxes.unsealed(value["sealed"]) if _is_sealed(value) else value for name, value in row.facts.items()}
    facts = wording.told(facts) | {
        "reference": row.case.reference,
        "case": settings.SITE_URL + row.case.get_absolute_url(),
    }
    return letter(row.kind, row.language, facts)


def _is_sealed(value):
    return isinstance(value, dict) and set(value) == {"sealed"}


def _address(row):
    if row.recipient == "claimant":
        return boxes.open_secret(row.case, purpose=f"letter {row.kind}").get("email", "")
    return User.objects.filter(pk=int(row.recipient.partition(":")[2])).values_list("email", flat=True).first()
