"""Whom a decision concerns is told of it: on the site, and by a letter with the reasons and the way to object."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.domain import notices
from accounts.models import User
from moderation.domain import outbox, wording
from moderation.models import Action, Decision, DecisionLetter
from moderation.policy.conduct import conduct

# What is undone at once was a slip: its letter is taken back, not followed by another.
WAIT = timedelta(minutes=2)
SALT = "moderation.decision letter"


def register():
    """What members are told of on the site. Decisions about oneself can't be muted."""
    said = {
        "decision": gettext_lazy("A moderator decided about “%(about)s”. Read why, and how to object."),
        "decision_undone": gettext_lazy("The decision about “%(about)s” was taken back."),
        "released": gettext_lazy("A moderator has looked at “%(about)s”. Others see it now."),
        "appeal_decided": gettext_lazy("Your objection about “%(about)s” was decided."),
    }
    for kind, text in said.items():
        notices.register_kind(kind, text=text, icon="shield-check")
    notices.register_kind(
        "removal_way",
        text=gettext_lazy("Is “%(about)s” yours, or does it show you? A removal request does more than a report."),
        icon="scale",
    )
    notices.register_kind(
        "report_decided",
        text=gettext_lazy("What you reported was decided: “%(about)s”"),
        icon="flag",
        label=gettext_lazy("What came of my reports"),
    )


def decided(decision):
    """The person concerned, of what was done; reporters, of what came of it."""
    if decision.action != Action.KEEP:
        _tell(decision, [decision.owner], "decision")
    elif decision.before.get("released"):
        _notice(decision, [decision.owner], "released")
    _tell(decision, reporters(decision), "report_decided")


def undone(decision, *, appeal=None):
    """It is not so any more. Who objected hears it with the answer."""
    _withdraw(decision)
    told = [] if decision.action == Action.KEEP else [decision.owner]
    if appeal is not None:
        told = [one for one in [*told, *reporters(decision)] if one and one.pk != appeal.by_id]
    _tell(decision, told, "decision_undone")


def appeal_decided(appeal):
    _tell(appeal.decision, [appeal.by], "appeal_decided")


def reporters(decision):
    if decision.item_id is None:
        return []
    people = User.objects.filter(reports__item=decision.item_id).exclude(pk__in=[decision.by_id])
    return list(people.exclude(pk=decision.owner_id).distinct().order_by("pk"))


def _tell(decision, people, kind):
    _notice(decision, people, kind)
    if kind == "decision_undone":
        heard = {f"user:{one.pk}" for one in people if one} & set(decision.letters.values_list("recipient", flat=True))
        people = [one for one in people if one and f"user:{one.pk}" in heard]
    DecisionLetter.objects.bulk_create(
        [
            DecisionLetter(decision=decision, recipient=f"user:{one.pk}", kind=kind, language=one.language or "en")
            for one in people
            if one is not None
        ],
        ignore_conflicts=True,
    )


def _withdraw(decision):
    """Letters that have not gone out. On the site it stands already, and is told there to be taken back."""
    DecisionLetter.objects.filter(decision=decision, sent_at=None).delete()


def _notice(decision, people, kind):
    notices.notify(
        [one for one in people if one is not None],
        kind,
        url=decision.get_absolute_url(),
        about=decision.title,
        key=f"{kind}:{decision.pk}",
    )


def send():
    """How many letters went out; see outbox."""
    return outbox.send(DecisionLetter, address=_address, written=written, wait=WAIT)


def written(row):
    """(subject, text), in the active language."""
    reader = _reader(row)
    return wording.letter(row.kind, row.decision, reader, link_for(row.decision, reader))


def send_again(email):
    """The letters about a suspension that stands, for who lost them; nobody learns whether there were any."""
    people = User.objects.filter(email=User.objects.normalize_email(email), is_active=False)
    letters = DecisionLetter.objects.filter(
        kind="decision",
        recipient__in=[f"user:{one.pk}" for one in people],
        decision__action=Action.SUSPEND,
        decision__undone_at=None,
    )
    letters.exclude(sent_at=None).update(sent_at=None, attempts=0, created_at=timezone.now() - WAIT)


def _reader(row):
    return User.objects.filter(pk=int(row.recipient.partition(":")[2])).first()


def _address(row):
    reader = _reader(row)
    return reader.email if reader else ""


# The link in a letter. Who has it reads this one decision and may object as the reader, also with a closed account.


def link_for(decision, reader):
    token = signing.dumps([str(decision.pk), reader.pk], salt=SALT)
    return settings.SITE_URL + reverse("decision_letter", args=[token])


def by_token(token):
    """(Decision, reader) of a link, or None: forged, for somebody whom it does not concern, or too old."""
    try:
        pk, reader_pk = signing.loads(token, salt=SALT, max_age=conduct.letter_lives)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    reader = User.objects.filter(pk=reader_pk).first()
    decision = reader and Decision.objects.concerning(reader).select_related("owner", "item").filter(pk=pk).first()
    return (decision, reader) if decision else None
