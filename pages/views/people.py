"""Who somebody is, and what they have made."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.models.person import FROZEN
from accounts.queries import follows
from bounties import queries as bounties
from civitai import failures, paging
from civitai.access import fetch
from civitai.templatetags.ui import short_number
from community.models import Picture
from gallery.queries import feed, image_cards
from models_hub.queries import model_cards
from pages.queries import people
from pages.views.more import next_url

SHOWN = ("all", "models", "pictures", "collections", "reviews", "bounties")


@require_safe
def profile(request, username):
    """`show=models` and `show=pictures` list all of a kind; htmx gets the next cards alone. A name in any case is found."""
    if "\x00" in username:  # PostgreSQL takes no such letter in a question
        raise Http404
    try:
        person = fetch(User.objects, request.user, username__iexact=username)
    except Http404:
        held = User.objects.named(username).filter(is_active=True, freeze_level__gte=FROZEN).first()
        if held is None:
            raise
        return _withheld(request, held)
    if person.username != username:
        return redirect(person)
    show = request.GET.get("show") if request.GET.get("show") in SHOWN else "all"
    if show == "pictures":
        page = feed(request.user, owner=person, cursor=request.GET.get("cursor"))
        content = {"pictures": image_cards(page.rows, request.user), "next_url": next_url(request, page.next_cursor)}
        if request.htmx and not request.htmx.boosted:
            return _two_answers(
                render(request, "gallery/_cards.html", {"cards": content["pictures"], "next_url": content["next_url"]})
            )
    elif show == "models":
        page = paging.keyset(
            people.models_of(person, request.user),
            order=("-last_version_at", "-id"),
            cursor=request.GET.get("cursor"),
            limit=people.PAGE,
        )
        content = {"models": model_cards(page.rows, request.user), "more_url": next_url(request, page.next_cursor)}
    elif show == "collections":
        content = {"collections": people.collections(person, request.user, people.MOST_COLLECTIONS)}
    elif show == "reviews":
        page = people.reviews_of(person, request.user, request.GET.get("cursor"))
        content = {"reviews": page.rows, "more_url": next_url(request, page.next_cursor)}
    elif show == "bounties":
        page = bounties.put_up_by(person, request.user, request.GET.get("cursor"))
        pictures = bounties.pictures_of(page.rows, request.user) if page.rows else {}
        content = {
            "bounties": bounties.cards(page.rows, pictures),
            "won": bounties.won_by(person, request.user),
            "more_url": next_url(request, page.next_cursor),
        }
    else:
        newest, liked = people.pictures(person, request.user)
        content = {"models": people.shelf(person, request.user), "pictures": newest, "showcase": liked}
        content["collections"] = people.collections(person, request.user, people.FEW)
    figures = people.figures(person)
    is_own = request.user.is_authenticated and request.user.pk == person.pk
    says = bool(person.bio) and not person.freeze_level
    context = {
        "says": says,
        "has_side": show == "all" and bool(says or figures.models or (is_own and not person.freeze_level)),
        "person": person,
        "show": show,
        "figures": figures,
        "portrait": Picture.objects.open_to_all().filter(pk=person.avatar_uuid).first() if person.avatar_uuid else None,
        "tabs": _tabs(request, show, figures),
        "is_own": is_own,
        "is_followed": follows(request.user, person),
        **content,
    }
    return _two_answers(render(request, "pages/profile.html", context))


def _withheld(request, person):
    """451 with the reference of the case, and nothing of what stood here."""
    why = _(
        "Somebody whose right it is asked for this to be taken down. While that is being looked at, nobody sees it. "
        "Case %(reference)s."
    )
    return failures.withheld(request, why=why % {"reference": person.case_reference})


def _two_answers(response):
    patch_vary_headers(response, ["HX-Request"])
    return response


def _tabs(request, show, figures):
    shown = [
        ("all", _("All"), None),
        ("models", _("Models"), figures.models),
        ("pictures", _("Pictures"), figures.pictures),
        ("collections", _("Collections"), None),
        ("reviews", _("Reviews"), None),
        ("bounties", _("Bounties"), None),
    ]
    return [
        {
            "url": request.path if key == "all" else f"{request.path}?show={key}",
            "label": label,
            "small": None if count is None else short_number(count),
            "current": key == show,
        }
        for key, label, count in shown
    ]
