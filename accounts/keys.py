"""Who asks the API: the member whose key came with the request, or the session's.

A key that is wrong, expired or revoked is an error and never a visit: a program must not believe that it is
signed in, and read a visitor's answers.
"""

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from ninja.utils import check_csrf

from accounts.domain import keys
from civitai.errors import Refused

# Longer is no key of ours, and not worth hashing.
LONGEST = 200


class KeyRefused(Refused):
    status = 401


class ScopeRefused(Refused):
    status = 403


def api_user(request):
    """The member that the key names; None without a key. `request.api_key` is the key, or None.

    Raises KeyRefused. The key comes as `Authorization: Bearer …`, or as `?token=` below /api/ alone; the query
    string is cleaned of it, so that no log, next-page link or error page repeats it.
    """
    request.api_key = None
    token = _token_of(request)
    if token is None:
        _refuse_borrowed_session(request)
        return None
    key = keys.by_token(token) if 0 < len(token) <= LONGEST else None
    if key is None:
        raise KeyRefused(_("We do not know this API key. Check that it was copied whole."), code="key_unknown")
    if key.revoked_at is not None:
        raise KeyRefused(_("This API key was revoked."), code="key_revoked")
    if key.is_expired:
        raise KeyRefused(_("This API key has expired. Make a new one in your settings."), code="key_expired")
    if not key.user.is_active:
        raise KeyRefused(_("The account of this API key is closed."), code="account_closed")
    key.note_use()
    request.api_key = key
    return key.user


def require_scope(request, scope):
    """Raises KeyRefused for a visitor and ScopeRefused for a key without `scope`. A session may all that its member may."""
    if not getattr(request.user, "is_authenticated", False):
        raise KeyRefused(_("Sign in, or send an API key."), code="key_missing")
    key = getattr(request, "api_key", None)
    if key is not None and not key.may(scope):
        raise ScopeRefused(
            _("This API key may not do that: it lacks the scope %(scope)s.") % {"scope": scope.name}, code="scope"
        )


def _token_of(request):
    if not request.path.startswith("/api/"):
        return None
    given = request.GET.get("token")
    if given is not None:
        _forget(request)
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip()
    return given


def _forget(request):
    query = request.GET.copy()
    query.pop("token", None)
    request.GET = QueryDict(query.urlencode())
    request.META["QUERY_STRING"] = query.urlencode()
    if hasattr(request, "environ"):
        request.environ["QUERY_STRING"] = query.urlencode()


def _refuse_borrowed_session(request):
    """A page elsewhere may send a member's cookies along, but not the CSRF token of our pages."""
    safe = request.method in {"GET", "HEAD", "OPTIONS", "TRACE"}
    if not safe and getattr(request.user, "is_authenticated", False) and check_csrf(request):
        raise ScopeRefused(_("Send an API key, or the CSRF token of this site."), code="csrf")
