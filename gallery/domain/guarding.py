"""What is asked of a post before it is public: real people in its texts and prompts, pictures that are held."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.domain import notices
from civitai.errors import Refused
from civitai.levels import Level
from gallery.domain import hiding
from gallery.models import Image, ImageResource
from moderation.domain import queueing
from moderation.domain.cases import fees
from moderation.models import Action, Decision
from moderation.policy import people

HELD = "held until a moderator has looked"
MADE_WITH = "made with"


def look(post, images):
    """{image: clause} of those that must be held. Raises Refused for what is never shown."""
    people.require("text", [post.title, post.description], field="title")
    tags = list(post.tags.values_list("name", flat=True))
    of_people = _made_with_people(images)
    held = {}
    for image in images:
        # What a post is called says what its images show. Its description may speak of anybody, beside what is mature not.
        texts = [image.prompt, post.title, *tags, *([post.description] if image.level > Level.PG else [])]
        verdict = people.require("image", texts, field="prompt")
        if image.pk in of_people:
            held[image.pk] = MADE_WITH
        elif verdict:
            held[image.pk] = verdict.clause
        elif image.picture.is_hidden:
            held[image.pk] = ""  # its picture waits already; it comes out with it
    return held


def asked(post):
    """What `look` goes by, {image: …}: kept before an edit, it tells what the edit has changed."""
    words = (post.title, post.description, frozenset(post.tags.values_list("name", flat=True)))
    images = list(post.images.filter(removed_at=None))
    of_people = _made_with_people(images)
    return {image.pk: (*words, image.prompt, image.pk in of_people, int(image.level)) for image in images}


def look_again(post, before):
    """A post that is out was edited: images that now say something else, or go further, are asked anew. Raises Refused.

    What a moderator let out stays out until its words change.
    """
    after = asked(post)
    changed = [pk for pk, said in after.items() if pk not in before or _goes_further(before[pk], said)]
    images = list(post.images.filter(pk__in=changed).select_related("picture"))
    if images:
        hold(images, look(post, images))


def _goes_further(was, now):
    return was[:-1] != now[:-1] or now[-1] > was[-1]


def _made_with_people(images):
    """Those that were made with a model which shows a real person."""
    made = ImageResource.objects.filter(
        image__in=[image.pk for image in images], version__model__is_of_real_person=True
    )
    return set(made.values_list("image", flat=True))


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
        if image.pk not in held:
            continue
        is_hidden_now = hiding.hide(image, by=None, reason=HELD)
        if held[image.pk] == MADE_WITH:
            Image.objects.filter(pk=image.pk).update(shows_real_person=True)
        if is_hidden_now and held[image.pk]:
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


def model_marked(*, model, value, by):
    """Listens to "model_of_person": what was made with a model that shows a real person is seen no more, or again.

    All of its images bear the mark, hidden ones and drafts too, so that nothing lets them out later.
    """
    made = Image.objects.filter(resources__version__model=model.pk).distinct().select_related("picture")
    if value:
        seen = list(made.filter(hidden_at=None, removed_at=None))
        for image in seen:
            hiding.hide(image, by=by, reason=_with(model))
        told = {image.owner_id: image for image in seen}
        for owner, image in told.items():
            key = f"person:{model.pk}"
            notices.notify([owner], "made_with_person", url=image.get_absolute_url(), about=model.name, key=key)
        Image.objects.filter(pk__in=made.values("pk")).update(shows_real_person=True)
        return
    others = ImageResource.objects.filter(version__model__is_of_real_person=True).exclude(version__model=model.pk)
    said = Decision.objects.filter(subject="gallery.Image", action=Action.PERSON, undone_at=None)
    told = {int(row) for row in said.filter(row__in=[str(image.pk) for image in made]).values_list("row", flat=True)}
    free = made.exclude(pk__in=others.values("image")).exclude(pk__in=told)
    for image in list(free):
        Image.objects.filter(pk=image.pk).update(shows_real_person=False)
        image.shows_real_person = False
        if image.hidden_reason == _with(model):
            hiding.restore(image, by=by)


def _with(model):
    return f"with model {model.pk}"
