"""Posts: begun as a draft, filled with images, shown, taken back, removed."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from civitai import adapters
from civitai.errors import Refused
from civitai.levels import LADDER, Level
from community.domain import pictures, tagging
from community.models import Picture
from community.states import PictureState
from gallery.domain import counting, guarding, hiding, made_with, recipes, withholding
from gallery.models import Image, Post
from gallery.states import PostState
from models_hub.models import VersionPicture

MOST_IMAGES = 20
MOST_DRAFTS = 100


def start(owner, *, version=None, title=""):
    """A draft of `owner`, perhaps for the gallery of `version`. Raises Refused."""
    if Post.objects.filter(owner=owner, state=PostState.DRAFT).count() >= MOST_DRAFTS:
        raise Refused(_("You have many drafts. Publish or delete some of them first."), code="too_many_drafts")
    return Post.objects.create(owner=owner, version=version, title=str(title).strip()[:200])


def add_image(post, picture, *, recipe=None, resources=(), made_here=False, remix_of=None, level=None):
    """`picture` as the post's next image. Adding the same picture again returns its image.

    Without a recipe, the one in the file counts, now or as soon as the picture is ready. `resources` are
    (ModelVersion, weight) that are known to have made it. Raises Refused.
    """
    with transaction.atomic():
        post = Post.objects.select_for_update().get(pk=post.pk)
        known = Image.objects.filter(picture=picture, post=post, removed_at=None).first()
        if known:
            return known
        _check_addition(post, picture)
        last = post.images.aggregate(last=Max("position"))["last"]
        image = Image.objects.create(
            post=post,
            owner=post.owner,
            picture=picture,
            position=0 if last is None else last + 1,
            level=picture.level if level is None else level,
            base_model=post.version.base_model if post.version else "",
            made_here=made_here,
            remix_of=remix_of,
        )
        recipe = recipe or recipes.found_in(picture)
        if recipe or resources:
            recipes.keep(image, recipe or recipes.Recipe(), resources=resources)
        _link_version(image)
        if post.state == PostState.PUBLISHED:
            _join(post, image)
    return image


def _join(post, image):
    """One more image of a post that is out already: asked everything that it would have been asked before."""
    _check_publication([image])
    guarding.require_licensed([image])
    held = guarding.look(post, [image])
    _bring_out(post, [image], at=timezone.now())
    guarding.hold([image], held)
    made_with.join([image])


def _check_addition(post, picture):
    if post.state == PostState.REMOVED:
        raise Refused(_("This post was removed."), code="removed")
    if picture.owner_id != post.owner_id:
        raise Refused(_("This picture is not yours."), code="not_yours")
    if Image.objects.filter(picture=picture).exists():
        raise Refused(_("This picture stands in a post already."), code="posted")
    if picture.state == PictureState.REFUSED:
        raise Refused(picture.refusal_sentence, code=picture.refusal)
    if post.images.filter(removed_at=None).count() >= MOST_IMAGES:
        raise Refused(_("A post holds at most %(count)s images.") % {"count": MOST_IMAGES}, code="too_many_images")
    if post.state == PostState.PUBLISHED and picture.state != PictureState.READY:
        raise Refused(_("This picture is still being prepared."), code="pending")


def _link_version(image):
    """A post for a version's gallery says by itself that the version made its images."""
    version = image.post.version
    if version is not None and not image.resources.filter(version=version).exists():
        recipes.link(image, version)


def picture_ready(picture):
    """What the file says goes to an image that waited for it. Told by the community room."""
    image = Image.objects.filter(picture=picture, removed_at=None).select_related("post__version").first()
    if image is None:
        return
    # Its owner may have said a level before anybody had looked.
    if image.level and image.level < picture.least_level:
        rate(image, image.level)
    if image.prompt or image.settings:
        return
    recipe = recipes.found_in(picture)
    if recipe:
        recipes.keep(image, recipe)
        _link_version(image)


def describe(post, *, title, description="", tags=()):
    """Raises Refused for its tags, and for a name that was taken out of what its images were made with."""
    withholding.require_without_names(post.images.all(), {"title": title, "description": description})
    with transaction.atomic():
        Post.objects.filter(pk=post.pk).update(title=title.strip()[:200], description=description.strip()[:10_000])
        post.tags.set(tagging.named(tags))
    post.refresh_from_db()
    return post


def correct(image, *, prompt, negative_prompt, hide_recipe, level=None):
    """What its owner says of an image. A published image takes its new level at once."""
    withholding.require_without_names([image], {"prompt": prompt, "negative_prompt": negative_prompt})
    with transaction.atomic():
        image.prompt = prompt[: recipes.LONGEST_PROMPT]
        image.negative_prompt = negative_prompt[: recipes.LONGEST_PROMPT]
        image.hide_recipe = hide_recipe
        image.save(update_fields=["prompt", "negative_prompt", "hide_recipe"])
        pictures.keep_original(image.picture, private=hide_recipe)
        if level is not None:
            rate(image, level)
    return image


def rate(image, level):
    """Its level, and its picture's: never below what was found in it or what a moderator said. What was blocked stays
    blocked. Raises Refused.
    """
    if level not in LADDER:
        raise Refused(_("Choose a level."), field="level")
    if image.level == Level.BLOCKED:
        raise Refused(_("A moderator has blocked this picture."), field="level", code="blocked")
    image.level = pictures.rate(image.picture, level)
    Image.objects.filter(pk=image.pk).update(level=image.level)
    if image.sort_at:
        hiding.keep_within(image)


def arrange(post, ids):
    """`ids` of images in their new order; those left out follow in their old one."""
    with transaction.atomic():
        rows = {row.pk: row for row in post.images.filter(removed_at=None).order_by("position", "pk")}
        known = [pk for pk in dict.fromkeys(ids) if pk in rows]
        for position, pk in enumerate([*known, *(pk for pk in rows if pk not in known)]):
            Image.objects.filter(pk=pk).exclude(position=position).update(position=position)


def publish(post, by, *, now=None):
    """A draft is seen by all who may see its levels. Published already, nothing happens. Raises Refused.

    `now` is for what was posted elsewhere before.
    """
    with transaction.atomic():
        post = Post.objects.select_for_update().get(pk=post.pk)
        if post.state == PostState.PUBLISHED:
            return post
        images = list(post.images.filter(removed_at=None).select_related("picture").order_by("position", "pk"))
        _check_publication(images)
        guarding.require_licensed(images)
        held = guarding.look(post, images)
        now = now or timezone.now()
        is_new = post.published_at is None
        post.move(PostState.PUBLISHED, by=by, published_at=post.published_at or now)
        _bring_out(post, images, at=now)
        guarding.hold(images, held)
        made_with.join(images)
        if is_new:
            adapters.tell("post_published", post=post)
    return post


def _check_publication(images):
    if not images:
        raise Refused(_("Add at least one image."), code="empty")
    states = [image.picture.state for image in images]
    if waiting := states.count(PictureState.PENDING):
        raise Refused(
            ngettext(
                "One picture is still being prepared. Try again in a moment.",
                "%(n)s pictures are still being prepared. Try again in a moment.",
                waiting,
            )
            % {"n": waiting},
            code="pending",
        )
    if PictureState.REFUSED in states:
        raise Refused(_("Take out the picture that was refused, then publish."), code="refused_picture")
    if any(image.level not in LADDER for image in images):
        raise Refused(_("Say for each image how far it goes."), field="level", code="unrated")


def _bring_out(post, images, *, at):
    """In the feeds from `at` on. An image that comes back keeps its old place: nobody climbs by hiding and showing."""
    for image in images:
        since = image.first_shown_at or at
        if image.picture.level != image.level:
            image.level = pictures.rate(image.picture, image.level)
        Image.objects.filter(pk=image.pk).update(sort_at=since, first_shown_at=since, level=image.level)
        if image.hide_recipe:
            pictures.keep_original(image.picture, private=True)
    pictures.show([image.picture for image in images])
    counting.recount_for(images)


def withdraw(post, by):
    """Back to a draft that its owner alone sees. A draft already, nothing happens."""
    with transaction.atomic():
        post = Post.objects.select_for_update().get(pk=post.pk)
        if post.state == PostState.DRAFT:
            return post
        post.move(PostState.DRAFT, by=by, because="withdrawn")
        _take_in(list(post.images.filter(removed_at=None)))
    return post


def remove(post, by, *, because="removed by its owner"):
    """Gone for all, its owner too; its page says that it was here. Removed already, nothing happens."""
    with transaction.atomic():
        post = Post.objects.select_for_update().get(pk=post.pk)
        if post.state == PostState.REMOVED:
            return post
        images = list(post.images.filter(removed_at=None).select_related("picture"))
        post.move(PostState.REMOVED, by=by, because=because)
        _take_in(images)
        _let_go(images)
    return post


def remove_image(image, by):
    """One image out of its post; a published post without images goes with its last one."""
    with transaction.atomic():
        post = Post.objects.select_for_update().get(pk=image.post_id)
        others = post.images.filter(removed_at=None).exclude(pk=image.pk)
        if post.state == PostState.PUBLISHED and not others.exists():
            remove(post, by)
        else:
            image = Image.objects.select_related("picture").get(pk=image.pk)
            if image.removed_at is None:
                _take_in([image])
                _let_go([image])
    return Post.objects.get(pk=post.pk)


def _take_in(images):
    ids = [image.pk for image in images]
    Image.objects.filter(pk__in=ids).update(sort_at=None)
    pictures.conceal(Picture.objects.filter(image__in=ids).exclude(pk__in=_also_samples(images)))
    counting.recount_for(images)


def _let_go(images):
    """Uploaded files go; what this site drew stays in its owner's own list of results, and samples stay samples."""
    Image.objects.filter(pk__in=[image.pk for image in images]).update(removed_at=timezone.now())
    samples = _also_samples(images)
    pictures.discard(
        [image.picture for image in images if not image.picture.made_here and image.picture_id not in samples]
    )


def _also_samples(images):
    ids = [image.picture_id for image in images]
    return set(VersionPicture.objects.filter(picture__in=ids).values_list("picture_id", flat=True))
