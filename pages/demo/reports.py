"""A queue for the moderator: reports of several kinds, one decision, and an objection to it."""

from accounts.domain import demo
from gallery.models import Image
from models_hub.models import Model
from moderation import subjects
from moderation.domain import appealing, deciding, reporting
from moderation.models import Report

REASONS = (
    ("rating", "Blood on the left, this is no PG."),
    ("spam", "The same picture three times."),
    ("stolen", "I know the photograph that this was made from."),
    ("real_person", "That is our mayor."),
    ("other", "The title says something else than the picture."),
    ("spam", ""),
    ("harassment", "The comment under it is about me."),
    ("rating", ""),
)


def seed_reports(members):
    if Report.objects.exists():
        return
    reporters = [members[name] for name in ("sable", "petrichor", "noor", "joaquin")]
    images = list(Image.objects.in_feed().select_related("owner").order_by("-id")[:14])
    for number, (reason, text) in enumerate(REASONS):
        if number >= len(images):
            break
        for reporter in reporters[: 1 + number % 3]:
            if images[number].owner_id != reporter.pk:
                reporting.report(reporter, subjects.named(images[number]), reason=reason, text=text)
    model = Model.objects.published().exclude(owner__in=reporters).order_by("-id").first()
    if model:
        reporting.report(reporters[0], subjects.named(model), reason="stolen", text="The samples are from my shop.")
    _objection(members, images[len(REASONS) :])


def _objection(members, images):
    """Decided by one moderator; the other finds it in the queue."""
    second = demo.member("nia", display_name="Nia Mbeki", is_moderator=True)
    image = next((one for one in images if one.owner not in (members["sable"], second)), None)
    if image is None:
        return
    report = reporting.report(members["sable"], subjects.named(image), reason="spam", text="Advertising.")
    decision = deciding.decide(report.item, second, action="hide", clause="7.1", reason="Reads like an advertisement.")
    appealing.appeal(decision, image.owner, "It is the poster of our own exhibition, nothing is for sale.")
