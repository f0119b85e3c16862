"""What moderation does to images and posts: hidden with their bytes, and brought back as they were."""

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.domain import notices
from community.domain import looking, pictures
from community.models import PictureQuarantine
from gallery.domain import counting
from gallery.models import Image, ImageResource
from moderation.domain import queueing
from moderation.domain.cases import fees

PERSON = "shows a real person"


def hide(image, *, by, reason, of_picture=""):
    """Out of every feed, and its bytes with it. Returns whether this act hid it.

    `of_picture`: the reason that its picture bears, where that is another than its own.
    """
    with transaction.atomic():
        if not image.hide(by=by, reason=reason):
            return False
        image.picture.hide(by=by, reason=of_picture or reason)
        pictures.conceal([image.picture])
        counting.recount_for([image])
    return True


def restore(image, *, by):
    """Where it stood, but for what its owner has taken out meanwhile, shows a real person, or goes beyond a licence."""
    if is_beyond(image):
        return False
    with transaction.atomic():
        held = PictureQuarantine.objects.filter(picture=image.picture_id).values_list("of", flat=True).first()
        if held:
            # The same bytes are in quarantine with something else: it comes out with that.
            image.take_over(by=None, reason=_with(held))
            return False
        if image.is_hidden and type(image).objects.filter(pk=image.pk, shows_real_person=True).exists():
            # The database would refuse it above PG; the rule has no exception below either.
            image.take_over(by=image.hidden_by, reason=PERSON)
            return False
        if not image.restore(by=by):
            return False
        image.picture.restore(by=by)
        if image.sort_at:
            pictures.show([image.picture])
        counting.recount_for([image])
    return True


def hide_post(post, *, by, reason):
    """With all its images; those that were hidden before keep their own reason."""
    with transaction.atomic():
        if not post.hide(by=by, reason=reason):
            return False
        for image in post.images.filter(hidden_at=None, removed_at=None).select_related("picture"):
            hide(image, by=by, reason=with_post(post), of_picture=reason)
    return True


def restore_post(post, *, by):
    with transaction.atomic():
        if not post.restore(by=by):
            return False
        for image in post.images.filter(hidden_reason=with_post(post)).select_related("picture"):
            restore(image, by=by)
    return True


def with_post(post):
    return f"with post {post.pk}"


# A child.


def _with(of):
    return f"with {of}"


def within(keys):
    """Fills "pictures_within": of an image and of a post."""
    found = {}
    for label, pk in keys:
        if label in ("gallery.Image", "gallery.Post"):
            rows = Image.objects.filter(**{"pk" if label == "gallery.Image" else "post": pk})
            found[label, pk] = list(rows.values_list("picture", flat=True))
    return found


def quarantined(*, pictures, of):
    """Listens to "pictures_quarantined": images that show one of them leave with it."""
    for image in Image.objects.filter(picture__in=pictures.values("pk"), hidden_at=None).select_related("picture"):
        hide(image, by=None, reason=_with(of))


def out_of_quarantine(*, pictures, of):
    """Listens to "pictures_out_of_quarantine": those that it took along, and nothing else hides."""
    taken = Image.objects.filter(picture__in=pictures.values("pk"), hidden_reason=_with(of), hidden_by=None)
    for image in taken.select_related("picture"):
        restore(image, by=None)


def set_level(image, level, *, by):
    """A moderator's word, of the image and of its picture. Returns what undoing gives back."""
    with transaction.atomic():
        own, of_picture = level if isinstance(level, list) else (level, level)
        was = [int(image.level), looking.set_level(image.picture, of_picture, by=by)]
        Image.objects.filter(pk=image.pk).update(level=own)
        keep_within(image)
    return was


# An artist has licensed a style for pictures up to a level.

BEYOND = "goes further than the licence of its style"


def is_beyond(image):
    """Whether it goes further than the artist of a style it was made with allows. What was shown before the licence is not under it."""
    level, shown_at = Image.objects.values_list("level", "first_shown_at").get(pk=image.pk)
    made = ImageResource.objects.filter(image=image.pk, version__model__usage="generation")
    agreed = fees.fees_for(made.values_list("version", flat=True)).values()
    return any(level > fee.level for fee in agreed if not (shown_at and fee.since and shown_at < fee.since))


def keep_within(image):
    """After its level has changed: beyond the licence nobody else sees it and a moderator looks; within it, it is back."""
    # A row of its own: whoever decides about `image` must not take what is hidden here for what he lets out.
    row = Image.objects.select_related("picture", "post").get(pk=image.pk)
    if row.sort_at and row.hidden_at is None and is_beyond(row):
        hide(row, by=None, reason=BEYOND)
        because = gettext_noop("Goes further than the licence of its style")
        queueing.raise_item(("gallery.Image", row.pk), queue="policy", because=because, severity="P2")
        told = {"url": row.get_absolute_url(), "about": row.post.title, "key": f"licence:{row.pk}:{row.level}"}
        notices.notify([row.owner_id], "licence", **told)
    elif row.hidden_reason == BEYOND and row.hidden_by_id is None:
        restore(row, by=None)
