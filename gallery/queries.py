"""Feeds, cards and the page of one image. Query counts are part of what these promise."""

import json
from dataclasses import dataclass
from datetime import timedelta
from hashlib import md5
from math import log10
from urllib.parse import quote

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Follow
from accounts.queries import followed_ids
from civitai.caching import kept
from civitai.levels import Level, viewer_mask
from civitai.paging import Found
from community.domain.reacting import reacted
from community.models import Reaction, Tag
from community.pixels import thumbhash
from community.queries import saved_by
from gallery.models import (
    Image,
    ImageOfModel,
    ImagePeriod,
    ImageResource,
    ImageRising,
    ImageTag,
    ImageUse,
    Post,
)
from gallery.states import PostState
from models_hub.browsing import since
from moderation.domain.cases import fees, wording

SUBJECT = "gallery.Image"
PAGE = 40
MOST_COUNTED = 10_000
NEWEST, OLDEST, MOST_LIKED, DISCUSSED, RISING = "newest", "oldest", "liked", "discussed", "rising"
SORTS = (MOST_LIKED, RISING, NEWEST)
PERIODS = {"day": 1, "week": 7, "month": 30, "year": 365, "all": None}
WIDTHS = (320, 450, 800)


def feed(user, *, cursor=None, limit=PAGE, **asked):
    """One page of the images that `user` may see or see covered, with what their cards show: one query.

    Raises Refused for a damaged cursor.
    """
    return found(user, **asked).page(with_card, cursor=cursor, limit=limit)


@dataclass(frozen=True)
class Total:
    """How many a feed has, or about how many."""

    count: int
    is_about: bool = False


def feed_with_total(user, *, cursor=None, may_estimate=True, **asked):
    """(page, Total or None): as `feed`, and how many there are, kept for five minutes: no query more.

    To MOST_COUNTED they are counted; beyond, what the planner thinks is asked for where `may_estimate`, which is a query. Of
    those whom one follows it is not said: each one's history would be read for it.
    """
    feed_of = found(user, **asked)
    key = _total_key(user, asked)
    total = None if feed_of.each else kept(key, lambda: None, seconds=1)
    if total or feed_of.each:
        return feed_of.page(with_card, cursor=cursor, limit=PAGE), total
    some = feed_of.everything().order_by().values(feed_of.key)[: MOST_COUNTED + 1]
    sql, given = some.query.sql_with_params()
    counted = RawSQL(f"SELECT count(*) FROM ({sql}) AS counted", given, output_field=IntegerField())
    page = feed_of.page(lambda rows: with_card(rows).annotate(counted=counted), cursor=cursor, limit=PAGE)
    count = page.rows[0].counted if page.rows else 0
    if count <= MOST_COUNTED:
        # Past the last of them nobody has counted.
        return page, _kept(key, Total(count)) if page.rows or not cursor else None
    if not may_estimate:
        return page, Total(MOST_COUNTED, is_about=True)
    plan = json.loads(feed_of.everything().order_by().values(feed_of.key).explain(format="json"))
    about = max(MOST_COUNTED, plan[0]["Plan"]["Plan Rows"])
    return page, _kept(key, Total(round(about, 2 - int(log10(about))), is_about=True))


def _kept(key, total):
    return kept(key, lambda: total, seconds=300)


def _total_key(user, asked):
    """Visitors share one, and members who hide nothing share one."""
    who = user.is_authenticated and (sorted(user.hidden_people), sorted(user.hidden_tags))
    plain = {name: getattr(value, "pk", value) for name, value in asked.items()}
    return f"gallery.total:{md5(repr((who, sorted(plain.items()))).encode(), usedforsecurity=False).hexdigest()}"


def found(
    user, *, sort=NEWEST, period="all", base="", tag="", made_here=False, version=None, owner=None, following=False
):
    """The images of a feed, to take pages of."""
    return along(
        lambda rows: rows.listed_to(user),
        sort,
        days=PERIODS.get(period),
        tags=Tag.objects.filter(name=tag).values("pk") if tag else (),
        versions=(version.pk if hasattr(version, "pk") else version,) if version else (),
        owners=(owner.pk,) if owner else followed_ids(user) if following else (),
        bases=(base,) if base else (),
        made_here=made_here,
    )


ORDERS = {
    NEWEST: ("-sort_at", "-id"),
    OLDEST: ("sort_at", "id"),
    MOST_LIKED: ("-likes", "-id"),
    DISCUSSED: ("-comments", "-id"),
    RISING: ("-rising", "-id"),
}


def along(seen, sort, *, days=None, tags=(), versions=(), models=(), owners=(), bases=(), made_here=False, said=None):
    """Found: the images that `seen` leaves of a queryset (of images, or of places, which say the same), narrowed.

    `tags`, `versions`, `models` and `owners` are keys, any of which will do: a tuple, or a queryset of one column. The narrowest
    has places, or an index of the images, along which the others are asked of each. `said`: a Q of images, asked of each too.
    """
    # Whole hours, so that one page and the next ask for the same time.
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    things = seen(Image.objects)
    if sort == RISING:
        # Through the image, for its order is of the place alone.
        things = things.annotate(rising=F("rise__rising"))
    linked = [(ImageUse, "version", versions), (ImageOfModel, "model", models), (ImageTag, "tag", tags)]
    linked = [(place, name, wanted) for place, name, wanted in linked if _any(wanted)]
    rows, key, each = things, "pk", None
    if sort == RISING:
        rows, key = seen(ImageRising.objects).filter(rising__gt=ImageRising.least(now)), "image_id"
    elif linked:
        place, name, wanted = linked.pop(0)
        rows, key = seen(place.objects), "image_id"
        rows, each = _one_of(rows, name, wanted)
    elif days and (sort == MOST_LIKED or (sort == DISCUSSED and not _any(owners))):
        rows, key = seen(ImagePeriod.objects).filter(days=days, leaves_at__gt=now), "image_id"
    for place, name, wanted in linked:
        same = OuterRef("pk" if key == "pk" else "image")
        rows = rows.filter(Exists(place.objects.filter(image=same, **{f"{name}__in": wanted})))
    for name, wanted in (("owner", owners), ("base_model", bases)):
        if not _any(wanted):
            continue
        if each is None and (rows.model in (Image, ImagePeriod, ImageRising)):
            rows, each = _one_of(rows, name, wanted)
        else:
            rows = rows.filter(**{f"{name}__in": wanted})
    if made_here:
        rows = rows.filter(made_here=True)
    start = None
    if days and rows.model is not ImagePeriod:
        rows, start = since(rows, "sort_at", now - timedelta(days=days), ORDERS[sort])
    if said:
        rows = rows.filter(said if rows.model is Image else Q(image__in=Image.objects.filter(said)))
    if rows.model is Image and each is None:
        return Found(rows, ORDERS[sort], start=start)
    return Found(rows, ORDERS[sort], things=things, key=key, each=each, start=start)


def _any(wanted):
    return isinstance(wanted, QuerySet) or bool(wanted)


def _one_of(rows, name, wanted):
    """(rows, each): one value is an equality; of several each is looked at apart."""
    if isinstance(wanted, QuerySet):
        return rows, (name, wanted)
    if len(wanted) == 1:
        return rows.filter(**{name: wanted[0]}), None
    return rows, (name, wanted)


def with_card(images):
    """A queryset of Image with what its card shows: `image_cards` asks nothing more."""
    siblings = Image.objects.in_feed().filter(post=OuterRef("post")).order_by().values("post")
    counted = Subquery(siblings.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return images.select_related("picture", "owner", "post").annotate(post_images=Coalesce(counted, 1))


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


def is_popular_known():
    return kept(POPULAR, lambda: None, seconds=1) is not None


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
        cards = image_cards(feed(user, version=version, limit=limit).rows, user, eager=0)
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
