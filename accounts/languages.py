"""A member's language reaches LocaleMiddleware as the cookie that it reads anyway, so no page asks the database."""

from django.conf import settings

YEAR_S = 365 * 24 * 3600


def remember(response, request, language):
    """Sets the cookie; an unknown language leaves things as they are."""
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR_S, secure=request.is_secure(), samesite="Lax"
        )
    return response


def chosen(request):
    """What this browser chose, or ""."""
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "") if request else ""
    return language if language in dict(settings.LANGUAGES) else ""
