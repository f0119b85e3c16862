"""Feeds, cards and the page of one image. Query counts are part of what these promise."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

from django.db.models import Count, Exists, IntegerField, OuterRef, Prefetch, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Follow
from accounts.queries import followed_ids
from civitai.caching import kept
from civitai.levels import Level, viewer_mask
from civitai.paging import keyset
from community.domain.reacting import reacted
from community.models import Reaction, Tag
from community.pixels import thumbhash
from community.queries import saved_by
from gallery.models import Image, ImagePeriod, ImageResource, ImageTag, ImageUse, Post
from gallery.states import PostState
from moderation.domain.cases import fees, wording

SUBJECT = "gallery.Image"
PAGE = 40
NEWEST, MOST_LIKED = "newest", "liked"
SORTS = (NEWEST, MOST_LIKED)
PERIODS = {"day": 1, "week": 7, "month": 30, "year": 365, "all": None}
WIDTHS = (320, 450, 800)


def feed(user, *, cursor=None, limit=PAGE, **asked):
    """One page of the images that `user` may see or see covered, with what their cards show: one query.

    Raises Refused for a damaged cursor.
    """
    rows, order, at = found(user, **asked)
    page = keyset(with_card(rows, at), order=order, cursor=cursor, limit=limit)
    return replace(page, rows=[_of_place(row) for row in page.rows]) if at else page


def found(
    user, *, sort=NEWEST, period="all", base="", tag="", made_here=False, version=None, owner=None, following=False
):
    """(rows, order, at): a queryset of Image with "" `at`, or of their places with "image__"."""
    liked, days = sort == MOST_LIKED, PERIODS.get(period)
    # Whole hours, so that one page and the next ask for the same time.
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    links = []
    if tag:
        links.append((ImageTag, {"tag": Subquery(Tag.objects.filter(name=tag).values("pk"))}))
    if version:
        links.append((ImageUse, {"version": version}))
    if liked and days and not links:
        links.append((ImagePeriod, {"days": days, "leaves_at__gt": now}))
    rows, last, at = Image.objects.listed_to(user), "-id", ""
    if links:
        # Along what has places, a few of millions are found as fast as the newest of all.
        place, which = links.pop()
        rows, last, at = place.objects.listed_to(user).filter(**which), "-image_id", "image__"
    for place, which in links:
        rows = rows.filter(Exists(place.objects.filter(image=OuterRef("image"), **which)))
    if base:
        rows = rows.filter(base_model=base)
    if made_here:
        rows = rows.filter(made_here=True)
    if owner:
        rows = rows.filter(owner=owner.pk)
    if following:
        rows = rows.filter(owner__in=followed_ids(user))
    if days and rows.model is not ImagePeriod:
        rows = rows.filter(sort_at__gt=now - timedelta(days=days))
    return rows, ("-likes" if liked else "-sort_at", last), at


def _of_place(row):
    row.image.post_images = row.post_images
    return row.image


def with_card(images, at=""):
    """A queryset of Image, or of what has one `at` "image__", with what its card shows: `image_cards` asks nothing more."""
    siblings = Image.objects.in_feed().filter(post=OuterRef(f"{at}post")).order_by().values("post")
    counted = Subquery(siblings.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    shown = [f"{at}{name}" for name in ("picture", "owner", "post")]
    return images.select_related(*shown).annotate(post_images=Coalesce(counted, 1))


def image_cards(images, user, *, eager=8):
    """Dicts for components/image_card.html, in order. No query for rows from `with_card`; the first `eager` load at
    once. What is above the viewer's level, and pictures not ready, come without any address of their bytes.
    """
    create = address("create")
    return [_card(image, user, create, eager=number < eager) for number, image in enumerate(images)]


def _card(image, user, create, *, eager):
    picture = image.picture
    card = {
        "id": image.pk,
        "url": image.get_absolute_url(),
        "w": picture.width or 1,
        "h": picture.height or 1,
        "r": picture.ratio,
        "tone": picture.tone,
        "author": image.owner.name,
        "likes": image.likes,
        "count": getattr(image, "post_images", 1),
        "remix": image.remix_of_id is not None,
        "badge": "",
        "covered": None,
        "hash": "",
        "eager": eager,
        "src": "",
        "srcset": "",
        "alt": "",
        "remix_url": "",
        "collect_url": "",
        "show_url": "",
    }
    if not image.shows_picture_to(user) or picture.state != "ready":
        once = f"{card['url']}?show=once" if user.is_authenticated else ""
        return {
            **card,
            "covered": int(image.level),
            "hash": thumbhash.data_url(picture.thumbhash),
            "show_url": once or card["url"],
        }
    if user.is_authenticated:
        card["collect_url"] = reverse("keeping", args=[SUBJECT, image.pk])
    if create and image.prompt and image.shows_recipe_to(user):
        card["remix_url"] = f"{create}?remix={image.pk}"
    return {**card, **sources(picture), "alt": alt_of(image, user)}


def sources(picture, *, src=450, widths=WIDTHS, once=""):
    """src and srcset of a picture: widths that exist, the original's among them when it is small.

    `once` is the word of a member who asked to see this one above their level.
    """
    word = f"?once={quote(once)}" if once else ""
    steps = [step for step in picture.widths if step in widths or (step == max(picture.widths) and step < max(widths))]
    return {
        "src": picture.url(src) + word,
        "srcset": ", ".join(f"{picture.url(step)}{word} {step}w" for step in steps),
    }


def alt_of(image, user):
    """What a picture shows, as its prompt says it; its title where that is hidden, its maker where it has neither."""
    text = image.prompt if image.shows_recipe_to(user) else ""
    text = " ".join((text or image.post.title).split())
    if not text:
        return gettext("Image by %(name)s") % {"name": image.owner.name}
    return text if len(text) <= 160 else text[:160].rsplit(" ", 1)[0] + "…"


POPULAR = "gallery.popular"


def popular():
    """(base models, tags) that many images have, kept for ten minutes: chips above the feed. One query."""

    def asked():
        shown = Image.objects.in_feed().filter(level=Level.PG)
        bases = shown.exclude(base_model="").order_by().values("base_model").annotate(n=Count("pk"))
        posts = Post.objects.filter(state=PostState.PUBLISHED, hidden_at=None, images__in=shown)
        tags = Tag.objects.filter(posts__in=posts.distinct()).order_by().annotate(n=Count("posts", distinct=True))
        both = (
            bases.order_by("-n", "base_model").values_list("base_model", "n", Value("base"))[:8],
            tags.order_by("-n", "name").values_list("name", "n", Value("tag"))[:10],
        )
        rows = sorted(both[0].union(both[1], all=True), key=lambda row: (-row[1], row[0]))
        return [name for name, _n, kind in rows if kind == "base"], [name for name, _n, kind in rows if kind == "tag"]

    return kept(POPULAR, asked, seconds=600)


def shown_image(user, pk):
    """The image for its page, with post, owner, picture, tags, and what `user` did to it; None when it is not known.

    One query, and one for its tags.
    """
    member = user if user.is_authenticated else None
    mine = Reaction.objects.filter(subject=SUBJECT, row=OuterRef("pk"), user=member, kind="heart")
    rows = Image.objects.known_to(user).select_related("picture", "owner", "post", "post__version__model")
    rows = rows.annotate(
        is_liked=Exists(mine),
        is_saved=saved_by(user, SUBJECT),
        is_followed=Exists(Follow.objects.filter(followed=OuterRef("owner"), follower=member)),
    )
    return rows.prefetch_related("post__tags").filter(pk=pk).first()


def resources_of(image, user):
    """Dicts for components/resource.html: the base first, then by weight. Versions that `user` may not see stay names."""
    from models_hub.models import ModelVersion
    from models_hub.queries import type_label

    rows = image.resources.select_related("version__model__cover").annotate(
        is_seen=Exists(ModelVersion.objects.visible_to(user).filter(pk=OuterRef("version")))
    )
    rows = sorted(rows, key=_rank)
    licensed = [row.version_id for row in rows if row.is_seen and row.version.model.usage == "generation"]
    agreed = fees.fees_for(licensed)
    return [_resource(row, user, type_label, agreed.get(row.version_id)) for row in rows]


def credits_of(image):
    """Artists whose licensed styles an image was made with, for a page that does not say the rest of the recipe."""
    rows = image.resources.filter(version__model__usage="generation")
    agreed = fees.fees_for(list(rows.values_list("version", flat=True)))
    return list(dict.fromkeys(wording.credit(fee) for fee in agreed.values()))


def _rank(row):
    return row.type != "checkpoint", -(row.weight or 0), row.pk


def _resource(row, user, type_label, fee):
    version = row.version if row.is_seen else None
    kind = type_label(version.model.type) if version else TYPES.get(row.type, row.type)
    found = {
        "id": row.pk,
        "name": _resource_name(row, version),
        "url": f"{version.model.get_absolute_url()}?version={version.pk}" if version else "",
        "line": f"{kind} · {version.shown_name}" if version else kind,
        "weight": f"{row.weight:.2f}" if row.weight is not None and row.type != "checkpoint" else "",
        "src": "",
        "version_id": version.pk if version else None,
        "is_detected": row.is_detected,
        "credit": wording.credit(fee) if fee else "",
    }
    cover = version.model.cover if version else None
    if cover and cover.state == "ready" and cover.level & viewer_mask(user):
        found["src"] = cover.url(96)
    return found


def _resource_name(row, version):
    if version is not None:
        return version.model.shown_name
    return row.public_name or row.hash[:10]


TYPES = {"checkpoint": "Checkpoint", "lora": "LoRA", "embed": "Embedding", "embedding": "Embedding", "vae": "VAE"}


def siblings_of(image, user):
    """The images of its post in their order, as far as `user` knows them, with their pictures."""
    rows = Image.objects.known_to(user).filter(post=image.post_id).select_related("picture")
    return list(rows.order_by("position", "pk"))


def shown_post(user, pk):
    rows = Post.objects.visible_to(user).select_related("owner", "version__model").prefetch_related("tags")
    return rows.filter(pk=pk).first()


def images_of(post, user):
    """Of one post, in order, with what cards show."""
    return list(with_card(Image.objects.known_to(user).filter(post=post)).order_by("position", "pk"))


def likes_of(images, user):
    return reacted(user, SUBJECT, [image.pk for image in images])


def draft_images(post):
    """For the owner's editor: pictures and resources along."""
    resources = Prefetch("resources", ImageResource.objects.select_related("version__model").order_by("pk"))
    rows = post.images.filter(removed_at=None).select_related("picture").prefetch_related(resources)
    return list(rows.order_by("position", "pk"))


def version_gallery(versions, *, user, limit=12):
    """Fills the slot of the models room: {version.pk: cards} of the newest images made with each; one query each."""
    found = {}
    for version in versions:
        places = with_card(ImageUse.objects.listed_to(user).filter(version=version), "image__")
        newest = places.order_by("-sort_at", "-image_id")[:limit]
        cards = image_cards([_of_place(row) for row in newest], user, eager=0)
        if cards:
            found[version.pk] = cards
    return found


def alike(image, user, limit=8):
    """Others of the same model, else of the same base: newest first."""
    version = image.resources.exclude(version=None).order_by("type", "pk").values_list("version", flat=True)[:1]
    same = Image.objects.filter(resources__version__in=version)
    rows = with_card(Image.objects.listed_to(user)).exclude(post=image.post_id)
    found = list(rows.filter(pk__in=same.values("pk")).order_by("-sort_at", "-id")[:limit])
    if len(found) < limit and image.base_model:
        more = rows.filter(base_model=image.base_model).exclude(pk__in=[one.pk for one in found])
        found += more.order_by("-sort_at", "-id")[: limit - len(found)]
    return found


def address(name, *args):
    """The address of a page of a room above, "" where that room is not mounted."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def shown_pictures(found):
    """{picture's key: True} for those that a published post shows: whoever else lets go of them leaves them public."""
    rows = Image.objects.filter(picture__in=found, sort_at__isnull=False)
    return {pk: True for pk in rows.values_list("picture", flat=True)}
