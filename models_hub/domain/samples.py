"""Sample pictures of a version, the cover and the level of its model that follow from them."""

from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from civitai import adapters
from civitai.errors import Refused
from civitai.levels import LADDER, SAFE, Level
from community.domain import pictures
from community.models import Picture
from models_hub.models import Model, ModelVersion, VersionPicture
from models_hub.models.model import FROZEN
from models_hub.states import AWAY, ModelState

MOST_SAMPLES = 20
READY = {"picture__state": "ready", "picture__hidden_at": None, "picture__quarantined_at": None}


def add_upload(version, upload_id, *, by):
    """A sample from a complete upload of `by`, at the end of the row. Raises Refused."""
    return _add(version, lambda: pictures.add_from_upload(by, upload_id, level=_said(version)))


def add_file(version, file, *, filename, by):
    """A sample from bytes or a binary file. Raises Refused."""
    return _add(version, lambda: pictures.add(by, file, filename=filename, level=_said(version)))


def add_picture(version, picture):
    """A picture that is stored already (made here, or drawn by a command) as a sample."""
    return _add(version, lambda: picture)


def _said(version):
    """What its owner says of a picture by saying nothing; `rate` says otherwise."""
    return Level.R if version.model.is_mature else Level.PG


def rate(sample, level, *, by):
    """The owner says how far the picture goes. What moderators blocked stays blocked. Raises Refused."""
    if level not in LADDER:
        raise Refused(_("Choose a level."), field="level")
    with transaction.atomic():
        picture = Picture.objects.select_for_update().get(pk=sample.picture_id)
        if picture.level == Level.BLOCKED:
            raise Refused(_("A moderator blocked this picture."))
        pictures.rate(picture, level)
        _shown_anew(sample.version.model_id, [picture])


def _add(version, make):
    with transaction.atomic():
        version = ModelVersion.objects.select_for_update().get(pk=version.pk)
        if version.samples.count() >= MOST_SAMPLES:
            raise Refused(
                _("A version shows at most %(count)s pictures. Take one out first.") % {"count": MOST_SAMPLES}
            )
        last = version.samples.aggregate(last=Max("position"))["last"]
        picture = make()
        sample, _made = VersionPicture.objects.get_or_create(
            version=version, picture=picture, defaults={"position": 0 if last is None else last + 1}
        )
        _shown_anew(version.model_id, [picture])
    return sample


def take_out(sample, *, by):
    """Removes the sample; the picture itself stays its owner's. Raises Refused for a published version's last one."""
    with transaction.atomic():
        version = ModelVersion.objects.select_for_update().get(pk=sample.version_id)
        if version.state == ModelState.PUBLISHED and not ready(version).exclude(pk=sample.pk).exists():
            raise Refused(_("A published version shows at least one picture. Add another first."))
        picture = sample.picture
        sample.delete()
        conceal([picture])
        refresh(Model.objects.get(pk=version.model_id))


def reorder(version, ids, *, by):
    """`ids` of samples in their new order; those left out follow in their old one. The first is the cover."""
    with transaction.atomic():
        ModelVersion.objects.select_for_update().get(pk=version.pk)
        rows = {row.pk: row for row in version.samples.all()}
        known = [pk for pk in dict.fromkeys(ids) if pk in rows]
        order = known + [pk for pk in rows if pk not in known]
        for position, pk in enumerate(order):
            VersionPicture.objects.filter(pk=pk).exclude(position=position).update(position=position)
        refresh(Model.objects.get(pk=version.model_id))


def picture_changed(picture):
    """A picture became ready or was refused: models that show it follow. Told by the community room."""
    model_ids = VersionPicture.objects.filter(picture=picture).values_list("version__model_id", flat=True).distinct()
    for model_id in model_ids:
        _shown_anew(model_id, [picture])


def _shown_anew(model_id, changed):
    model = Model.objects.get(pk=model_id)
    refresh(model)
    is_open = not model.is_hidden and model.freeze_level < FROZEN and model.taken_down_at is None
    if model.state == ModelState.PUBLISHED and is_open:
        shown_ids = {picture.pk for picture in shown(model)}
        pictures.show([picture for picture in changed if picture.pk in shown_ids])


def refresh(model):
    """Cover = first ready sample of the newest version that people see (of a draft, the newest).

    Level = union over the samples that people see; what its owner calls mature is never below R.
    """
    visible = ready_of(model).filter(version__state=ModelState.PUBLISHED)
    if not visible.exists():
        hidden = AWAY if model.state != ModelState.TRIAL else [ModelState.REMOVED]
        visible = ready_of(model).exclude(version__state__in=hidden)
    levels = visible.values_list("picture__level", flat=True)
    mask = reduce(or_, levels, 0) & ~int(Level.BLOCKED)
    if model.is_mature:
        mask = (mask & ~int(SAFE)) or int(Level.R)
    first = visible.select_related("picture").order_by("version__index", "-version_id", "position", "id").first()
    model.cover = first.picture if first else None
    model.level_mask = mask or int(Level.PG)
    Model.objects.filter(pk=model.pk).update(cover=model.cover, level_mask=model.level_mask)


def conceal(found):
    """Its owner alone sees them from now on, unless something else shows them: another version, a post above.

    Rooms above say so by filling the slot "picture_shown". Call it after the state has changed.
    """
    others = VersionPicture.objects.filter(
        picture__in=found, version__state=ModelState.PUBLISHED, version__model__state=ModelState.PUBLISHED
    )
    kept = set(others.values_list("picture", flat=True)) | set(adapters.slot("picture_shown", found))
    pictures.conceal([picture for picture in found if picture.pk not in kept])


def ready(version):
    return version.samples.filter(**READY)


def ready_of(model):
    return VersionPicture.objects.filter(version__model=model, **READY)


def of(model):
    """All its sample pictures."""
    return list(Picture.objects.filter(pk__in=VersionPicture.objects.filter(version__model=model).values("picture")))


def of_version(version):
    return [sample.picture for sample in version.samples.select_related("picture")]


def shown(model):
    """Its ready pictures of published versions."""
    visible = ready_of(model).filter(version__state=ModelState.PUBLISHED)
    return list(Picture.objects.filter(pk__in=visible.values("picture")))


# What is in quarantine.


def within(keys):
    """Fills "pictures_within": all samples of a model."""
    return {
        (label, pk): list(VersionPicture.objects.filter(version__model=pk).values_list("picture", flat=True))
        for label, pk in keys
        if label == "models_hub.Model"
    }


def followed(*, pictures, of):
    """Listens to "pictures_quarantined" and "pictures_out_of_quarantine": covers and levels follow."""
    shows = VersionPicture.objects.filter(picture__in=pictures.values("pk"))
    for model in Model.objects.filter(pk__in=shows.values("version__model")):
        refresh(model)
