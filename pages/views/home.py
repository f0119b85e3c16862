"""The front page."""

from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from bounties.queries import front as open_bounties
from civitai.templatetags.ui import short_number
from pages.queries import front


@require_safe
def home(request):
    figures = front.figures()
    return render(
        request,
        "pages/home.html",
        {
            "figures": figures,
            "hung": front.hang(request.user),
            "deeds": _deeds(figures),
            "shelf": front.shelf(request.user),
            "pictures": front.wall(request.user),
            "bounties": open_bounties(request.user),
        },
    )


def _deeds(figures):
    """What one can do here: only what there is a page for."""
    offered = [
        ("images", "images", _("Look"), _pictures(figures.pictures)),
        ("models", "download", _("Download"), _models(figures.models)),
        ("create", "wand-sparkles", _("Create"), _("In the browser, with models and LoRAs from here. The recipe is kept with the picture.")),
        ("model_new", "upload", _("Publish"), _("Your own model: its file is checked, hashed and described while you write.")),
        ("train", "graduation-cap", _("Train"), _("Your own model, from your own pictures.")),
        ("removal", "shield-check", _("Ask for removal"), _("Your style, name or face is in here? Have it taken out. No account needed.")),
    ]  # fmt: skip
    return [
        {"url": url, "icon": icon, "label": label, "text": text}
        for name, icon, label, text in offered
        if (url := _address(name))
    ]


def _pictures(count):
    if not count:
        return _("Pictures, and how each of them was made.")
    return ngettext(
        "%(n)s picture, with what it was made of.", "%(n)s pictures, most with how they were made.", count
    ) % {"n": short_number(count)}


def _models(count):
    if not count:
        return _("Models as files for your own machine, with the licence in plain words.")
    return ngettext(
        "%(n)s model as a file for your own machine, checked, the licence in plain words.",
        "%(n)s models as files for your own machine, checked, the licence in plain words.",
        count,
    ) % {"n": short_number(count)}


def _address(name):
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
