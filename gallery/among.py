"""What of this room members talk about, keep and are told of."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.domain import notices
from civitai import adapters
from community.domain import collecting, threads
from gallery import queries
from gallery.models import Image, Post

POST = "gallery.Post"


def register():
    threads.register_subject(queries.SUBJECT, "gallery.Image", counter="comments", name=title_of)
    threads.register_subject(POST, "gallery.Post", name=lambda post: post.title)
    collecting.register_subject(
        queries.SUBJECT, "gallery.Image", cards=cards, template="gallery/_cards.html", name=_("Pictures"), order=10
    )
    collecting.register_subject(
        POST, "gallery.Post", cards=post_cards, template="gallery/_cards.html", name=_("Posts"), order=30
    )
    notices.name_thing(queries.SUBJECT, _("your picture"))
    notices.name_thing(POST, _("your post"))
    notices.register_kind(
        "post",
        text=_("%(by)s posted %(about)s"),
        many=ngettext_lazy(
            "%(by)s posted %(about)s and %(others)s more", "%(by)s posted %(about)s and %(others)s more", "others"
        ),
        icon="images",
        label=_("Somebody whom I follow posts pictures"),
    )
    notices.name_thing("new pictures", _("new pictures"))
    notices.register_kind(
        "licence",
        text=_("%(about)s is not shown to others: its style is licensed for a lower level"),
        icon="scale",
    )
    adapters.on("post_published", tell_followers)


def title_of(image):
    return image.post.title


def cards(ids, user):
    """{id: card} of images that are listed to `user`; one query."""
    rows = list(queries.with_card(Image.objects.listed_to(user).filter(pk__in=ids)))
    return {row.pk: card for row, card in zip(rows, queries.image_cards(rows, user, eager=0), strict=True)}


def post_cards(ids, user):
    """{id: card} of posts: of the first image of each that is listed to `user`; one query."""
    rows = queries.with_card(Image.objects.listed_to(user).filter(post__in=ids)).order_by("post", "position", "pk")
    rows = list(rows.distinct("post"))
    shown = {}
    for row, card in zip(rows, queries.image_cards(rows, user, eager=0), strict=True):
        shown[row.post_id] = {**card, "url": row.post.get_absolute_url()}
    return shown


def tell_followers(post, **facts):
    """Everyone who follows its maker, in a worker; what comes out on one day is one notification."""
    today = timezone.localdate()
    others = Post.objects.filter(owner=post.owner, published_at__date=today, state="published").exclude(pk=post.pk)
    notices.tell_followers(
        post.owner,
        "post",
        url=post.get_absolute_url(),
        about=post.title or "new pictures",
        key=f"posts:{post.owner_id}:{today:%Y-%m-%d}",
        others=others.count(),
    )
