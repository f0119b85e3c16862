"""Images made with a model that was reported as a child: out of sight with it, and one item for all of them.

They are hidden, not quarantined: their makers see them still, and a moderator who has seen them lets them out in one go,
after deciding about the bad ones one by one. Comes the model out of quarantine, so do they.
"""

from django.db import transaction
from django.db.models import Subquery
from django.utils import timezone
from django.utils.translation import gettext_noop

from civitai.moderated import QUARANTINED
from community.domain import pictures
from community.models import Picture
from gallery.domain import counting, hiding
from gallery.models import Image, MadeWith
from moderation.domain import queueing
from moderation.models import Action, Decision, Quarantine

MODEL, SUBJECT = "models_hub.Model", "gallery.MadeWith"
BECAUSE = gettext_noop("Made with a model that was reported as a child")


def quarantined(*, subject, pk):
    """Listens to "quarantined"."""
    if subject == MODEL:
        with transaction.atomic():
            row, _made = MadeWith.objects.get_or_create(model_id=pk)
            if not _was_let_out(row) and row.hide(by=None, reason=queueing.HELD):
                _hide_all(row)


def _was_let_out(row):
    """By a moderator, in this quarantine: what was looked at once is not hidden again when it is confirmed."""
    since = Quarantine.objects.filter(subject=MODEL, row=str(row.model_id), lifted_at=None).values("at")
    kept = Decision.objects.filter(subject=SUBJECT, row=str(row.pk), action=Action.KEEP, undone_at=None)
    return kept.filter(at__gte=Subquery(since)).exists()


def quarantine_lifted(*, subject, pk):
    """Listens to "quarantine_lifted": nothing is left to decide about them."""
    if subject == MODEL:
        for row in MadeWith.objects.filter(model=pk):
            let_out(row, by=None)
            queueing.settle((SUBJECT, row.pk), because="model")


def join(images):
    """Images that are published now and were made with such a model wait with the others."""
    models = MadeWith.objects.filter(
        model__versions__image_uses__image__in=[image.pk for image in images], model__hidden_reason=QUARANTINED
    )
    for row in models.distinct():
        row.hide(by=None, reason=queueing.HELD)
        _hide_all(row)


def held(row):
    """The images that wait for a look at `row`, oldest first."""
    return Image.objects.filter(hidden_reason=_with(row), removed_at=None).order_by("pk")


def hold(row, *, by, reason):
    """Of the subject: what was let out waits again."""
    with transaction.atomic():
        if not row.hide(by=by, reason=reason):
            return False
        _hide_all(row)
    return True


def let_out(row, *, by):
    """Of the subject: those that this very row holds, where nothing else does."""
    with transaction.atomic():
        if not row.restore(by=by):
            return False
        mine = held(row).filter(hidden_by=None)
        for image in mine.filter(post__hidden_at__isnull=False).select_related("post__hidden_by"):
            # Its post was hidden meanwhile: it comes out with that.
            image.take_over(by=image.post.hidden_by, reason=hiding.with_post(image.post))
        apart = set(mine.filter(shows_real_person=True).values_list("pk", flat=True))
        apart |= set(mine.filter(picture__quarantines__isnull=False).values_list("pk", flat=True))
        apart |= set(mine.filter(resources__version__model__usage="generation").values_list("pk", flat=True))
        for image in mine.filter(pk__in=apart).select_related("picture"):
            hiding.restore(image, by=by)
        _show_all(row, mine.exclude(pk__in=apart))
    return True


def _hide_all(row):
    """At once, however many: one statement for each table."""
    shown = Image.objects.in_feed().filter(resources__version__model=row.model_id)
    both = dict(shown.values_list("pk", "picture"))
    if not both:
        return
    why = {"hidden_at": timezone.now(), "hidden_by": None, "hidden_reason": _with(row)}
    Image.objects.filter(pk__in=both).update(**why)
    Picture.objects.filter(pk__in=both.values(), hidden_at=None).update(**why)
    pictures.conceal(Picture.objects.filter(pk__in=both.values()))
    counting.recount_for(Image.objects.filter(pk__in=both))
    queueing.raise_item((SUBJECT, row.pk), queue="minors", because=BECAUSE, clause="2.3", severity="P0")


def _show_all(row, images):
    both, free = dict(images.values_list("pk", "picture")), {"hidden_at": None, "hidden_by": None, "hidden_reason": ""}
    if not both:
        return
    Picture.objects.filter(pk__in=both.values(), hidden_reason=_with(row)).update(**free)
    Image.objects.filter(pk__in=both).update(**free)
    seen = Image.objects.in_feed().filter(pk__in=both)
    pictures.show(Picture.objects.filter(pk__in=seen.values("picture"), hidden_at=None))
    counting.recount_for(Image.objects.filter(pk__in=both))


def _with(row):
    return f"with {SUBJECT} {row.pk}"
