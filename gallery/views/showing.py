"""The page of an image and of a post."""

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from civitai import failures
from civitai.levels import Level, viewer_mask
from community.domain import pictures
from gallery import queries
from gallery.domain.withholding import withheld_for
from gallery.models import Image, Post
from gallery.settings_shown import pairs_of, parts_of_prompt
from gallery.states import PostState

LARGEST = 1600
FEW_RESOURCES = 10


@require_safe
def image(request, pk):
    """Above the viewer's level it comes covered and without its recipe; removed, it is a tombstone."""
    row = queries.shown_image(request.user, pk)
    if row is None:
        return _absent_image(request, pk)
    may_always = row.shows_picture_to(request.user)
    # Asked for by a member, for this page alone: nothing is written, and a visitor can't ask.
    is_once = not may_always and request.GET.get("show") == "once" and request.user.is_authenticated
    is_open = may_always or is_once
    once = pictures.once_for(request.user, row.picture) if is_once else ""
    reads = is_open and row.shows_recipe_to(request.user)
    resources = queries.resources_of(row, request.user) if reads else []
    if len(resources) > FEW_RESOURCES:
        # Artists who are owed their name never stand behind "more".
        resources.sort(key=lambda one: not one["credit"])
    siblings = queries.siblings_of(row, request.user)
    is_own = request.user.pk == row.owner_id
    create = queries.address("create")
    context = {
        "nav_current": "images",
        "image": row,
        "post": row.post,
        "is_open": is_open,
        "is_own": is_own,
        "reads_recipe": reads,
        "has_recipe": bool(row.prompt or row.settings),
        "source": queries.sources(row.picture, src=1200, widths=(450, 800, 1200, LARGEST), once=once)
        if is_open
        else None,
        "alt": queries.alt_of(row, request.user) if is_open else "",
        "hash": "" if is_open else queries.thumbhash.data_url(row.picture.thumbhash),
        "resources": resources,
        "resources_more": max(0, len(resources) - FEW_RESOURCES),
        "credits": [] if reads else queries.credits_of(row),
        "prompt_parts": parts_of_prompt(row.prompt) if reads else [],
        "pairs": pairs_of(row) if reads else [],
        "negative_words": len(row.negative_prompt.split()),
        "strip": _strip(siblings, row, request.user) if len(siblings) > 1 else [],
        "remix_url": f"{create}?remix={row.pk}" if create and reads and row.prompt else "",
        "original_url": row.picture.original_url if reads and may_always else "",
        "follow_url": "" if is_own else queries.address("follow", row.owner.username),
        "tags": row.post.tags.all(),
        "is_once": is_once,
        "talks": may_always and row.sort_at is not None,
        "needed_level": int(row.level),
        **_neighbours(siblings, row),
    }
    return render(request, "gallery/image.html", context)


def _strip(siblings, row, user):
    return [
        {
            "url": one.get_absolute_url(),
            "src": one.picture.url(320) if one.shows_picture_to(user) and one.picture.state == "ready" else "",
            "tone": one.picture.tone,
            "hash": queries.thumbhash.data_url(one.picture.thumbhash),
            "current": one.pk == row.pk,
            "number": number,
        }
        for number, one in enumerate(siblings, 1)
    ]


def _neighbours(siblings, row):
    at = next((place for place, one in enumerate(siblings) if one.pk == row.pk), 0)
    return {
        "previous_url": siblings[at - 1].get_absolute_url() if at else "",
        "next_url": siblings[at + 1].get_absolute_url() if at + 1 < len(siblings) else "",
    }


def _withheld(request, case):
    return failures.withheld(
        request,
        why=_("Somebody whose right it is asked for this to be taken down. Case %(reference)s.") % {"reference": case},
        url=queries.address("images"),
        label=_("See other images"),
    )


def _absent_image(request, pk):
    """What people could once see says that it is gone; anything else never was."""
    row = Image.objects.filter(pk=pk).exclude(first_shown_at=None).select_related("post").first()
    if row is not None and (case := withheld_for(row)):
        return _withheld(request, case)
    if row is None or (row.removed_at is None and row.post.state != PostState.REMOVED):
        raise Http404
    return failures.gone(
        request,
        title=_("This image is gone"),
        why=_("It stood here once and was removed."),
        url=queries.address("images"),
        label=_("See other images"),
    )


@require_safe
def alike(request, pk):
    """Cards for the foot of an image's page, asked for when it comes into view."""
    row = Image.objects.visible_to(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    cards = queries.image_cards(queries.alike(row, request.user), request.user, eager=0)
    return render(request, "gallery/_alike.html", {"cards": cards, "alone": True})


@require_safe
def post(request, pk):
    row = queries.shown_post(request.user, pk)
    if row is None:
        return _absent_post(request, pk)
    images = queries.images_of(row, request.user)
    cards = queries.image_cards(images, request.user)
    context = {
        "nav_current": "images",
        "post": row,
        "cards": [{**card, "count": 1} for card in cards],
        # What is said of pictures that are all above the viewer's level is above it too.
        "is_open": not cards or any(not card["covered"] for card in cards),
        "is_own": request.user.pk == row.owner_id,
        "is_draft": row.state == PostState.DRAFT,
        "tags": row.tags.all(),
        "likes": sum(image.likes for image in images),
        "preview_picture": next((image.picture for image in images if image.picture.is_open_to_all), None),
        "is_mature": any(image.level != Level.PG for image in images),
        "covered": sum(not image.level & viewer_mask(request.user) for image in images),
    }
    return render(request, "gallery/post.html", context)


def _absent_post(request, pk):
    held = Post.objects.filter(pk=pk).exclude(published_at=None).first()
    if held is not None and (case := withheld_for(held)):
        return _withheld(request, case)
    if not Post.objects.filter(pk=pk, state=PostState.REMOVED).exclude(published_at=None).exists():
        raise Http404
    return failures.gone(
        request,
        title=_("This post is gone"),
        why=_("It stood here once and was removed."),
        url=queries.address("images"),
        label=_("See other images"),
    )
