"""What is asked of a post before it is public: real people in its texts and prompts, pictures that are held."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from civitai.errors import Refused
from gallery.domain import hiding
from gallery.models import Image, ImageResource
from moderation.domain import queueing
from moderation.domain.cases import fees
from moderation.policy import people

HELD = "held until a moderator has looked"


def look(post, images):
    """{image: clause} of those that must be held. Raises Refused for what is never shown."""
    people.require("text", [post.title, post.description], field="title")
    held = {}
    for image in images:
        verdict = people.require("image", [image.prompt], field="prompt")
        if verdict:
            held[image.pk] = verdict.clause
        elif image.picture.is_hidden:
            held[image.pk] = ""  # its picture waits already; it comes out with it
    return held


def require_licensed(images):
    """Raises Refused for an image that goes further than the artist of a style it was made with allows."""
    made = ImageResource.objects.filter(image__in=images, version__model__usage="generation")
    rows = list(made.values_list("image", "version", "version__model__name"))
    agreed = fees.fees_for({version for _image, version, _name in rows})
    levels = {image.pk: image.level for image in images}
    for image, version, name in rows:
        fee = agreed.get(version)
        if fee and levels[image] > fee.level:
            raise Refused(
                _(
                    "“%(name)s” is licensed by its artist for pictures up to %(level)s. Take the picture out that goes further."
                )
                % {"name": name, "level": fee.level.label},
                field="level",
                code="licence_level",
            )


def hold(images, held):
    for image in images:
        if image.pk in held and hiding.hide(image, by=None, reason=HELD) and held[image.pk]:
            queueing.raise_item(
                ("gallery.Image", image.pk),
                queue="policy",
                because=gettext_noop("Held until somebody looks"),
                clause="2.1",
                severity="P1",
            )


def picture_released(picture):
    """A moderator let the picture out: the image that waited with it comes too."""
    for image in Image.objects.filter(picture=picture, hidden_by=None, hidden_reason=HELD).select_related("picture"):
        hiding.restore(image, by=None)


def mark_person(image, value, *, by):
    """A moderator's word; returns what was. A marked image is hidden first: the database allows nothing else."""
    was = Image.objects.values_list("shows_real_person", flat=True).get(pk=image.pk)
    Image.objects.filter(pk=image.pk).update(shows_real_person=value)
    return was
