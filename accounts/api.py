"""/api/v1/me and /api/v1/users: who asks, and who there is."""

import re

from allauth.account.models import EmailAddress
from django.http import JsonResponse
from ninja import Router

from accounts.keys import require_scope
from accounts.models import User
from accounts.scopes import Scope
from civitai.openapi import query

router = Router(tags=["people"])
prefix = "/v1/"
MOST = 100


@router.get("me")
def me(request):
    """The member of the key; 401 without one."""
    if not request.user.is_authenticated:
        return _json({"error": "Unauthorized"}, status=401)
    require_scope(request, Scope.USER_READ)
    user, key = request.user, getattr(request, "api_key", None)
    found = {
        "id": user.pk,
        "username": user.username,
        "tier": "free",
        "status": "active",
        "isMember": False,
        "subscriptions": [],
        "email": user.email,
        "emailVerified": EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists(),
    }
    return _json(found if key is None else {**found, "tokenScope": key.scopes})


@router.get("users", openapi_extra=query(ids=list, query=(str, "how the name begins")))
def users(request):
    """By `ids`, or by how the name begins (`query`, five at most)."""
    ids = [part for part in request.GET.get("ids", "").split(",") if part.strip()]
    if not all(re.fullmatch(r"\s*\d{1,10}\s*", part, re.ASCII) for part in ids):
        return _json({"error": "Expected a list of numbers"}, status=400)
    rows = User.objects.filter(is_active=True).order_by("username")
    if ids:
        rows = rows.filter(pk__in=[int(part) for part in ids[:MOST]])[:MOST]
    elif text := request.GET.get("query", "").replace("\x00", "").strip()[:32]:
        rows = rows.filter(username__istartswith=text)[:5]
    else:
        rows = rows.none()
    return _json({"items": [{"id": user.pk, "username": user.username, "avatarNsfw": 1} for user in rows]})


def _json(body, *, status=200):
    response = JsonResponse(body, status=status)
    response["Cache-Control"] = "no-store"
    return response
