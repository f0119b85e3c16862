"""The outbox of cases: letters are sent by a worker, once each, in the language of who reads them."""

from django.conf import settings

from accounts.models import User
from moderation.case_policy import letter
from moderation.domain import outbox
from moderation.domain.cases import boxes, wording
from moderation.models import CaseMail


def send():
    """How many went out."""
    return outbox.send(CaseMail, address=_address, written=written, kept=_open_facts)


def written(row):
    facts = {name: boxes.unsealed(value["sealed"]) if _is_sealed(value) else value for name, value in row.facts.items()}
    facts = wording.told(facts) | {
        "reference": row.case.reference,
        "case": settings.SITE_URL + row.case.get_absolute_url(),
    }
    return letter(row.kind, row.language, facts)


def _open_facts(row):
    """What was sealed in it has reached its reader; it need not lie here."""
    return {name: value for name, value in row.facts.items() if not _is_sealed(value)}


def _is_sealed(value):
    return isinstance(value, dict) and set(value) == {"sealed"}


def _address(row):
    if row.recipient == "claimant":
        return boxes.open_secret(row.case, purpose=f"letter {row.kind}").get("email", "")
    return User.objects.filter(pk=int(row.recipient.partition(":")[2])).values_list("email", flat=True).first()
