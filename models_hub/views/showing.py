"""The page of a model, and its heart."""

from django.contrib.auth.decorators import login_required
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponsePermanentRedirect
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Follow
from civitai import adapters, failures
from civitai.access import fetch
from civitai.templatetags.ui import short_number
from community.domain import reacting
from community.models import Reaction, Tag
from community.queries import saved_by
from models_hub import reviews, showing
from models_hub.domain import choosing
from models_hub.models import Model, ModelVersion
from models_hub.models.model import FROZEN
from models_hub.queries import model_cards, type_label, with_card
from models_hub.states import ModelState

SUBJECT = "models_hub.Model"
GALLERY = 12
CLOSE = 6
FEW_TAGS = 8


@require_safe
def model(request, pk, slug):
    """?version= chooses a tab. A wrong slug is sent to the right one; a removed model leaves a tombstone."""
    row = _seen(request.user, pk)
    if row is None:
        return _absent(request, pk)
    if slug not in (row.slug, row.named_slug) and slug in row.gone_slugs:
        # No way leads from a name that was taken out to what bore it.
        return failures.gone(request)
    # Who has the address with the name of what is unlisted by now stays where he is, and is sent from nowhere to it.
    if slug not in (row.slug, row.named_slug):
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(row.get_absolute_url() + (f"?{query}" if query else ""))
    versions = list(showing.versions_of(row, request.user))
    if request.user.pk != row.owner_id and not getattr(request.user, "is_moderator", False):
        showing.neutral(row, versions)
    version = _chosen(versions, request.GET.get("version"))
    if version is None:
        raise Http404
    version.model = row
    close = Model.objects.listed_to(request.user).filter(type=row.type, pk__in=_same_base(version)).exclude(pk=row.pk)
    is_own = request.user.pk == row.owner_id
    gallery = adapters.slot("version_gallery", [version], user=request.user, limit=GALLERY).get(version.pk, [])
    context = {
        "nav_current": "models",
        "model": row,
        "version": version,
        "is_own": is_own,
        "tabs": showing.tabs_of(row, versions, version),
        "samples": showing.samples_of(version, request.user, sees_all=is_own, once=request.GET.get("show") == "once"),
        "download": showing.download_of(version, request.user),
        "is_generation_only": row.usage == "generation",
        "facts": showing.facts_of(version),
        "origin": showing.origin_of(version, request.user),
        "licence": showing.licence_of(version),
        "tags": [{"name": name} for name in row.tag_names],
        "tags_more": max(0, len(row.tag_names) - FEW_TAGS),
        "create_url": _with_version(_url("create"), version) if showing.can_draw(version) else "",
        "model_type": type_label(row.type),
        "owner_url": _owner_url(row.owner),
        "owner_line": _owner_line(row),
        "follow_url": _url("follow", row.owner.username),
        "add_url": _with_version(_url("post_new"), version),
        "gallery_url": _with_version(_url("images"), version),
        "gallery": [card for cards in gallery for card in cards],
        "close": model_cards(with_card(close).order_by("-likes", "-id")[:CLOSE], request.user),
        "reviews": reviews.shown(row, request.user) if row.thumbs_up + row.thumbs_down else [],
        "verdict": reviews.verdict_of(row),
        "talks": row.state == ModelState.PUBLISHED,
        "like_url": reverse("model_heart", args=[row.pk]),
        "choice": _choice_of(row),
        "may_choose": _may_choose(row, request.user),
    }
    response = render(request, "models_hub/model.html", context)
    return response


def _choice_of(row):
    choice = getattr(row, "choice", None)
    return choice if choice and choice.is_of_this_week else None


def _may_choose(row, user):
    """As choosing.choose has it: not for their own, and only what lists show."""
    listed = row.state == ModelState.PUBLISHED and not (row.is_hidden or row.freeze_level or row.taken_down_at)
    return choosing.may_choose(user) and user.pk != row.owner_id and listed


def _seen(user, pk):
    """With what its page says of the viewer and of its owner, in one query."""
    member = user if user.is_authenticated else None
    followers = Follow.objects.filter(followed=OuterRef("owner")).order_by().values("followed")
    theirs = Model.objects.published().filter(owner=OuterRef("owner")).order_by().values("owner")
    rows = Model.objects.visible_to(user).select_related("owner", "cover", "choice__by")
    rows = rows.annotate(
        owner_followers=Coalesce(Subquery(followers.annotate(n=Count("pk")).values("n")), 0),
        owner_models=Coalesce(Subquery(theirs.annotate(n=Count("pk")).values("n")), 0),
        is_followed=Exists(Follow.objects.filter(followed=OuterRef("owner"), follower=member)),
        is_saved=saved_by(user, SUBJECT),
        my_review=reviews.mine(member),
        tag_names=ArraySubquery(Tag.objects.filter(models=OuterRef("pk")).order_by("name").values("name")),
        is_liked=Exists(Reaction.objects.filter(subject=SUBJECT, row=OuterRef("pk"), user=member, kind="heart")),
    )
    return rows.filter(pk=pk).first()


def _absent(request, pk):
    """What people could once see says that it is gone, without its name; anything else never was."""
    held = Model.objects.filter(pk=pk, state=ModelState.PUBLISHED).exclude(taken_down_at=None, freeze_level__lt=FROZEN)
    if (held_row := held.first()) is not None:
        return _withheld(request, held_row)
    if Model.objects.filter(pk=pk, state=ModelState.REMOVED).exclude(published_at=None).exists():
        return failures.gone(
            request,
            title=_("This model was removed"),
            why=_("Its owner took it away, or it broke a rule. Its files can no longer be downloaded."),
            url=reverse("models"),
            label=_("See other models"),
        )
    raise Http404


def _withheld(request, row):
    """451 with the reference of the case, and nothing of what stood here."""
    if row.taken_down_at:
        title = _("This model was taken down")
        why = _("It was asked for by somebody whose right it is. Case %(reference)s.")
    else:
        title = ""
        why = _(
            "Somebody whose right it is asked for this to be taken down. While that is being looked at, nobody sees it. "
            "Case %(reference)s."
        )
    return failures.withheld(
        request,
        title=title,
        why=why % {"reference": row.case_reference},
        url=reverse("models"),
        label=_("See other models"),
    )


def _chosen(versions, asked):
    if asked:
        return next((version for version in versions if str(version.pk) == asked), None)
    shown = [version for version in versions if version.state == ModelState.PUBLISHED]
    return next(iter(shown or versions), None)


def _same_base(version):
    same = ModelVersion.objects.filter(state=ModelState.PUBLISHED, base_model=version.base_model)
    return same.values("model")


def _url(name, *args):
    """The address of a room above, or "" while that room is not installed."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _with_version(url, version):
    return f"{url}?version={version.pk}" if url else ""


def _owner_url(owner):
    try:
        return owner.get_absolute_url()
    except (AttributeError, NoReverseMatch):
        return ""


def _owner_line(row):
    models = ngettext("%(count)s model", "%(count)s models", row.owner_models) % {
        "count": short_number(row.owner_models)
    }
    followers = ngettext("%(count)s follower", "%(count)s followers", row.owner_followers)
    return f"{models} · {followers % {'count': short_number(row.owner_followers)}}"


@require_safe
def by_number(request, pk):
    """/models/<id>/ leads to the page with its name."""
    row = Model.objects.visible_to(request.user).filter(pk=pk).first()
    if row is None:
        return _absent(request, pk)
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(row.get_absolute_url() + (f"?{query}" if query else ""))


@login_required
@require_POST
def heart(request, pk):
    """Likes it, or takes the like back."""
    row = fetch(Model.objects, request.user, pk=pk)
    is_on, count = reacting.toggle(request.user, SUBJECT, row.pk)
    if getattr(request, "htmx", False):
        context = {"model": row, "is_liked": is_on, "likes": count, "like_url": request.path}
        return render(request, "models_hub/_heart.html", context)
    return redirect(row)
