"""Blocking somebody, and whom one has blocked."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from accounts import queries
from accounts.domain import blocking
from accounts.models import User
from civitai.access import fetch
from civitai.paging import keyset


@login_required
@require_safe
def blocked(request):
    page = keyset(queries.blocked(request.user), order=("-at", "-id"), cursor=request.GET.get("cursor"), limit=50)
    return render(request, "accounts/settings_blocked.html", {"settings_current": "blocked", "page": page})


@login_required
@require_POST
def block(request, username):
    """`on=0` ends it, anything else makes it; back to where the form stood."""
    person = fetch(User.objects, request.user, username__iexact=username)
    if request.POST.get("on") == "0":
        blocking.unblock(request.user, person)
        messages.success(request, gettext("%(name)s is not blocked any more.") % {"name": person.name})
    else:
        blocking.block(request.user, person)
        messages.success(
            request, gettext("%(name)s is blocked. You find them in your settings.") % {"name": person.name}
        )
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(target if is_ours else "settings_blocked")
