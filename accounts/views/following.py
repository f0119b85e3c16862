"""Following somebody: POST makes or ends it, by a form or by htmx."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.domain import following
from accounts.models import User
from civitai.access import fetch


@login_required
@require_POST
def follow(request, username):
    """`on=0` ends it, anything else makes it. htmx gets the button anew, a form goes back to where it stood."""
    person = fetch(User.objects, request.user, username__iexact=username)
    wanted = request.POST.get("on") != "0"
    (following.follow if wanted else following.unfollow)(request.user, person)
    if request.htmx:
        return render(request, "accounts/_follow.html", {"person": person, "is_followed": wanted})
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(target if is_ours else person.get_absolute_url())
