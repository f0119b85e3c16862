"""One address for all hearts."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from community.domain import reacting


@require_POST
def reactions(request):
    """POST subject, row, and on=1|0; htmx gets the button anew, a form goes back to `next`."""
    subject, row = request.POST.get("subject", ""), request.POST.get("row", "")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    if not request.user.is_authenticated:
        response = redirect(f"{reverse('account_login')}?next={back}")
        if request.htmx:
            response.status_code = 204
            response["HX-Redirect"] = response["Location"]
        return response
    if not row.isascii() or not row.isdigit() or len(row) > 18:
        raise Http404
    wanted = {"1": True, "0": False}.get(request.POST.get("on"))
    is_on, count = reacting.toggle(request.user, subject, int(row), wanted=wanted)
    if not request.htmx:
        return redirect(back)
    context = {"subject": subject, "row": row, "on": is_on, "count": count, "next": back}
    return render(request, "community/_heart.html", context)
