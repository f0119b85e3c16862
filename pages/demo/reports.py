"""A queue for the moderator: reports of several kinds, one decision, and an objection to it."""

from accounts.domain import demo
from gallery.models import Image
from models_hub.models import Model
from moderation import subjects
from moderation.domain import appealing, deciding, reporting
from moderation.models import Report
from pages.demo import people, words


def seed_reports(members):
    if Report.objects.exists():
        return
    reporters = [members[name] for name in ("sable", "petrichor", "noor", "joaquin")]
    images = {
        image.post.title: image for image in Image.objects.in_feed().select_related("owner", "post").order_by("-id")
    }
    for number, (title, reason, text) in enumerate(words.REPORTS):
        for place, reporter in enumerate(reporters[: 1 + number % 3] if title in images else ()):
            if images[title].owner_id != reporter.pk:
                # The first says why, the others agree.
                reporting.report(reporter, subjects.named(images[title]), reason=reason, text="" if place else text)
    name, reason, text = words.MODEL_REPORT
    model = Model.objects.published().filter(name=name).first()
    if model:
        reporting.report(reporters[0], subjects.named(model), reason=reason, text=text)
    _objection(members, images)


def _objection(members, images):
    """Decided by one moderator; the other finds it in the queue."""
    second = demo.member(people.SECOND, display_name="Nia Mbeki", is_moderator=True)
    title, report_text, objection = words.OBJECTION
    image = images.get(title)
    if image is None:
        return
    report = reporting.report(members["sable"], subjects.named(image), reason="spam", text=report_text)
    decision = deciding.decide(report.item, second, action="hide", clause="7.1", reason="Reads like an advertisement.")
    appealing.appeal(decision, image.owner, objection)
