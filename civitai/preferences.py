"""How a person likes the site: light, language, and how far their pictures go.

Everything is one form field of one address, so that a plain button can post it. Light and language are
cookies and hold for visitors too; a level belongs to a member and is kept by whoever listens to
`level_chosen` (the accounts room), because visitors see PG alone.
"""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseBadRequest, HttpResponseRedirect, JsonResponse
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from civitai import adapters
from civitai.levels import LADDER, Level, up_to

THEMES = ("dark", "light")
THEME_COOKIE = "theme"
YEAR_S = 365 * 24 * 3600

# What stands beside the letters in the menu of levels.
LEVELS = [
    (int(Level.PG), "PG", _("Fit for everyone")),
    (int(Level.PG13), "PG-13", _("Swimwear, mild violence")),
    (int(Level.R), "R", _("Nudity, blood")),
    (int(Level.X), "X", _("Explicit nudity")),
    (int(Level.XXX), "XXX", _("Sexual acts")),
]


def theme_of(request):
    chosen = request.COOKIES.get(THEME_COOKIE)
    return chosen if chosen in THEMES else THEMES[0]


@require_POST
def preferences(request):
    """POST any of theme, language, level; back to `next` when it is on this site, else home.

    Asked by a script (Accept: application/json) it answers {} instead of a redirect. An unknown value is a 400
    and changes nothing.
    """
    theme, language, level = (request.POST.get(name) for name in ("theme", "language", "level"))
    if theme is not None and theme not in THEMES:
        return HttpResponseBadRequest()
    if language is not None and (language not in dict(settings.LANGUAGES) or not check_for_language(language)):
        return HttpResponseBadRequest()
    if level is not None and level not in {str(int(step)) for step in LADDER}:
        return HttpResponseBadRequest()

    if level is not None:
        if request.user.is_authenticated:
            adapters.tell("level_chosen", user=request.user, mask=int(up_to(int(level))))
        else:
            messages.info(request, gettext("Sign in to choose how far you go. Visitors see PG."))
    if language is not None and request.user.is_authenticated:
        adapters.tell("language_chosen", user=request.user, language=language)

    response = (
        JsonResponse({})
        if "application/json" in request.headers.get("Accept", "")
        else HttpResponseRedirect(_back(request))
    )
    if theme is not None:
        _keep(response, request, THEME_COOKIE, theme)
    if language is not None:
        _keep(response, request, settings.LANGUAGE_COOKIE_NAME, language)
    return response


def _back(request):
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else "/"


def _keep(response, request, name, value):
    response.set_cookie(name, value, max_age=YEAR_S, secure=request.is_secure(), httponly=False, samesite="Lax")


urlpatterns = [path("preferences/", preferences, name="preferences")]
