"""Images and posts as things that can be reported."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from civitai.levels import LADDER
from gallery.domain import guarding, hiding, made_with
from gallery.models import Image, MadeWith, Post
from moderation import subjects
from moderation.subjects import Described


def register():
    subjects.register(
        "gallery.Image",
        name=gettext_lazy("Image"),
        describe=images,
        hide=hiding.hide,
        restore=hiding.restore,
        set_level=hiding.set_level,
        mark_person=guarding.mark_person,
        levels=tuple(int(level) for level in LADDER),
    )
    subjects.register(
        "gallery.Post", name=gettext_lazy("Post"), describe=posts, hide=hiding.hide_post, restore=hiding.restore_post
    )

    subjects.register(
        made_with.SUBJECT,
        name=gettext_lazy("Images made with a model"),
        describe=made_with_models,
        hide=made_with.hold,
        restore=made_with.let_out,
        is_let_out_alone=True,
    )


MOST_PARTS = 60


def made_with_models(keys):
    shown = {}
    for row in MadeWith.objects.filter(pk__in=_numbers(keys)).select_related("model"):
        images = made_with.held(row)
        few = list(images.select_related("post", "owner")[:MOST_PARTS])
        count = images.count()
        shown[str(row.pk)] = Described(
            title=ngettext("%(n)s image made with “%(name)s”", "%(n)s images made with “%(name)s”", count)
            % {"n": count, "name": row.model.name},
            url=row.model.get_absolute_url(),
            pictures=tuple(image.picture_id for image in few),
            level=max((int(image.level) for image in few), default=0),
            parts=tuple((f"@{image.owner.username}, {image.pk}", image.get_absolute_url()) for image in few),
        )
    return shown


def images(keys):
    # What was hidden is decided about also after its owner has taken it out.
    kept = Q(removed_at=None) | Q(hidden_at__isnull=False)
    rows = Image.objects.filter(kept, pk__in=_numbers(keys)).select_related("owner", "post")
    return {
        str(row.pk): Described(
            title=row.post.title or _("Image by %(name)s") % {"name": row.owner.name},
            url=row.get_absolute_url(),
            owner=row.owner,
            pictures=(row.picture_id,),
            text=row.prompt,
            level=int(row.level),
        )
        for row in rows
    }


def posts(keys):
    kept = ~Q(state="removed") | Q(hidden_at__isnull=False)
    rows = Post.objects.filter(kept, pk__in=_numbers(keys)).select_related("owner")
    shown = {}
    for row in rows.prefetch_related("images"):
        images = [image for image in row.images.all() if image.removed_at is None or image.is_hidden]
        shown[str(row.pk)] = Described(
            title=row.title or _("Post by %(name)s") % {"name": row.owner.name},
            url=row.get_absolute_url(),
            owner=row.owner,
            pictures=tuple(image.picture_id for image in images[:6]),
            text=row.description,
            level=max((int(image.level) for image in images), default=0),
        )
    return shown


def _numbers(keys):
    return [int(key) for key in keys if str(key).isdecimal() and len(str(key)) < 19]
