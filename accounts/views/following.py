"""Following somebody: POST makes or ends it, by a form or by htmx."""

from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.domain import following
from accounts.models import User
from civitai.access import fetch


@require_POST
def follow(request, username):
    """`on=0` ends it, anything else makes it. htmx gets the button anew, a form goes back to where it stood."""
    person = fetch(User.objects, request.user, username__iexact=username)
    if not request.user.is_authenticated:
        # After signing in a browser comes by GET, which follows nobody: it comes to the profile instead.
        to_login = redirect_to_login(person.get_absolute_url())
        return HttpResponseClientRedirect(to_login.url) if request.htmx else to_login
    wanted = request.POST.get("on") != "0"
    (following.follow if wanted else following.unfollow)(request.user, person)
    if request.htmx:
        kind = "primary" if request.POST.get("kind") == "primary" else ""
        return render(request, "accounts/_follow.html", {"person": person, "is_followed": wanted, "kind": kind})
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(target if is_ours else person.get_absolute_url())
