"""Reviews: what a member says of a version, once; and the thumbs that are counted from them."""

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain import notices
from accounts.domain.blocking import require_contact
from civitai import adapters, limits
from civitai.errors import Refused
from community.domain import guarding, writing
from models_hub.models import Download, Model, ModelVersion, Review

PER_HOUR = 20


def review(user, version, *, recommends, text=""):
    """`user`'s review of a published version, new or in other words. Its owner is told of a new one.

    Anyone signed in may: whether they had the file or created with it is marked, for the readers to judge. Raises
    Refused for one's own model, for a draft, where one blocked the other, and for words that are too many or against
    the policy; TooMany.
    """
    model = version.model
    if user.pk == model.owner_id:
        raise Refused(_("This is your own model: others say what it is worth."), code="own")
    if version.published_at is None or version.state != "published":
        raise Refused(_("It is not published."), code="draft")
    require_contact(user, model.owner, _("Its owner does not want to hear from you."))
    text = writing.tidy(text, optional=True)
    verdict = guarding.judge(text, by=user)
    limits.allow(f"review:{user.pk}", most=PER_HOUR, seconds=3600)
    with transaction.atomic():
        Model.objects.select_for_update().get(pk=model.pk)
        known = Review.objects.filter(version=version, author=user).first()
        _check_again(known)
        said = {"recommends": recommends, "text": text, "removed_at": None, **_tried(user, version)}
        said["edited_at"] = timezone.now() if known and known.removed_at is None else None
        row, is_new = Review.objects.update_or_create(
            version=version, author=user, defaults=said, create_defaults={**said, "model": model}
        )
        if verdict:
            guarding.hold(row, verdict, hide=hide)
        recount(model.pk)
        if is_new and not verdict:
            key = f"review:{row.pk}"
            notices.notify([model.owner], "review", by=user, url=row.get_absolute_url(), about=model.name, key=key)
    return row


def _check_again(known):
    if known is not None and known.is_hidden:
        raise Refused(_("A moderator has hidden your review of this version."), code="hidden")


def _tried(user, version):
    """What the site knows of the two."""
    created = adapters.slot("created_with", [version], user=user).get(version.pk, [])
    return {
        "has_downloaded": Download.objects.filter(file__version=version, user=user).exists(),
        "has_created": any(created),
    }


def remove(row):
    """Its words are gone. Twice is once."""
    with transaction.atomic():
        Model.objects.select_for_update().get(pk=row.model_id)
        Review.objects.filter(pk=row.pk, removed_at=None).update(removed_at=timezone.now(), text="")
        recount(row.model_id)


def hide(row, *, by, reason):
    with transaction.atomic():
        changed = row.hide(by=by, reason=reason)
        recount(row.model_id)
    return changed


def restore(row, *, by):
    with transaction.atomic():
        changed = row.restore(by=by)
        recount(row.model_id)
    return changed


def recount(model_id):
    """The thumbs of a model and its versions as the rows say them."""
    live = Review.objects.live().filter(model=model_id).order_by().values("version")
    counted = {
        row["version"]: (row["up"], row["down"])
        for row in live.annotate(
            up=Count("pk", filter=Q(recommends=True)), down=Count("pk", filter=Q(recommends=False))
        )
    }
    for version in ModelVersion.objects.filter(model=model_id):
        up, down = counted.get(version.pk, (0, 0))
        rows = ModelVersion.objects.filter(pk=version.pk).exclude(thumbs_up=up, thumbs_down=down)
        rows.update(thumbs_up=up, thumbs_down=down)
    total = ModelVersion.objects.filter(model=model_id).aggregate(
        up=Sum("thumbs_up", default=0), down=Sum("thumbs_down", default=0)
    )
    Model.objects.filter(pk=model_id).update(thumbs_up=total["up"], thumbs_down=total["down"])
